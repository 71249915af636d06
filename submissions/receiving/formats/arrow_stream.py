"""Arrow's streams -> items, batch by batch: the files of a folder that `datasets` saved.

`Dataset.save_to_disk` writes `data-*.arrow`, one stream a file, with `state.json` and
`dataset_info.json` beside them; `DatasetDict.save_to_disk` a folder a split. What a batch holds is
looked at before anything of it is used: lengths and places in a file from outside may be wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, Any

from submissions.receiving.formats.arrow_rows import rows_of, wanted_of
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import ignored, table
from submissions.receiving.formats.row import Item, LimitExceeded, describe, refused

MAGIC = b"\xff\xff\xff\xff"
"""Stands before the length of the schema, with which every stream begins."""
ROWS = 256
"""Rows that are unpacked at a time."""
# Numbers of fields and kinds in Arrow's Message.fbs.
HEADER_TYPE, HEADER = 1, 2
DICTIONARY_BATCH, RECORD_BATCH = 2, 3
DICTIONARY_DATA, COMPRESSION = 1, 3
HINT = "save the data set again with `save_to_disk`, or write it with `to_parquet`"


def recognises_head(head: bytes) -> bool:
    """Return whether a file that begins so is a stream: the mark, and a schema of
    sensible length.
    """
    return head.startswith(MAGIC) and 0 < int.from_bytes(head[4:8], "little") < 1 << 24


def describes(record: Mapping[str, object]) -> bool:
    """Return whether an object describes a saved data set, and holds no rows of it."""
    return any(
        keys <= record.keys()
        for keys in (
            {"_data_files", "_fingerprint"},
            {"features", "splits"},
            {"features", "citation"},
        )
    ) or (record.keys() == {"splits"} and isinstance(record["splits"], list))


def read_stream(
    stream: IO[bytes], file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every row of a stream; a problem's line is the row, counted from 1.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    with TemporaryFile() as whole:  # what comes unpacked cannot be wound back
        while chunk := stream.read(1 << 20):
            whole.write(chunk)
        whole.seek(0)
        yield from _read(whole, file, benchmark, budget)


def _read(stream: IO[bytes], file: str, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(stream) as opened:
            names = list(opened.schema.names)
            made = table(names, file, benchmark, budget.limits)
            yield from ignored(names, made)
            wanted = wanted_of(opened.schema, made)
        stream.seek(0)
        yield from rows_of(_batches(stream, file, wanted, budget), made, budget)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise refused(file, "not a readable stream of Arrow", hint=HINT) from error


def _batches(stream: IO[bytes], file: str, wanted: Sequence[str], budget: Budget) -> Iterator[Any]:
    """Yield record batches of a few rows, each looked at before it is used.

    A column of nothing but nulls takes no bytes whatever its length, and a compressed one is unpacked
    as soon as it is read: the one is counted first, the other refused, since `datasets` writes none.
    """
    import pyarrow as pa

    for message in pa.ipc.MessageReader.open_stream(stream):
        if _is_compressed(message.metadata.to_pybytes()):
            problem = "a stream whose columns are compressed"
            raise refused(file, problem, hint="send it as Parquet: `to_parquet`")
    stream.seek(0)
    for batch in pa.ipc.open_stream(stream):
        left = budget.limits.rows - budget.rows
        if batch.num_rows > left:
            raise LimitExceeded(
                [describe(file, "too many rows", allowed=f"at most {budget.limits.rows:,} rows")]
            )
        batch.validate(full=True)
        for start in range(0, batch.num_rows, ROWS):
            yield batch.select(wanted).slice(start, ROWS)


def _is_compressed(metadata: bytes) -> bool:
    """Return whether a message's body is compressed, by the format's flatbuffer (Message.fbs).

    Raises:
        ValueError: It is no such message.
    """
    try:
        message = _Table(metadata, _number(metadata, 0, "<I"))
        kind, header = message.byte(HEADER_TYPE), message.table(HEADER)
        if kind == DICTIONARY_BATCH and header is not None:
            header = header.table(DICTIONARY_DATA)
            kind = RECORD_BATCH
        return kind == RECORD_BATCH and header is not None and bool(header.place(COMPRESSION))
    except struct.error as error:
        raise ValueError("not a message of Arrow") from error


class _Table:
    """A table within a flatbuffer: its fields by their numbers."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._start = data, start
        self._fields = start - _number(data, start, "<i")

    def place(self, field: int) -> int:
        """Return where a field's value stands; 0 where it is left out."""
        entry = 4 + 2 * field
        if entry >= _number(self._data, self._fields, "<H"):
            return 0
        offset = _number(self._data, self._fields + entry, "<H")
        return self._start + offset if offset else 0

    def byte(self, field: int) -> int:
        """Return a field of one byte; 0 where it is left out."""
        place = self.place(field)
        return _number(self._data, place, "<B") if place else 0

    def table(self, field: int) -> _Table | None:
        """Return a field that is a table; None where it is left out."""
        place = self.place(field)
        return _Table(self._data, place + _number(self._data, place, "<I")) if place else None


def _number(data: bytes, place: int, form: str) -> int:
    if place < 0:
        raise struct.error
    return int(struct.unpack_from(form, data, place)[0])
