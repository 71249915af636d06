"""The tables of the page about one task: systems, details, breakdowns and classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from streamlit.column_config import NumberColumn, ProgressColumn

from app.site.tables.base import (
    ENDS,
    Column,
    Table,
    drawn_columns,
    label_titles,
    metric_help,
    spans,
    tabulate,
    value_with_ends,
    with_intervals,
)
from app.site.tables.board import FIXED, SYSTEM_COLUMN, unparsed_column
from app.site.tables.board_frame import (
    MEAN,
    SYSTEM,
    BoardFrame,
    notes,
    unparsed,
)
from app.site.tables.confusion import Confusion
from app.text import Names, decimals, interval, plain
from submissions.releasing.coverage import ENOUGH, OPTIONAL, enough
from submissions.store.released.scored_rows import LABEL, BreakdownRow, MetricRow, TaskRow

DETAILS = (
    "system",
    "task",
    "metric",
    "value",
    "low",
    "high",
    "sd",
    "sd_prompts",
    "sd_seeds",
    "repetitions",
    "n",
    "n_unparsed",
    "n_refused",
    "n_cut_off",
    "n_absent",
    "n_truncated",
    "n_given",
    "judge_family",
    "why_blank",
    "signature",
    "interval",
)
SPREADS = {
    "sd": "SD over runs",
    "sd_prompts": "SD over prompts",
    "sd_seeds": "SD over seeds",
}
_SOMETIMES = ("sd_prompts", "sd_seeds", "n_refused", "n_cut_off", "judge_family")
"""Shown where any cell has them."""
_DETAIL_HEADS = {
    **SPREADS,
    "repetitions": "Runs",
    "n": "Examples",
    "n_unparsed": "Unparsed, worst run",
    "n_refused": "Refused, worst run",
    "n_cut_off": "Cut off while reasoning, worst run",
    "n_absent": "Absent",
    "n_truncated": "Truncated",
    "judge_family": "Judge is of",
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
    value, low, high = (board.cells[end].loc[ids] for end in ENDS)
    values = {name: (value[name], low[name], high[name]) for name in columns}
    deviations = {name: board.cells["sd"].loc[ids, name] for name in columns}
    numbers, heads = with_intervals(values, columns, deviations)
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
    first, *others = (
        [part for part in drawn_columns(name, intervals) if part in numbers] for name in columns
    )
    shown = [
        SYSTEM,
        *first,
        "notes",
        "unparsed",
        *(part for other in others for part in other),
    ]
    config = {
        SYSTEM: SYSTEM_COLUMN,
        "notes": FIXED["notes"],
        "unparsed": unparsed_column(texts),
        **heads,
    }
    return Table(frame, config, shown, {name: column.digits for name, column in columns.items()})


def detail_table(cells: pd.DataFrame, names: Names, heads: Names, by: str, digits: int) -> Table:
    """Return every cell of a board with its counts and its signature, and for a blank one why.

    Args:
        cells: The columns `DETAILS` of the release's cells.
        names: System id -> its name, in the order shown.
        heads: The cells' task or metric -> how it is headed.
        by: Which of the two.
        digits: After the point.
    """
    place = {system: position for position, system in enumerate(names)}
    cells = cells.assign(why=why_none(cells))
    cells = cells[cells["system"].isin(place) & cells[by].isin(heads)]
    cells = cells.iloc[cells["system"].map(place).argsort(kind="stable")]
    # A mean has no counts of its own, and a 0 would be read as one.
    unscored = ~(cells["n"].astype(float) + cells["n_absent"].astype(float) > 0)
    counts = [
        "repetitions",
        "n",
        "n_unparsed",
        "n_refused",
        "n_cut_off",
        "n_absent",
        "n_truncated",
    ]
    frame = pd.DataFrame(
        {
            SYSTEM: cells["system"].map(names),
            "column": cells[by].map(heads),
            "value": cells["value"].astype(float),
            "span": spans(cells["low"].astype(float), cells["high"].astype(float), digits),
            **{name: cells[name].astype(float) for name in SPREADS},
            **{
                name: cells[name].astype("Float64").astype("Int64").mask(unscored)
                for name in counts
            },
            "judge_family": cells["judge_family"].astype(object),
            "why_blank": cells["why"].map(plain),
            "signature": cells["signature"].map(lambda t: plain(t, 1000)),
            "interval": cells["interval"].fillna(""),
        }
    )
    numbers = {
        name: NumberColumn(head, format=f"%.{digits}f")
        for name, head in (("value", "Value"), *SPREADS.items())
    }
    return Table(
        frame,
        {**_DETAIL_HEADS, SYSTEM: "System", "column": "Column", "span": "95% interval", **numbers},
        [name for name in map(str, frame) if name not in _SOMETIMES or frame[name].notna().any()],
    )


def why_none(cells: pd.DataFrame) -> pd.Series[str]:
    """Return why each cell counts as none: it is blank, or covers too little of the task."""
    asked = cells["n"].astype(float) + cells["n_absent"].astype(float)
    counts = cells["n_given"].astype(float).fillna(cells["n"].astype(float)).where(asked > 0)
    # Fullness is judged against what others gave: nobody can explain a post that was taken down.
    # What is optional everybody can send of every example that was asked.
    optional = cells["metric"].isin(OPTIONAL)
    most = counts.where(~optional, asked)
    fullest = most.groupby([cells["task"], cells["metric"]], dropna=False).transform("max")
    least = fullest.map(enough)
    why = cells["why_blank"].fillna("").astype(object)
    few = f"fewer than {ENOUGH:.0%} of the "
    too_few = few + fullest.map("{:.0f}".format) + " examples"
    too_few = too_few.where(optional, too_few + " that others answered or explained")
    too_few = too_few.where(~optional, too_few + ": " + counts.map("{:.0f} have it".format))
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


def breakdown_table(rows: Iterable[BreakdownRow], names: Names, metric: MetricRow) -> Table:
    """Return one metric by attribute value: systems in the order of `names` under each value."""
    chosen = [row for row in rows if row.metric == metric.name and row.attribute != LABEL]
    return _by_value(chosen, names, Column(plain(metric.title), digits=decimals(metric), ends=True))


def label_table(rows: Iterable[BreakdownRow], names: Names) -> Table:
    """Return F1 of each label, of a task that takes several: systems in the order of `names` under
    each label.
    """
    chosen = [row for row in rows if row.attribute == LABEL]
    return _by_value(chosen, names, Column("F1", ends=True))


def _by_value(rows: Iterable[BreakdownRow], names: Names, head: Column) -> Table:
    place = {system: position for position, system in enumerate(names)}
    chosen = [row for row in rows if row.system in place]
    values = list(dict.fromkeys((row.attribute, row.attribute_value) for row in chosen))
    chosen.sort(
        key=lambda row: (values.index((row.attribute, row.attribute_value)), place[row.system])
    )
    digits = head.digits
    cells = (
        {
            "attribute": f"{plain(row.attribute)}: {plain(row.attribute_value)}",
            SYSTEM: names[row.system],
            **value_with_ends(row),
            "span": interval(row.low, row.high, digits),
            "n": row.n,
            "why": plain(row.why_blank),
        }
        for row in chosen
    )
    heads = {
        "attribute": "Attribute",
        SYSTEM: "System",
        "value": head,
        "span": "95% interval",
        "n": "Examples",
        "why": "Why it is blank",
    }
    shown = ["attribute", SYSTEM, "value", "span", "n", "why"]
    return tabulate(cells, heads, shown, optional="why")


def class_table(task: TaskRow) -> Table:
    """Return how many examples have each gold label."""
    counts = {name: task.classes.get(name, 0) for name in label_titles(task)}
    # Of examples: one may have several labels.
    rows = (
        {
            "label": title,
            "n": counts[name],
            "share": 100 * counts[name] / task.size if any(counts.values()) else None,
        }
        for name, title in label_titles(task).items()
    )
    share = ProgressColumn("Share", format="%.0f%%", min_value=0, max_value=100)
    return tabulate(rows, {"label": "Gold label", "n": "Examples", "share": share})


def per_class_table(task: TaskRow, matrix: Confusion) -> Table:
    """Return precision, recall and F1 of each label.

    Blank where nothing was to be found, or nothing was answered.
    """
    answers = matrix.counts.to_dict("index")
    cells = []
    for name, title in label_titles(task).items():
        hits = answers[name][name]
        gold = sum(answers[name].values())
        said = sum(given[name] for given in answers.values())
        cells.append(
            {
                "label": title,
                "precision": hits / said if said else None,
                "recall": hits / gold if gold else None,
                "f1": 2 * hits / (gold + said) if gold + said else None,
                "gold": gold,
                "answered": said,
            }
        )
    heads = {
        "label": "Label",
        "precision": Column(
            "Precision", "Of the answers with this label, the share that is right."
        ),
        "recall": Column(
            "Recall", "Of the examples with this gold label, the share that was answered so."
        ),
        "f1": Column("F1", "Balance of the two."),
        "gold": "Gold",
        "answered": "Answered",
    }
    return tabulate(cells, heads)
