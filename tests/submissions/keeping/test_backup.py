"""A backup made while real processes write, the machine lost, the board restored:
the same board.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.keeping.backup import backup, object_path, snapshots
from submissions.keeping.restore import restore
from submissions.keeping.verify import verify
from submissions.life.takedown import withdraw
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.ledger import release_records
from submissions.store.released.release import current_number
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import submissions
from tests.boards import demo_board, gold_rows, submit
from tests.commands import refuse, succeed
from tests.workers import values, wait_until

ROOT = Path(__file__).parents[3]
NAMES = ["loneliness"]
SYSTEMS = 8
WRITER = f"""
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from scoring.tasks import read_tasks
from submissions.declarations.settings import DECLARATIONS
from submissions.store.folder import DataFolder
from tests.boards import gold_rows, submit

folder, tasks = DataFolder(Path(sys.argv[1])), read_tasks(DECLARATIONS / "tasks")
rows = gold_rows(folder, tasks["demo/loneliness"])
for number in range({SYSTEMS}):
    with TemporaryDirectory() as where:
        told = [row | {{"output": row["output"] + f" It is plain, {{number}}."}} for row in rows]
        submit(folder, tasks, Path(where), told, system=f"S{{number}}")
"""
"""A process that submits one system after the other."""

SCORER = """
import sys
from pathlib import Path
from scoring.metrics import metric
from scoring.tasks import read_tasks
from submissions.releasing.publish import DecisionsGoOn
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.declarations.settings import DECLARATIONS
from submissions.store.folder import DataFolder
from tests.boards import a_run, publish_with_blanks, workplace

folder, tasks = DataFolder(Path(sys.argv[1])), read_tasks(DECLARATIONS / "tasks")
place, few = workplace(folder, tasks), (metric("weighted_f1"), metric("words"))
while True:
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    try:
        publish_with_blanks(folder, tasks, "scorer", "what came in")
    except DecisionsGoOn:  # too much came in meanwhile
        continue
"""
"""A process that scores and publishes without end, without the model's metrics, which take long."""


@pytest.mark.timeout(900)
def test_a_board_that_is_written_to_is_backed_up_lost_and_restored(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder, safe = demo_board(tmp_path / "data", tasks, NAMES), tmp_path / "safe"
    worker, writer = (
        subprocess.Popen([sys.executable, "-c", script, folder.path], cwd=ROOT)
        for script in (SCORER, WRITER)
    )
    try:
        wait_until(lambda: len(submissions(folder)) > 4)
        while writer.poll() is None:
            made = backup(folder, safe, keep=100)
            assert not made.lacking
        assert writer.returncode == 0
        assert not backup(folder, safe, keep=100).lacking
        wait_until(lambda: _all_released(folder), 300)
    finally:
        worker.kill()  # whatever it is at
        worker.wait()
    assert "read back" in succeed(folder.path, "backup", safe, "--keep", "100")
    before = (values(folder), succeed(folder.path, "leaderboard", "--format", "json"))
    records, released = release_records(folder), current_release(folder).release.number
    shutil.rmtree(folder.path)
    taken = snapshots(safe)
    assert len(taken) > 1, "some of them were made under load"
    for number, one in enumerate(taken[:-1][:3]):
        board = DataFolder(tmp_path / f"earlier {number}")
        assert not restore(safe, board, one.at)[1].damages
    said = succeed(folder.path, "restore", safe, "--data", tmp_path / "new")
    assert "all that the board refers to is whole" in said
    again = DataFolder(tmp_path / "new")
    assert (values(again), succeed(again.path, "leaderboard", "--format", "json")) == before
    assert release_records(again) == records
    assert current_release(again).release.number == released
    succeed(again.path, "verify")


def _all_released(folder: DataFolder) -> int | None:
    """The number of the release that lists every system, once there is one."""
    if current_number(folder) is None:
        return None
    release = current_release(folder)
    named = {system.system for system in release.systems()}
    return release.release.number if len([n for n in named if n[0] == "S"]) >= SYSTEMS else None


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, NAMES)


def test_only_what_is_new_is_copied_and_what_was_taken_down_goes(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    (board.path / "limits.toml").write_text("[team]\nsubmissions_a_day = 9\n")
    accepted = submit(board, tasks, tmp_path, gold_rows(board, tasks["demo/loneliness"]))
    first = backup(board, tmp_path / "safe")
    assert first.copied == first.files
    kept = object_path(tmp_path / "safe", accepted.submission.outputs)
    assert kept.is_file()
    withdraw(board, accepted.submission, "tester", "a wish")
    second = backup(board, tmp_path / "safe")
    assert second.copied == 1, "the database"
    assert second.dropped == (second.at != first.at), "of the same second the later one stays"
    assert not kept.exists()
    files = snapshots(tmp_path / "safe")[0].files
    assert {"working.db", "limits.toml"} <= files.keys()
    for digest in files.values():
        assert sha256_of(object_path(tmp_path / "safe", digest)) == digest
    assert {oct(path.stat().st_mode)[-2:] for path in (tmp_path / "safe").rglob("*")} == {"00"}


def test_the_snapshot_just_made_stays_though_a_clock_was_ahead(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe, ahead = tmp_path / "safe", "2999-12-31T23:59:59Z"
    with monkeypatch.context() as wrong:
        wrong.setattr("submissions.keeping.backup.now", lambda: ahead)
        backup(board, safe, keep=3)
    accepted = submit(board, tasks, tmp_path, gold_rows(board, tasks["demo/loneliness"]))
    said = succeed(board.path, "backup", safe, "--keep", "3")
    assert f"dated {ahead}" in said
    assert "dated 3000-01-01T00:00:00Z, after it" in said
    assert [one.at for one in snapshots(safe)] == [ahead, "3000-01-01T00:00:00Z"]
    said = succeed(board.path, "backup", safe)
    assert "2 older snapshots dropped" in said
    assert [one.at for one in snapshots(safe)] == ["3000-01-01T00:00:01Z"]
    restored = DataFolder(tmp_path / "new")
    restore(safe, restored)
    assert accepted.submission.id in {one.id for one in submissions(restored)}


def test_a_backup_that_is_damaged_says_so_and_is_made_whole_again(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    succeed(board.path, "backup", safe)
    (digest,) = {sha256_of(path) for path in board.posts.glob("*.db")}
    object_path(safe, digest).write_bytes(b"no longer")
    said = refuse(board.path, "restore", safe, "--data", tmp_path / "new")
    assert "is damaged in it" in said
    assert not (tmp_path / "new" / "working.db").exists()
    assert "is being restored" in refuse(board.path, "status", "--data", tmp_path / "new")
    assert "1 file of the backup is damaged" in refuse(board.path, "backup", safe)
    succeed(board.path, "backup", safe)
    succeed(board.path, "restore", safe, "--data", tmp_path / "new")  # goes on where it stopped
    assert not verify(DataFolder(tmp_path / "new"), tasks).damages


def test_nothing_is_written_over_and_no_place_is_taken_for_a_backup_that_is_none(
    board: DataFolder, tmp_path: Path
) -> None:
    safe = tmp_path / "safe"
    assert "no backup" in refuse(board.path, "restore", safe, "--data", tmp_path / "new")
    succeed(board.path, "backup", safe)
    assert "is not empty" in refuse(board.path, "restore", safe)
    assert "in one another" in refuse(board.path, "backup", board.path / "safe")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("of somebody's")
    assert "not empty" in refuse(board.path, "backup", tmp_path / "full")
    assert "nothing to back up" in refuse(tmp_path / "nowhere", "backup", safe)
    at = json.loads(next((safe / "snapshots").iterdir()).read_text())["at"]
    assert at in refuse(board.path, "restore", safe, "--data", tmp_path / "n", "--at", "monday")


def test_a_backup_lacks_what_the_board_lacks_and_keeps_the_one_before(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    accepted = submit(board, tasks, tmp_path, gold_rows(board, tasks["demo/loneliness"]))
    succeed(board.path, "backup", tmp_path / "safe")
    (lost,) = board.files.glob(f"{accepted.submission.outputs}.parquet")
    lost.unlink()
    # A day's backup without it must not be the end of the one with it.
    shutil.copytree(tmp_path / "safe", tmp_path / "second")
    object_path(tmp_path / "second", accepted.submission.outputs).unlink()
    said = refuse(board.path, "backup", tmp_path / "second")
    assert "older snapshots are kept" in said
    assert len(snapshots(tmp_path / "second")) == 2
    mended = succeed(board.path, "verify", "--repair", "--from", tmp_path / "safe")
    assert "taken from the backup" in mended
    assert sha256_of(lost) == accepted.submission.outputs
