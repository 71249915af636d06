"""The data are their owner's alone from the start, and are made so where an earlier version left
them open.
"""

from __future__ import annotations

import stat
from pathlib import Path

from submissions.store.database import prepare, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder
from tests.commands import succeed


def modes(folder: DataFolder) -> dict[str, int]:
    kept = (folder.path, *folder.path.glob("working.db*"))
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}


def test_nobody_else_may_enter_or_read(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    with writing(folder) as db:
        add_event(db, "me", "a test", "x", "")
        found = modes(folder)
        assert found.keys() == {"data", "working.db", "working.db-wal", "working.db-shm"}
        assert found.pop("data") == 0o700
        assert set(found.values()) == {0o600}


def test_an_open_folder_is_closed_by_whatever_starts(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    folder.path.chmod(0o755)
    folder.database.chmod(0o644)
    assert folder.exposed() == (folder.path, folder.database)
    assert "exposed" not in succeed(folder.path, "status")
    assert modes(folder)["data"] == 0o700
    assert modes(folder)["working.db"] == 0o600
