"""Arrow's streams -> items, batch by batch: the files of a folder that `datasets` saved.

`Dataset.save_to_disk` writes `data-*.arrow`, one stream a file, with `state.json` and
`dataset_info.json` beside them; `DatasetDict.save_to_disk` a folder a split. What a batch holds is
looked at before anything of it is used: lengths and places in a file from outside may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from submissions.receiving.formats.arrow_rows import rows_of, wanted_of
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import ignored, table
from submissions.receiving.formats.row import Item, refused

MAGIC = b"\xff\xff\xff\xff"
"""Stands before the length of the schema, with which every stream begins."""
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
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(stream) as opened:
            names = list(opened.schema.names)
            made = table(names, file, benchmark, budget.limits)
            yield from ignored(names, made)
            wanted = wanted_of(opened.schema, made)
            yield from rows_of(_batches(opened, wanted), made, budget)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise refused(file, "not a readable stream of Arrow", hint=HINT) from error


def _batches(opened: Any, wanted: Sequence[str]) -> Iterator[Any]:
    for batch in opened:
        batch.validate(full=True)
        yield batch.select(wanted)
