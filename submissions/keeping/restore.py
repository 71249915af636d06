"""Makes a board from a backup, in an empty folder, and verifies it.

Nothing that is there is ever written over. The database comes last: what an interrupted restore
leaves is no board, says so to whoever would use it, and is gone on with by the same command.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from scoring.errors import ReasonBoardError
from submissions.declarations.settings import board_tasks
from submissions.keeping.backup import BackupError, Snapshot, object_path, snapshots
from submissions.keeping.verify import Verified, verify
from submissions.progress import Report, unseen
from submissions.store.database import RESTORING, prepare
from submissions.store.folder import DataFolder, replace_file, sha256_of


class NotEmpty(ReasonBoardError):
    """There is something in the folder already."""


def restore(
    backup: Path,
    folder: DataFolder,
    at: str | None = None,
    report: Report = unseen,
) -> tuple[Snapshot, Verified]:
    """Make the board of a snapshot under `folder`.

    Args:
        backup: The backup.
        folder: Where to; it must be empty, or not be there.
        at: Which snapshot, by its time; the newest unless said.
        report: Called as work is done.

    Returns:
        The snapshot, and what `verify` found on the restored board.

    Raises:
        BackupError: There is no such snapshot, or a file of it is missing or damaged.
        NotEmpty: There is something in the folder.
    """
    snapshot = _chosen(backup, at)
    marker = folder.path / RESTORING
    if folder.path.exists() and not marker.exists() and any(folder.path.iterdir()):
        raise NotEmpty(
            f"{folder.path} is not empty: a board is restored into a new folder, and nothing is"
            " written over. Name another with --data; once it is verified, serve that one."
        )
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # First of all: until it is gone, no program takes the folder for a board.
    replace_file(marker, f"{backup.absolute()}\n".encode())
    # The database last: without it nothing else looks like a board.
    names = sorted(snapshot.files, key=lambda name: (name == folder.database.name, name))
    for place, name in enumerate(names):
        report("restoring", place, len(names), name)
        _put(backup, snapshot.files[name], folder.path / name)
    marker.unlink()
    # The backup may be of an older version, which is brought up to date here.
    prepare(folder)
    return snapshot, verify(folder, board_tasks(folder.path), report)


def _chosen(backup: Path, at: str | None) -> Snapshot:
    listed = snapshots(backup)
    if at is None:
        return listed[-1]
    for snapshot in listed:
        if snapshot.at == at:
            return snapshot
    raise BackupError(
        f"{backup} has no snapshot of {at}; there are:"
        f" {', '.join(snapshot.at for snapshot in listed)}"
    )


def _put(backup: Path, digest: str, path: Path) -> None:
    if path.is_file() and sha256_of(path) == digest:  # an interrupted restore got so far
        return
    try:
        content = object_path(backup, digest).read_bytes()
    except FileNotFoundError:
        raise BackupError(f"{backup} is not whole: {path.name} is missing from it") from None
    # Held against its name before it is written: a damaged object must not look like a restored
    # file.
    if hashlib.sha256(content).hexdigest() != digest:
        raise BackupError(
            f"{backup} is not whole: {path.name} is damaged in it; restore another snapshot, or"
            " another backup"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, content)
