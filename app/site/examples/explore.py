"""A task's examples with how many systems got each right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from streamlit.column_config import ProgressColumn, TextColumn

from app.site.tables.base import Table, label_titles
from app.site.tables.wrapping import column_width
from app.text import plain
from scoring.segments import Example
from submissions.releasing.itemwise import Rights
from submissions.store.released.scored_rows import TaskRow

FILTERS = {
    "all": "All examples",
    "none": "Nobody is right",
    "some": "Some are right, some wrong",
    "every": "Everybody is right",
}


def overview(gold: Sequence[Example], rights: Rights, passed_over: Collection[str]) -> pd.DataFrame:
    """Return a row an example: "example", "gold", "attributes", "right" of "of" systems.

    The hardest first.

    Args:
        gold: The task's examples.
        rights: Who got them right.
        passed_over: Systems that are not counted.
    """
    counted = np.array([system not in passed_over for system in rights.systems], dtype=bool)
    right = rights.right[counted].sum(axis=0) if counted.any() else np.zeros(len(gold), dtype=int)
    frame = pd.DataFrame(
        {
            "example": [example.example_id for example in gold],
            "gold": [example.gold for example in gold],
            "attributes": ["; ".join(example.attributes.values()) for example in gold],
            "right": right,
            "of": int(counted.sum()),
        }
    )
    return frame.sort_values("right", kind="stable")


def choose_rows(frame: pd.DataFrame, show: str, hits: Sequence[str] | None) -> pd.DataFrame:
    """Return the rows that a filter keeps, and among them those that a search has found, in its
    order.

    Args:
        frame: From `overview`.
        show: One of `FILTERS`.
        hits: Example ids, best first; None where nothing was searched.
    """
    masks = {
        "none": frame["right"] == 0,
        "every": (frame["right"] == frame["of"]) & (frame["of"] > 0),
        "some": (frame["right"] > 0) & (frame["right"] < frame["of"]),
    }
    rows = frame[masks[show]] if show in masks else frame
    if hits is None:
        return rows
    place = {example: position for position, example in enumerate(hits)}
    return rows[rows["example"].isin(place)].sort_values(
        "example", key=lambda ids: ids.map(place), kind="stable"
    )


def explorer_table(rows: pd.DataFrame, task: TaskRow) -> Table:
    """Return the examples as a table; their texts stand below it, behind the notice."""
    titles = label_titles(task)
    total = int(rows["of"].max()) if len(rows) else 0
    frame = rows.assign(
        example=rows["example"].map(plain),
        gold=rows["gold"].map(lambda name: titles.get(name, plain(name))),
        attributes=rows["attributes"].map(plain),
        right=rows["right"].astype(int),
    )
    columns = {
        "example": "Example",
        "gold": TextColumn("Gold", width=column_width("Gold", frame["gold"])),
        "attributes": "Asked for",
        "right": ProgressColumn(
            "Systems that are right",
            format=f"%d of {total}",
            min_value=0,
            max_value=max(1, total),
            width=260,
        ),
        "of": "Systems",
    }
    empty = {
        "gold": not task.labelled,
        "attributes": not frame["attributes"].any(),
        "right": not total,
        "of": True,
    }
    return Table(frame, columns, [name for name in columns if not empty.get(name)])
