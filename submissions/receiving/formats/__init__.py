"""The file contract: every accepted shape -> one stream of rows, with the problems found on the
way.

`read_rows` knows nothing of tasks and gold: that is `submissions.receiving.validate`'s. It reads as
a stream, within `Limits`, and never raises for what a file holds.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from submissions.problems import SubmissionRefused
from submissions.receiving.formats import arrow_stream, helm
from submissions.receiving.formats.archive import (
    ALLOWED,
    HEAD,
    PARQUET,
    Log,
    Part,
    parts,
    sent_size,
)
from submissions.receiving.formats.budget import LIMITS, Budget, Limits
from submissions.receiving.formats.delimited import read_csv
from submissions.receiving.formats.inspect_log import read_json_log, read_log, recognises_head
from submissions.receiving.formats.jsonlines import read_json
from submissions.receiving.formats.parquet import read_parquet
from submissions.receiving.formats.row import Clues, Item, LimitExceeded, Note, Row, refused
from submissions.receiving.formats.transcoding import as_utf8

_Reader: TypeAlias = Callable[[io.BufferedReader, str, str | None, Budget], Iterator[Item]]

__all__ = ["LIMITS", "Clues", "Item", "Limits", "Note", "Row", "read_rows"]


def read_rows(
    path: Path, *, benchmark: str | None = None, name: str | None = None, limits: Limits = LIMITS
) -> Iterator[Item]:
    """Read a submission: one file, a zip, or a folder.

    Args:
        path: Where it lies.
        benchmark: What files in the benchmark's own shape (`goldens`, `generated_text`) are for.
        name: What the team called it, where `path` is a temporary file.
        limits: How much it may hold.

    Yields:
        Rows, problems and notes in the order of the files. A problem that ends one file does not
        end the others; a limit ends all.
    """
    shown = name or path.name
    try:
        budget = Budget(limits, sent_size(path, shown), shown)
        empty = True
        for part in parts(path, shown, budget):
            if isinstance(part, Note):
                yield part
            else:
                empty = False
                yield from _read_part(part, benchmark, budget)
        if empty:
            raise refused(shown, "holds no files that are read", allowed=ALLOWED)
    except SubmissionRefused as refusal:
        yield from refusal.problems


def _read_part(part: Part | Log, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    try:
        if isinstance(part, Log):
            yield from read_log(part, benchmark, budget)
            return
        with part.open() as stream:
            yield from _read_stream(stream, part.file, benchmark, budget)
    except LimitExceeded:
        raise
    except SubmissionRefused as refusal:
        yield from refusal.problems


def _read_stream(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    if stream.peek(len(PARQUET)).startswith(PARQUET):
        yield from read_parquet(stream, file, benchmark, budget)
        return
    if arrow_stream.recognises_head(stream.peek(HEAD)):
        yield from arrow_stream.read_stream(stream, file, benchmark, budget)
        return
    text, done = as_utf8(stream, file)
    if done:
        yield Note(file, done)
    yield from _reader(text)(text, file, benchmark, budget)


def _reader(stream: io.BufferedReader) -> _Reader:
    head = stream.peek(HEAD)
    if recognises_head(head):
        return read_json_log
    if helm.recognises_head(head):
        return helm.read_state
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return read_json
    return read_csv
