"""What papers print, as tables of their own: never ranked, each row with its paper and table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from streamlit.column_config import TextColumn

from app.reported import ReportedSystem, cited
from app.site.tables.base import Column, Table, tabulate, task_name
from app.text import plain
from submissions.store.released.release_rows import PaperRow, ReportedRow, TaskRow

SD = " sd"
SOURCE, CAVEAT = "reported_in", "to_mind"
HEADS = {
    "strategy": TextColumn("Prompted or tuned", width=190),
    "category": "Method",
    "parameters": "Parameters",
    SOURCE: TextColumn("Printed in", width=230),
    CAVEAT: TextColumn("What keeps it from being comparable", width=420),
}


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
