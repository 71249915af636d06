"""Tables and the forest of how far metrics go along with people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import pandas as pd
from streamlit.column_config import TextColumn

from app.grouping import grouped
from app.site.tables.base import ByColumn, Column, Table, tabulate, task_name, value_with_ends
from app.summing_up import correlation
from app.text import Names, interval, no_interval, number, p_value, plain
from scoring.metrics import METRICS
from scoring.statistics.proportions import proportion_interval
from submissions.rating.baselines import BASELINES, DERIVED, TITLES
from submissions.rating.views import VIEWS, WITH_OWN, WITHOUT_OWN
from submissions.releasing.own_family import FamilyMean
from submissions.store.released.rated_rows import (
    AgreementRow,
    AnchoredRow,
    MetricContestRow,
    OnScaleRow,
    ValidityRow,
    ValidityViewRow,
)
from submissions.store.released.scored_rows import MetricRow, TaskRow

FAMILY_VIEWS = (WITH_OWN, WITHOUT_OWN)
Row = TypeVar("Row", ValidityViewRow, OnScaleRow, AnchoredRow)

HUMAN, SYSTEMS, SURENESS = "human", "system accuracy", "soft pairwise accuracy"
OF_PAIRS = (SYSTEMS, SURENESS)
"""Measures of pairs of systems."""
MEASURES = {
    "spearman": "Spearman correlation",
    "kendall": "Kendall's tau-b",
    "pearson": "Pearson correlation",
    "acc_eq": "Pairwise accuracy, ties calibrated",
    SYSTEMS: "Pairs of systems ordered alike",
    SURENESS: "Pairs of systems told apart as surely",
}
POOLED = "All systems pooled"
AUTHORS = {
    "chatgpt": "ChatGPT, checked by people",
    "expert": "a domain expert",
    "project": "this project",
    "none": "nobody: none",
}


@dataclass(frozen=True)
class Mark:
    """What each row of a figure is to be compared with: a column of its frame, and the shape that
    it is drawn in.
    """

    column: str
    title: str
    symbol: str


@dataclass(frozen=True)
class Figures:
    """Figures of validity that are looked at.

    Attributes:
        benchmark: Whose explanations were rated.
        ratings: The set of ratings, by name.
        aspect: What was rated of them.
        measure: A key of `MEASURES`, or another where a release has no such.
        rows: A row a metric and rated system.
    """

    benchmark: str
    ratings: str
    aspect: str
    measure: str
    rows: Sequence[ValidityRow]

    def own(self, rows: Iterable[Row]) -> list[Row]:
        """Return those of other rows that are of the same set, aspect and rated systems."""
        systems = {row.system for row in self.rows}
        of = (self.ratings, self.aspect)
        return [row for row in rows if (row.ratings, row.aspect) == of and row.system in systems]


def _place(row: ValidityRow) -> tuple[int, float]:
    """Return a key that sorts human first, baselines last, others by value, blanks below them."""
    group = {HUMAN: 0, **dict.fromkeys(BASELINES, 3)}.get(
        row.metric, 1 if row.value is not None else 2
    )
    return group, -(row.value or 0.0)


def validity_table(
    rows: Sequence[ValidityRow],
    titles: Names,
    contests: Sequence[MetricContestRow] = (),
    fooled: Names = MappingProxyType({}),
) -> Table:
    """Return a row a metric and rated system: a human first, baselines last.

    Args:
        rows: Of one aspect, by one measure.
        titles: What metrics are called.
        contests: Of the same set of ratings.
        fooled: Metric -> what it is fooled by, where that was tried.
    """
    tests = _tests_of(rows, contests)
    systems = list(dict.fromkeys(row.system for row in rows))
    pairs = bool(rows) and all(row.measure in OF_PAIRS for row in rows)
    cells = [
        {
            "system": system_title(row.system),
            "metric": titles.get(row.metric, plain(row.metric)),
            **value_with_ends(row),
            "span": _span(row),
            "fooled": fooled.get(row.metric, ""),
            "alike": row.alike,
            "human": row.human,
            "ruler": row.ruler,
            **_against(tests.get((row.system, row.metric), ())),
            "yardstick": titles.get(row.yardstick, row.yardstick),
            "n": row.n,
            "rated": row.n_rated,
            "posts": row.posts,
            "why": _why(row),
            "signature": plain(row.signature, 500),
        }
        for row in sorted(rows, key=lambda row: (systems.index(row.system), *_place(row)))
    ]
    heads = {
        "system": "Rated system",
        "metric": TextColumn("Metric", pinned=True, width=205),
        "value": Column("Agreement", "With the mean of all raters.", 2, ends=True),
        "span": TextColumn(
            "95% interval",
            width=210,
            help="And on how many of the rated texts, where that is not all: a metric can be "
            "held against what is on the same texts alone, which the next columns are.",
        ),
        "fooled": TextColumn(
            "Fooled by",
            width=230,
            help="Of explanations spoilt on purpose: what a metric takes for the better one most"
            " often; it values the real one higher in so few posts. Below, “What fools the"
            " metrics” has all of it.",
        ),
        "alike": Column(
            "One rater left out",
            "The metric with the mean of the other raters, for each rater in "
            "turn: what a human is held against.",
            2,
        ),
        "human": Column(
            "A human there",
            "The rater who was left out, on the metric's texts, against the same means.",
            2,
        ),
        "ruler": Column(
            "Word count there",
            "The stronger of the two word counts, of the explanation and of the "
            "whole text, on the metric's texts, against the same means.",
            2,
        ),
        "beats": TextColumn(
            "Beats",
            width=150,
            help="Baselines that it goes along with people further than, on the texts that both "
            "have a value on (PERM-BOTH, p below .05 after Holm's correction over all metrics and "
            "baselines; by Pearson correlation where the measure is not tested).",
        ),
        "beaten": TextColumn(
            "Beaten by", width=150, help="Baselines that go along with people further, likewise."
        ),
        "yardstick": "Which word count",
        "n": "Pairs of systems with a value" if pairs else "Texts with a value",
        "rated": "Pairs of systems rated" if pairs else "Texts rated",
        "posts": "Posts",
        "why": why_column(cells),
        "signature": "Signature",
    }
    beside = ["n", "rated"] if pairs else ["alike", "human", "ruler"]
    against = [] if pairs or not tests else ["beats", "beaten"]
    gamed = ["fooled"] if any(cell["fooled"] for cell in cells) else []
    shown = [
        "metric",
        "value",
        "span",
        *gamed,
        *against,
        *beside,
        "system",
        "posts",
        "why",
        "signature",
    ]
    return tabulate(cells, heads, shown, optional="why")


def _against(tests: Sequence[MetricContestRow]) -> dict[str, str]:
    """Return which baselines a metric beats ("none" where it was held against some), and which
    beat it.
    """
    beaten = _named(test for test in tests if test.beats)
    return {
        "beats": beaten or ("none" if tests else ""),
        "beaten": _named(test for test in tests if test.beaten),
    }


def _tests_of(
    rows: Sequence[ValidityRow], contests: Sequence[MetricContestRow]
) -> dict[tuple[str, str], list[MetricContestRow]]:
    """Return (rated system, metric) -> its tests by the rows' measure, or by Pearson's r where that
    is not tested.
    """
    measures = {test.measure for test in contests} & {row.measure for row in rows}
    aspects = {row.aspect for row in rows}
    return grouped(
        ((test.system, test.first), test)
        for test in contests
        if test.aspect in aspects and test.measure in (measures or {"pearson"})
    )


def _named(tests: Iterable[MetricContestRow]) -> str:
    return ", ".join(TITLES.get(test.second, plain(test.second)) for test in tests)


def view_table(rows: Sequence[ValidityViewRow], titles: Names) -> Table:
    """Return a row a rated system and metric, columns by what of the texts is looked at.

    Args:
        rows: Of one aspect.
        titles: What metrics are called.
    """
    by_metric = grouped(((row.system, row.metric), row) for row in rows)
    cells = []
    for (system, metric), own in by_metric.items():
        if any(row.n for row in own):
            cell = {"metric": titles.get(metric, plain(metric)), "system": system_title(system)}
            for row in own:
                cell |= _view_cells(row)
            cells.append(cell)
    heads: dict[str, Any] = {
        "metric": TextColumn("Metric", pinned=True, width=205),
        "system": "Rated system",
    }
    for view in VIEWS:
        heads |= {
            view.name: Column(view.title, digits=2),
            f"{view.name} on": TextColumn(
                "Interval, texts; a human, the bound",
                width=210,
                help="Its 95% interval and how many texts have a value; then, on these texts, a "
                "human with one rater left out, and the square root of ICC(2,k).",
            ),
        }
    return tabulate(cells, heads)


def family_table(rows: Sequence[ValidityViewRow], titles: Names) -> Table:
    """Return a row a judge's metric: over all rated systems, with and without its own family's.

    Args:
        rows: Of one aspect.
        titles: What metrics are called.
    """
    cells = [
        {
            "metric": titles.get(metric, plain(metric)),
            **{name: value for row in own for name, value in _view_cells(row).items()},
        }
        for metric, own in grouped((row.metric, row) for row in rows).items()
    ]
    heads: dict[str, Any] = {"metric": TextColumn("Metric", pinned=True, width=205)}
    for view in FAMILY_VIEWS:
        heads |= {
            view: Column(view.capitalize(), digits=2),
            f"{view} on": TextColumn("Interval, texts; a human, the bound", width=210),
        }
    return tabulate(cells, heads)


def family_means_table(means: Iterable[FamilyMean], systems: Names, titles: Names) -> Table:
    """Return a row a system, task and aspect: the mean over judges, with and without those of the
    system's own family.

    Args:
        means: The means.
        systems: System id -> its name.
        titles: Task id -> its title.
    """
    cells = (
        {
            "system": plain(systems.get(each.system, each.system)),
            "task": titles.get(each.task, plain(each.task)),
            "scale": plain(each.scale),
            "judges": each.judges,
            "of_family": each.of_family,
            "mean": each.mean,
            "without": each.without,
            "why": "" if each.judges > each.of_family else "no judge of another family",
        }
        for each in means
    )
    heads = {
        "system": TextColumn("System", pinned=True, width=205),
        "task": "Task",
        "scale": "Rubric and aspect",
        "judges": Column("Judges", digits=0),
        "of_family": Column("Of its own family", digits=0),
        "mean": Column("With own family", "Mean over all judges of their means.", 2),
        "without": Column("Without", "Mean over the judges of other families.", 2),
        "why": "Why it is blank",
    }
    return tabulate(cells, heads, optional="why")


def _view_cells(row: ValidityViewRow) -> dict[str, Any]:
    beside = [number(value, 2) for value in (row.human, row.bound) if value is not None]
    parts = [interval(row.low, row.high, 2), f"n = {row.n:,}" if row.n else ""]
    said = ", ".join(filter(None, parts)) + (f"; {', '.join(beside)}" if beside else "")
    return {row.view: row.value, f"{row.view} on": plain(row.why_blank) or said}


def _why(row: AgreementRow | ValidityRow) -> str:
    """Return why a figure, or its interval, is blank."""
    return plain(row.why_blank) or no_interval(row.value, row.interval)


def _span(row: ValidityRow) -> str:
    """Return the interval, and of how many of the texts, where a metric has a value on some of them
    alone.
    """
    span = interval(row.low, row.high, 2)
    partial = row.measure not in OF_PAIRS and row.value is not None and row.n < row.n_rated
    of = f"on {row.n:,} of {row.n_rated:,} texts" if partial else ""
    return ", ".join(filter(None, (span, of)))


def why_column(cells: Iterable[ByColumn]) -> Any:
    """Return why values are blank, no wider than the longest reason needs: most are empty."""
    longest = max((len(cell["why"]) for cell in cells), default=0)
    return TextColumn("Why it is blank", width=min(220, 40 + 6 * longest))


def system_title(system: str) -> str:
    """Return how a rated system is called, or all of them together."""
    return POOLED if system == "pooled" else plain(system)


def forest(rows: Sequence[ValidityRow], titles: Names) -> pd.DataFrame:
    """Return the metrics that have a value, as `app.site.charts.interval_figure` takes them.

    One row of the figure a metric.

    Points and marks are all with one rater left out, so that a human stands on the same ground; in
    a release from before that was told, points are of agreement with all raters, and there are no
    marks.
    """
    numbers = ["value", "low", "high", "human", "ruler"]
    present = (row for row in rows if row.value is not None and row.metric != HUMAN)
    points = [
        {
            "metric": row.metric,
            "name": titles.get(row.metric, plain(row.metric)) + _coverage(row),
            "group": system_title(row.system),
            **dict(zip(numbers, correlation(row), strict=False)),
            "human": row.human,
            "ruler": None if row.metric in BASELINES else row.ruler,
        }
        for row in sorted(present, key=_place)
    ]
    frame = pd.DataFrame(points, columns=["metric", "name", "group", *numbers])
    return frame.astype(dict.fromkeys(numbers, float))


def _coverage(row: ValidityRow) -> str:
    """Return what stands beside a metric's name where it has no value on some of the texts."""
    return (
        f" ({row.n} of {row.n_rated})"
        if row.n < row.n_rated and row.measure not in OF_PAIRS
        else ""
    )


MARKS = (
    Mark("ruler", "The stronger word count, same texts", "line-ns-open"),
    Mark("human", "A human, same texts", "diamond-open"),
)
"""What each metric of `forest` is to be held against, on its own texts and against
the same means.
"""


def unvalidated(
    metrics: Iterable[MetricRow], rows: Sequence[ValidityRow], benchmark: str
) -> list[str]:
    """Return titles of the explanation metrics that nobody has held against people's ratings of
    this benchmark.
    """
    metrics = list(metrics)
    titles = metric_titles(metrics)
    tried = [row for row in rows if row.benchmark == benchmark]
    valued = {row.metric for row in tried if row.value is not None}
    own = [metric.name for metric in metrics if metric.grouping == "explanation"]
    # Baselines are what metrics are held against, and need no validation.
    derived = {baseline.name for baseline in DERIVED}
    names = dict.fromkeys([*own, *(row.metric for row in tried if row.metric != HUMAN)])
    names = dict.fromkeys(name for name in names if name not in derived)
    return [titles.get(name, plain(name)) for name in names if name not in valued]


def agreement_table(rows: Iterable[AgreementRow]) -> Table:
    """Return how far raters agree, by aspect, rated system and coefficient."""
    cells = [
        {
            "aspect": plain(row.aspect).capitalize(),
            "system": "All pooled" if row.system == "pooled" else plain(row.system),
            "coefficient": plain(row.coefficient),
            "value": row.value,
            "span": interval(row.low, row.high, 2),
            "n": row.n,
            "posts": row.posts,
            "raters": row.raters,
            "why": _why(row),
        }
        for row in rows
    ]
    heads = {
        "aspect": "Aspect",
        "system": "Rated system",
        "coefficient": "Coefficient",
        "value": Column("Agreement", digits=2),
        "span": "95% interval",
        "n": "Texts",
        "posts": "Posts",
        "raters": "Raters",
        "why": why_column(cells),
    }
    return tabulate(cells, heads, optional="why")


def metric_titles(metrics: Iterable[MetricRow]) -> dict[str, str]:
    """Return metric -> its title.

    As the release has it, and those that are on no board, such as whole texts', as declared.
    """
    declared = {metric.name: plain(metric.title) for metric in METRICS}
    declared |= {baseline.name: baseline.title for baseline in DERIVED}
    return declared | {metric.name: plain(metric.title) for metric in metrics}


def contest_table(rows: Iterable[MetricContestRow], titles: Names) -> Table:
    """Return metrics with baselines and whether they differ."""
    cells = (
        {
            "aspect": plain(row.aspect).capitalize(),
            "system": plain(row.system),
            "measure": MEASURES.get(row.measure, row.measure),
            "first": titles.get(row.first, plain(row.first)),
            "second": titles.get(row.second, plain(row.second)),
            "difference": row.difference,
            "p": row.p,
            "p_holm": row.p_holm,
            "n": row.n,
        }
        for row in rows
    )
    heads = {
        "aspect": "Aspect",
        "system": "Rated system",
        "measure": "Measure",
        "first": "Metric",
        "second": "less",
        "difference": Column("Difference", digits=2),
        "p": Column("p", wording=p_value),
        "p_holm": Column("p (Holm)", wording=p_value),
        "n": "Texts",
    }
    return tabulate(cells, heads)


def reference_table(tasks: Iterable[TaskRow]) -> Table:
    """Return who wrote each task's references, and how its gold labels came about."""
    cells = (
        {
            "task": task_name(task),
            "references": AUTHORS.get(task.reference_authors, plain(task.reference_authors)),
            "gold": plain(task.annotation),
            "problems": plain(" ".join(task.known_problems), 500),
        }
        for task in tasks
    )
    heads = {
        "task": TextColumn("Task", pinned=True),
        "references": "References written by",
        "gold": "Gold labels",
        "problems": TextColumn("Known problems", width=600),
    }
    return tabulate(cells, heads)


def disagreement_table(by_dataset: Mapping[str, tuple[int, int]]) -> Table:
    """Return data sets whose posts have an expert's reference and one by ChatGPT.

    How often their labels differ.
    """
    cells = []
    for dataset, (both, differ) in by_dataset.items():
        span = proportion_interval(differ, both) if both else None
        cells.append(
            {
                "dataset": plain(dataset),
                "both": both,
                "differ": differ,
                "share": differ / both if both else None,
                "span": interval(span.low, span.high, 2) if span else "",
            }
        )
    heads = {
        "dataset": "Source data",
        "both": "Questions in both sets",
        "differ": "Labels that differ",
        "share": Column("Share", digits=2),
        "span": "95% interval",
    }
    return tabulate(cells, heads)
