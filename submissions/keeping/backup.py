"""Copies of a board that it can be restored from, made while it serves and scores.

A backup is a folder:

objects/<aa>/<sha256>   every file once, under its digest, whatever it is called on the board
snapshots/<time>.json   what a board consisted of at one time: file -> digest, size

The database is copied by SQLite's own way of copying, in one transaction; then the files that it
refers to. A file is written before the row that names it, so all of them are there, unless
something was taken down meanwhile: then the database is copied again. What is there already is not
copied, and at the end everything is read back and compared.

Texts that were taken down must not live on in backups: once a new snapshot is whole, older ones go
with what only they held, unless somebody keeps more of them.

Snapshots are in the order in which they were made, which their dates show: one that is made while
the clock has not reached the newest one's date is dated a second after that, and it is said. The
one just made never goes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from scoring.errors import ReasonBoardError
from submissions.progress import Report, unseen
from submissions.store.clock import now, parse, second_after
from submissions.store.files.arrays import array_path
from submissions.store.folder import DataFolder, replace_file, sha256_of, sync
from submissions.store.released.release import release_path
from submissions.store.scored.references import ReferredFiles, database_faults, references
from submissions.store.sqlite.copying import copy_database
from submissions.wording import counted, noun_for

OBJECTS, SNAPSHOTS = "objects", "snapshots"
CURRENT = "releases/current"
ATTEMPTS, WAIT_SECONDS = 5, 0.2
_LEFT_OUT = ("files", "arrays", "partial", "incoming", "verdicts", "releases")
"""Folders of which only what the database refers to is copied, or nothing."""
# A backup holds the keys of pseudonyms and tokens' hashes.
_SECRETLY = 0o700


class BackupError(ReasonBoardError):
    """A backup cannot be made there, or is not whole."""


@dataclass(frozen=True)
class Snapshot:
    """A board at one time.

    Attributes:
        at: When the database was copied; a second after the snapshot before, where the clock has
            not reached that one's.
        files: Name in the data folder -> digest.
    """

    at: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class BackedUp:
    """What `backup` did.

    Attributes:
        at: When the board was so, as the snapshot says.
        files: How many files the snapshot has.
        copied: How many of them were not in the backup before.
        lacking: Files that are missing or damaged on the board, and so are not in it.
        dropped: How many older snapshots went.
        clock: When the board was so by this machine's clock.
        newest: When the newest snapshot of before is dated; "" where there was none.
    """

    at: str
    files: int
    copied: int
    lacking: tuple[str, ...]
    dropped: int
    clock: str
    newest: str

    @property
    def clock_is_behind(self) -> bool:
        """Whether the clock has not reached the newest snapshot of before: now it is wrong, or it
        was then.
        """
        return self.clock < self.newest


def backup(folder: DataFolder, to: Path, keep: int = 1, report: Report = unseen) -> BackedUp:
    """Copy the board into the backup at `to`, and read the copy back.

    Args:
        folder: The data.
        to: A backup, or a folder to begin one in.
        keep: How many snapshots there are to be, this one included. Where a file is lacking, no
            older one goes.
        report: Called as work is done.

    Raises:
        BackupError: `to` is something else, or what was copied cannot be read back.
    """
    _refuse_place(folder, to)
    for part in (to, to / OBJECTS, to / SNAPSHOTS):
        part.mkdir(mode=_SECRETLY, parents=True, exist_ok=True)
    with _alone(to):
        # A board goes on while it is copied: what the copied database names may be gone from the
        # folder by now.
        for attempt in range(ATTEMPTS):
            made = _copy(folder, to, report)
            if not made.gone or attempt == ATTEMPTS - 1:
                break
            time.sleep(WAIT_SECONDS)  # it was taken down meanwhile, or has yet to get its name
        lacking = tuple(sorted((*made.gone, *made.damaged)))
        newest = _newest(to)
        # A name that sorts before an older snapshot's would make the older one the newest.
        at = second_after(newest) if made.at < newest else made.at
        snapshot = Snapshot(at, made.files)
        # Before the snapshot is written: one that exists can be restored.
        _check_objects(to, snapshot, report)
        kept = _keep(to, snapshot)
        # What is missing now may stand in an older snapshot alone.
        dropped = 0 if lacking else _drop_older(to, kept, keep)
    return BackedUp(at, len(made.files), made.copied, lacking, dropped, made.at, newest)


def snapshots(of: Path) -> tuple[Snapshot, ...]:
    """Return the snapshots of a backup, the oldest first.

    Raises:
        BackupError: It is none, or one of them cannot be read.
    """
    paths = sorted((of / SNAPSHOTS).glob("*.json"))
    if not paths:
        raise BackupError(
            f"{of} is no backup: there is no snapshot in it (`reasonboard backup {of}` makes one)"
        )
    return tuple(map(_read, paths))


def object_path(backup: Path, digest: str) -> Path:
    """Return where a backup has the file of that digest, or would have it."""
    return backup / OBJECTS / digest[:2] / digest


@dataclass
class _Copying:
    """A copy under way; `gone` are files that were missing, `damaged` those that are not what they
    are called.
    """

    at: str
    files: dict[str, str]
    copied: int
    gone: list[str]
    damaged: list[str]


def _copy(folder: DataFolder, to: Path, report: Report) -> _Copying:
    made = _Copying(now(), {}, 0, [], [])
    with TemporaryDirectory(dir=to, prefix=".aside-") as aside:
        report("backing up: the database", 0, 0)
        database = Path(aside) / folder.database.name
        copy_database(folder.database, database)
        # The copy is checked, not the original: it is what a restore would start from.
        if faults := tuple(database_faults(database)):
            raise BackupError(
                f"nothing was backed up: {folder.database.name} is damaged ({faults[0]}); the"
                " backups of before are as they were"
            )
        wanted = references(database)
        # The names of all other files come from this copy, so that they fit its rows whatever
        # happens on the board.
        _add(to, made, folder.database.name, database)
        # Written from the database: the board's own file may name a later release by now.
        current = Path(aside) / "current"
        if wanted.current is not None:
            current.write_text(f"{wanted.current}\n", encoding="ascii")
            _add(to, made, CURRENT, current)
    known = dict(_named(folder, wanted))
    others = [path for path in _others(folder) if path not in known]
    for place, (path, digest) in enumerate((*known.items(), *((path, None) for path in others))):
        report("backing up: files", place, len(known) + len(others))
        _add(to, made, str(path.relative_to(folder.path)), path, digest)
    return made


def _named(folder: DataFolder, wanted: ReferredFiles) -> Iterator[tuple[Path, str]]:
    """Yield the files that the database refers to, with their digests.

    And arrays that only releases list.
    """
    for digest in sorted(wanted.outputs):
        yield folder.outputs(digest), digest
    # Earlier releases list arrays that no score refers to any more; only their file says which.
    stored = {path.stem for path in folder.arrays.glob("*.npy")}
    for digest in sorted(wanted.arrays | stored):
        yield array_path(folder, digest), digest
    for digest in sorted(wanted.texts):
        yield folder.rated(digest), digest
    for number, digest in wanted.releases.items():
        yield release_path(folder, number), digest


def _others(folder: DataFolder) -> Iterator[Path]:
    """Yield posts, keys and settings, which have no digest.

    Whatever else lies in the data folder and is no one's left-over.
    """
    for path in sorted(folder.path.rglob("*")):
        parts = path.relative_to(folder.path).parts
        # The database was copied by SQLite: its write-ahead log would belong to another moment.
        passing = parts[0] in _LEFT_OUT or parts[0].startswith(folder.database.name)
        rated = parts[:2] == ("posts", "rated")
        if (
            path.is_file()
            and not passing
            and not rated
            and not any(p.startswith(".") for p in parts)
        ):
            yield path


def _add(to: Path, made: _Copying, name: str, path: Path, digest: str | None = None) -> None:
    """Take a file into the backup, unless it has one of that digest already."""
    # What has a digest never changes, so that a second backup reads none of it.
    if digest is not None and object_path(to, digest).is_file():
        made.files[name] = digest
        return
    try:
        content = path.read_bytes()
    # Taken down meanwhile, or lost: the caller tells which by trying again.
    except FileNotFoundError:
        made.gone.append(name)
        return
    # A damaged file must not enter under its good name.
    computed = hashlib.sha256(content).hexdigest()
    if digest not in (None, computed):
        made.damaged.append(name)
        return
    made.files[name] = computed
    kept = object_path(to, computed)
    if not kept.is_file():
        kept.parent.mkdir(mode=_SECRETLY, exist_ok=True)
        replace_file(kept, content)
        made.copied += 1


def _check_objects(to: Path, snapshot: Snapshot, report: Report) -> None:
    """Read all of a snapshot back."""
    wrong = []
    for place, (name, digest) in enumerate(snapshot.files.items()):
        report("backing up: reading it back", place, len(snapshot.files))
        kept = object_path(to, digest)
        if not kept.is_file() or sha256_of(kept) != digest:
            kept.unlink(missing_ok=True)  # the next backup copies it again
            wrong.append(name)
    if wrong:
        raise BackupError(
            f"{counted(len(wrong), 'file')} of the backup {noun_for(len(wrong), 'is', 'are')}"
            f" damaged, the first is {wrong[0]}; they were dropped from it: run `reasonboard"
            " backup` again"
        )


def _newest(to: Path) -> str:
    """Return when the newest snapshot is dated; "" where there is none."""
    dates = []
    for path in (to / SNAPSHOTS).glob("*.json"):
        with suppress(BackupError, ValueError):  # what cannot be read has no date
            at = _read(path).at
            parse(at)
            dates.append(at)
    return max(dates, default="")


def _keep(to: Path, snapshot: Snapshot) -> Path:
    name = snapshot.at.replace(":", "")
    path = to / SNAPSHOTS / f"{name}.json"
    replace_file(path, json.dumps(asdict(snapshot), indent=1).encode())
    return path


def _drop_older(to: Path, made: Path, keep: int) -> int:
    """Delete all snapshots but `made` and the newest of the others, `keep` in all, and what none of
    these holds.
    """
    others = [path for path in sorted((to / SNAPSHOTS).glob("*.json")) if path != made]
    old = others[: max(0, len(others) - (keep - 1))]
    for path in old:
        path.unlink()
    left = (made, *others[len(old) :])
    needed = {digest for path in left for digest in _read(path).files.values()}
    # Last: a crash before it leaves objects too many, never too few.
    for kept in (to / OBJECTS).glob("*/*"):
        if kept.name not in needed:
            kept.unlink()
    # Else a loss of power could bring back snapshots whose objects are gone.
    sync(to / SNAPSHOTS)
    return len(old)


def _read(path: Path) -> Snapshot:
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): str(digest) for name, digest in recorded["files"].items()}
        # A backup comes from another disk, and may have been written by anybody.
        if any(PurePath(name).is_absolute() or ".." in PurePath(name).parts for name in files):
            raise ValueError("it names files outside a board")  # noqa: TRY301
        return Snapshot(str(recorded["at"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{path} cannot be read as a snapshot ({error})") from error


def _refuse_place(folder: DataFolder, to: Path) -> None:
    board, place = folder.path.resolve(), to.resolve()
    if not folder.database.is_file():
        raise BackupError(f"there is no board under {folder.path}: nothing to back up")
    # A backup inside the board would be backed up with it, again and again.
    if place == board or board in place.parents or place in board.parents:
        raise BackupError(
            f"{to} and the board lie in one another; name a folder elsewhere, best on another disk"
        )
    if to.is_file() or (to.is_dir() and any(to.iterdir()) and not (to / SNAPSHOTS).is_dir()):
        raise BackupError(f"{to} is no backup and not empty; name a backup, or a new folder")


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Wait for another backup into the same folder, and remove what an interrupted one left."""
    handle = os.open(to, os.O_RDONLY)
    try:
        # Two at once would drop each other's objects as needed by no snapshot.
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in to.glob(".aside-*"):
            with suppress(OSError):
                shutil.rmtree(left)
        yield
    finally:
        os.close(handle)
