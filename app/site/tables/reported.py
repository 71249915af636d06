"""What papers print, as tables of their own: never ranked, each row with its paper and table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st
from streamlit.column_config import TextColumn

from app.reported import ReportedSystem, cited, crossed, less_reported, part_means, verdict
from app.site.tables.base import SD, Column, Table, tabulate, task_name
from app.site.tables.sheets import draw_table
from app.site.url_state import Address
from app.text import Names, markdown, plain
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow
from submissions.store.released.scored_rows import TaskRow
from submissions.wording import counted

HEADING = "Reported by the authors, not scored here"
APART = (
    "Printed in papers, as shares. Nobody has checked them here: other data, prompts or label reading"
    " may lie behind them, so they have no rank, no interval and no test, and are never the best of"
    " a column."
)
NO_LINE = "none"
SOURCE, CAVEAT = "reported_in", "to_mind"
HEADS = {
    "strategy": TextColumn("Prompted or tuned", width=245),
    "category": "Method",
    "parameters": "Parameters",
    SOURCE: TextColumn("Printed in", width=230),
    CAVEAT: TextColumn("What keeps it from being comparable", width=420),
}


def show_reported(address: Address, table: Table, alt: str) -> bool:
    """Draw reported rows under their own heading, unless there are none or the reader hides them;
    return whether they are drawn.
    """
    if table.frame.empty:
        return False
    st.subheader(HEADING, anchor=False)
    shown = address.switch("Show reported results", "reported", default=True)
    if shown:
        draw_reported(table, alt)
    return shown


def draw_reported(table: Table, alt: str) -> None:
    """Draw reported rows between what they are and what keeps them from being comparable."""
    st.caption(APART)
    draw_table(table, alt)
    caveats = dict.fromkeys(part for said in table.frame[CAVEAT] for part in said.split("; "))
    for caveat in filter(None, caveats):
        rows = table.frame[table.frame[CAVEAT].str.split("; ").map(lambda p, c=caveat: c in p)]
        whose = "All" if len(rows) == len(table.frame) else counted(len(rows), "row")
        st.caption(f":material/report: **{whose}:** {markdown(caveat)}.")
    st.page_link(
        "site/pages/reported.py",
        label="Every cell as printed, paper by paper",
        icon=":material/article:",
        query_params={"benchmark": st.query_params.get("benchmark", "")},
    )


def to_mind(caveats: str) -> str:
    """Return caveats as the end of a caption; nothing where there are none."""
    return f"To mind: {markdown(caveats)}." if caveats else ""


def choose_line(address: Address, systems: Sequence[ReportedSystem]) -> ReportedSystem | None:
    """Let the reader pin a reported row as the line to beat; None where none is pinned."""
    by_key = {system.key: system for system in systems}
    if not by_key:
        return None
    titles = {NO_LINE: "None"} | {key: plain(row.title) for key, row in by_key.items()}
    asked = address.choose(
        "Line to beat",
        "line",
        titles,
        width=460,
        help="A reported row that scored systems are held against, task by task and untested.",
    )
    return by_key.get(asked)


def named(system: ReportedSystem) -> dict[str, object]:
    """Return what every table says of a reported row, by column."""
    first = system.cells[0]
    return {
        "system": plain(system.system),
        "strategy": plain(system.strategy),
        "category": plain(first.category),
        "parameters": plain(first.parameters),
        SOURCE: plain(system.source),
    }


def reported_table(systems: Iterable[ReportedSystem], tasks: Sequence[TaskRow]) -> Table:
    """Return a row a system of a paper and a column a task; in exports the SDs that are printed too.

    Args:
        systems: Of one benchmark and metric.
        tasks: The columns.
    """
    ids = [task.id for task in tasks]
    rows = []
    for system in systems:
        cells = {task: system.by_task[task] for task in ids if task in system.by_task}
        if cells:
            values = {task: cell.value for task, cell in cells.items()}
            spreads = {task + SD: cell.sd for task, cell in cells.items()}
            caveats = {CAVEAT: plain(system.caveats(ids), 1000)}
            rows.append({**named(system), **values, **spreads, **caveats})
    heads = {
        "system": TextColumn("System (reported)", width=180, pinned=True),
        "strategy": HEADS["strategy"],
        **{task.id: Column(task_name(task), width=96) for task in tasks},
        **{name: head for name, head in HEADS.items() if name != "strategy"},
        **{task.id + SD: Column(f"{task_name(task)} SD") for task in tasks},
    }
    return tabulate(rows, heads, [name for name in heads if not name.endswith(SD)])


def parts_table(
    systems: Iterable[ReportedSystem], parts: Mapping[str, Sequence[str]], heads: Names
) -> Table:
    """Return a row a system and a column a part of the benchmark: the plain mean over its tasks, of
    which the paper has to print each.

    Args:
        systems: Of one benchmark and metric.
        parts: Part -> ids of its tasks.
        heads: Part -> how it is headed.
    """
    rows = []
    for system, means in part_means(systems, parts):
        caveats = system.caveats(task for tasks in parts.values() for task in tasks)
        rows.append({**named(system), **means, CAVEAT: plain(caveats, 1000)})
    columns = {part: Column(heads[part], f"Mean of {len(parts[part])}.") for part in parts}
    return tabulate(
        rows,
        {
            "system": TextColumn("System (reported)", width=180, pinned=True),
            "strategy": HEADS["strategy"],
            **columns,
            SOURCE: HEADS[SOURCE],
            CAVEAT: HEADS[CAVEAT],
        },
    )


def line_table(
    values: pd.DataFrame, names: pd.Series[str], line: ReportedSystem, tasks: Sequence[TaskRow]
) -> Table:
    """Return scored systems less a reported one, task by task, without a test.

    Args:
        values: Of the metric: a row a scored system, a column a task id.
        names: Of the same systems, by id; in the order of the rows.
        line: What they are held against.
        tasks: The columns; those that the paper does not print are left out.
    """
    rows = []
    ids = [task.id for task in tasks if task.id in line.by_task]
    for name, scored in zip(names, values.loc[names.index, ids].to_numpy(dtype=float), strict=True):
        of_task = dict(zip(ids, scored.tolist(), strict=True))
        own = {less.task: less.difference for less in less_reported(of_task, line)}
        if own:
            above = sum(difference > 0 for difference in own.values())
            rows.append({"system": plain(str(name)), "above": f"{above} of {len(own)}", **own})
    heads = {
        "system": TextColumn("System", width=205, pinned=True),
        "above": "Tasks above the line",
        **{task.id: Column(task_name(task), width=96) for task in tasks if task.id in ids},
    }
    return tabulate(rows, heads)


def with_line(
    table: Table, values: Mapping[str, float], line: ReportedSystem, tasks: Sequence[TaskRow]
) -> Table:
    """Return a table of differences with those of one system less a reported row below: no
    interval, no test.

    Args:
        table: From `difference_table`.
        values: The system's, by task id.
        line: The reported row.
        tasks: Those that are compared.
    """
    called = {task.id: task_name(task) for task in tasks}
    rows = [
        {
            "task": called[less.task],
            "other": plain(f"reported: {line.title}"),
            "first": less.value,
            "second": less.printed,
            "difference": less.difference,
        }
        for less in less_reported({task: values[task] for task in called}, line)
    ]
    below = pd.DataFrame(rows, columns=list(table.whole.columns)).astype(table.whole.dtypes)
    whole = pd.concat([table.frame, below], ignore_index=True) if rows else table.frame
    names = table.names
    shown = names if "other" in names else [names[0], "other", *names[1:]]
    return replace(table, whole=whole, shown=shown, rows=None, kept=None)


def crossing_of(cells: Sequence[ReportedRow]) -> pd.DataFrame:
    """Return trained on x tested on of the tables that have it, as shares: a row a data set, and
    below a row a system that the same tables hold it against.
    """
    long = pd.DataFrame(
        [(cell.trained_on or cell.system, cell.set, cell.value) for cell in crossed(cells)],
        columns=["trained", "tested", "value"],
    )
    return long.pivot_table(index="trained", columns="tested", values="value", sort=False)


def matrix_table(cells: Sequence[ReportedRow]) -> Table:
    """Return a printed table as it is printed: a row a system, a column a test set, texts."""
    sets = list(dict.fromkeys(cell.set for cell in cells))
    rows: dict[tuple[str, ...], dict[str, object]] = {}
    for cell in cells:
        key = (cell.system, cell.strategy, cell.trained_on)
        own: dict[str, object] = {
            "system": plain(cell.system),
            "strategy": plain(cell.strategy),
            "trained_on": plain(cell.trained_on),
        }
        row = rows.setdefault(key, own | dict.fromkeys(sets, ""))
        row[cell.set] = f"{cell.printed} ± {cell.printed_sd}" if cell.printed_sd else cell.printed
    heads = {
        "system": TextColumn("System (reported)", width=180, pinned=True),
        "strategy": HEADS["strategy"],
        "trained_on": "Tuned on",
        **{name: plain(name) for name in sets},
    }
    return tabulate(rows.values(), heads, optional="trained_on")


def claims_table(claims: Iterable[ClaimRow]) -> Table:
    """Return a row a reading of each claim: what is claimed, and what the cells give."""
    rows = [
        {
            "text": plain(claim.text),
            "reading": plain(claim.reading),
            "claimed": plain(claim.claimed),
            "points": claim.points,
            "verdict": verdict(claim),
        }
        for claim in claims
    ]
    heads = {
        "text": TextColumn("Claim", width=420),
        "reading": TextColumn("Read as", width=330),
        "claimed": "Claimed, points",
        "points": Column("From the cells, points", digits=2),
        "verdict": "Verdict",
    }
    return tabulate(rows, heads)


def claim_cells_table(claims: Iterable[ClaimRow]) -> Table:
    """Return the cells that claims were recomputed from, a row a task and reading."""
    rows = [
        {
            "claimed": plain(claim.claimed),
            "reading": plain(claim.reading),
            "set": plain(better["set"]),
            "better": plain(f"{better['printed']} ({better['system']})"),
            "worse": plain(f"{worse['printed']} ({worse['system']}, {worse['strategy']})"),
            "table": plain(better["table"]),
        }
        for claim in claims
        for better, worse in zip(claim.cells[::2], claim.cells[1::2], strict=True)
    ]
    heads = {
        "claimed": "Claimed, points",
        "reading": TextColumn("Read as", width=330),
        "set": "Test set",
        "better": "One side",
        "worse": TextColumn("The best of the other", width=300),
        "table": "Printed in",
    }
    return tabulate(rows, heads)


def printed_table(cells: Iterable[ReportedRow], papers: Mapping[str, PaperRow]) -> Table:
    """Return a row a cell, with all that is known of it."""
    rows = [
        {
            "system": plain(cell.system),
            "strategy": plain(f"{cell.strategy} {cell.trained_on}"),
            "set": plain(cell.set),
            "task": plain(cell.task),
            "printed": plain(f"{cell.printed} ± {cell.printed_sd}" if cell.sd else cell.printed),
            "unit": cell.unit,
            "printed_metric": plain(cell.printed_metric),
            "metric": cell.metric,
            "n": cell.n,
            "category": plain(cell.category),
            "parameters": plain(cell.parameters),
            SOURCE: plain(f"{cited(papers[cell.paper])}, {cell.table}"),
            CAVEAT: plain(cell.caveat, 1000),
        }
        for cell in cells
    ]
    heads = {
        "system": TextColumn("System (reported)", width=180, pinned=True),
        "strategy": HEADS["strategy"],
        "set": "Test set",
        "task": "Task here",
        "printed": "As printed (± SD)",
        "unit": "Unit",
        "printed_metric": "Metric, as printed",
        "metric": "Metric here",
        "n": Column("Examples", digits=0),
        "category": HEADS["category"],
        "parameters": HEADS["parameters"],
        SOURCE: HEADS[SOURCE],
        CAVEAT: HEADS[CAVEAT],
    }
    return tabulate(rows, heads)


def with_reported(table: Table, reported: Table) -> Table:
    """Return a table for export with reported rows below its own, each with its source; nothing of
    them stands in a column of ranks, intervals or means.
    """
    if reported.frame.empty:
        return table
    names = [*table.frame.columns, SOURCE, CAVEAT]
    below = reported.frame.reindex(columns=names)
    whole = pd.concat([table.frame.reindex(columns=names).astype(object), below.astype(object)])
    # Blanks of either part are blanks of the kind that the column has.
    kinds = {name: table.frame[name].dtype for name in table.frame.columns}
    texts = [name for name in names if not pd.api.types.is_numeric_dtype(kinds.get(name, object))]
    whole = whole.astype(
        {name: kind for name, kind in kinds.items() if pd.api.types.is_float_dtype(kind)}
    )
    whole[texts] = whole[texts].fillna("")
    return Table(
        whole.reset_index(drop=True),
        {**table.columns, SOURCE: HEADS[SOURCE], CAVEAT: HEADS[CAVEAT]},
        [*table.names, SOURCE],
        table.decimals,
        wording=table.wording,
    )
