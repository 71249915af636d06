"""Tables of a page that was opened without a browser."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

LENGTH = 4


def grids(site: AppTest) -> list[pd.DataFrame]:
    """The page's tables, from its top to its end, by the keys of their columns."""
    return [
        sheet_frame(node.proto.bytes) if node.type == "bidi_component" else flat(node.value)
        for node in site._tree
        if node.type in ("bidi_component", "dataframe")
    ]


def grid(site: AppTest, place: int = 0) -> pd.DataFrame:
    """One of them."""
    return grids(site)[place]


def table(site: AppTest, column: str) -> pd.DataFrame:
    """The first of them that has `column`."""
    return next(frame for frame in grids(site) if column in frame)


def above(site: AppTest, place: int = 0) -> dict[str, str]:
    """Column -> what stands above its head."""
    content = sheets(site)[place]
    return {each["key"]: content["groups"][each["group"]] for each in content["fields"]}


def sheets(site: AppTest) -> list[dict[str, Any]]:
    """The page's tables as browsers unpack them."""
    return [unpacked(node.proto.bytes)[1] for node in site.get("bidi_component")]


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """How a table is looked at, and the sheet."""
    length = LENGTH + int.from_bytes(message[:LENGTH], "big")
    return json.loads(message[LENGTH:length]), json.loads(gzip.decompress(message[length:]))


def sheet_frame(message: bytes) -> pd.DataFrame:
    """A table's rows as they stand, blanks as NaN or ""; what stands behind ranks and names comes last."""
    view, content = unpacked(message)
    columns: dict[str, Any] = {}
    behind: dict[str, Any] = {}
    size = len(content["ids"])
    for field in content["fields"]:
        key = field["key"]
        if field["kind"] == "number":
            tens = 10 ** field.get("digits", 0)
            columns[key] = [
                None if value is None else value / tens for value in field.get("values", ())
            ]
        elif field["kind"] == "rank":
            columns[key] = field.get("ranks", [None] * size)
            if "texts" in field:
                behind["ranks"] = field["texts"]
        else:
            columns[key] = field.get("texts", [""] * size)
            if "marks" in field:
                behind["marks"] = [field["marks"]["each"][n] for n in field["marks"]["codes"]]
    frame = pd.DataFrame(columns | behind).iloc[view["rows"]].reset_index(drop=True)
    numbers = [each["key"] for each in content["fields"] if each["kind"] == "number"]
    return frame.astype(dict.fromkeys(numbers, float))


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """A grid by its own heads, without the row that may stand above them."""
    return frame.droplevel(0, axis=1) if frame.columns.nlevels > 1 else frame
