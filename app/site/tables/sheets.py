"""Tables as sheets: what a `Table` says of its columns, in the kinds that a sheet has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.site.sheet.described import DeclaredTable, Field, NameField, NumberField, Order
from app.site.sheet.drawn import Looked, draw_sheet
from app.site.sheet.packed import packed
from app.site.tables.base import HIGH, LOW, Table
from app.text import plain


def draw_table(table: Table, alt: str) -> None:
    """Draw a table that nobody clicks into other pages from.

    Args:
        table: The table.
        alt: What it shows; no two tables of a page show the same.
    """
    sheet = table_sheet(table, alt)
    falling = {each.key: isinstance(each, NumberField) for each in sheet.fields}
    draw_sheet(packed(sheet), Looked(range(len(sheet.ids)), Order(first=falling)), alt)


def table_sheet(table: Table, caption: str) -> DeclaredTable:
    """Return a table as a sheet."""
    names = table.names
    return DeclaredTable(
        caption,
        [str(place) for place in range(len(table.frame))],
        [_field(table, name, first=name == names[0]) for name in names],
    )


def _field(table: Table, name: str, *, first: bool) -> Field:
    entries, head = table.frame[name], _config(table.columns.get(name, name))
    about: Any = {
        "key": name,
        "head": head.get("label") or name,
        "help": head.get("help") or "",
        "sortable": len(entries) > 1,
    }
    written = table.wording.get(name)
    if not pd.api.types.is_numeric_dtype(entries):
        texts = [_text(entry) for entry in entries]
        kind = NameField if first and head.get("pinned") else Field
        return kind(texts=texts, **about)
    low, high = (_numbers(table, name + end) for end in (LOW, HIGH))
    return NumberField(
        values=_numbers(table, name),
        digits=_digits(table, name, head),
        low=low if high else (),
        high=high if low else (),
        compact=_form(head) == "compact",
        texts=[written(entry) for entry in entries] if written else (),
        **about,
    )


def _numbers(table: Table, name: str) -> list[float | None]:
    if name not in table.frame:
        return []
    return [None if pd.isna(entry) else float(entry) for entry in table.frame[name]]


def _config(head: Any) -> Mapping[str, Any]:
    return {"label": head} if isinstance(head, str) else head or {}


def _form(head: Mapping[str, Any]) -> str:
    kind = head.get("type_config") or {}
    return str(kind.get("format") or "")


def _digits(table: Table, name: str, head: Mapping[str, Any]) -> int:
    written = re.search(r"%\.(\d)f", _form(head))
    return int(written[1]) if written else table.decimals.get(name, 0)


def _text(entry: object) -> str:
    if isinstance(entry, list):
        return "; ".join(map(str, entry))
    return "" if entry is None or entry is pd.NA or entry != entry else plain(str(entry), 2000)
