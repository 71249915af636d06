"""Parquet -> items, row group by row group.

A few kilobytes of Parquet can stand for gigabytes: as compressed pages, and as a dictionary's entry that many
rows point to. The first is read off the footer before anything is unpacked; against the second text columns
are read as dictionaries, so that a repeated value is held once, and what the rows stand for is counted as
they are read. Row groups that are large by the footer's own account are read a few rows at a time, and not as
dictionaries, which would hold all of their texts. A page's own header could still claim more than the footer does;
Arrow then reserves that much before it notices, so a server that takes uploads from strangers also reads them in a
process with a memory limit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import RUNS, UploadTable, column, ignored, table
from submissions.receiving.formats.row import Item, LimitExceeded, describe, refused

# A row group of no rows still takes memory, and a footer may claim millions.
ROW_GROUPS = 10_000
WHOLE_GROUP = 16_000_000
"""Unpacked bytes up to which a row group is read at once."""
BATCH, BUFFER = 64, 1 << 20
"""Of larger ones: rows that are unpacked, and bytes that are read, at a time."""
MAGIC = b"PAR1"
HINT = "write it again, with pandas' `to_parquet` or pyarrow's `write_table`"


def read_parquet(
    stream: IO[bytes], file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every row of a Parquet file; a problem's line is the row, counted from 1.

    Args:
        stream: Read to its end; copied to a temporary file where it cannot be wound back.
        file: For messages.
        benchmark: What `--benchmark` said.
        budget: Charged with what the rows stand for, not with what they take in the file.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    if stream.seekable():
        yield from _read(stream, file, benchmark, budget)
        return
    before = budget.unpacked
    with tempfile.TemporaryFile() as whole:
        while chunk := stream.read(1 << 20):
            whole.write(chunk)
        whole.seek(0)
        budget.unpacked = before
        yield from _read(whole, file, benchmark, budget)


def _read(stream: IO[bytes], file: str, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        opened = pq.ParquetFile(stream)
        _check_footer(opened.metadata, file, budget)
        names = list(opened.schema_arrow.names)
        made = table(names, file, benchmark, budget.limits)
        yield from ignored(names, made)
        wanted = [
            name
            for name in names
            if column(name) in made.wanted
            and (column(name) not in RUNS or _is_readable(opened.schema_arrow.field(name).type))
        ]
        _check_types(opened.schema_arrow, wanted, file)
        texts = [name for name in wanted if _is_text(opened.schema_arrow.field(name).type)]
        yield from _rows(_batches(stream, opened.metadata, wanted, texts), made, budget)
    except MemoryError as error:
        hint = "write it with smaller row groups and pages, or as CSV or JSON Lines"
        raise refused(
            file, "a part that has to be unpacked at once takes too much memory", hint=hint
        ) from error
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise refused(file, "not a readable Parquet file", hint=HINT) from error


def _batches(
    stream: IO[bytes], metadata: Any, wanted: Sequence[str], texts: Sequence[str]
) -> Iterator[Any]:
    import pyarrow.parquet as pq

    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        # A small group at once: with smaller batches Arrow hands out the dictionary read so far with each of them.
        small = group.total_byte_size <= WHOLE_GROUP
        stream.seek(0)
        opened = pq.ParquetFile(
            stream, metadata=metadata, read_dictionary=texts if small else [], buffer_size=BUFFER
        )
        rows = max(1, group.num_rows) if small else BATCH
        yield from opened.iter_batches(rows, row_groups=[index], columns=wanted, use_threads=False)


def _rows(batches: Iterator[Any], made: UploadTable, budget: Budget) -> Iterator[Item]:
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
        columns = [
            _values(batch.column(i), file, name, row, budget) for i, name in enumerate(names)
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
            if not _is_text(array.type)
            else _decoded(array, file, name, row, budget)
        )
    entries: Sequence[object] = (
        _decoded(array.dictionary, file, name, row, budget)
        if _is_text(array.type.value_type)
        else array.dictionary.to_pylist()
    )
    ends = pc.min_max(array.indices).as_py()  # which Arrow does not hold against the dictionary
    if ends["min"] is not None and not 0 <= ends["min"] <= ends["max"] < len(entries):
        raise refused(file, "not a readable Parquet file", field=name, hint=HINT)
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


def _check_footer(metadata: Any, file: str, budget: Budget) -> None:
    limits = budget.limits
    if metadata.num_columns > limits.columns:
        raise refused(
            file, f"{metadata.num_columns:,} columns", allowed=f"at most {limits.columns:,}"
        )
    if metadata.num_row_groups > ROW_GROUPS:
        raise refused(
            file, f"{metadata.num_row_groups:,} row groups", allowed=f"at most {ROW_GROUPS:,}"
        )
    if metadata.num_rows > limits.rows:
        allowed = f"at most {limits.rows:,} rows"
        raise LimitExceeded([describe(file, f"{metadata.num_rows:,} rows", allowed=allowed)])
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    budget.spend(size, file, limits.parquet_floor)
    budget.unpacked -= size


def _check_types(schema: Any, wanted: Sequence[str], file: str) -> None:
    problems = [
        Problem(
            file,
            None,
            column(name),
            str(schema.field(name).type),
            "a column of this type is not read",
            "text",
        )
        for name in wanted
        if not _is_readable(schema.field(name).type)
    ]
    if problems:
        raise SubmissionRefused(problems)


def _is_view(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def _is_text(kind: Any) -> bool:
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
        _is_text,
    )
    return any(test(kind) for test in tests)
