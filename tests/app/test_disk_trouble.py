"""A full disk, a lock and damage are told apart, and restoring is advised against damage alone."""

from __future__ import annotations

import io
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from app.cli.main import main
from app.cli.worker import _Patience
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store import database
from submissions.store.database import writing
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import scored_keys
from submissions.store.sqlite.trouble import DiskFull, NoPermission, unusable
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.commands import COMMAND, environment, refuse, succeed
from tests.workers import said_by_workers, start_worker, wait_until

TO_GROW = 16_384
"""Bytes to which a file may grow for who is to meet a full disk: the system then refuses to write,
as it does there.
"""


@pytest.fixture(autouse=True)
def _no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what runs on a full disk from writing half of a module's bytecode, which all others
    would then load.
    """
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


def on_a_full_disk(data: Path, *arguments: str) -> str:
    """Run a command that can write no more; what it said."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env=environment(data),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (TO_GROW, TO_GROW)),
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    return folder


def test_a_full_disk_needs_room_and_a_failed_publish_leaves_nothing(board: DataFolder) -> None:
    said = on_a_full_disk(board.path, "publish", "--allow-pending", "--reason", "first")
    assert "Make room" in said
    assert "Restore" not in said
    assert not list(board.releases.iterdir())
    told = succeed(board.path, "publish", "--allow-pending", "--reason", "first")
    assert "Release 1 is published" in told


def test_a_new_board_on_a_full_disk_is_asked_for_room(tmp_path: Path) -> None:
    said = on_a_full_disk(tmp_path / "data", "status")
    assert "Make room" in said
    assert "Restore" not in said


def test_a_database_that_is_full_is_not_taken_for_a_damaged_one(board: DataFolder) -> None:
    with pytest.raises(DiskFull, match="the disk is full"):
        _fill(board)
    assert "submissions:" in succeed(board.path, "status")


def _fill(board: DataFolder) -> None:
    with writing(board) as db:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
        # What SQLite says then is what it says of a disk.
        db.conn.execute(f"PRAGMA max_page_count = {pages}")
        db.conn.execute("CREATE TABLE large AS SELECT zeroblob(1000000) AS content")


def test_a_lock_is_said_to_be_one(
    board: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REASONBOARD_DATA", str(board.path))
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(sys, "argv", ["reasonboard", "team", "add", "Alpha"])
    with closing(sqlite3.connect(board.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SystemExit):
            main()
    said = " ".join(capsys.readouterr().err.split())
    assert "another process has held the database" in said
    assert "estore" not in said


def test_without_permission_nothing_is_to_be_restored(board: DataFolder) -> None:
    with closing(sqlite3.connect(f"{board.database.as_uri()}?mode=ro", uri=True)) as found:
        with pytest.raises(sqlite3.OperationalError) as raised:
            found.execute("DELETE FROM events")
        told = unusable(board.database, raised.value, 30)
    assert isinstance(told, NoPermission)
    board.database.rename(board.path / "elsewhere.db")
    board.database.mkdir()
    said = refuse(board.path, "status")
    assert "Let this user write" in said
    assert "nothing needs to be restored" in said


def test_damage_alone_is_to_be_restored(board: DataFolder, tmp_path: Path) -> None:
    with board.database.open("r+b") as file:  # past the header of SQLite: the schema
        file.seek(100)
        file.write(b"\x00\xff" * 1900)
    assert "reasonboard restore BACKUP" in refuse(board.path, "status")
    other = DataFolder(tmp_path / "other")
    other.create()
    with closing(sqlite3.connect(other.database)) as connection:
        connection.execute("CREATE TABLE submissions (what TEXT)")  # another program's
    said = refuse(other.path, "status")
    assert "finds no damage" in said
    assert "restore BACKUP" not in said


def test_a_worker_waits_for_room_and_then_goes_on(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    worker = start_worker(board.path)
    try:
        wait_until(lambda: "Waiting for work" in said_by_workers(board.path))
        resource.prlimit(
            worker.pid, resource.RLIMIT_FSIZE, (TO_GROW, resource.RLIM_INFINITY)
        )  # a large log of the database is there already, or soon is
        submit(board, tasks, tmp_path, gold_rows(board, tasks["demo/loneliness"]))
        before = len(scored_keys(board))
        wait_until(lambda: "Make room" in said_by_workers(board.path))
        assert worker.poll() is None
        resource.prlimit(
            worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )
        wait_until(lambda: len(scored_keys(board)) > before)
        assert "Traceback" not in said_by_workers(board.path)
    finally:
        worker.kill()
        worker.wait()


def test_what_a_worker_waits_for_is_said_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    time = 0.0
    monkeypatch.setattr("app.cli.worker.time.monotonic", lambda: time)
    log = io.StringIO()
    patience = _Patience(Console(file=log, width=400))

    def act() -> None:
        raise DiskFull("the disk is full")

    for time in (0.0, 1.0, 30.0, 59.0, 60.0, 61.0, 119.0):  # noqa: B007  (the clock reads it)
        patience.ask(act)
    assert log.getvalue().count("the disk is full") == 2
