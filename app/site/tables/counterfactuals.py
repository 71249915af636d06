"""How answers change between posts and their counterfactuals, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from app.site.tables.base import Column, Table, tabulate, value_with_ends
from app.text import Names, interval, plain
from scoring.counterfactuals import WORST
from submissions.releasing.counterfactuals import FLIPS
from submissions.releasing.itemwise import RIGHTNESS
from submissions.store.released.scored_rows import CounterfactualRow

MEASURES = {
    FLIPS: "Labels that flip",
    RIGHTNESS: "Change of accuracy",
    WORST: "Worst group's change of accuracy",
}


def counterfactual_table(
    rows: Sequence[CounterfactualRow], names: Names, metric: str, titles: Names
) -> Table:
    """Return a row a system, what was changed and a measure: flips, accuracy, the worst group's gap
    and one metric.

    Args:
        rows: Of one origin.
        names: Systems by id, in the order of the page.
        metric: Whose change is shown besides.
        titles: What metrics are called.
    """
    heads = {**MEASURES, metric: f"Change of {titles.get(metric, plain(metric))}"} | MEASURES
    place = {system: position for position, system in enumerate(names)}
    order = list(heads)
    chosen = sorted(
        (row for row in rows if row.system in place and row.measure in heads),
        key=lambda row: (order.index(row.measure), place[row.system]),
    )
    cells = (
        {
            "measure": heads[row.measure],
            "system": names[row.system],
            "changed": plain(": ".join(filter(None, (row.axis, row.change))) or "all"),
            **value_with_ends(row),
            "span": interval(row.low, row.high, 3),
            "before": row.before,
            "after": row.after,
            "n": row.n,
            "why": plain(row.why_blank),
        }
        for row in chosen
    )
    columns = {
        "measure": "Measure",
        "system": "System",
        "changed": "Changed",
        "value": Column("Value", digits=3, ends=True),
        "span": "95% interval",
        "before": Column("Before", digits=3),
        "after": Column("After", digits=3),
        "n": "Pairs",
        "why": "Why it is blank",
    }
    shown = ["measure", "system", "changed", "value", "span", "before", "after", "n", "why"]
    return tabulate(cells, columns, shown, optional="why")
