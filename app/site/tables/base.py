"""The pages' tables: frames of a release in, a frame with its columns' heads out.

A `Table` holds all that can be exported; what is drawn of it is `shown`. An interval stands in it
as two columns of numbers, "<column> low" and "<column> high", so that every export has it whatever
is drawn; so does a standard deviation over runs, "<column> sd", where any row has one. A blank is
NaN or an empty text, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.column_config import NumberColumn

from app.text import better, interval, markdown, plain
from scoring.answers import KINDS
from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.scored_rows import (
    BreakdownRow,
    CounterfactualRow,
    CrossDatasetRow,
    DropRow,
    MetricRow,
    SystemRow,
    TaskRow,
)

ByColumn = dict[str, Any]
"""Column -> what there is of it: its head, or an entry, or all of them."""
Heads = Mapping[str, Any]
"""Column -> its head, as `st.dataframe` takes it."""

LOW, HIGH, SD = " low", " high", " sd"
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Table:
    """A frame and how its columns are headed.

    Attributes:
        whole: Everything there is.
        columns: How they are headed.
        shown: The columns that are drawn; None for all.
        decimals: Column -> digits after the point, in exports for people.
        wording: Column -> how its entries are written for people, where that takes more than
            digits; the entries themselves stand in CSV and JSON, and are what a column is sorted
            by.
        rows: Those of `whole` that are shown, in order, by position; None for all as they stand.
        kept: `whole` as it is drawn, where that is kept: of a large board it takes 10 ms at every
            rerun.
    """

    whole: pd.DataFrame
    columns: Heads
    shown: Sequence[str] | None = None
    decimals: Mapping[str, int] = field(default_factory=dict)
    rows: Sequence[int] | None = None
    kept: pa.Table | None = None
    wording: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns that are drawn."""
        return list(self.whole.columns if self.shown is None else self.shown)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """What is exported, in the order shown."""
        return self.whole if self.rows is None else self.whole.iloc[list(self.rows)]

    def drawn(self) -> pd.DataFrame:
        """Return what stands on the page, rounded to what is read."""
        return rounded(self.frame, self.decimals)[self.names]

    def arrow(self) -> pa.Table:
        """Return the table as Arrow, which is what a page is sent."""
        if self.kept is None:
            return pa.Table.from_pandas(self.drawn(), preserve_index=False)
        # Arrow takes columns without copying them.
        kept = self.kept.select(self.names)
        return kept if self.rows is None else kept.take(pa.array(self.rows, pa.int64()))


def rounded(frame: pd.DataFrame, decimals: Mapping[str, int]) -> pd.DataFrame:
    """Round to what is read, so that nothing is a "-0.000"."""
    parts = {name + end: digits for name, digits in decimals.items() for end in ("", SD, LOW, HIGH)}
    for digits in set(parts.values()):
        names = [name for name in frame.columns if parts.get(str(name)) == digits]
        # Adding zero turns "-0.0" into "0.0".
        frame = frame.assign(**{str(name): frame[name].round(digits) + 0.0 for name in names})
    return frame


def draw(table: Table, alt: str, **options: Any) -> None:
    """Draw a table, blanks left blank."""
    drawn: Any = table.drawn()
    worded = {name: write for name, write in table.wording.items() if name in drawn}
    if worded:
        drawn = drawn.style.format(worded)
    draw_frame(drawn, table.columns, alt, rows=len(table.frame), **options)


def draw_frame(
    frame: Any, columns: Heads, alt: str, *, rows: int | None = None, **options: Any
) -> None:
    """Draw a frame as it is (of pandas, styled, or Arrow), under heads as `Table` has them."""
    rows = len(frame) if rows is None else rows
    st.dataframe(
        frame,
        column_config=dict(columns),
        hide_index=True,
        placeholder="",
        alt=alt,
        # Longer tables scroll by themselves, so that what stands below can be reached.
        height="content" if rows <= 30 else 640,
        **options,
    )


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes:
        head: As it is written.
        help: What it measures and what not, as Markdown; "" for nothing.
        digits: After the point; 0 for whole numbers, which have no intervals.
        ends: Whether the ends of its interval are columns too.
        width: In pixels; None for what its head and entries need.
        wording: How its numbers are written for people, where that takes more than digits.
    """

    head: str
    help: str = ""
    digits: int = 3
    ends: bool = False
    width: int | None = None
    wording: Callable[[Any], str] | None = None

    def heads(self, name: str) -> ByColumn:
        """Return the head of the column `name`, and of its interval's ends where
        they are columns.
        """
        plain_form = self.wording is not None or not self.digits
        form = None if plain_form else f"%.{self.digits}f"
        return {
            name + end: NumberColumn(
                f"{self.head}{end}", format=form, help=self.help or None, width=self.width
            )
            for end in (("", LOW, HIGH) if self.ends else ("",))
        }


def tabulate(
    rows: Iterable[Mapping[str, Any]],
    heads: Heads,
    shown: Sequence[str] | None = None,
    optional: str = "",
) -> Table:
    """Return rows as a table.

    Args:
        rows: Column -> entry.
        heads: Of the columns, in order; a `Column` where its entries are numbers.
        shown: The columns that are drawn; None for all.
        optional: The column that is drawn only where it has an entry.
    """
    numbers = {name: head for name, head in heads.items() if isinstance(head, Column)}
    columns: ByColumn = {}
    kinds: ByColumn = {}
    for name, head in heads.items():
        own = numbers[name].heads(name) if name in numbers else {name: head}
        columns |= own
        if name in numbers:
            # pandas would make floats of whole numbers beside a blank.
            kinds |= dict.fromkeys(own, float if numbers[name].digits else "Int64")
    frame = pd.DataFrame(list(rows), columns=list(columns)).astype(kinds)
    drawn = [name for name in shown or columns if name != optional or frame[name].any()]
    worded = {name: number.wording for name, number in numbers.items() if number.wording}
    digits = {name: number.digits for name, number in numbers.items() if number.digits}
    return Table(
        frame,
        columns,
        drawn if shown or optional else None,
        {name: after_point for name, after_point in digits.items() if name not in worded},
        wording=worded,
    )


def value_with_ends(
    row: BreakdownRow | CounterfactualRow | CrossDatasetRow | DropRow | ValidityRow,
) -> dict[str, float | None]:
    """Return a row's value and interval as entries of the columns "value", "value low" and "value
    high".
    """
    return {"value": row.value, f"value{LOW}": row.low, f"value{HIGH}": row.high}


def with_intervals(
    values: Mapping[str, tuple[pd.Series[float], pd.Series[float], pd.Series[float]]],
    columns: Mapping[str, Column],
    deviations: Mapping[str, pd.Series[float]] = MappingProxyType({}),
) -> tuple[ByColumn, ByColumn]:
    """Return numbers with the ends of their intervals, and the columns' heads.

    Args:
        values: Column -> value, low, high.
        columns: How each is headed.
        deviations: Column -> standard deviations over runs; one without any has no such column.

    Returns:
        Data and heads by column.
    """
    data: ByColumn = {}
    heads: ByColumn = {}
    for name, parts in values.items():
        column = columns[name]
        value, low, high = parts
        own = {"": value, SD: deviations.get(name), LOW: low, HIGH: high}
        for suffix, part in own.items():
            if part is None or (suffix == SD and part.isna().all()):
                continue
            data[name + suffix] = part.astype(float).to_numpy()
            head = f"{column.head}{_SUFFIXES.get(suffix, suffix)}"
            heads[name + suffix] = NumberColumn(
                head,
                width=max(72, 28 + 7 * len(head)),
                format=f"%.{column.digits}f",
                help=_HELPS[suffix].format(markdown(column.head)) if suffix else column.help,
            )
    return data, heads


_SUFFIXES = {SD: " ± SD"}
_HELPS = {
    SD: (
        "{}: standard deviation over runs (prompts and seeds), n - 1. How far runs are apart, and"
        " no interval, which says how far posts leave the value open."
    ),
    LOW: "{}: low end, 95% interval.",
    HIGH: "{}: high end, 95% interval.",
}


def drawn_columns(name: str, intervals: bool, deviations: bool = True) -> list[str]:
    """Return the columns that are drawn of one: its interval's ends and its standard deviation over
    runs too, where those are.
    """
    return [name, *[name + SD] * deviations, *[name + LOW, name + HIGH] * intervals]


def spans(low: pd.Series[float], high: pd.Series[float], digits: int) -> list[str]:
    """Return intervals as text, "" where there is none."""
    pairs = zip(low, high, strict=True)
    return [interval(a, b, digits) if a == a and b == b else "" for a, b in pairs]


def task_name(task: TaskRow) -> str:
    """Return the part of a task's id that tells it from the board's others."""
    return plain(task.id.split("/", 1)[-1])


def label_titles(task: TaskRow) -> dict[str, str]:
    """Return label -> how it is written."""
    return {label["name"]: plain(label["title"]) for label in task.labels}


def answer_title(task: TaskRow, answer: str) -> str:
    """Return how an answer is written: the titles of its labels."""
    titles = {label["name"]: label["title"] for label in task.labels}
    named = [titles.get(name, name) for name in KINDS[task.kind].labels(answer)]
    return "; ".join(named) or answer.capitalize()


def metric_help(metric: MetricRow) -> str:
    """Return what a metric measures, what it does not, and how far it can be believed."""
    lines = [
        f"**Measures:** {markdown(metric.measures)} {better(metric)}",
        f"**Limits:** {markdown(metric.limits)}",
    ]
    if metric.validity:
        lines.append(f"**Validity:** {markdown(metric.validity)}.")
    if metric.checkpoint:
        lines.append(f"**Model:** {markdown(metric.checkpoint)}")
    return "\n\n".join(lines)


def version(system: SystemRow) -> str:
    """Return the version shown, and how many there were."""
    return f"{plain(system.version)}{_of_versions(system.versions, system.published)}"


def _of_versions(submitted: int, published: int) -> str:
    """Return how many versions of a system a team has tried, where that is more than the one.

    0 published is unknown.
    """
    if submitted <= 1:
        return ""
    return (
        f" (of {submitted} submitted, {published} published)" if published else f" (of {submitted})"
    )
