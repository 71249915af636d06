"""Where systems fail: attributes and tags by the drop that goes with them, as a table."""

from __future__ import annotations

from collections.abc import Iterable

from app.site.tables.base import Column, Table, tabulate, value_with_ends
from app.text import interval, p_value, plain
from submissions.store.released.scored_rows import DropRow


def failure_table(rows: Iterable[DropRow], digits: int) -> Table:
    """Return a row a part, the largest drop first, blanks last."""
    ranked = sorted(rows, key=lambda row: (row.value is None, -(row.value or 0.0)))
    cells = (
        {
            "part": f"{plain(row.attribute)}: {plain(row.attribute_value)}",
            **value_with_ends(row),
            "span": interval(row.low, row.high, digits),
            "p": p_value(row.p_holm),
            "inside": row.inside,
            "outside": row.outside,
            "n": row.n,
            "rest": row.n_rest,
            "systems": row.systems,
            "why": plain(row.why_blank),
        }
        for row in ranked
    )
    heads = {
        "part": "Attribute or tag",
        "value": Column("Drop", digits=digits, ends=True),
        "span": "95% interval",
        "p": "p (Holm)",
        "inside": Column("There", digits=digits),
        "outside": Column("Elsewhere", digits=digits),
        "n": "Examples there",
        "rest": "Examples elsewhere",
        "systems": "Systems",
        "why": "Why it is blank",
    }
    shown = ["part", "value", "span", "p", "inside", "outside", "n", "rest", "systems", "why"]
    return tabulate(cells, heads, shown, optional="why")
