"""What papers print, as a table of its own: never ranked, each row with its paper and table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.site.tables.base import Table, task_name
from app.text import plain
from submissions.releasing.reported import ReportedCell
from submissions.store.released.release_rows import TaskRow


def reported_table(
    cells: Sequence[ReportedCell], tasks: Sequence[TaskRow], text: str = ""
) -> Table:
    """Return a row a system of a paper, a column a task, and where it is printed.

    Args:
        cells: One metric's of one benchmark.
        tasks: The columns.
        text: What a system's name or method must hold.
    """
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for cell in cells:
        if text.casefold() not in f"{cell.system} {cell.method}".casefold():
            continue
        row = rows.setdefault(
            (cell.paper, cell.table, cell.system),
            {
                "system": plain(cell.system),
                "method": plain(cell.method),
                "parameters": cell.parameters,
            },
        )
        row[cell.task] = cell.value
        row["source"] = f"{cell.paper}, {cell.table}, {cell.printed_metric}"
        row["note"] = "; ".join(
            dict.fromkeys(note for note in (str(row.get("note", "")), cell.note) if note)
        )
    names = [task.id for task in tasks]
    frame = pd.DataFrame(
        list(rows.values()), columns=["system", *names, "method", "parameters", "source", "note"]
    )
    columns = {
        task.id: st.column_config.NumberColumn(task_name(task), width=96, format="%.3f")
        for task in tasks
    } | {
        "system": st.column_config.TextColumn("System (reported)", width=205, pinned=True),
        "method": "Method",
        "parameters": "Parameters",
        "source": st.column_config.TextColumn("Printed in", width=380),
        "note": "To mind",
    }
    return Table(frame.astype(dict.fromkeys(names, float)), columns, None, dict.fromkeys(names, 3))
