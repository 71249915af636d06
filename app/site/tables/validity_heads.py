"""The row above a board's heads: which metric the columns under it show, and how far it can be believed.

A grid draws it for a frame with two levels of columns. Exports take the flat frame and know nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.site.tables.base import HIGH, LOW, Table
from app.site.tables.board_frame import MEAN
from app.text import number, plain
from submissions.store.released.release_rows import MetricRow, ValidityRow

POOLED, WORDS, HEADLINE, MEASURE = "pooled", "words", "overall", "pearson"
WHOLE = "_full"
"""How metrics that see the whole output end: their ruler is the word count of the whole output."""
LETTER, PADDING = 6.8, 20
"""Pixels of an average letter of a grid's head, and around the text."""


@dataclass(frozen=True)
class Believed:
    """How far a metric goes along with people, in a few words; "" where that is no question, as for labels.

    Attributes:
        short: As in "r 0.15 to 0.54 with people" over the rated systems, or "not validated here".
        beside: The same of word count, the line to beat; "" where nobody has rated.
        validated: Whether anybody has rated.
        aspect: What was rated.
        all_but_one: Whether one rater is left out of what a metric is held against, as beside a human.
    """

    short: str = ""
    beside: str = ""
    validated: bool = False
    aspect: str = ""
    all_but_one: bool = False

    @property
    def against(self) -> str:
        """What is said of the raters that it is held against."""
        return ", one rater left out" if self.all_but_one else ""

    @property
    def whole(self) -> str:
        """Both, in a line."""
        return f"{self.short}; word count: {self.beside}" if self.beside else self.short


def believed(
    rows: Sequence[ValidityRow], metric: MetricRow, headlines: Mapping[str, str], *, invented: bool
) -> Believed:
    """Return what a release's rows say of a metric, on the aspect that sums the others up, within each rated system.

    Of several sets of ratings, which ask different people different things, the largest that has the metric is told.

    Args:
        rows: Of the metric's benchmark.
        metric: Of labels or of explanations.
        headlines: Rubric -> that aspect, as declared.
        invented: Whether the ratings only demonstrate.
    """
    if metric.grouping != "explanation":
        return Believed()
    by_set = {
        name: _headline([row for row in rows if row.ratings == name], headlines)
        for name in _sets(rows)
    }
    name = next((label for label, own in by_set.items() if _span(own, metric.name)), "")
    if not name:
        return Believed("not validated here")
    words = "" if metric.name.startswith(WORDS) else _ruler(by_set[name], metric.name)
    whose = f"{'invented ratings' if invented else 'people'}{f' ({plain(name)})' if len(by_set) > 1 else ''}"
    return Believed(
        f"{_span(by_set[name], metric.name)} with {whose}",
        words,
        validated=True,
        aspect=by_set[name][0].aspect,
        all_but_one=any(
            row.metric == metric.name and row.alike is not None for row in by_set[name]
        ),
    )


def headline(aspects: Sequence[str], declared: str | None) -> str:
    """Return a rubric's declared headline aspect, else one called "overall", else the first."""
    for name in (declared, HEADLINE):
        if name is not None and name in aspects:
            return name
    return aspects[0]


def _sets(rows: Sequence[ValidityRow]) -> list[str]:
    """Return the sets of ratings, the one with the most rated texts first; each is by one rubric."""
    most: dict[str, int] = {}
    for row in rows:
        if row.measure == MEASURE:
            most[row.ratings] = max(most.get(row.ratings, 0), row.n_rated)
    return sorted(most, key=lambda name: -most[name])


def _headline(rows: Sequence[ValidityRow], headlines: Mapping[str, str]) -> list[ValidityRow]:
    """Return one set's rows by `MEASURE` within rated systems, on the aspect that sums the others up."""
    aspect = headline([row.aspect for row in rows], headlines.get(rows[0].rubric))
    return [
        row
        for row in rows
        if (row.aspect, row.measure) == (aspect, MEASURE) and row.system != POOLED
    ]


def _span(rows: Sequence[ValidityRow], metric: str) -> str:
    """Return a metric's correlation in one rated system with its interval, or the lowest and the highest of several.

    With one rater left out, as what stands beside it; in a release from before that was told, with all of them.
    """
    own = [row for row in rows if row.metric == metric and row.value is not None]
    spans = sorted(
        (row.value or 0.0, row.low, row.high)
        if row.alike is None
        else (row.alike, row.alike_low, row.alike_high)
        for row in own
    )
    if not spans:
        return ""
    value, low, high = spans[0]
    if len(spans) > 1:
        some = " on part of the texts" if any(row.n < row.n_rated for row in own) else ""
        return f"r {number(value, 2)} to {number(spans[-1][0], 2)}{some}"
    ends = "" if low is None or high is None else f" [{number(low, 2)}, {number(high, 2)}]"
    (row,) = own
    some = f" on {row.n:,} of {row.n_rated:,} texts" if row.n < row.n_rated else ""
    return f"r {number(value, 2)}{ends}{some}"


def _ruler(rows: Sequence[ValidityRow], metric: str) -> str:
    """Return the stronger word count on the metric's own texts.

    In one rated system, or the lowest and highest of several.
    """
    own = [row for row in rows if row.metric == metric and row.value is not None]
    rulers = sorted(row.ruler for row in own if row.ruler is not None)
    if rulers:
        ends = dict.fromkeys((number(rulers[0], 2), number(rulers[-1], 2)))
        return f"r {' to '.join(ends)} on the same texts"
    if any(row.alike is not None for row in own):
        return ""
    return _span(rows, f"{WORDS}{WHOLE}" if metric.endswith(WHOLE) else WORDS)


def heads(
    table: Table, metric: MetricRow, values: Sequence[str], by: str, known: Mapping[str, Believed]
) -> dict[str, str]:
    """Return drawn column -> what stands above its head.

    Columns side by side with the same share one.

    Args:
        table: A board as it is drawn.
        metric: The board's.
        values: Its tasks or families.
        by: Which of the two.
        known: How far the board's metric can be believed, by `MEAN`, and the one "beside" it, if there is one.
    """
    own = known[MEAN]
    parts = {part: name for name in values for part in (name, name + LOW, name + HIGH)}
    over = dict.fromkeys(
        (MEAN, MEAN + LOW, MEAN + HIGH, "interval", "ranks"),
        _titled(plain(metric.title), own.short),
    )
    over |= dict.fromkeys(parts, _titled(f"{plain(metric.title)} by {by}", own.whole))
    if "beside" in known:
        over |= dict.fromkeys(
            ("beside", f"beside{LOW}", f"beside{HIGH}", "beside span"), known["beside"].short
        )
    return {name: over.get(name, "") for name in table.names}


def over_each(table: Table, known: Mapping[str, str]) -> dict[str, str]:
    """Return what stands above the columns of a table with a column a metric.

    How far to believe it.
    """
    parts = {part: said for name, said in known.items() for part in (name, name + LOW, name + HIGH)}
    return {name: parts.get(name, "") for name in table.names}


def _titled(title: str, said: str) -> str:
    return f"{title}: {said}" if said else title


def widened(table: Table, over: Mapping[str, str]) -> Table:
    """Return `table` with the last column of each group made as wide as what stands above needs."""
    columns, names = dict(table.columns), table.names
    taken = 0
    for name, following in zip(names, [*names[1:], ""], strict=True):
        taken += columns[name]["width"]
        if over.get(following) != over[name]:
            lacking = round(PADDING + LETTER * len(over[name])) - taken if over[name] else 0
            columns[name] = {**columns[name], "width": columns[name]["width"] + max(0, lacking)}
            taken = 0
    return replace(table, columns=columns)
