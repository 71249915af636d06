"""Where systems fail: attributes and tags by the drop that goes with them, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.chosen import largest_drop_first
from app.site.tables.base import Column, Table, tabulate, value_with_ends
from app.text import Names, interval, markdown, p_value, plain
from submissions.store.released.scored_rows import DropRow, MetricRow

MEAN_DROP = "the mean over systems with a value on both sides that are no trivial baselines"
"""Whose drop all systems together have."""


def what_a_drop_is(metric: MetricRow) -> str:
    """Return a drop of a metric in words: what is taken from what, so that worse is more."""
    part, others = "the examples with the attribute or tag", "the task's other examples"
    sides = (part, others) if metric.higher_is_better is False else (others, part)
    return f"{markdown(metric.title)} on {sides[0]} less that on {sides[1]}"


def failure_table(rows: Iterable[DropRow], digits: int, tasks: Names | None = None) -> Table:
    """Return a row a part, the largest drop first, blanks last.

    Args:
        rows: Of one metric.
        digits: After the point.
        tasks: What tasks are called, by id; None where all rows are of one.
    """
    cells = (
        {
            **({} if tasks is None else {"task": tasks[row.task]}),
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
        for row in largest_drop_first(rows)
    )
    heads: dict[str, Any] = {} if tasks is None else {"task": "Task"}
    heads |= {
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
    shown = [*([] if tasks is None else ["task"]), *shown]
    return tabulate(cells, heads, shown, optional="why")
