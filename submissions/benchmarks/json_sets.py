"""Import of test sets that are published as a JSON list of rows, as MentraBench's are.

Two shapes are read: rows of `query`, `response` ("suicide. Reasoning: ...") and `label`, and rows of
`query` and `reference_answer`, whose reference is all of the answer. They are what the paper's
repository was seen to hold (arXiv 2512.09636, August 2026); no file of it is at hand, and the tests
are of invented ones. Where a query has IMHI's form (`Consider this post: "..." Question: ...`) the
post is what stands in it, else all of the query. Labels, licence and hash are what the task's
declaration says: the sets' own are not known here, and so nothing is declared for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoring.segments import Example
from scoring.tasks import Task
from scoring.texts import said
from submissions.benchmarks.gold_files import (
    gold_answer,
    imported_table,
    parts_of_query,
    parts_of_response,
    without_faults,
)
from submissions.benchmarks.gold_table import BenchmarkError, GoldTable, Record, gold_fault
from submissions.benchmarks.json_files import read_json
from submissions.problems import Problem
from submissions.store.files.gold import Imported, post_id_of

LABELLED = ("query", "response", "label")
ANSWERED = ("query", "reference_answer")
_IDS = ("id", "index")


def import_json(path: Path, task: Task) -> Imported:
    """Read one task's set.

    Args:
        path: UTF-8, a JSON list of rows in one of the two shapes; `id` or `index` name an example.
        task: The task that the file is for.

    Raises:
        BenchmarkError: With every fault of the file.
    """
    table = _table(path)
    shape = (
        "read as MentraBench's sets are: a JSON list of rows, whose shape no file at hand proves"
    )
    return without_faults(task, imported_table(table, path.name, task, _example, (shape,)))


def _table(path: Path) -> GoldTable:
    rows = read_json(path)
    if not isinstance(rows, list) or not rows:
        raise BenchmarkError(f"{path}: must be a JSON list of rows, with at least one")
    faults = [
        gold_fault(number, "row", _shown(row), f"an object with {_shapes()}")
        for number, row in enumerate(rows, start=1)
        if not _has_a_shape(row)
    ]
    records = tuple(
        Record(number, number, {name: _text(value) for name, value in row.items()})
        for number, row in enumerate(rows, start=1)
        if _has_a_shape(row)
    )
    header = tuple(dict.fromkeys(name for record in records for name in record.cells))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return GoldTable(header, digest, len(rows), records, tuple(faults))


def _has_a_shape(row: Any) -> bool:
    return isinstance(row, Mapping) and any(
        set(names) <= set(row) for names in (LABELLED, ANSWERED)
    )


def _shapes() -> str:
    return " or ".join(", ".join(names) for names in (LABELLED, ANSWERED))


def _shown(row: Any) -> str:
    return ", ".join(row) if isinstance(row, Mapping) else json.dumps(row)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _example(task: Task, record: Record, faults: list[Problem]) -> Example | None:
    cells = record.cells
    label, reasoning = "", cells.get("reference_answer", "")
    if "response" in cells:
        stated, reasoning = parts_of_response(cells["response"])
        label = cells["label"] or stated
    gold = gold_answer(task, record, "label", label, faults)
    if gold is None:
        return None
    post, attributes = parts_of_query(task, cells["query"])
    reference = said(reasoning) if task.explained else None
    name = next((cells[name] for name in _IDS if cells.get(name)), str(record.row))
    return Example(
        example_id=f"{task.id.split('/', 1)[1]}-{name}",
        post_id=post_id_of(post),
        query=cells["query"],
        post=post,
        gold=gold,
        reference=reference,
        reference_full=None if reference is None else cells.get("response") or reference,
        attributes=attributes,
    )
