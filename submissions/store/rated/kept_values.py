"""Rows of `rated_values` and `rating_statistics`: what is computed from texts and ratings, kept under
a hash of all that it follows from, so nothing kept can be stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from submissions.store.clock import now
from submissions.store.database import fetch, writing
from submissions.store.folder import DataFolder


def save_rated_values(folder: DataFolder, arrays: Mapping[str, str]) -> None:
    """Keep metric values on rated texts: key -> array."""
    at = now()
    with writing(folder) as db:
        rows = ({"key": key, "array": array, "scored_at": at} for key, array in arrays.items())
        db.table("rated_values").insert_all(rows, ignore=True)


def rated_value_arrays(folder: DataFolder) -> dict[str, str]:
    """Return key -> array of all kept metric values on rated texts.

    What is not among them is pending.
    """
    return dict(fetch(folder, "SELECT key, array FROM rated_values"))


def save_statistics(folder: DataFolder, statistics: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep computed statistics: key -> fields."""
    with writing(folder) as db:
        rows = (
            {"key": key, "content": json.dumps(dict(content))}
            for key, content in statistics.items()
        )
        db.table("rating_statistics").insert_all(rows, ignore=True)


def kept_statistics(folder: DataFolder) -> dict[str, dict[str, Any]]:
    """Return key -> fields of all kept statistics."""
    rows = fetch(folder, "SELECT key, content FROM rating_statistics")
    return {key: json.loads(content) for key, content in rows}
