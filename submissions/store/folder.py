"""Where run-time data live on disk.

working.db              facts (SQLite, WAL)
files/<sha256>.parquet  a submission's outputs and what was read from each
arrays/<sha256>.npy     per-item statistics of one score
posts/                  gold and posts, one SQLite file a task revision
partial/                values of a scoring unit under way, thrown away when it is committed
incoming/               uploads that are being looked at; emptied when a server starts and no other is up
serving.lock            held by every server that is up
verdicts/               verdicts of paired tests, kept for the next release; a cache
judged/                 what language models said of explanations as judges: levels and hashes, no texts
tasks/, protocols/,     what the board declares for itself, as `submissions.declarations.settings` says; with
rubrics/, prompts/      judges/, reported/, scoring.toml, limits.toml, platforms.toml, board.toml, posts.toml,
                        endpoints.toml
annotators.key          what the pseudonyms of people who rate are made with
releases/<n>.db         what the public may see; `releases/current` names the one that is served
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

_PARQUET = ".parquet"
EXAMINED = f"outputs{_PARQUET}"
"""What the outputs of an upload are called in its folder under `incoming/`."""


@dataclass(frozen=True)
class DataFolder:
    """The run-time data under one folder; nothing outside it is written."""

    path: Path

    @property
    def database(self) -> Path:
        """The working database."""
        return self.path / "working.db"

    @property
    def files(self) -> Path:
        """Submissions' outputs."""
        return self.path / "files"

    @property
    def arrays(self) -> Path:
        """Per-item statistics."""
        return self.path / "arrays"

    @property
    def posts(self) -> Path:
        """Gold and posts."""
        return self.path / "posts"

    @property
    def partial(self) -> Path:
        """Work under way."""
        return self.path / "partial"

    @property
    def incoming(self) -> Path:
        """Uploads that are being looked at."""
        return self.path / "incoming"

    @property
    def verdicts(self) -> Path:
        """Verdicts of paired tests, kept for the next release."""
        return self.path / "verdicts"

    @property
    def judged(self) -> Path:
        """Verdicts of judges on explanations."""
        return self.path / "judged"

    @property
    def releases(self) -> Path:
        """Published releases."""
        return self.path / "releases"

    @property
    def examined(self) -> list[Path]:
        """The outputs of uploads that were looked at and are not submitted yet."""
        return sorted(self.incoming.glob(f"*/{EXAMINED}"))

    @property
    def kept_outputs(self) -> list[Path]:
        """Every file of submissions' outputs, of no submission any more included."""
        return sorted(self.files.glob(f"*{_PARQUET}"))

    def outputs(self, digest: str) -> Path:
        """Return where the outputs lie, or would lie, whose file has this sha256."""
        return self.files / f"{digest}{_PARQUET}"

    def rated(self, digest: str) -> Path:
        """Return where the rated texts lie, or would lie, whose file has this sha256."""
        return self.posts / "rated" / f"{digest}.json"

    def create(self) -> None:
        """Make the folders, for their owner alone; in existing ones others' access
        is taken away.
        """
        # Names, addresses and private scores lie in it from the first moment on.
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database.touch(mode=0o600)
        for path in self.exposed():
            with suppress(PermissionError):  # another's; `reasonboard status` says so
                path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
        for folder in (
            self.files,
            self.arrays,
            self.posts,
            self.partial,
            self.incoming,
            self.verdicts,
            self.releases,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    def exposed(self) -> tuple[Path, ...]:
        """Return what other users of the machine may enter or read.

        Names, addresses and private scores are in it.
        """
        # The write-ahead log and its index hold rows too.
        kept = (self.path, *sorted(self.path.glob(f"{self.database.name}*")))
        return tuple(path for path in kept if path.stat().st_mode & 0o077)


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader, or a crash, sees the old file or the new one,
    never a part.
    """
    with aside_of(path) as aside:
        aside.write_bytes(content)


@contextmanager
def aside_in(folder: Path) -> Iterator[Path]:
    """Hand over a file to write aside in a folder, readable by its owner alone.

    It is deleted at the end unless it was put in place.

    While it is written it is held, so that what a killed process left can be told from what
    somebody is writing (`sweep_asides`).
    """
    # A name of its own: two who write the same file would write into one another's.
    handle, name = mkstemp(dir=folder, prefix=".", suffix=".aside")
    aside = Path(name)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield aside
    finally:
        os.close(handle)
        aside.unlink(missing_ok=True)


def put_in_place(aside: Path, path: Path) -> None:
    """Have what was written aside, on the same disk, take the place of `path`, and survive a loss
    of power there.
    """
    # Content before name: after a loss of power the name must not stand for an empty file.
    sync(aside)
    aside.replace(path)
    # The rename stands in the folder, and is lost with it unless that is written too.
    sync(path.parent)


@contextmanager
def aside_of(path: Path) -> Iterator[Path]:
    """Hand over a file to write, which then takes the place of `path`.

    A reader, or a crash, sees the old one or the new one.
    """
    with aside_in(path.parent) as aside:
        yield aside
        put_in_place(aside, path)


def sweep_asides(folder: Path) -> None:
    """Delete what processes that were killed left aside in a folder; what somebody is writing
    stays.
    """
    for aside in folder.glob(".*.aside"):
        _delete_unless_held(aside)


def _delete_unless_held(aside: Path) -> None:
    try:
        handle = os.open(aside, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        aside.unlink(missing_ok=True)
    except BlockingIOError:
        return
    finally:
        os.close(handle)


def _nobody_is_told() -> None:
    """Wait in silence."""


@contextmanager
def held(path: Path, waiting: Callable[[], None] = _nobody_is_told) -> Iterator[None]:
    """Be the only one who holds a folder; whoever is killed holds it no longer.

    Args:
        path: The folder; nothing is written into it.
        waiting: Called once where somebody else holds it, before they are waited for; what it
            raises ends the wait.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync(path: Path) -> None:
    """Make what was written to a file, or the renames in a folder, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
