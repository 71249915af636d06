"""A folder, a zip or a single file -> its parts, each of which can be opened as a stream of plain
bytes.

What a file is, its bytes say and not its name: people rename files. Nothing is written to disk
under a name from outside, so a climbing path could do no harm; it is refused all the same, as are
links, because no honest program writes either. Names only decide which members are no data at all
(a README beside the outputs).
"""

from __future__ import annotations

import gzip
import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO, cast

from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.arrow_stream import MAGIC as STREAM
from submissions.receiving.formats.budget import Budget, Limits, Metered
from submissions.receiving.formats.row import Note, describe, refused

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
ALLOWED = (
    "CSV, JSON or Parquet, plain or packed with gzip or zstd; or a folder or zip of such files"
)
SUFFIXES = (
    ".csv",
    ".tsv",
    ".jsonl",
    ".ndjson",
    ".json",
    ".parquet",
    ".arrow",
    ".gz",
    ".zst",
    ".zip",
    ".eval",
)
LOG = ".eval"
SAVED = "state.json"
"""Stands in the folder of every data set, or split of one, that `datasets` has saved."""
LEFT_OVER = f"not read: `{SAVED}` does not list it"
LONGEST_STATE = 1 << 20
"""Bytes of such a file."""
WORKBOOK = 'save the first sheet as CSV (in Excel: "Save as", "CSV UTF-8 (comma delimited)")'
HEADER, JOURNAL, SAMPLES = "header.json", "_journal/start.json", "samples/"
"""Members of a zipped log of Inspect."""
ZSTD_METHOD = 93
"""Which Python's zipfile learns to read with 3.14."""
ENTRY = 128
"""Bytes of a log's table of contents a sample, about."""
FOREIGN = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Excel or Word",
    b"SQLite": "SQLite",
    b"\x93NUMPY": "NumPy",
    b"ARROW1": "Arrow",
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"<!doctype": "HTML",
    b"<html": "HTML",
    b"version https://git-lfs": "a pointer of Git LFS, and not the file that it stands for",
}
UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Bytes that tell what a file is, whatever its name says.
HEAD = 512


@dataclass(frozen=True)
class Part:
    """One file of a submission.

    Attributes:
        file: Its name, for messages and as the set's name in the benchmark's own shape.
        open: Opens it, unpacked; raises SubmissionRefused if that cannot be.
    """

    file: str
    open: Callable[[], AbstractContextManager[io.BufferedReader]]


@dataclass(frozen=True)
class Log:
    """A zipped log of Inspect.

    Attributes:
        file: Its name.
        header: None where the run never ended.
        samples: In the order of names.
    """

    file: str
    header: Part | None
    samples: tuple[Part, ...]


def sent_size(path: Path, name: str) -> int:
    """Return bytes as sent; of a folder, all its data files together, those of saved splits too.

    Raises:
        SubmissionRefused: There is no such file.
    """
    if path.is_dir():
        entries = list(path.iterdir())
        own = sum(entry.lstat().st_size for entry in entries if _is_data(entry.name))
        return own + sum(sent_size(entry, name) for entry in entries if _is_saved(entry))
    if not path.is_file():
        raise refused(name, "no such file", allowed=ALLOWED)
    return path.stat().st_size


def parts(path: Path, name: str, budget: Budget) -> Iterator[Part | Log | Note]:
    """Yield every file of a submission in the order of names.

    A part can be opened until the next is asked for.

    Raises:
        SubmissionRefused: The submission as a whole cannot be read.
    """
    if path.is_dir():
        yield from _folder(path, budget)
        return
    with path.open("rb") as opened:
        if _is_zip(opened):
            yield from _zip(opened, name, budget)
        else:
            yield Part(name, partial(_open_file, path, name, budget))


def _is_zip(opened: IO[bytes]) -> bool:
    zipped = opened.read(4) in ZIP
    opened.seek(0)
    return zipped


def _folder(path: Path, budget: Budget) -> Iterator[Part | Log | Note]:
    entries = sorted(entry for entry in path.iterdir() if not _is_clutter(entry.name))
    if len(entries) > budget.limits.files:
        raise refused(
            path.name, f"{len(entries):,} files", allowed=f"at most {budget.limits.files:,}"
        )
    links = [
        describe(entry.name, "a link", allowed="the file itself")
        for entry in entries
        if entry.is_symlink()
    ]
    if links:
        raise SubmissionRefused(links)
    saved = [entry for entry in entries if _is_saved(entry)]
    if len(saved) > 1:
        raise _several_splits(path.name, [entry.name for entry in saved])
    listed = _data_files((path / SAVED).read_bytes()) if (path / SAVED).is_file() else None
    for entry in entries:
        if entry in saved:
            yield from _folder(entry, budget)
        elif entry.is_dir():
            yield Note(entry.name, "not read: a folder within the folder")
        elif _is_left_over(entry.name, listed):
            yield Note(entry.name, LEFT_OVER)
        elif _is_data(entry.name):
            yield from _file_of_folder(entry, budget)
        else:
            yield _unread(entry.name)


def _several_splits(file: str, names: list[str]) -> SubmissionRefused:
    hint = "send the folder of the split that the outputs are of"
    return refused(file, f"several splits of a data set: {', '.join(names)}", hint=hint)


def _data_files(state: bytes) -> frozenset[str] | None:
    """Return the names of a saved data set's own files; None where its `state.json` does not say."""
    try:
        return frozenset(str(entry["filename"]) for entry in json.loads(state)["_data_files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _state(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a small member; nothing of one that is damaged, which is said where it is read as data."""
    try:
        with _packed_member(archive, info) as member:
            return member.read(LONGEST_STATE)
    except (SubmissionRefused, OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile):
        return b""


def _is_left_over(name: str, listed: frozenset[str] | None) -> bool:
    """Return whether a file is of an earlier state of a saved data set."""
    own = PurePosixPath(name).name
    return listed is not None and own.endswith(".arrow") and own not in listed


def _is_saved(folder: Path) -> bool:
    return not folder.is_symlink() and folder.is_dir() and (folder / SAVED).is_file()


def _file_of_folder(entry: Path, budget: Budget) -> Iterator[Part | Log]:
    """Yield a file as it is, or the log that it holds; any other zip is refused
    when it is opened.
    """
    with entry.open("rb") as opened:
        if _is_zip(opened):
            archive = _archive(opened, entry.name, budget.limits)
            if _is_log(archive):
                yield _log(archive, entry.name, budget)
                return
    yield Part(entry.name, partial(_open_file, entry, entry.name, budget))


def _zip(opened: IO[bytes], name: str, budget: Budget) -> Iterator[Part | Log | Note]:
    archive = _archive(opened, name, budget.limits)
    if _is_log(archive):
        yield _log(archive, name, budget)
        return
    members = [info for info in _files(archive) if not _is_clutter(info.filename)]
    if len(members) > budget.limits.files:
        raise _too_many(name, budget.limits)
    _check_members(archive)
    states = {
        str(PurePosixPath(info.filename).parent): info
        for info in members
        if PurePosixPath(info.filename).name == SAVED and info.file_size <= LONGEST_STATE
    }
    if len(states) > 1:
        raise _several_splits(name, sorted(states))
    listed = {folder: _data_files(_state(archive, info)) for folder, info in states.items()}
    for info in sorted(members, key=lambda info: info.filename):
        if not _is_data(info.filename):
            yield _unread(info.filename)
        elif _is_left_over(info.filename, listed.get(str(PurePosixPath(info.filename).parent))):
            yield Note(info.filename, LEFT_OVER)
        elif info.filename.lower().endswith(LOG):
            yield from _log_within(archive, info, budget)
        else:
            yield Part(info.filename, partial(_open_member, archive, info, budget))


def _log_within(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Iterator[Part | Log]:
    """Yield the log that a member is; any other zip within a zip is refused when it is opened."""
    with TemporaryFile() as whole:
        with _packed_member(archive, info) as member:
            unpacked = Metered(member.read, budget, info.filename)
            while chunk := unpacked.read(1 << 20):
                whole.write(chunk)
        whole.seek(0)
        if _is_zip(whole):
            inner = _archive(whole, info.filename, budget.limits)
            if _is_log(inner):
                yield _log(inner, info.filename, budget)
                return
    yield Part(info.filename, partial(_open_member, archive, info, budget))


def _archive(opened: IO[bytes], name: str, limits: Limits) -> zipfile.ZipFile:
    _check_directory(opened, name, limits)
    try:
        archive = zipfile.ZipFile(opened)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise refused(
            name, "a zip that is damaged or cut short", hint="zip the files again"
        ) from error
    if not all(info.filename for info in archive.infolist()):  # `is_dir` of such a one would raise
        raise refused(name, "a zip that holds a file without a name", hint="zip the files again")
    if any(info.filename == "xl/workbook.xml" for info in archive.infolist()):
        raise refused(name, "an Excel workbook", allowed=ALLOWED, hint=WORKBOOK)
    return archive


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [info for info in archive.infolist() if not info.is_dir()]


def _check_members(archive: zipfile.ZipFile) -> None:
    problems = [problem for info in archive.infolist() for problem in _member_problems(info)]
    if problems:
        raise SubmissionRefused(problems)


def _is_log(archive: zipfile.ZipFile) -> bool:
    names = archive.NameToInfo
    return JOURNAL in names or (HEADER in names and any(n.startswith(SAMPLES) for n in names))


def _log(archive: zipfile.ZipFile, name: str, budget: Budget) -> Log:
    _check_members(archive)
    members = {info.filename: info for info in _files(archive)}
    made = {
        member: Part(f"{name}: {member}", partial(_open_member, archive, info, budget))
        for member, info in members.items()
        if member == HEADER or (member.startswith(SAMPLES) and member.endswith(".json"))
    }
    header = made.pop(HEADER, None)
    return Log(name, header, tuple(made[member] for member in sorted(made)))


@contextmanager
def _open_file(path: Path, file: str, budget: Budget) -> Iterator[io.BufferedReader]:
    with path.open("rb") as opened:
        head = opened.peek(HEAD)
        if not head.startswith((GZIP, ZSTD)):
            _check_head(head, file)
            budget.spend(path.stat().st_size, file)
            yield opened
            return
        read = gzip.GzipFile(fileobj=opened).read if head.startswith(GZIP) else _zstd(opened)
        with _metered(read, budget, file) as stream:
            yield stream


@contextmanager
def _open_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Iterator[io.BufferedReader]:
    with (
        _packed_member(archive, info) as member,
        _metered(member.read, budget, info.filename) as stream,
    ):
        yield stream


def _packed_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Return a member, to be read as it unpacks; the caller counts what it is.

    Raises:
        SubmissionRefused: It cannot be opened.
    """
    try:
        if info.compress_type == ZSTD_METHOD:
            return _zstd_member(archive, info)
        return archive.open(info)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise refused(
            info.filename, "damaged, or packed in a way that is not read", hint="zip it again"
        ) from error


def _zstd_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Return a member that is packed with zstd; its bytes stand behind a header of their own.

    Raises:
        OSError: They do not.
    """
    whole = archive.fp
    assert whole is not None  # noqa: S101 (the archive is open)
    whole.seek(info.header_offset)
    fixed = whole.read(30)
    if not fixed.startswith(ZIP[0]) or len(fixed) < 30:
        raise OSError
    whole.seek(sum(int.from_bytes(fixed[at : at + 2], "little") for at in (26, 28)), io.SEEK_CUR)
    return cast("IO[bytes]", _Unpacked(_zstd(_Section(whole, info.compress_size))))


class _Section(io.RawIOBase):
    """So many bytes of a file from where it stands; nobody else reads it meanwhile."""

    def __init__(self, whole: IO[bytes], size: int) -> None:
        super().__init__()
        self._whole, self._left = whole, size

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        size = self._left if size < 0 else min(size, self._left)
        chunk = self._whole.read(size)
        self._left -= len(chunk)
        return chunk


class _Unpacked(io.RawIOBase):
    """What a decompressor gives."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        super().__init__()
        self.read = read  # type: ignore[assignment,method-assign]


@contextmanager
def _metered(
    read: Callable[[int], bytes], budget: Budget, file: str
) -> Iterator[io.BufferedReader]:
    # typeshed's BufferedReader is generic over what it wraps; nobody downstream cares.
    with cast(
        "io.BufferedReader", io.BufferedReader(Metered(read, budget, file), 1 << 16)
    ) as stream:
        head = stream.peek(HEAD)
        if head.startswith((GZIP, ZSTD, *ZIP)):
            raise refused(
                file, "packed twice", allowed=ALLOWED, hint="unpack it once and send it again"
            )
        _check_head(head, file)
        yield stream


def _zstd(opened: IO[bytes] | io.RawIOBase) -> Callable[[int], bytes]:
    # Arrow's decompressor notices a stream that is cut short; the zstandard package's reader just
    # ends there.
    import pyarrow as pa

    read: Callable[[int], bytes] = pa.CompressedInputStream(
        pa.PythonFile(opened, mode="r"), "zstd"
    ).read
    return read


def _check_head(head: bytes, file: str) -> None:
    if not head.strip():
        raise refused(file, "the file is empty", allowed=ALLOWED)
    if head.startswith((PARQUET, STREAM)):
        return
    plain = head.lower()
    foreign = next((kind for magic, kind in FOREIGN.items() if plain.startswith(magic.lower())), "")
    if foreign:
        hint = "save the file as UTF-8" if foreign == "UTF-32" else ""
        raise refused(file, f"the file is {foreign}", allowed=ALLOWED, hint=hint)
    if head[257:262] == b"ustar":
        hint = "unpack it, and send the folder or a zip of it"
        raise refused(file, "the file is a tar archive", allowed=ALLOWED, hint=hint)
    if b"\0" in head and not head.startswith(UTF16) and not _is_text(head):
        raise _binary(head, file)


def _binary(head: bytes, file: str) -> SubmissionRefused:
    if any(not any(head[start:8:2]) and all(head[1 - start : 8 : 2]) for start in (0, 1)):
        hint = "save the file as UTF-8"
        return refused(
            file, "the file looks like UTF-16 without its mark", allowed="UTF-8", hint=hint
        )
    return refused(file, "a binary file, not text (it holds NUL bytes)", allowed=ALLOWED)


def _is_text(head: bytes) -> bool:
    """Return whether but for stray NUL bytes it is text.

    Then which lines they are in is told when it is read.
    """
    text = head[:-3].decode(errors="replace")
    return head.count(b"\0") * 20 < len(head) and not re.search("[\x01-\x08\x0e-\x1f\ufffd]", text)


def _check_directory(opened: IO[bytes], name: str, limits: Limits) -> None:
    """Refuse a zip's table of contents that is far too long, before zipfile makes objects of it."""
    opened.seek(0, io.SEEK_END)
    opened.seek(-min(opened.tell(), 1 << 16), io.SEEK_CUR)
    tail = opened.read()
    end = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    most = max(limits.files * 512, limits.samples * ENTRY)
    if b"PK\x06\x07" in tail or (end >= 0 and size > most):
        raise _too_many(name, limits)
    opened.seek(0)


def _too_many(name: str, limits: Limits) -> SubmissionRefused:
    allowed = f"at most {limits.files:,} files, or samples of a log of Inspect"
    return refused(name, "a zip with too long a table of contents", allowed=allowed)


def _member_problems(info: zipfile.ZipInfo) -> list[Problem]:
    name, path = info.filename, PurePosixPath(info.filename.replace("\\", "/"))
    faults = {
        "a path that climbs out of the archive": ".." in path.parts,
        "an absolute path": path.is_absolute() or name[1:2] == ":",
        "a link": stat.S_ISLNK(info.external_attr >> 16),
        "encrypted": bool(info.flag_bits & 0x1),
        "packed in a way that is not read": info.compress_type
        not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, ZSTD_METHOD),
    }
    allowed = "plain names of files, stored or packed with deflate or zstd"
    return [describe(name, fault, allowed=allowed) for fault, occurs in faults.items() if occurs]


def _is_clutter(name: str) -> bool:
    """Return whether a file is what programs leave in folders and archives for themselves."""
    return any(
        part.startswith((".", "~$"))
        or part in ("__MACOSX", "Thumbs.db", "desktop.ini")
        or (part.startswith("cache-") and part.endswith(".arrow"))  # of `datasets`: earlier steps
        for part in PurePosixPath(name).parts
    )


def _is_data(name: str) -> bool:
    return not _is_clutter(name) and PurePosixPath(name).suffix.lower() in SUFFIXES


def _unread(file: str) -> Note:
    if PurePosixPath(file).suffix.lower() in (".xlsx", ".xls", ".ods"):
        return Note(file, f"not read: a workbook; {WORKBOOK}")
    return Note(file, "not read: its name is not that of a CSV, JSON Lines or Parquet file")
