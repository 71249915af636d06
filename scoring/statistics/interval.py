"""An interval that says how it was made, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

COVERAGE = 0.95
"""What every interval here aims at."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower end; None where no interval can be given.
        high: Upper end; None where no interval can be given.
        method: How it was made, or "none: " and the reason.
    """

    low: float | None
    high: float | None
    method: str

    @classmethod
    def none(cls, reason: str) -> Interval:
        """Return no interval, and why."""
        return cls(None, None, f"none: {reason}")


NO_SPREAD = Interval.none("no spread in the resamples")
"""Resamples that are all alike, but for 2.5% at either end, do not tell the doubt: no width would
claim certainty.
"""

ONE_LABEL = Interval.none("one label throughout, so the value follows from the gold labels alone")
"""Answers that are one and the same label: balanced accuracy 1 / L on whatever posts."""

TOO_FEW_POSTS = Interval.none("fewer than 10 posts")
"""What resamples posts says nothing of how they vary where there are so few."""

FEW_POSTS = Interval.none("fewer than two posts")
"""What draws posts has nothing to draw from one."""
