"""The tables of the page about one task: systems, details, breakdowns and classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from app.site.tables.base import (
    Column,
    Table,
    drawn_columns,
    metric_help,
    spans,
    with_intervals,
)
from app.site.tables.board import FIXED, fixed_column, unparsed_column
from app.site.tables.board_frame import (
    MEAN,
    SYSTEM,
    BoardFrame,
    notes,
    unparsed,
)
from app.site.tables.confusion import Confusion
from app.text import decimals, interval, plain
from submissions.releasing.coverage import ENOUGH, enough
from submissions.store.released.release_rows import BreakdownRow, MetricRow, TaskRow

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
        *drawn_columns(first, intervals),
        "notes",
        "unparsed",
        *(p for n in others for p in drawn_columns(n, intervals)),
    ]
    config = {"notes": fixed_column("notes", *FIXED["notes"]), "unparsed": unparsed_column(texts)}
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
