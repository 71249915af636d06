"""Which of a board's ratings sum it up: of all agreements of metrics with people, those that stand
beside results, the same at every door.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.grouping import grouped
from app.text import Names
from submissions.store.released.rated_rows import ValidityRow

POOLED, OVERALL, MEASURE = "pooled", "overall", "pearson"
LOWER = "lower is better"
"""What is said beside a correlation that goes along with people below 0."""


def headline(aspects: Sequence[str], declared: str | None) -> str:
    """Return a rubric's declared headline aspect, else one called "overall", else the first."""
    for name in (declared, OVERALL):
        if name is not None and name in aspects:
            return name
    return aspects[0]


def summing_up(rows: Sequence[ValidityRow], headlines: Names) -> dict[str, list[ValidityRow]]:
    """Return the rows of each set of ratings by `MEASURE` within rated systems, on the aspect that
    sums the others up.

    The set with the most rated texts stands first; each is by one rubric.

    Args:
        rows: Of one benchmark.
        headlines: Rubric -> that aspect, as declared.
    """
    rated = grouped((row.ratings, row.n_rated) for row in rows if row.measure == MEASURE)
    return {
        name: _headline([row for row in rows if row.ratings == name], headlines)
        for name in sorted(rated, key=lambda name: -max(rated[name]))
    }


def _headline(rows: Sequence[ValidityRow], headlines: Names) -> list[ValidityRow]:
    aspect = headline([row.aspect for row in rows], headlines.get(rows[0].rubric))
    return [
        row
        for row in rows
        if (row.aspect, row.measure) == (aspect, MEASURE) and row.system != POOLED
    ]


def correlation(row: ValidityRow) -> tuple[float | None, float | None, float | None]:
    """Return an agreement with its interval: with one rater left out, as what stands beside it.

    In a release from before that was told, with all of them.
    """
    if row.alike is None:
        return row.value, row.low, row.high
    return row.alike, row.alike_low, row.alike_high
