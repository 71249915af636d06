"""Tables in Arrow's memory layout -> items: what Parquet and Arrow's streams have in common.

Columns that hold text are read whatever Arrow type they have, and so are numbers and truth values.
A class that `datasets` stores as its number (`ClassLabel`) is read as its name, which the schema
has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import RUNS, UploadTable, column
from submissions.receiving.formats.row import Item, refused

HINT = "write it again, with pandas' `to_parquet` or pyarrow's `write_table`"
FEATURES = b"huggingface"
"""Key of a schema's metadata under which `datasets` describes its columns."""


def rows_of(batches: Iterator[Any], made: UploadTable, budget: Budget) -> Iterator[Item]:
    """Yield every row of record batches.

    Args:
        batches: Of the columns that are read, which `wanted_of` has chosen.
        made: What makes rows of their cells.
        budget: Charged with what the rows stand for, not with what they take in the file.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    row = 0
    for names, columns in _columns(batches, made.file, budget):
        for values in zip(*columns, strict=True):
            budget.row(made.file)
            size = sum(len(value) for value in values if isinstance(value, str))
            budget.spend(size, made.file, budget.limits.parquet_floor)
            yield from made.rows(row + 1, row, dict(zip(names, values, strict=True)))
            row += 1


def _columns(
    batches: Iterator[Any], file: str, budget: Budget
) -> Iterator[tuple[Sequence[str], Sequence[Sequence[object]]]]:
    """Yield column names and values of each batch.

    A batch's own memory is given back before its rows are used.
    """
    import pyarrow as pa

    row = 0
    for batch in batches:
        names = [column(name) for name in batch.schema.names]
        classes = class_names(batch.schema)
        columns = [
            _named(_values(batch.column(i), file, name, row, budget), classes.get(name, ()))
            for i, name in enumerate(names)
        ]
        row += batch.num_rows
        del batch
        pa.default_memory_pool().release_unused()
        yield names, columns


def _values(array: Any, file: str, name: str, row: int, budget: Budget) -> Sequence[object]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(array.type):
        return (
            array.to_pylist()
            if not is_text(array.type)
            else _decoded(array, file, name, row, budget)
        )
    entries: Sequence[object] = (
        _decoded(array.dictionary, file, name, row, budget)
        if is_text(array.type.value_type)
        else array.dictionary.to_pylist()
    )
    ends = pc.min_max(array.indices).as_py()  # which Arrow does not hold against the dictionary
    if ends["min"] is not None and not 0 <= ends["min"] <= ends["max"] < len(entries):
        raise refused(file, "a table that is damaged", field=name, hint=HINT)
    return [None if index is None else entries[index] for index in array.indices.to_pylist()]


def _decoded(array: Any, file: str, name: str, row: int, budget: Budget) -> list[str | None]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if _is_view(array.type):  # of which Arrow does not tell the lengths
        array = array.cast(pa.large_binary())
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    if longest > budget.limits.record:
        problem = f"a cell of {longest:,} bytes in this row or one after it"
        raise refused(
            file,
            problem,
            line=row + 1,
            field=name,
            allowed=f"at most {budget.limits.cell:,} bytes a cell",
        )
    try:
        return [
            value.decode() if isinstance(value, bytes) else value for value in array.to_pylist()
        ]
    except UnicodeDecodeError as error:
        problem = "not UTF-8 in this row or one after it"
        raise refused(
            file, problem, line=row + 1, field=name, allowed="UTF-8", hint=HINT
        ) from error


def class_names(schema: Any) -> Mapping[str, Sequence[str]]:
    """Return columns -> the names of their classes in the order of their numbers, as `datasets` has
    them.
    """
    try:
        described = json.loads((schema.metadata or {}).get(FEATURES, b"{}"))
        features = described["info"]["features"].items()
        return {
            column(name): tuple(map(str, feature["names"]))
            for name, feature in features
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # described otherwise, or not at all: numbers then stay what they are


def _named(values: Sequence[object], names: Sequence[str]) -> Sequence[object]:
    """Return class numbers as the names of their classes; a number that no class has as it is."""
    if not names:
        return values
    return [
        names[value] if isinstance(value, int) and 0 <= value < len(names) else value
        for value in values
    ]


def wanted_of(schema: Any, made: UploadTable) -> list[str]:
    """Return the columns that are read, as they are called in the file.

    A column that may name a run (`prompt`, `seed`) is read where it has a type that can, and passed
    over where it is a list of messages, say.

    Raises:
        SubmissionRefused: Another column that is read has no type that can be; all such at once.
    """
    wanted = [name for name in schema.names if column(name) in made.wanted]
    odd = [name for name in wanted if not _is_readable(schema.field(name).type)]
    problems = [
        Problem(
            made.file,
            None,
            column(name),
            str(schema.field(name).type),
            "a column of this type is not read",
            "text",
        )
        for name in odd
        if column(name) not in RUNS
    ]
    if problems:
        raise SubmissionRefused(problems)
    return [name for name in wanted if name not in odd]


def _is_view(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def is_text(kind: Any) -> bool:
    """Return whether a column of this type holds texts."""
    import pyarrow as pa

    return _is_view(kind) or any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    )


def _is_readable(kind: Any) -> bool:
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_null,
        is_text,
    )
    return any(test(kind) for test in tests)
