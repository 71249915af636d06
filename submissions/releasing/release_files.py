"""A release as files that every program reads: a Parquet and a JSON file a table.

What is JSON in the release (labels, attributes, identities) stays a JSON text in the Parquet files,
and is an object in the JSON ones. A blank is null in both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from scoring.errors import ReasonBoardError
from submissions.store.released.release import ReleaseReader
from submissions.store.released.release_rows import ChangeRow, HistoryRow, ReleaseContent
from submissions.store.released.scored_rows import ReleaseRow

_TYPES = {"int": "int64", "float": "double", "bool": "bool"}


class ExportError(ReasonBoardError):
    """The files cannot be written there."""


def export_release(release: ReleaseReader, folder: Path) -> list[Path]:
    """Write every table of `release` into `folder`, which is made, or must be empty.

    Returns:
        The files, in the order of the tables.

    Raises:
        ExportError: There is something in the folder already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(
            f"{folder} is not an empty folder; name another, or empty it, so that no two"
            " releases mix"
        )
    folder.mkdir(parents=True, exist_ok=True)
    content = release.content()
    tables: dict[str, tuple[type, Sequence[Any]]] = {
        "release": (ReleaseRow, (release.release,)),
        "changes": (ChangeRow, release.changes()),
        "history": (HistoryRow, release.history()),
    }
    written = []
    for name, (kind, rows) in tables.items():
        written += _write(folder, name, kind, rows)
    for field in fields(ReleaseContent):
        rows = getattr(content, field.name)
        # The type of an empty table's columns cannot be told from a row.
        if rows:
            written += _write(folder, field.name, type(rows[0]), rows)
    return written


def _write(folder: Path, name: str, kind: type, rows: Sequence[Any]) -> list[Path]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain, parquet = folder / f"{name}.json", folder / f"{name}.parquet"
    plain.write_text(
        json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1), encoding="utf-8"
    )
    types = {field.name: str(field.type) for field in fields(kind)}
    schema = pa.schema([(column, _arrow(pa, text)) for column, text in types.items()])
    columns = {
        column: [
            json.dumps(value) if text == "Json" else value
            for value in (getattr(row, column) for row in rows)
        ]
        for column, text in types.items()
    }
    pq.write_table(pa.table(columns, schema=schema), parquet, compression="zstd")
    return [plain, parquet]


def _arrow(pa: Any, text: str) -> Any:
    """Return a field's type -> Arrow's; text for everything else, JSON included."""
    return pa.type_for_alias(_TYPES.get(text.removesuffix(" | None"), "string"))
