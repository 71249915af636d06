"""What papers print, as a table of its own: never ranked, each row with its paper and table."""

from __future__ import annotations

from collections.abc import Sequence

from streamlit.column_config import TextColumn

from app.site.tables.base import Column, Table, tabulate, task_name
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
                "note": "",
            },
        )
        row |= {
            cell.task: cell.value,
            "source": f"{cell.paper}, {cell.table}, {cell.printed_metric}",
            "note": "; ".join(dict.fromkeys(filter(None, (str(row["note"]), cell.note)))),
        }
    heads = {
        "system": TextColumn("System (reported)", width=205, pinned=True),
        **{task.id: Column(task_name(task), width=96) for task in tasks},
        "method": "Method",
        "parameters": "Parameters",
        "source": TextColumn("Printed in", width=380),
        "note": "To mind",
    }
    return tabulate(rows.values(), heads)
