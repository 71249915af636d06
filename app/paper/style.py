"""How values stand in a table for a paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from app.paper.table import Entry
    from submissions.store.released.scored_rows import MetricRow

MINUS = "\u2212"
_LABEL = re.compile(r"[A-Za-z0-9:._/-]+")


class Spread(StrEnum):
    """What stands behind a value."""

    none = "none"
    interval = "interval"
    sd = "sd"


@dataclass(frozen=True)
class Style:
    """How values are written.

    Attributes:
        percent: Whether shares are multiplied by 100.
        decimals: Digits behind the point.
        spread: What stands behind a value.
        label: What LaTeX calls the table; "" for one made of board and release.

    Raises:
        ReasonBoardError: LaTeX would not take the label.
    """

    percent: bool = False
    decimals: int = 3
    spread: Spread = Spread.none
    label: str = ""

    def __post_init__(self) -> None:
        if self.label and not _LABEL.fullmatch(self.label):
            raise ReasonBoardError(
                f"{self.label!r} is no label: letters, digits and any of : . _ / - (tab:main)"
            )

    def scaled(self, metric: MetricRow) -> bool:
        """Return whether a metric's values are multiplied by 100: shares, and coefficients that are
        1 at best.
        """
        return self.percent and metric.high_bound == 1

    def number(self, value: float, metric: MetricRow) -> str:
        """Return a value as it is drawn, with a minus sign that is none of a hyphen."""
        shown = value * 100 if self.scaled(metric) else value
        return f"{shown:z.{self.decimals}f}".replace("-", MINUS)

    def behind(self, entry: Entry, metric: MetricRow) -> str:
        """Return what stands behind a value; "" for nothing."""
        if self.spread is Spread.interval and entry.low is not None and entry.high is not None:
            return f"[{self.number(entry.low, metric)}, {self.number(entry.high, metric)}]"
        if self.spread is Spread.sd and entry.sd is not None:
            return f"± {self.number(entry.sd, metric)}"
        return ""
