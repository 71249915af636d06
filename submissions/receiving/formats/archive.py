"""A folder, a zip or a single file -> its parts, each of which can be opened as a stream of plain bytes.

What a file is, its bytes say and not its name: people rename files. Nothing is written to disk under a name
from outside, so a climbing path could do no harm; it is refused all the same, as are links, because no honest
program writes either. Names only decide which members are no data at all (a README beside the outputs).
"""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.limits import Budget, Limits, Metered
from submissions.receiving.formats.row import Note, describe, refused

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
ALLOWED = "CSV, JSON Lines or Parquet, plain or packed with gzip or zstd; or a folder or zip of such files"
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".gz", ".zst", ".zip")
FOREIGN = {
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR", b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Excel or Word", b"SQLite": "SQLite", b"\x93NUMPY": "NumPy", b"ARROW1": "Arrow",
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One file of a submission.

    Attributes:
        file: Its name, for messages and as the set's name in the benchmark's own shape.
        open: Opens it, unpacked; raises SubmissionRefused if that cannot be.
    """

    file: str
    open: Callable[[], AbstractContextManager[io.BufferedReader]]


def sent_size(path: Path, name: str) -> int:
    """Bytes as sent; of a folder, all its data files together.

    Raises:
        SubmissionRefused: There is no such file.
    """
    if path.is_dir():
        return sum(entry.lstat().st_size for entry in path.iterdir() if _is_data(entry.name))
    if not path.is_file():
        raise refused(name, "no such file", allowed=ALLOWED)
    return path.stat().st_size


def parts(path: Path, name: str, budget: Budget) -> Iterator[Part | Note]:
    """Every file of a submission in the order of names; a part can be opened until the next is asked for.

    Raises:
        SubmissionRefused: The submission as a whole cannot be read.
    """
    if path.is_dir():
        yield from _folder(path, budget)
        return
    with path.open("rb") as opened:
        zipped = opened.read(4) in ZIP
        opened.seek(0)
        if zipped:
            yield from _zip(opened, name, budget)
        else:
            yield Part(name, partial(_open_file, path, name, budget))


def _folder(path: Path, budget: Budget) -> Iterator[Part | Note]:
    found = sorted(entry for entry in path.iterdir() if not _is_clutter(entry.name))
    if len(found) > budget.limits.files:
        raise refused(
            path.name, f"{len(found):,} files", allowed=f"at most {budget.limits.files:,}"
        )
    links = [
        describe(entry.name, "a link", allowed="the file itself")
        for entry in found
        if entry.is_symlink()
    ]
    if links:
        raise SubmissionRefused(links)
    for entry in found:
        if entry.is_file() and _is_data(entry.name):
            yield Part(entry.name, partial(_open_file, entry, entry.name, budget))
        else:
            yield _unread(entry.name)


def _zip(opened: IO[bytes], name: str, budget: Budget) -> Iterator[Part | Note]:
    _check_directory(opened, name, budget.limits)
    try:
        archive = zipfile.ZipFile(opened)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise refused(
            name, "a zip that is damaged or cut short", hint="zip the files again"
        ) from error
    members = [
        info for info in archive.infolist() if not (info.is_dir() or _is_clutter(info.filename))
    ]
    if any(info.filename == "xl/workbook.xml" for info in members):
        raise refused(
            name, "an Excel workbook", hint='in Excel: "Save as", "CSV UTF-8 (comma delimited)"'
        )
    problems = [problem for info in archive.infolist() for problem in _member_problems(info)]
    if problems:
        raise SubmissionRefused(problems)
    for info in sorted(members, key=lambda info: info.filename):
        if _is_data(info.filename):
            yield Part(info.filename, partial(_open_member, archive, info, budget))
        else:
            yield _unread(info.filename)


@contextmanager
def _open_file(path: Path, file: str, budget: Budget) -> Iterator[io.BufferedReader]:
    with path.open("rb") as opened:
        head = opened.peek(8)
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
    try:
        member = archive.open(info)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise refused(
            info.filename, "damaged, or packed in a way that is not read", hint="zip it again"
        ) from error
    with member, _metered(member.read, budget, info.filename) as stream:
        yield stream


@contextmanager
def _metered(
    read: Callable[[int], bytes], budget: Budget, file: str
) -> Iterator[io.BufferedReader]:
    # typeshed's BufferedReader is generic over what it wraps; nobody downstream cares.
    with cast(
        "io.BufferedReader", io.BufferedReader(Metered(read, budget, file), 1 << 16)
    ) as stream:
        head = stream.peek(8)
        if head.startswith((GZIP, ZSTD, *ZIP)):
            raise refused(
                file, "packed twice", allowed=ALLOWED, hint="unpack it once and send it again"
            )
        _check_head(head, file)
        yield stream


def _zstd(opened: IO[bytes]) -> Callable[[int], bytes]:
    # Arrow's decompressor notices a stream that is cut short; the zstandard package's reader just ends there.
    import pyarrow as pa

    read: Callable[[int], bytes] = pa.CompressedInputStream(
        pa.PythonFile(opened, mode="r"), "zstd"
    ).read
    return read


def _check_head(head: bytes, file: str) -> None:
    if not head.strip():
        raise refused(file, "the file is empty", allowed=ALLOWED)
    if head.startswith(PARQUET):
        return
    foreign = next((kind for magic, kind in FOREIGN.items() if head.startswith(magic)), None)
    if foreign is not None:
        hint = "save the file as UTF-8" if foreign == "UTF-16" else ""
        raise refused(file, f"the file is {foreign}", allowed=ALLOWED, hint=hint)
    if b"\0" in head:
        raise refused(file, "a binary file, not text (it holds NUL bytes)", allowed=ALLOWED)


def _check_directory(opened: IO[bytes], name: str, limits: Limits) -> None:
    """Refuse a zip's table of contents that is far too long, before zipfile makes objects of it."""
    opened.seek(0, io.SEEK_END)
    opened.seek(-min(opened.tell(), 1 << 16), io.SEEK_CUR)
    tail = opened.read()
    end = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    if b"PK\x06\x07" in tail or (end >= 0 and size > limits.files * 512):
        raise refused(
            name,
            "a zip with too long a table of contents",
            allowed=f"at most {limits.files:,} files",
        )
    opened.seek(0)


def _member_problems(info: zipfile.ZipInfo) -> list[Problem]:
    name, path = info.filename, PurePosixPath(info.filename.replace("\\", "/"))
    faults = {
        "a path that climbs out of the archive": ".." in path.parts,
        "an absolute path": path.is_absolute() or name[1:2] == ":",
        "a link": stat.S_ISLNK(info.external_attr >> 16),
        "encrypted": bool(info.flag_bits & 0x1),
        "packed in a way that is not read": info.compress_type
        not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    }
    allowed = "plain names of files, stored or deflated"
    return [describe(name, fault, allowed=allowed) for fault, found in faults.items() if found]


def _is_clutter(name: str) -> bool:
    """What operating systems leave in folders and archives."""
    return any(
        part.startswith(".") or part in ("__MACOSX", "Thumbs.db")
        for part in PurePosixPath(name).parts
    )


def _is_data(name: str) -> bool:
    return not _is_clutter(name) and PurePosixPath(name).suffix.lower() in SUFFIXES


def _unread(file: str) -> Note:
    return Note(file, "not read: its name is not that of a CSV, JSON Lines or Parquet file")
