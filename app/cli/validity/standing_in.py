"""Tables of what stands in for people: metrics on their scale, and means anchored by ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.cli.tabulating import Sheet, reasons
from app.grouping import grouped
from app.text import no_interval
from submissions.declarations.meta import POOLED
from submissions.rating.figures import OF_PAIRS
from submissions.rating.validity import Validity
from submissions.store.released.rated_rows import AnchoredRow, OnScaleRow


def standing_in(validity: Validity, name: str, system: str, aspect: str) -> list[Sheet]:
    """Return the tables of one rated system and aspect of a set; none where there are no rows."""
    of = (name, system, aspect)
    in_place = [
        row
        for row in validity.on_scale
        if (row.ratings, row.system, row.aspect) == of and row.n  # why not stands above
    ]
    anchored = [row for row in validity.anchored if (row.ratings, row.system, row.aspect) == of]
    sheets = [_in_place_sheet(in_place)] if in_place else []
    return [*sheets, _anchored_sheet(anchored)] if anchored else sheets


def why_none(validity: Validity, name: str) -> Iterator[str]:
    """Say why a set has no figures of pairs of systems, or no anchored means, a line a reason."""
    systems = {row.system for row in validity.rows if row.ratings == name}
    if len(systems) == 1 and POOLED not in systems:
        yield f"Blank: {', '.join(OF_PAIRS)}: it takes two rated systems to order a pair"
    blank = [row for row in validity.anchored if row.ratings == name and row.why_blank]
    for why, rows in grouped((row.why_blank, row) for row in blank).items():
        metrics = ", ".join(dict.fromkeys(row.metric for row in rows if row.metric))
        yield f"No human-anchored mean{f' by {metrics}' if metrics else ''}: {why}"


def _in_place_sheet(rows: Sequence[OnScaleRow]) -> Sheet:
    """Return how far each metric whose values are ratings may stand in for a rater."""
    coefficients = list(dict.fromkeys(row.coefficient for row in rows))
    table = [
        (metric, *(_figure(own) for own in of), str(of[0].n))
        for metric, of in grouped((row.metric, row) for row in rows).items()
    ]
    caption = (
        "ICC with the mean of the raters, by consistency and by agreement; bias: the metric less that"
        " mean; advantage probability: how often it is at least as near to the other raters as the"
        " one left out; winning rate: the share of raters of whom that is shown by the alternative"
        " annotator test (from .5 on a metric may stand in for a rater; epsilon .2 for experts, .15"
        " for skilled raters, .1 for crowd workers)"
    )
    without = (
        (f"{row.metric}, {row.coefficient}", no_interval(row.value, row.interval)) for row in rows
    )
    title = f"{rows[0].system}, {rows[0].aspect}: metrics on the raters' scale"
    return Sheet(
        title, ("metric", *coefficients, "n"), table, "\n".join([caption, *reasons(without)])
    )


def _figure(row: OnScaleRow) -> str:
    return row.why_blank if row.value is None else f"{row.value:z.2f}{_span(row.low, row.high)}"


def _anchored_sheet(rows: Sequence[AnchoredRow]) -> Sheet:
    """Return what people would say on average of all that a system answered."""
    table = [
        (
            row.task,
            row.metric,
            row.method,
            "none" if row.raw is None else f"{row.raw:z.2f}{_span(row.raw_low, row.raw_high)}",
            f"{row.value:z.2f}{_span(row.low, row.high)}",
            f"{row.n:,} of {row.n_all:,}",
        )
        for row in rows
        if row.value is not None
    ]
    caption = (
        "the mean of the ratings, and what people would say on average of all texts, by what the"
        " metric says of those that nobody rated and by how far off it is on the others; 95%"
        " intervals over posts; rated texts are taken for a random sample of the task's"
    )
    title = f"{rows[0].system}, {rows[0].aspect}: human-anchored means"
    heads = ("task", "metric", "method", "rated", "anchored", "n")
    return Sheet(title, heads, table, caption)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:z.2f} to {high:z.2f})"
