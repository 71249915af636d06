"""What a run has come to so far, a JSON line each, so that a run that was killed goes on where it
was.

Lines are appended a batch at a time and synced. A last line that was cut short by a kill, or written
in part, is dropped; a damaged line that others follow is named. Whoever writes holds the file, so that
two processes never write into one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from submissions.asking.texts import Described, GenerationError, Key, Key_co

FORMAT = 1
SHOWN = 80


class Kept(Protocol[Key_co]):
    """What can be written down: a dataclass of what JSON can hold, and its key."""

    @property
    def key(self) -> Key_co:
        """What it is for."""


Record = TypeVar("Record", bound=Kept[Any])


@dataclass(frozen=True)
class JournalLines(Generic[Key, Record]):
    """What a journal's lines are.

    Attributes:
        name: What each is called in it.
        key: The named tuple that keys are.
        record: The dataclass that is written down, a line each.
    """

    name: str
    key: Callable[..., Key]
    record: Callable[..., Record]

    def written(self, record: Record) -> Described:
        """Return a record as JSON holds it, its key's fields among its own."""
        described = asdict(record)  # type: ignore[call-overload]  # a protocol cannot say dataclass
        rest = {name: value for name, value in described.items() if name != "key"}
        return {self.name: {**record.key._asdict(), **rest}}

    def read(self, content: Mapping[str, Any]) -> Record:
        """Return what was written.

        Raises:
            AttributeError, KeyError, TypeError: It was something else.
        """
        names = self.key._fields  # type: ignore[attr-defined]  # a named tuple has them
        rest = {name: value for name, value in content.items() if name not in names}
        return self.record(self.key(*(content[name] for name in names)), **rest)


class Journal(Generic[Key, Record]):
    """An open journal, held by this process.

    Attributes:
        records: What was written down, by what it is for.
        starts: The provenance of every start.
    """

    def __init__(self, path: Path, handle: int, lines: JournalLines[Key, Record]) -> None:
        self.records: dict[Key, Record] = {}
        self.starts: list[Described] = []
        self._path, self._handle, self._lines = path, handle, lines

    def begin(self, identity: Described, provenance: Described) -> None:
        """Read what is there, and note this start.

        Raises:
            GenerationError: Another run was begun here, or the file is damaged.
        """
        header = self._read()
        if header is None:
            self._append([{"format": FORMAT, "identity": identity}])
        elif different := differences(header["identity"], identity):
            raise GenerationError(
                f"{self._path} is of a run that was begun otherwise ({'; '.join(different)}). Say"
                " the same as then to go on with it, or name another --out"
            )
        self.starts.append(provenance)
        self._append([{"start": provenance}])

    def add(self, records: Sequence[Record]) -> None:
        """Write down what came; one that is there already stays as it is."""
        new = [record for record in records if record.key not in self.records]
        self._append([self._lines.written(record) for record in new])
        self.records |= {record.key: record for record in new}

    def _append(self, lines: Sequence[Described]) -> None:
        # In ASCII: a server's text may hold half of a surrogate pair, which UTF-8 cannot.
        block = "".join(f"{json.dumps(line)}\n" for line in lines)
        content = memoryview(block.encode())
        while content:
            content = content[os.write(self._handle, content) :]
        os.fsync(self._handle)

    def _read(self) -> Described | None:
        """Read all lines; return the first, None where there is none."""
        header: Described | None = None
        whole = 0
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.endswith(b"\n"):
                    if header is None and not _may_begin_header(line):
                        raise self._no_journal()
                    break
                if header is None:
                    header = self._header(line)
                elif not self._noted(line, number):
                    if stream.read(1):
                        raise self._damaged(number, "damaged, and others follow it")
                    break
                whole += len(line)
        os.ftruncate(self._handle, whole)
        return header

    def _header(self, line: bytes) -> Described:
        content = _table_in(line)
        if "identity" not in content:
            raise self._no_journal()
        return content

    def _noted(self, line: bytes, number: int) -> bool:
        """Take note of what a line after the first holds; return whether it is whole.

        Raises:
            GenerationError: It is whole, and of something else.
        """
        content = _table_in(line)
        if "start" in content:
            self.starts.append(content["start"])
        elif content:
            try:
                record = self._lines.read(content[self._lines.name])
            except (AttributeError, KeyError, TypeError):
                raise self._damaged(number, "not a line of a journal") from None
            self.records[record.key] = record
        return bool(content)

    def _damaged(self, number: int, what: str) -> GenerationError:
        return GenerationError(
            f"{self._path}, line {number}: {what}. Take the line out"
            f" (sed -i {number}d FILE) and say the same again: what it held is asked for anew, and"
            " the rest is kept"
        )

    def _no_journal(self) -> GenerationError:
        return GenerationError(
            f"{self._path}, line 1: not a line of a journal; move the file away to begin anew"
        )


def _table_in(line: bytes) -> Described:
    """Return the table that a line holds; an empty one where it holds none."""
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _may_begin_header(line: bytes) -> bool:
    """Return whether a line that was cut short is the beginning of a journal's first."""
    begins = f'{{"format": {FORMAT}, "identity": '.encode()
    return line.startswith(begins[: len(line)])


@contextmanager
def opened(path: Path, lines: JournalLines[Key, Record]) -> Iterator[Journal[Key, Record]]:
    """Hold a journal, made where there is none, readable by its owner alone.

    Raises:
        GenerationError: Another process holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(path) from error
        # A takedown may have put another file in its place between the two.
        if not os.path.samestat(os.fstat(handle), path.stat()):
            raise _busy(path)
        yield Journal(path, handle, lines)
    finally:
        os.close(handle)


def _busy(path: Path) -> GenerationError:
    return GenerationError(f"{path}: another process is at this run just now")


def differences(then: object, now: object, where: str = "") -> list[str]:
    """Return what differs between two identities, a phrase each: "decoding temperature: 0.7 then, 0
    now".
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        keys = dict.fromkeys((*then, *now))
        pairs = [(f"{where} {key}".strip(), then.get(key), now.get(key)) for key in keys]
        return [phrase for key, a, b in pairs for phrase in differences(a, b, key)]
    if then == now:
        return []
    return [f"{where}: {_shown(then)} then, {_shown(now)} now"]


def _shown(value: object) -> str:
    text = "none" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
