"""A number with its doubt, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.statistics.interval import Interval

NO_VARIANCE = "no variance"


@dataclass(frozen=True)
class Estimate:
    """A value, its 95% interval, and what both rest on.

    Attributes:
        value: None where it cannot be given; then `why_none` says why. Never NaN, and never 0 for
            "unknown".
        interval: None at both ends where there is none; its method says why.
        n: Items that entered.
        posts: Distinct posts that they belong to: what the interval draws.
        why_none: E.g. "no variance"; "" where there is a value.
    """

    value: float | None
    interval: Interval
    n: int
    posts: int
    why_none: str = ""

    @property
    def columns(self) -> tuple[float | None, float | None, float | None, str, int, int, str]:
        """What a table states of it: value, low, high, the interval's method, n, posts, why there
        is none.
        """
        interval = self.interval
        return (
            self.value,
            interval.low,
            interval.high,
            interval.method,
            self.n,
            self.posts,
            self.why_none,
        )

    @classmethod
    def none(cls, why: str, n: int = 0, posts: int = 0) -> Estimate:
        """Return no value, and why."""
        return cls(None, Interval.none(why), n, posts, why)
