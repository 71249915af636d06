"""Damage to a file of the data folder: noticed when it is opened, and said with the command that
repairs it.

A file's size and header are looked at each time that it is opened. The whole of it is read against
its digest once a day by each process that opens it, and by `reasonboard verify`: a bit that has
flipped must not become a number on the board.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ReasonBoardError

A_DAY = 86_400.0
REPAIR = "`reasonboard verify --repair`"
FROM_BACKUP = "`reasonboard verify --repair --from BACKUP`"

_SQLITE = b"SQLite format 3\x00"
_KEPT = 50_000
_seen: dict[tuple[int, int, int, int], float] = {}
"""Device, inode, size and time of writing of each file that was found whole -> when."""


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a file.

    Attributes:
        kind: What the file holds, as `submissions.keeping.verify` calls it; "" where nobody asked.
        name: The file, as it is called in the data folder: where that is, is for nobody outside to
            know.
        why: In words: "is missing".
        repair: The command that repairs it.
        key: What finds it again: a digest, a release's number, a task's id.
    """

    kind: str
    name: str
    why: str
    repair: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.why}; {self.repair} repairs it"


class DamagedFile(ReasonBoardError):
    """A file of the data folder is missing, or is not what was written."""


def damaged(path: Path, why: str, repair: str) -> DamagedFile:
    """Return the error for a file that lies in a folder of the data folder."""
    return DamagedFile(str(Damage("", f"{path.parent.name}/{path.name}", why, repair)))


def check_content(path: Path, content: bytes, digest: str, repair: str) -> None:
    """Hold what was read of a file against the digest that it is called by, once a day.

    Raises:
        DamagedFile: It is another.
    """
    check_daily(path, lambda: hashlib.sha256(content).hexdigest() == digest, repair)


def check_daily(path: Path, whole: Callable[[], bool], repair: str) -> None:
    """Have the whole of a file looked at, unless this process did within a day and it has not been
    written since.

    Args:
        path: The file.
        whole: Reads it, and says whether it is what was written.
        repair: The command that repairs it.

    Raises:
        DamagedFile: It is not.
    """
    # By device and inode: the same path may be another file by now.
    key = _key(path.stat())
    # A clock that is set back must not put the next look off.
    now = time.monotonic()
    if now - _seen.get(key, -A_DAY) < A_DAY:
        return
    if not whole():
        raise damaged(path, "is damaged: it is not what was written", repair)
    # All at once, as it is rare: it costs one more look at each.
    if len(_seen) >= _KEPT:
        _seen.clear()
    _seen[key] = now


def check_database_file(path: Path, repair: str) -> None:
    """Hold the size of a closed SQLite file against its header: cheap, and finds what was cut off.

    Raises:
        DamagedFile: It is missing, no database, or shorter or longer than it says.
    """
    try:
        with path.open("rb") as file:
            header, size = file.read(100), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise damaged(path, "is missing", repair) from None
    if len(header) < 100 or header[:16] != _SQLITE:
        raise damaged(path, "is damaged: it is no database", repair)
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    if size != pages * (65_536 if page == 1 else page):
        raise damaged(path, f"is damaged: {size:,} bytes are not what its header says", repair)


def _key(stat: os.stat_result) -> tuple[int, int, int, int]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
