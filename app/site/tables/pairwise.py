"""Tables of pairwise rounds: how strong systems are, and whether metrics choose as people do."""

from __future__ import annotations

from collections.abc import Iterable

from streamlit.column_config import TextColumn

from app.site.tables.base import Column, Table, tabulate
from app.site.tables.validity import why_column
from app.text import Names, interval, no_interval, plain
from submissions.store.released.rated_rows import PreferenceRow, StrengthRow


def strength_table(rows: Iterable[StrengthRow]) -> Table:
    """Return a row a system, as given."""
    cells = [
        {
            "system": plain(row.system),
            "value": row.value,
            "span": interval(row.low, row.high, 2),
            "wins": row.wins,
            "ties": row.ties,
            "losses": row.losses,
            "posts": row.posts,
            "why": plain(row.why_blank) or no_interval(row.value, row.interval),
        }
        for row in rows
    ]
    heads = {
        "system": TextColumn("System", pinned=True),
        "value": Column("Strength", "The logarithm of its Bradley-Terry strength, mean 0.", 2),
        "span": "95% interval",
        "wins": Column("Chosen", digits=0),
        "ties": Column("Equal", digits=0),
        "losses": Column("Not chosen", digits=0),
        "posts": Column("Posts", digits=0),
        "why": why_column(cells),
    }
    return tabulate(cells, heads, optional="why")


def preference_table(rows: Iterable[PreferenceRow], titles: Names) -> Table:
    """Return a row a metric, those that go along furthest first.

    Args:
        rows: Of one round.
        titles: What metrics are called.
    """
    cells = [
        {
            "metric": titles.get(row.metric, plain(row.metric)),
            "value": row.value,
            "span": interval(row.low, row.high, 2),
            "n": row.n,
            "why": plain(row.why_blank) or no_interval(row.value, row.interval),
        }
        for row in sorted(rows, key=lambda row: -(row.value if row.value is not None else -1.0))
    ]
    heads = {
        "metric": TextColumn("Metric", pinned=True, width=205),
        "value": Column("Goes along", "The share of choices that the metric makes too.", 2),
        "span": "95% interval",
        "n": Column("Choices", digits=0),
        "why": why_column(cells),
    }
    return tabulate(cells, heads, optional="why")
