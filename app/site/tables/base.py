"""The pages' tables: frames of a release in, a frame with its columns' heads out.

A `Table` holds all that can be exported; what is drawn of it is `shown`. An interval stands in it as two columns of
numbers, "<column> low" and "<column> high", so that every export has it whatever is drawn. A blank is NaN or an
empty text, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from app.site.tables.board_frame import (
    BASELINE,
    MEAN,
    PARTIAL,
    SYSTEM,
    BoardFrame,
    incomplete,
    notes,
    trained_on,
    unparsed,
)
from app.site.tables.confusion import Confusion
from app.text import decimals, interval, markdown, plain, size, web_link
from submissions.releasing.coverage import ENOUGH, enough
from submissions.store.release_rows import BreakdownRow, MetricRow, SystemRow, TaskRow
from submissions.store.scores import FEWEST
from submissions.wording import counted

LOW, HIGH = " low", " high"
ENDS = ("value", "low", "high")
DETAILS = (
    "system",
    "task",
    "metric",
    "value",
    "low",
    "high",
    "sd",
    "repetitions",
    "n",
    "n_unparsed",
    "n_absent",
    "n_truncated",
    "n_given",
    "why_blank",
    "signature",
    "interval",
)
_DETAIL_HEADS = {
    "sd": "SD over runs",
    "repetitions": "Runs",
    "n": "Examples",
    "n_unparsed": "Unparsed, worst run",
    "n_absent": "Absent",
    "n_truncated": "Truncated",
    "why_blank": "Why it is blank, or no value on the task",
    "signature": "Signature",
    "interval": "Interval's method",
}


@dataclass(frozen=True)
class Table:
    """A frame and how its columns are headed.

    Attributes:
        whole: Everything there is.
        columns: Column -> its head, as `st.dataframe` takes it.
        shown: The columns that are drawn; None for all.
        decimals: Column -> digits after the point, in exports for people.
        wording: Column -> how its entries are written for people, where that takes more than digits; the entries
            themselves stand in CSV and JSON, and are what a column is sorted by.
        rows: Those of `whole` that are shown, in order, by position; None for all as they stand.
        kept: `whole` as it is drawn, where that is kept: of a large board it takes 10 ms at every rerun.
    """

    whole: pd.DataFrame
    columns: Mapping[str, Any]
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
        return _rounded(self.frame, self.decimals)[self.names]

    def arrow(self) -> pa.Table:
        """Return the table as Arrow, which is what a page is sent."""
        if self.kept is None:
            return pa.Table.from_pandas(self.drawn(), preserve_index=False)
        kept = self.kept.select(self.names)
        return kept if self.rows is None else kept.take(pa.array(self.rows, pa.int64()))


def _rounded(frame: pd.DataFrame, decimals: Mapping[str, int]) -> pd.DataFrame:
    """Round to what is read, so that nothing is a "-0.000"."""
    parts = {name + end: digits for name, digits in decimals.items() for end in ("", LOW, HIGH)}
    for digits in set(parts.values()):
        names = [name for name in frame.columns if parts.get(str(name)) == digits]
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
    frame: Any, columns: Mapping[str, Any], alt: str, *, rows: int | None = None, **options: Any
) -> None:
    """Draw a frame as it is (of pandas, styled, or Arrow), under heads as `Table` has them."""
    rows = len(frame) if rows is None else rows
    st.dataframe(
        frame,
        column_config=dict(columns),
        hide_index=True,
        placeholder="",
        alt=alt,
        height="content" if rows <= 30 else 640,
        **options,
    )


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes:
        head: As it is written.
        help: What it measures and what not, as Markdown.
        digits: After the point.
    """

    head: str
    help: str
    digits: int = 3


def with_intervals(
    values: Mapping[str, tuple[pd.Series[float], pd.Series[float], pd.Series[float]]],
    columns: Mapping[str, Column],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return numbers with the ends of their intervals, and the columns' heads.

    Args:
        values: Column -> value, low, high.
        columns: How each is headed.

    Returns:
        Data and heads by column.
    """
    data: dict[str, Any] = {}
    heads: dict[str, Any] = {}
    for name, parts in values.items():
        column = columns[name]
        for suffix, part in zip(("", LOW, HIGH), parts, strict=True):
            data[name + suffix] = part.astype(float).to_numpy()
            head = f"{column.head}{suffix}"
            heads[name + suffix] = st.column_config.NumberColumn(
                head,
                width=max(72, 28 + 7 * len(head)),
                format=f"%.{column.digits}f",
                help=column.help
                if not suffix
                else f"{markdown(column.head)}: {suffix.strip()} end, 95% interval.",
            )
    return data, heads


def task_column(task: TaskRow, metric: MetricRow) -> Column:
    """Return a task's column on a board of one metric."""
    known = (
        f" Known problems: {len(task.known_problems)}; see the task's page."
        if task.known_problems
        else ""
    )
    return Column(
        task_name(task),
        f"{markdown(task.title)}: {markdown(task.question)} {counted(task.size, 'example')} of "
        f"{counted(task.posts, 'post')}, "
        f"{markdown(task.platform)}; gold labels: {markdown(task.annotation)}. Shown: {markdown(metric.title)}.{known}",
        decimals(metric),
    )


def family_column(family: str, tasks: Sequence[TaskRow], metric: MetricRow) -> Column:
    """Return a family's column: the plain mean of its tasks."""
    names = ", ".join(markdown(task_name(task)) for task in tasks if task.family == family)
    return Column(
        plain(family).capitalize(),
        f"Plain mean of {names}. Blank unless it covers all of them; an interval only where there is one task.",
        decimals(metric),
    )


def columns_by(by: str, tasks: Sequence[TaskRow], metric: MetricRow) -> dict[str, Column]:
    """Return the columns of numbers of a board: its tasks, or the families that they make."""
    if by == "task":
        return {task.id: task_column(task, metric) for task in tasks}
    return {
        name: family_column(name, tasks, metric)
        for name in dict.fromkeys(task.family for task in tasks)
    }


LEFT_OUT = (
    f"leave out tasks, or answer or explain fewer than {ENOUGH:.0%} of a task's examples, or have a value on fewer than "
    f"{FEWEST} of them"
)
"""What makes a system partial."""

FIXED = {
    "interval": (
        "95% interval",
        120,
        "Of the mean: bootstrap over the tasks' posts, given these tasks.",
    ),
    "ranks": (
        "Ranks",
        72,
        "The ranks that the tests allow: paired permutation tests of all pairs over the posts, at .05, "
        "not adjusted for how many there are. Systems whose ranks overlap are not told apart.",
    ),
    "coverage": (
        "Tasks",
        72,
        f"Tasks with a value, and at least {ENOUGH:.0%} of the examples answered or explained, of those on "
        "which the metric means anything. A blank is no zero.",
    ),
    "unparsed": (
        "Unparsed",
        88,
        "Outputs of which no label could be read; each counts as wrong, none is guessed. Of several "
        "runs the one with the most is counted, task by task, while values are means over runs.",
    ),
    "notes": (
        "Notes",
        120,
        f"Trivial baselines need no model. Partial systems {LEFT_OUT}: they stand below, unranked.",
    ),
    "version": (
        "Version",
        88,
        "The version shown, how many were submitted under this name, and how many published.",
    ),
    "method": ("Method", 150, "How the team says that the system was made; nobody has checked it."),
    "base_model": ("Base model", 150, "As declared by the team."),
    "size": ("Parameters", 96, "As declared by the team; blank where undeclared."),
    "trained_on": (
        "Trained on",
        150,
        "Source data sets, as declared by the team; saying nothing is not none.",
    ),
    "received": (
        "Received",
        96,
        "When the outputs were uploaded. All rows here are verified: scored here from them.",
    ),
}
"""The columns of a board besides rank, name, mean and values: head, width in pixels, help."""

DEFAULT_FIXED = ("interval", "ranks", "coverage", "unparsed", "notes")


@dataclass(frozen=True)
class Beside:
    """The mean of another metric, shown beside the board's own: correctness beside explanations."""

    metric: MetricRow
    means: pd.DataFrame


def board_table(
    board: BoardFrame,
    means: pd.DataFrame,
    partial: pd.Series[bool],
    metric: MetricRow,
    columns: Mapping[str, Column],
    beside: Beside | None,
) -> Table:
    """Return the leaderboard with all that can be shown of it, a row a system by its id, in no order.

    It is made once and kept; a click takes rows and columns of it.

    Args:
        board: The metric's cells.
        means: Of each system, see `app.site.tables.board_frame.means`.
        partial: Which systems leave out tasks.
        metric: The board's.
        columns: The tasks or families.
        beside: Another metric's means; None for none.
    """
    digits, ids = decimals(metric), board.systems.index
    own = Column(
        "Mean",
        f"{markdown(metric.title)}: plain mean of the tasks shown that the system covers.",
        digits,
    )
    values = {MEAN: (means["value"], means["low"], means["high"])}
    heads = {MEAN: own, **columns}
    other: dict[str, list[str]] = {}
    if beside is not None:
        whole = ~incomplete(
            beside.means
        )  # means over other tasks than its neighbours' would be read as comparable
        value, low, high = (beside.means[name].where(whole).loc[ids] for name in ENDS)
        values["beside"] = (value, low, high)
        said = f"{metric_help(beside.metric)}\n\nBlank for a system that does not cover every task shown by it."
        heads["beside"] = Column(plain(beside.metric.title), said, decimals(beside.metric))
        other = {"beside span": spans(low, high, heads["beside"].digits)}
    values |= {
        name: (board.cells["value"][name], board.cells["low"][name], board.cells["high"][name])
        for name in columns
    }
    numbers, number_heads = with_intervals(values, heads)
    config: dict[str, Any] = {
        "rank": st.column_config.NumberColumn(
            "Rank",
            width=48,
            pinned=True,
            help="Among systems that cover every task; equal values share one. Blank where only some tasks are shown.",
        ),
        SYSTEM: st.column_config.TextColumn("System", width=205, pinned=True),
        **{name: _fixed_column(name, *FIXED[name]) for name in FIXED},
        "beside span": _fixed_column("interval", *FIXED["interval"]),
    }
    texts = _texts(board, means, partial, digits, list(columns))
    config["unparsed"] = unparsed_column(texts["unparsed"])
    frame = pd.DataFrame(
        {
            "rank": means["rank"].astype("Int64").array,
            SYSTEM: board.systems[SYSTEM].array,
            **numbers,
            **texts,
            **other,
        },
        index=ids,
    )
    after_point = {name: column.digits for name, column in heads.items()}
    arrow = pa.Table.from_pandas(_rounded(frame, after_point), preserve_index=False)
    return Table(frame, {**config, **number_heads}, None, after_point, kept=arrow)


def taken(
    table: Table,
    ids: pd.Index[str],
    fixed: Sequence[str],
    values: Sequence[str],
    *,
    intervals: bool,
) -> Table:
    """Return the rows and columns of a board that are asked for.

    Rank, name and mean first, so that a phone shows them.

    Args:
        table: From `board_table`.
        ids: The systems, in the order shown.
        fixed: Which of `FIXED` are shown.
        values: The columns of numbers after the mean: tasks, families, "beside".
        intervals: Whether the ends of the intervals are drawn as columns of their own, and then not as text too.
    """
    span = "interval" in fixed and not intervals
    fixed = [name for name in fixed if name != "interval"]
    order = [*_drawn(MEAN, intervals), *(["interval"] * span), *(["ranks"] * ("ranks" in fixed))]
    if "beside" in values:
        order += [*_drawn("beside", intervals), *(["beside span"] * span)]
    order += [name for name in DEFAULT_FIXED if name in fixed and name != "ranks"]
    order += [part for name in values if name != "beside" for part in _drawn(name, intervals)]
    order += [name for name in FIXED if name in fixed and name not in DEFAULT_FIXED]
    names = ["rank", SYSTEM, *order]
    return replace(table, shown=names, rows=table.whole.index.get_indexer(ids).tolist())


def _drawn(name: str, intervals: bool) -> list[str]:
    return [name, name + LOW, name + HIGH] if intervals else [name]


def _fixed_column(name: str, head: str, width: int, help: str) -> Any:
    if name == "notes":
        return st.column_config.MultiselectColumn(
            head, width=width, help=help, options=[BASELINE, PARTIAL], color=["gray", "orange"]
        )
    if name == "size":
        return st.column_config.NumberColumn(head, width=width, help=help, format="compact")
    return st.column_config.TextColumn(head, width=width, help=help)


def unparsed_column(texts: Sequence[str]) -> Any:
    """Return the column of unparsed outputs, as wide as its longest text."""
    head, width, said = FIXED["unparsed"]
    return _fixed_column(
        "unparsed", head, max(width, 18 + 7 * max(map(len, texts), default=0)), said
    )


def _texts(
    board: BoardFrame,
    means: pd.DataFrame,
    partial: pd.Series[bool],
    digits: int,
    columns: Sequence[str],
) -> dict[str, Any]:
    systems, ids = board.systems, board.systems.index
    present = [column for column in columns if column in board.cells["value"]]
    return {
        "interval": spans(means["low"], means["high"], digits),
        "ranks": _ranks(means),
        "coverage": _coverage(means),
        "unparsed": unparsed(board, present, ids),
        "notes": notes(board, partial, ids),
        "version": [
            f"{version}{_of_versions(*counts)}"
            for version, *counts in zip(
                systems["version"], systems["versions"], systems["published"], strict=True
            )
        ],
        "method": systems["method"].array,
        "base_model": systems["base_model"].array,
        "size": systems["parameters"].array,
        "trained_on": systems["trained_on"].array,
        "received": systems["received"].array,
    }


def spans(low: pd.Series[float], high: pd.Series[float], digits: int) -> list[str]:
    """Return intervals as text, "" where there is none."""
    pairs = zip(low, high, strict=True)
    return [interval(a, b, digits) if a == a and b == b else "" for a, b in pairs]


def _coverage(means: pd.DataFrame) -> list[str]:
    pairs = zip(means["covered"], means["total"], strict=True)
    return ["" if total != total else f"{covered:.0f} of {total:.0f}" for covered, total in pairs]


def _ranks(means: pd.DataFrame) -> list[str]:
    """Return ranks as text: "1–3" where the tests cannot tell ranks 1 to 3 apart.

    "" without a rank.
    """
    pairs = zip(means["rank_low"], means["rank_high"], strict=True)
    return [
        "" if low != low else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
        for low, high in pairs
    ]


def task_table(
    board: BoardFrame,
    ids: pd.Index[str],
    metrics: Sequence[MetricRow],
    headline: str,
    *,
    intervals: bool,
) -> Table:
    """Return one task: a row a system, a column a metric.

    The first metric stands before the marks and the counts.

    Unparsed outputs are those that the `headline` metric counts.
    """
    columns = {m.name: Column(plain(m.title), metric_help(m), decimals(m)) for m in metrics}
    values = {
        name: (
            board.cells["value"].loc[ids, name],
            board.cells["low"].loc[ids, name],
            board.cells["high"].loc[ids, name],
        )
        for name in columns
    }
    numbers, heads = with_intervals(values, columns)
    none = pd.Series(False, index=board.systems.index)
    texts = (
        unparsed(board, [headline], ids) if headline in board.cells["value"] else [""] * len(ids)
    )
    frame = pd.DataFrame(
        {
            SYSTEM: board.systems.loc[ids, SYSTEM].array,
            **numbers,
            "notes": notes(board, none, ids),
            "unparsed": texts,
        },
        index=ids,
    )
    first, *others = columns
    shown = [
        SYSTEM,
        *_drawn(first, intervals),
        "notes",
        "unparsed",
        *(p for n in others for p in _drawn(n, intervals)),
    ]
    config = {"notes": _fixed_column("notes", *FIXED["notes"]), "unparsed": unparsed_column(texts)}
    config[SYSTEM] = st.column_config.TextColumn("System", width=205, pinned=True)
    return Table(
        frame, {**config, **heads}, shown, {name: column.digits for name, column in columns.items()}
    )


def detail_table(
    cells: pd.DataFrame, names: Mapping[str, str], heads: Mapping[str, str], by: str, digits: int
) -> Table:
    """Return every cell of a board with its counts and its signature, and for a blank one why.

    Args:
        cells: The columns `DETAILS` of the release's cells.
        names: System id -> its name, in the order shown.
        heads: The cells' task or metric -> how it is headed.
        by: Which of the two.
        digits: After the point.
    """
    place = {system: position for position, system in enumerate(names)}
    why = _why_none(cells)
    kept = cells["system"].isin(place) & cells[by].isin(heads)
    cells, why = cells[kept], why[kept]
    order = cells["system"].map(place).argsort(kind="stable")
    cells, why = cells.iloc[order], why.iloc[order]
    unscored = ~(cells["n"].astype(float) + cells["n_absent"].astype(float) > 0)
    counts = ["repetitions", "n", "n_unparsed", "n_absent", "n_truncated"]
    frame = pd.DataFrame(
        {
            SYSTEM: cells["system"].map(names),
            "column": cells[by].map(heads),
            "value": cells["value"].astype(float),
            "span": spans(cells["low"].astype(float), cells["high"].astype(float), digits),
            "sd": cells["sd"].astype(float),
            **{
                name: cells[name].astype("Float64").astype("Int64").mask(unscored)
                for name in counts
            },
            "why_blank": why.map(plain),
            "signature": cells["signature"].map(lambda t: plain(t, 1000)),
            "interval": cells["interval"].fillna(""),
        }
    )
    numbers = {
        name: st.column_config.NumberColumn(head, format=f"%.{digits}f")
        for name, head in (("value", "Value"), ("sd", "SD over runs"))
    }
    return Table(
        frame,
        {**_DETAIL_HEADS, SYSTEM: "System", "column": "Column", "span": "95% interval", **numbers},
    )


def _why_none(cells: pd.DataFrame) -> pd.Series[str]:
    """Return why each cell counts as none: it is blank, or covers too little of the task."""
    asked = cells["n"].astype(float) + cells["n_absent"].astype(float)
    counts = cells["n_given"].astype(float).fillna(cells["n"].astype(float)).where(asked > 0)
    fullest = counts.groupby([cells["task"], cells["metric"]], dropna=False).transform("max")
    least = fullest.map(enough)
    why = cells["why_blank"].fillna("").astype(object)
    few = f"fewer than {ENOUGH:.0%} of the "
    too_few = few + fullest.map("{:.0f}".format) + " examples that others answered or explained"
    return why.where(~((counts < least) & cells["value"].notna()), too_few)


def mean_details(overall: pd.DataFrame) -> pd.DataFrame:
    """Return the means over all tasks as `detail_table` takes cells.

    Their task is `MEAN`, and they have no counts.
    """
    rows = overall.reset_index(names="system")[
        ["system", "value", "low", "high", "signature", "interval"]
    ]
    rows = rows[rows["value"].notna()]
    return rows.assign(task=MEAN, why_blank="").reindex(columns=[*DETAILS])


def system_table(systems: Iterable[SystemRow]) -> Table:
    """Return what the teams say of their systems.

    Links that lead anywhere but to a web page are left out.
    """
    rows = [
        {
            "System": plain(system.system),
            "Version": version(system),
            "Description": plain(system.description, 500),
            "Base model": plain(system.base_model),
            "Parameters": plain(system.parameters),
            "Method": plain(system.method),
            "Prompts": plain(system.prompt_strategy),
            "Trained on": trained_on(system),
            "Licence": plain(system.licence),
            "Link": web_link(system.links or ()),
            "Received": plain(system.received_at),
            "Outputs": system.n_rows,
        }
        for system in systems
    ]
    return Table(
        pd.DataFrame(rows),
        {"Link": st.column_config.LinkColumn("Link", validate=r"^https?://")},
        wording={"Parameters": size},
    )


def breakdown_table(
    rows: Iterable[BreakdownRow], names: Mapping[str, str], metric: MetricRow
) -> Table:
    """Return one metric by attribute value: systems in the order of `names` under each value."""
    place = {system: position for position, system in enumerate(names)}
    chosen = [row for row in rows if row.metric == metric.name and row.system in place]
    values = list(dict.fromkeys((row.attribute, row.attribute_value) for row in chosen))
    chosen.sort(
        key=lambda row: (values.index((row.attribute, row.attribute_value)), place[row.system])
    )
    frame = pd.DataFrame(
        [
            {
                "attribute": f"{plain(row.attribute)}: {plain(row.attribute_value)}",
                SYSTEM: names[row.system],
                "value": row.value,
                "value low": row.low,
                "value high": row.high,
                "span": interval(row.low, row.high, decimals(metric)),
                "n": row.n,
                "why": plain(row.why_blank),
            }
            for row in chosen
        ],
        columns=["attribute", SYSTEM, "value", "value low", "value high", "span", "n", "why"],
    )
    columns = {
        "attribute": "Attribute",
        SYSTEM: "System",
        "span": "95% interval",
        "n": "Examples",
        "why": "Why it is blank",
        "value": st.column_config.NumberColumn(
            plain(metric.title), format=f"%.{decimals(metric)}f"
        ),
    }
    floats = dict.fromkeys(["value", "value low", "value high"], float)
    return Table(
        frame.astype(floats),
        columns,
        ["attribute", SYSTEM, "value", "span", "n", *(["why"] if frame["why"].any() else [])],
        {"value": decimals(metric)},
    )


def class_table(task: TaskRow) -> Table:
    """Return how many examples have each gold label."""
    counts = [task.classes.get(label["name"], 0) for label in task.labels]
    total = sum(counts)
    frame = pd.DataFrame(
        {
            "label": [plain(label["title"]) for label in task.labels],
            "n": counts,
            "share": [100 * n / total if total else float("nan") for n in counts],
        }
    )
    share = st.column_config.ProgressColumn("Share", format="%.0f%%", min_value=0, max_value=100)
    return Table(frame, {"label": "Gold label", "n": "Examples", "share": share})


def per_class_table(task: TaskRow, matrix: Confusion) -> Table:
    """Return precision, recall and F1 of each label.

    Blank where nothing was to be found, or nothing was answered.
    """
    names = [label["name"] for label in task.labels]
    hits = pd.Series([matrix.counts.loc[name, name] for name in names], index=names, dtype=float)
    gold, said = matrix.counts.sum(axis=1).astype(float), matrix.counts[names].sum().astype(float)
    frame = pd.DataFrame(
        {
            "label": [plain(label["title"]) for label in task.labels],
            "precision": (hits / said.where(said > 0)).to_numpy(),
            "recall": (hits / gold.where(gold > 0)).to_numpy(),
            "f1": (2 * hits / (gold + said).where(gold + said > 0)).to_numpy(),
            "gold": gold.astype(int).to_numpy(),
            "answered": said.astype(int).to_numpy(),
        }
    )
    heads = {"label": "Label", "gold": "Gold", "answered": "Answered"}
    helps = {
        "precision": "Of the answers with this label, the share that is right.",
        "recall": "Of the examples with this gold label, the share that was answered so.",
        "f1": "Balance of the two.",
    }
    numbers = {
        name: st.column_config.NumberColumn(name.capitalize(), format="%.3f", help=text)
        for name, text in helps.items()
    }
    return Table(frame, {**heads, **numbers}, None, dict.fromkeys(helps, 3))


def task_name(task: TaskRow) -> str:
    """Return the part of a task's id that tells it from the board's others."""
    return plain(task.id.split("/", 1)[-1])


def better(metric: MetricRow) -> str:
    """Return which direction is better, in words."""
    directions = {
        True: "Higher is better.",
        False: "Lower is better.",
        None: "Neither higher nor lower is better.",
    }
    return directions[metric.higher_is_better]


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
