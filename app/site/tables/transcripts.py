"""Tables of transcripts that a rubric rates: systems by items, variants of one base model, agreement;
and what their figures draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from streamlit.column_config import TextColumn

from app.site.tables.base import HIGH, LOW, Column, Table, tabulate
from app.text import p_value, plain
from submissions.declarations.base_models import declared_size
from submissions.store.released.rated_rows import (
    TOTAL,
    RubricAgreementRow,
    RubricBoardRow,
    RubricContrastRow,
    RubricSystemRow,
    RubricValueRow,
)

DIGITS = 2


def scale(board: RubricBoardRow) -> str:
    """Return what a total is: "sum of 11 items, 0 to 66"."""
    return f"{board.total} of {len(board.items)} items, {board.low:g} to {board.high:g}"


def item_titles(board: RubricBoardRow) -> dict[str, str]:
    """Return item -> its title, the total first."""
    return {TOTAL: "Total", **{item["name"]: plain(item["title"]) for item in board.items}}


def transcript_table(
    board: RubricBoardRow, systems: Iterable[RubricSystemRow], values: Iterable[RubricValueRow]
) -> Table:
    """Return a row a system: its total with all its doubt, and its items."""
    by_cell = {(row.system, row.item): row for row in values}
    titles = item_titles(board)
    rows = [
        {
            "system": plain(system.system),
            "variant": plain(system.variant),
            "parameters": plain(system.parameters),
            "base_model": plain(system.base_model),
            **_cells(by_cell, system.system, titles),
            "patients": by_cell[system.system, TOTAL].patients,
            "raters": by_cell[system.system, TOTAL].raters,
            "why_blank": plain(by_cell[system.system, TOTAL].why_blank),
        }
        for system in systems
        if (system.system, TOTAL) in by_cell
    ]
    helps = {item["name"]: plain(item["wording"], 500) for item in board.items}
    heads: dict[str, Any] = {
        "system": TextColumn("System", width=180, pinned=True),
        "variant": "Variant",
        "parameters": "Parameters",
        "base_model": "Base model",
        **{
            name: Column(title, helps.get(name, f"{scale(board)}; mean over patients."), 2, True)
            for name, title in titles.items()
        },
        "sd": Column("SD of the total", "Over patients, n - 1.", DIGITS),
        "patients": Column("Patients", digits=0),
        "raters": Column("Raters", digits=0),
        "why_blank": "Why blank",
    }
    shown = ["system", "variant", "parameters", TOTAL, TOTAL + LOW, TOTAL + HIGH, "sd"]
    names = [name for name in titles if name != TOTAL]
    return tabulate(
        rows, heads, [*shown, *names, "patients", "raters", "why_blank"], optional="why_blank"
    )


def _cells(
    by_cell: Mapping[tuple[str, str], RubricValueRow], system: str, titles: Iterable[str]
) -> dict[str, float | None]:
    cells: dict[str, float | None] = {"sd": by_cell[system, TOTAL].sd}
    for name in titles:
        row = by_cell[system, name]
        cells |= {name: row.value, name + LOW: row.low, name + HIGH: row.high}
    return cells


def contrast_table(board: RubricBoardRow, rows: Iterable[RubricContrastRow]) -> Table:
    """Return a row a pair of variants and item: the first less the second."""
    titles = item_titles(board)
    entries = [
        {
            "first": plain(row.first),
            "second": plain(row.second),
            "item": titles[row.item],
            "difference": row.difference,
            f"difference{LOW}": row.low,
            f"difference{HIGH}": row.high,
            "p": p_value(row.p),
            "p_permutation": p_value(row.p_permutation),
            "p_holm": p_value(row.p_holm),
            "test": row.test,
            "patients": row.patients,
            "why_blank": plain(row.why_blank),
        }
        for row in rows
    ]
    heads: dict[str, Any] = {
        "first": "First",
        "second": "less second",
        "item": "Item",
        "difference": Column("Difference", "Of the means, with its 95% interval.", DIGITS, True),
        "p": TextColumn("p (t)", help="Two-sided."),
        "p_permutation": TextColumn("p (permutation)", help="Two-sided."),
        "p_holm": TextColumn("After Holm", help="The permutation p, corrected."),
        "test": "Test",
        "patients": Column("Patients", digits=0),
        "why_blank": "Why blank",
    }
    return tabulate(entries, heads, list(_drawn(heads)), optional="why_blank")


def agreement_table(board: RubricBoardRow, rows: Iterable[RubricAgreementRow]) -> Table:
    """Return a row a coefficient and item: of raters among themselves, and of judges with them."""
    titles = item_titles(board)
    entries = [
        {
            "whose": plain(f"{row.judge} and {row.ratings}" if row.judge else row.ratings),
            "item": titles[row.item],
            "coefficient": row.coefficient,
            "value": row.value,
            f"value{LOW}": row.low,
            f"value{HIGH}": row.high,
            "interval": plain(row.interval),
            "transcripts": row.transcripts,
            "raters": row.raters,
            "why_blank": plain(row.why_blank),
        }
        # Totals first: what is asked before all else.
        for row in sorted(rows, key=lambda row: row.item != TOTAL)
    ]
    heads: dict[str, Any] = {
        "whose": "Whose",
        "item": "Item",
        "coefficient": "Coefficient",
        "value": Column("Value", "With its 95% interval.", DIGITS, True),
        "interval": "Interval",
        "transcripts": Column("Transcripts", digits=0),
        "raters": Column("Raters", digits=0),
        "why_blank": "Why blank",
    }
    return tabulate(entries, heads, list(_drawn(heads)), optional="why_blank")


def _drawn(heads: Mapping[str, Any]) -> Iterable[str]:
    for name, head in heads.items():
        ends = isinstance(head, Column) and head.ends
        yield from (name, name + LOW, name + HIGH) if ends else (name,)


def profile_frame(board: RubricBoardRow, values: Sequence[RubricValueRow]) -> pd.DataFrame:
    """Return what a profile draws: a row a system and item, without totals."""
    titles = item_titles(board)
    return _frame(
        {"group": plain(row.system), "name": titles[row.item], **_ends(row)}
        for row in values
        if row.item != TOTAL and row.value is not None
    )


def size_frame(
    systems: Iterable[RubricSystemRow], values: Iterable[RubricValueRow]
) -> pd.DataFrame:
    """Return what totals by parameters draw: a row a system of known size."""
    totals = {row.system: row for row in values if row.item == TOTAL and row.value is not None}
    frame = _frame(
        {
            "name": plain(system.system),
            "group": plain(system.variant) or "no variant",
            "size": declared_size(system.parameters),
            **_ends(totals[system.system]),
        }
        for system in systems
        if system.system in totals
    )
    return frame[frame["size"].notna()] if "size" in frame else frame


def _ends(row: RubricValueRow) -> dict[str, float | None]:
    return {"value": row.value, "low": row.low, "high": row.high}


def _frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    return frame if frame.empty else frame.astype({"value": float, "low": float, "high": float})
