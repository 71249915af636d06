"""Parquet -> items, row group by row group.

A few kilobytes of Parquet can stand for gigabytes: as compressed pages, and as a dictionary's entry
that many rows point to. The first is read off the footer before anything is unpacked; against the
second text columns are read as dictionaries, so that a repeated value is held once, and what the
rows stand for is counted as they are read. Row groups that are large by the footer's own account
are read a few rows at a time, and not as dictionaries, which would hold all of their texts. A
page's own header could still claim more than the footer does; Arrow then reserves that much before
it notices, so a server that takes uploads from strangers also reads them in a process with a memory
limit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from submissions.receiving.formats.arrow_rows import HINT, is_text, rows_of, wanted_of
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import ignored, table
from submissions.receiving.formats.row import Item, LimitExceeded, describe, refused

# A row group of no rows still takes memory, and a footer may claim millions.
ROW_GROUPS = 10_000
WHOLE_GROUP = 16_000_000
"""Unpacked bytes up to which a row group is read at once."""
BATCH, BUFFER = 64, 1 << 20
"""Of larger ones: rows that are unpacked, and bytes that are read, at a time."""
MAGIC = b"PAR1"


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
        wanted = wanted_of(opened.schema_arrow, made)
        texts = [name for name in wanted if is_text(opened.schema_arrow.field(name).type)]
        yield from rows_of(_batches(stream, opened.metadata, wanted, texts), made, budget)
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
        # A small group at once: with smaller batches Arrow hands out the dictionary read so far
        # with each of them.
        small = group.total_byte_size <= WHOLE_GROUP
        stream.seek(0)
        opened = pq.ParquetFile(
            stream, metadata=metadata, read_dictionary=texts if small else [], buffer_size=BUFFER
        )
        rows = max(1, group.num_rows) if small else BATCH
        yield from opened.iter_batches(rows, row_groups=[index], columns=wanted, use_threads=False)


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
