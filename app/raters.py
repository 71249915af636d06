"""The table of a round's annotators, as the command line and the maintainers' page show it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.text import interval, number, plain

if TYPE_CHECKING:
    from scoring.statistics.estimate import Estimate
    from submissions.rating.raters import Rater

RATER_HEADS = (
    "Annotator",
    "Items",
    "Skipped",
    "Seconds an item",
    "Spread (SD)",
    "r with the others",
    "Above the others",
    "Same again",
    "Off gold",
)
RATER_CAPTION = (
    "Of the aspect {aspect!r}. Seconds: the median from one saving to the next, pauses left out."
    " Above the others: an annotator's ratings less the mean of the others', on the same texts. Same"
    " again: the share of items given a second time with the same rating. Off gold: the mean distance"
    " from what is agreed. In brackets: 95% intervals over posts, where there are ten."
)


def rater_cells(rater: Rater) -> tuple[str, ...]:
    """Return an annotator's row under `RATER_HEADS`; empty where there is nothing to state."""
    return (
        plain(rater.annotator, 40),
        str(rater.items),
        str(rater.skipped),
        _written(rater.seconds, 0),
        _written(rater.spread, 2),
        _written(rater.agreement, 2),
        _written(rater.difference, 2),
        _counted(rater.same_again),
        _counted(rater.from_gold),
    )


def rater_fields(rater: Rater) -> dict[str, Any]:
    """Return an annotator's row for programs: each estimate with its interval, or why not."""
    return asdict(rater)


def _written(of: Estimate, digits: int) -> str:
    if of.value is None:
        return ""
    ends = interval(of.interval.low, of.interval.high, digits)
    return number(of.value, digits) + (f" ({ends})" if ends else "")


def _counted(of: Estimate) -> str:
    """Write how many items a number is of, too: of what checks raters there are few."""
    return f"{_written(of, 2)}, n = {of.n}" if of.value is not None else ""
