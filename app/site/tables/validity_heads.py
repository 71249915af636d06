"""The row above a board's heads: which metric the columns under it show, and how far it can be
believed.

A grid draws it for a frame with two levels of columns. Exports take the flat frame and know nothing
of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.site.tables.base import Table, drawn_columns
from app.site.tables.board_frame import MEAN
from app.summing_up import LOWER, correlation, summing_up
from app.text import Names, number, plain
from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.scored_rows import MetricRow

WORDS = "words"
WHOLE = "_full"
"""How metrics that see the whole output end: their ruler is the word count of the whole output."""
LETTER, PADDING = 6.8, 20
"""Pixels of an average letter of a grid's head, and around the text."""


@dataclass(frozen=True)
class Believed:
    """How far a metric goes along with people, in a few words; "" where that is no question, as for
    labels.

    Attributes:
        short: As in "r 0.15 to 0.54 with people" over the rated systems, or "not validated here".
        beside: The same of word count, the line to beat; "" where nobody has rated.
        validated: Whether anybody has rated.
        aspect: What was rated.
        all_but_one: Whether one rater is left out of what a metric is held against, as beside a
            human.
        fooled: What it is fooled by most, of explanations spoilt on purpose; "" where it was not
            tried.
    """

    short: str = ""
    beside: str = ""
    validated: bool = False
    aspect: str = ""
    all_but_one: bool = False
    fooled: str = ""

    @property
    def against(self) -> str:
        """What is said of the raters that it is held against."""
        return ", one rater left out" if self.all_but_one else ""

    @property
    def correlation(self) -> str:
        """Its and word count's, in a line."""
        return f"{self.short}; word count: {self.beside}" if self.beside else self.short

    @property
    def whole(self) -> str:
        """That, and what it is fooled by."""
        return f"{self.correlation}; {self.gamed}" if self.gamed else self.correlation

    @property
    def gamed(self) -> str:
        """What it is fooled by, as it stands beside what it correlates with."""
        return f"fooled by: {self.fooled}" if self.fooled else ""


def believed(
    rows: Sequence[ValidityRow], metric: MetricRow, headlines: Names, *, invented: bool
) -> Believed:
    """Return what a release's rows say of a metric, on the aspect that sums the others up, within
    each rated system.

    Of several sets of ratings, which ask different people different things, the largest that has
    the metric is told.

    Args:
        rows: Of the metric's benchmark.
        metric: Of labels or of explanations.
        headlines: Rubric -> that aspect, as declared.
        invented: Whether the ratings only demonstrate.
    """
    if metric.grouping != "explanation":
        return Believed()
    by_set = summing_up(rows, headlines)
    # The sets come with the largest first.
    name = next((label for label, own in by_set.items() if _span(own, metric.name)), "")
    if not name:
        return Believed("not validated here")
    words = "" if metric.name.startswith(WORDS) else _ruler(by_set[name], metric.name)
    whose = f"{'invented ratings' if invented else 'people'}{f' ({plain(name)})' if len(by_set) > 1 else ''}"
    sense = f", {LOWER}" if metric.higher_is_better is False else ""
    return Believed(
        f"{_span(by_set[name], metric.name)} with {whose}{sense}",
        words,
        validated=True,
        aspect=by_set[name][0].aspect,
        all_but_one=any(
            row.metric == metric.name and row.alike is not None for row in by_set[name]
        ),
    )


def _span(rows: Sequence[ValidityRow], metric: str) -> str:
    """Return a metric's correlation in one rated system with its interval, or the lowest and the
    highest of several.

    With one rater left out, as what stands beside it; in a release from before that was told, with
    all of them.
    """
    own = _valued(rows, metric)
    if not own:
        return ""
    (value, low, high), *others = sorted(map(correlation, own))
    partial = [row for row in own if row.n < row.n_rated]
    if others:
        some = " on part of the texts" if partial else ""
        return f"r {number(value, 2)} to {number(others[-1][0], 2)}{some}"
    ends = "" if low is None or high is None else f" [{number(low, 2)}, {number(high, 2)}]"
    some = "".join(f" on {row.n:,} of {row.n_rated:,} texts" for row in partial)
    return f"r {number(value, 2)}{ends}{some}"


def _valued(rows: Sequence[ValidityRow], metric: str) -> list[ValidityRow]:
    return [row for row in rows if row.metric == metric and row.value is not None]


def _ruler(rows: Sequence[ValidityRow], metric: str) -> str:
    """Return the stronger word count on the metric's own texts.

    In one rated system, or the lowest and highest of several.
    """
    own = _valued(rows, metric)
    rulers = [row.ruler for row in own if row.ruler is not None]
    if rulers:
        ends = dict.fromkeys(number(end, 2) for end in (min(rulers), max(rulers)))
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
        known: How far the board's metric can be believed, by `MEAN`, and the one "beside" it, if
            there is one.
    """
    own = known[MEAN]
    over = dict.fromkeys(
        (*drawn_columns(MEAN, True), "interval", "ranks"), _titled(plain(metric.title), own.short)
    )
    said = _titled(f"{plain(metric.title)} by {by}", own.whole)
    over |= {part: said for name in values for part in drawn_columns(name, True)}
    if "beside" in known:
        beside = (*drawn_columns("beside", True), "beside span")
        over |= dict.fromkeys(beside, known["beside"].short)
    return {name: over.get(name, "") for name in table.names}


def over_each(table: Table, known: Names) -> dict[str, str]:
    """Return what stands above the columns of a table with a column a metric.

    How far to believe it.
    """
    parts = {part: said for name, said in known.items() for part in drawn_columns(name, True)}
    return {name: parts.get(name, "") for name in table.names}


def _titled(title: str, said: str) -> str:
    return f"{title}: {said}" if said else title


def widened(table: Table, over: Names) -> Table:
    """Return `table` with the last column of each group made as wide as what stands above needs."""
    columns, names = dict(table.columns), table.names
    taken = 0
    for name, following in zip(names, [*names[1:], ""], strict=True):
        taken += columns[name]["width"]
        if over.get(following) != over[name]:
            # The last column of a group grows, since the first ones are what a phone shows.
            lacking = round(PADDING + LETTER * len(over[name])) - taken if over[name] else 0
            columns[name] = {**columns[name], "width": columns[name]["width"] + max(0, lacking)}
            taken = 0
    return replace(table, columns=columns)
