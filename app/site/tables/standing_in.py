"""Tables of what stands in for people: metrics on their scale, and means anchored by ratings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streamlit.column_config import TextColumn

from app.grouping import grouped
from app.site.tables.base import ByColumn, Column, Table, tabulate
from app.site.tables.validity import system_title, why_column
from app.text import Names, interval, no_interval, plain
from submissions.store.released.rated_rows import AnchoredRow, OnScaleRow


def in_place_table(rows: Sequence[OnScaleRow], titles: Names) -> Table:
    """Return a row a rated system and metric, a column a coefficient, each with its interval.

    Args:
        rows: Of one aspect.
        titles: What metrics are called.
    """
    coefficients = list(dict.fromkeys(row.coefficient for row in rows))
    cells = []
    for (system, metric), own in grouped(((row.system, row.metric), row) for row in rows).items():
        cell: ByColumn = {
            "metric": titles.get(metric, plain(metric)),
            "system": system_title(system),
        }
        for row in own:
            ends = interval(row.low, row.high, 2)
            said = plain(row.why_blank) or ends or no_interval(row.value, row.interval)
            cell |= {row.coefficient: row.value, f"{row.coefficient} on": said}
        cells.append(cell | {"n": own[0].n, "raters": own[0].raters})
    heads: dict[str, object] = {
        "metric": TextColumn("Metric", pinned=True, width=205),
        "system": "Rated system",
    }
    for name in coefficients:
        heads |= {name: Column(plain(name), digits=2), f"{name} on": "95% interval"}
    return tabulate(cells, heads | {"n": "Texts", "raters": "Raters"})


def anchored_table(rows: Iterable[AnchoredRow], titles: Names) -> Table:
    """Return a row a rated system, task, metric and method.

    Args:
        rows: Of one aspect.
        titles: What metrics are called.
    """
    cells = [
        {
            "system": system_title(row.system),
            "task": plain(row.task.split("/", 1)[-1]),
            "metric": titles.get(row.metric, plain(row.metric)),
            "raw": row.raw,
            "raw span": interval(row.raw_low, row.raw_high, 2),
            "value": row.value,
            "span": interval(row.low, row.high, 2),
            "n": row.n,
            "n_all": row.n_all,
            "method": plain(row.method),
            "tuning": row.tuning,
            "why": plain(row.why_blank) or no_interval(row.value, row.interval),
        }
        for row in rows
    ]
    heads = {
        "system": TextColumn("Rated system", pinned=True),
        "task": "Task",
        "metric": "Metric",
        "raw": Column("Mean of the ratings", "Of the rated texts that have a value.", 2),
        "raw span": "Its 95% interval",
        "value": Column("Human-anchored mean", "Of all texts that have a value.", 2),
        "span": "95% interval",
        "n": Column("Texts rated", digits=0),
        "n_all": Column("of", "All texts of the task that have a value.", digits=0),
        "method": "Method",
        "tuning": Column("Lambda", "What the metric's values are taken to ratings by.", 3),
        "why": why_column(cells),
    }
    return tabulate(cells, heads, optional="why")
