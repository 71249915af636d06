"""Tables and the forest of how far metrics go along with people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app.site.tables.base import HIGH, LOW, Table, task_name
from app.text import interval, no_interval, p_value, plain
from scoring.metrics import METRICS
from scoring.statistics.proportions import proportion_interval
from submissions.store.released.release_rows import (
    AgreementRow,
    MetricContestRow,
    MetricRow,
    TaskRow,
    ValidityRow,
)

HUMAN, WORDS, SYSTEMS = "human", ("words", "words_full"), "system accuracy"
MEASURES = {
    "spearman": "Spearman correlation",
    "kendall": "Kendall's tau-b",
    "pearson": "Pearson correlation",
    "acc_eq": "Pairwise accuracy, ties calibrated",
    SYSTEMS: "Pairs of systems ordered alike",
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
    """What each row of a figure is to be compared with: a column of its frame, and the shape that it is drawn in."""

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


def _place(row: ValidityRow) -> tuple[int, float]:
    """Return a key that sorts human first, word count last, others by value, blanks below them."""
    group = {HUMAN: 0, **dict.fromkeys(WORDS, 3)}.get(row.metric, 1 if row.value is not None else 2)
    return group, -(row.value or 0.0)


def validity_table(rows: Sequence[ValidityRow], titles: Mapping[str, str]) -> Table:
    """Return a row a metric and rated system: a human first, word count last."""
    systems = list(dict.fromkeys(row.system for row in rows))
    ordered = sorted(rows, key=lambda row: (systems.index(row.system), *_place(row)))
    pairs = bool(rows) and all(row.measure == SYSTEMS for row in rows)
    frame = pd.DataFrame(
        [
            {
                "system": POOLED if row.system == "pooled" else plain(row.system),
                "metric": titles.get(row.metric, plain(row.metric)),
                "value": row.value,
                f"value{LOW}": row.low,
                f"value{HIGH}": row.high,
                "span": _span(row),
                "alike": row.alike,
                "human": row.human,
                "ruler": row.ruler,
                "yardstick": titles.get(row.yardstick, row.yardstick),
                "n": row.n,
                "rated": row.n_rated,
                "posts": row.posts,
                "why": _why(row),
                "signature": plain(row.signature, 500),
            }
            for row in ordered
        ],
        columns=[
            "system",
            "metric",
            "value",
            f"value{LOW}",
            f"value{HIGH}",
            "span",
            "alike",
            "human",
            "ruler",
            "yardstick",
            "n",
            "rated",
            "posts",
            "why",
            "signature",
        ],
    )
    columns = {
        "system": "Rated system",
        "metric": st.column_config.TextColumn("Metric", pinned=True, width=205),
        "span": st.column_config.TextColumn(
            "95% interval",
            width=210,
            help="And on how many of the rated texts, where that is not all: a metric can be "
            "held against what is on the same texts alone, which the next columns are.",
        ),
        "value": st.column_config.NumberColumn(
            "Agreement", format="%.2f", help="With the mean of all raters."
        ),
        "alike": st.column_config.NumberColumn(
            "One rater left out",
            format="%.2f",
            help="The metric with the mean of the other raters, for each rater in "
            "turn: what a human is held against.",
        ),
        "human": st.column_config.NumberColumn(
            "A human there",
            format="%.2f",
            help="The rater who was left out, on the metric's texts, against the same means.",
        ),
        "ruler": st.column_config.NumberColumn(
            "Word count there",
            format="%.2f",
            help="The stronger of the two word counts, of the explanation and of the "
            "whole text, on the metric's texts, against the same means.",
        ),
        "yardstick": "Which word count",
        "n": "Pairs of systems with a value" if pairs else "Texts with a value",
        "rated": "Pairs of systems rated" if pairs else "Texts rated",
        "posts": "Posts",
        "signature": "Signature",
        "why": why_column(frame["why"]),
    }
    shown = [
        "metric",
        "value",
        "span",
        *(["n", "rated"] if pairs else ["alike", "human", "ruler"]),
        "system",
        "posts",
        *(["why"] if frame["why"].any() else []),
        "signature",
    ]
    return Table(
        frame.astype(
            dict.fromkeys(
                ["value", f"value{LOW}", f"value{HIGH}", "alike", "human", "ruler"], float
            )
        ),
        columns,
        shown,
        dict.fromkeys(["value", "alike", "human", "ruler"], 2),
    )


def _why(row: AgreementRow | ValidityRow) -> str:
    """Return why a figure, or its interval, is blank."""
    return plain(row.why_blank) or no_interval(row.value, row.interval)


def _span(row: ValidityRow) -> str:
    """Return the interval, and of how many of the texts, where a metric has a value on some of them alone."""
    span = interval(row.low, row.high, 2)
    partial = row.measure != SYSTEMS and row.value is not None and row.n < row.n_rated
    of = f"on {row.n:,} of {row.n_rated:,} texts" if partial else ""
    return ", ".join(filter(None, (span, of)))


def why_column(texts: Iterable[str]) -> Any:
    """Return why values are blank, no wider than the longest reason needs: most are empty."""
    return st.column_config.TextColumn(
        "Why it is blank", width=min(220, 40 + 6 * max(map(len, texts), default=0))
    )


def forest(rows: Sequence[ValidityRow], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the metrics that have a value, as `app.site.charts.interval_figure` takes them.

    One row of the figure a metric.

    Points and marks are all with one rater left out, so that a human stands on the same ground; in a release from before
    that was told, points are of agreement with all raters, and there are no marks.
    """
    present = sorted(
        (row for row in rows if row.value is not None and (row.metric != HUMAN)), key=_place
    )
    frame = pd.DataFrame(
        [
            {
                "metric": row.metric,
                "name": titles.get(row.metric, plain(row.metric)) + _coverage(row),
                **_point(row),
                "human": row.human,
                "ruler": None if row.metric in WORDS else row.ruler,
                "group": POOLED if row.system == "pooled" else plain(row.system),
            }
            for row in present
        ],
        columns=["metric", "name", "value", "low", "high", "human", "ruler", "group"],
    )
    return frame.astype(dict.fromkeys(["value", "low", "high", "human", "ruler"], float))


def _point(row: ValidityRow) -> dict[str, float | None]:
    if row.alike is None:
        return {"value": row.value, "low": row.low, "high": row.high}
    return {"value": row.alike, "low": row.alike_low, "high": row.alike_high}


def _coverage(row: ValidityRow) -> str:
    """Return what stands beside a metric's name where it has no value on some of the texts."""
    return f" ({row.n} of {row.n_rated})" if row.n < row.n_rated and row.measure != SYSTEMS else ""


MARKS = (
    Mark("ruler", "The stronger word count, same texts", "line-ns-open"),
    Mark("human", "A human, same texts", "diamond-open"),
)
"""What each metric of `forest` is to be held against, on its own texts and against the same means."""


def unvalidated(
    metrics: Iterable[MetricRow], rows: Sequence[ValidityRow], benchmark: str
) -> list[str]:
    """Return titles of the explanation metrics that nobody has held against people's ratings of this benchmark."""
    tried = {
        row.metric: row.value is not None
        for row in rows
        if row.benchmark == benchmark and row.value is None
    }
    tried |= {
        row.metric: True for row in rows if row.benchmark == benchmark and row.value is not None
    }
    metrics = list(metrics)
    titles = metric_titles(metrics)
    own = (metric.name for metric in metrics if metric.grouping == "explanation")
    names = dict.fromkeys([*own, *(name for name in tried if name != HUMAN)])
    return [titles.get(name, plain(name)) for name in names if not tried.get(name)]


def agreement_table(rows: Iterable[AgreementRow]) -> Table:
    """Return how far raters agree, by aspect, rated system and coefficient."""
    frame = pd.DataFrame(
        [
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
    ).astype({"value": float})
    columns = {
        "aspect": "Aspect",
        "system": "Rated system",
        "coefficient": "Coefficient",
        "span": "95% interval",
        "n": "Texts",
        "posts": "Posts",
        "raters": "Raters",
        "value": st.column_config.NumberColumn("Agreement", format="%.2f"),
        "why": why_column(frame["why"]),
    }
    return Table(
        frame,
        columns,
        [str(name) for name in frame.columns if name != "why" or frame["why"].any()],
        {"value": 2},
    )


def metric_titles(metrics: Iterable[MetricRow]) -> dict[str, str]:
    """Return metric -> its title.

    As the release has it, and those that are on no board, such as whole texts', as declared.
    """
    declared = {metric.name: plain(metric.title) for metric in METRICS}
    return declared | {metric.name: plain(metric.title) for metric in metrics}


def contest_table(rows: Iterable[MetricContestRow], titles: Mapping[str, str]) -> Table:
    """Return pairs of metrics and whether they differ."""
    frame = pd.DataFrame(
        [
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
        ]
    ).astype({"difference": float, "p": float, "p_holm": float})
    heads = {
        "aspect": "Aspect",
        "system": "Rated system",
        "measure": "Measure",
        "first": "Metric",
        "second": "less",
        "n": "Texts",
    }
    config = {
        "difference": st.column_config.NumberColumn("Difference", format="%.2f"),
        "p": st.column_config.NumberColumn("p"),
        "p_holm": st.column_config.NumberColumn("p (Holm)"),
    }
    worded = dict.fromkeys(("p", "p_holm"), p_value)
    return Table(frame, {**heads, **config}, None, {"difference": 2}, wording=worded)


def reference_table(tasks: Iterable[TaskRow]) -> Table:
    """Return who wrote each task's references, and how its gold labels came about."""
    frame = pd.DataFrame(
        [
            {
                "task": task_name(task),
                "references": AUTHORS.get(task.reference_authors, plain(task.reference_authors)),
                "gold": plain(task.annotation),
                "problems": plain(" ".join(task.known_problems), 500),
            }
            for task in tasks
        ]
    )
    columns = {
        "task": st.column_config.TextColumn("Task", pinned=True),
        "references": "References written by",
        "gold": "Gold labels",
        "problems": st.column_config.TextColumn("Known problems", width=600),
    }
    return Table(frame, columns)


def disagreement_table(by_dataset: Mapping[str, tuple[int, int]]) -> Table:
    """Return data sets whose posts have an expert's reference and one by ChatGPT.

    How often their labels differ.
    """
    rows = []
    for dataset, (both, differ) in by_dataset.items():
        span = proportion_interval(differ, both) if both else None
        share = differ / both if both else None
        ends = (span.low, span.high) if span else (None, None)
        rows.append(
            {
                "dataset": plain(dataset),
                "both": both,
                "differ": differ,
                "share": share,
                "span": interval(*ends, 2),
            }
        )
    frame = pd.DataFrame(rows, columns=["dataset", "both", "differ", "share", "span"]).astype(
        {"share": float}
    )
    columns = {
        "dataset": "Source data",
        "both": "Questions in both sets",
        "differ": "Labels that differ",
        "span": "95% interval",
        "share": st.column_config.NumberColumn("Share", format="%.2f"),
    }
    return Table(frame, columns)
