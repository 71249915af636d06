"""Damage is noticed when a file is opened, said with the command that repairs it, and blocks what
it is in alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.api import api_application
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.keeping.verify import verify
from submissions.releasing.publish import ReasonNeeded, propose
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import UnitsFailed, run
from submissions.store.database import writing
from submissions.store.files import damage
from submissions.store.files.arrays import array_path, load_array
from submissions.store.files.damage import DamagedFile
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.ledger import release_records
from submissions.store.released.release import release_path
from submissions.store.released.serving import current_release
from submissions.store.scored.scores import Score, scored_keys, scores
from tests.app.conftest import Open
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import reasonboard, refuse, succeed

FEW = (metric("accuracy"), metric("words"))
LONELY, WELL = "demo/loneliness", "demo/wellness"
REPAIR = "reasonboard verify --repair"


def score(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """Two releases; in the second there is a system S besides the trivial baselines."""
    folder = demo_board(tmp_path / "data", tasks, ["loneliness", "wellness"])
    score(folder, tasks)
    publish(folder, tasks, "tester", "first")
    rows = [row for name in (LONELY, WELL) for row in gold_rows(folder, tasks[name])]
    submit(folder, tasks, tmp_path, rows)
    score(folder, tasks)
    publish(folder, tasks, "tester", "second")
    return folder


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 64)


def flip_a_bit(path: Path) -> None:
    """As a disk does it: neither size nor time tell."""
    told = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))


def array_of(folder: DataFolder, task: str, name: str, system: str = "S") -> Score:
    """The score of one cell."""
    named = {row.id: row.system for row in current_release(folder).systems()}
    (found,) = [
        one
        for one in scores(folder, scored_keys(folder))
        if (one.task, one.identity.metric, named.get(one.submission)) == (task, name, system)
    ]
    return found


def test_the_last_good_release_is_shown_with_a_notice(
    board: DataFolder, tasks: dict[str, Task], open_page: Open
) -> None:
    truncate(release_path(board, 2))
    said = succeed(board.path, "status")
    assert "releases/2.db is missing or damaged" in said
    assert REPAIR in said
    site = open_page("leaderboard", data=board.path)
    notice = "Release 2 is damaged on this server. Release 1"
    assert notice in site.warning[0].value.replace("\\", "")
    api = TestClient(api_application(board, tasks))
    answer = api.get("/api/v1/releases")
    assert answer.status_code == 200
    assert answer.json()["current"] == 1
    assert answer.json()["notice"].startswith(notice)
    told = api.get("/api/v1/leaderboard")
    assert told.headers["ReasonBoard-Notice"].startswith(notice)
    assert "S" not in {cell["system"] for cell in told.json()}
    done = reasonboard(board.path, "leaderboard")
    assert (done.status, notice in done.err) == (0, True)


@pytest.mark.parametrize("harm", [truncate, Path.unlink, lambda path: path.write_bytes(b"none")])
def test_an_earlier_release_that_is_damaged_is_named_by_status_with_its_repair(
    board: DataFolder, harm: Callable[[Path], object]
) -> None:
    assert "damaged" not in succeed(board.path, "status")
    harm(release_path(board, 1))
    (told,) = [line for line in succeed(board.path, "status").splitlines() if "damaged:" in line]
    assert "releases/1.db is missing or damaged" in told
    assert f"`{REPAIR}` repairs it" in told
    assert (current_release(board).release.number, current_release(board).notice) == (2, "")


def test_where_no_release_is_good_it_is_said_and_nobody_learns_where_the_files_are(
    board: DataFolder, tasks: dict[str, Task], open_page: Open
) -> None:
    for number in (1, 2):
        truncate(release_path(board, number))
    answer = TestClient(api_application(board, tasks)).get("/api/v1/leaderboard")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:reasonboard:damaged")
    assert "releases/2.db" in answer.json()["detail"]
    assert str(board.path) not in answer.text
    site = open_page("leaderboard", data=board.path)
    assert "its file is damaged" in site.error[0].value
    assert not site.info
    assert "releases/2.db" in refuse(board.path, "leaderboard")


def test_publishing_goes_on_from_the_last_good_release(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    release_path(board, 2).write_bytes(b"no longer a release")
    submit(board, tasks, tmp_path, gold_rows(board, tasks[WELL]), system="T")
    score(board, tasks)
    with pytest.raises(ReasonNeeded, match=f"releases/2.db.*is damaged.*{REPAIR}"):
        publish(board, tasks, "tester")
    published = publish(board, tasks, "tester", "the second was lost")
    assert {c.system for c in published.changes if c.kind == "new system"} == {"S", "T"}
    assert (current_release(board).release.number, current_release(board).notice) == (3, "")


def test_a_rollback_is_not_undone_by_damage(board: DataFolder, tasks: dict[str, Task]) -> None:
    succeed(board.path, "rollback", "1", "--reason", "two was wrong")
    publish(board, tasks, "tester", "two was right after all")
    assert [record.previous for record in release_records(board)] == [None, 1, 1]
    truncate(release_path(board, 3))
    assert current_release(board).release.number == 1


def test_a_flipped_bit_is_found_within_a_day(
    board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = array_of(board, LONELY, "accuracy").array
    load_array(board, array)
    assert current_release(board).release.number == 2
    flip_a_bit(array_path(board, array))
    flip_a_bit(release_path(board, 2))
    later = damage.time.monotonic() + damage.A_DAY
    monkeypatch.setattr(damage.time, "monotonic", lambda: later)
    with pytest.raises(DamagedFile, match=f"arrays/{array}.npy is damaged.*{REPAIR}"):
        load_array(board, array)
    assert current_release(board).release.number == 1


def test_a_damaged_array_blanks_its_cell_alone_and_is_made_again(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    lost = array_of(board, LONELY, "words")
    path = array_path(board, lost.array)
    whole = path.read_bytes()
    truncate(path)
    assert f"arrays/{path.name}" in succeed(board.path, "status")
    longer = [
        row | {"output": row["output"] + " So it is."} for row in gold_rows(board, tasks[LONELY])
    ]
    submit(
        board, tasks, tmp_path, longer, system="T"
    )  # equal ones would share the array, and mend it
    score(board, tasks)
    with pytest.raises(ReasonNeeded) as needed:
        publish(board, tasks, "tester")  # what is served would be altered: a person decides
    assert "-> blank). Lost through damaged files alone: 1 value, which" in str(needed.value)
    assert f"`{REPAIR}` makes again" in str(needed.value)
    assert "Nothing that is served moves without a reason" in str(needed.value)
    assert REPAIR in propose(board, tasks).needs
    publish(board, tasks, "tester", "with a blank")
    blank = [cell for cell in current_release(board).cells() if "damaged" in (cell.why_blank or "")]
    assert {(c.system, c.task, c.metric) for c in blank} == {(lost.submission, LONELY, "words")}
    assert "T" in {row.system for row in current_release(board).systems()}
    said = succeed(board.path, "verify", "--repair")
    assert "1 array as before" in said
    assert "all that the board refers to is whole" in said
    assert path.read_bytes() == whole
    assert array_of(board, LONELY, "words") == lost, "nothing of the score moved"
    publish(board, tasks, "tester")  # a value where there was a blank only adds
    values = [c.value for c in current_release(board).cells(task=LONELY, metric="words")]
    assert None not in values


def test_a_damaged_file_of_posts_blocks_its_task_alone(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    succeed(board.path, "backup", tmp_path / "safe")
    posts = PostStore(board.posts).path(tasks[LONELY])
    whole = sha256_of(posts)
    truncate(posts)
    said = succeed(board.path, "status")
    assert f"posts/{posts.name}" in said
    assert "--from BACKUP" in said
    done = reasonboard(board.path, "benchmark", "template", LONELY)
    assert (done.status, "is damaged" in done.err, str(board.path) in done.err) == (1, True, False)
    rows = gold_rows(board, tasks[WELL])
    with pytest.raises(DamagedFile, match=posts.name):  # it may be right: nobody can tell
        submit(board, tasks, tmp_path, [{**rows[0], "task": LONELY}], system="T")
    submit(board, tasks, tmp_path, rows, system="T")
    place = workplace(board, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(board))
    with pytest.raises(ReasonNeeded, match="1 task, which `reasonboard verify --repair --from"):
        publish(board, tasks, "tester")
    publish(board, tasks, "tester", "without a task")
    assert {cell.task for cell in current_release(board).cells()} == {WELL}
    assert "taken from the backup" in succeed(
        board.path, "verify", "--repair", "--from", tmp_path / "safe"
    )
    assert sha256_of(posts) == whole


def test_units_of_a_damaged_task_fail_with_what_to_do_and_others_are_scored(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness", "wellness"])
    truncate(PostStore(folder.posts).path(tasks[LONELY]))
    with pytest.raises(UnitsFailed, match="--from BACKUP"):
        score(folder, tasks)
    assert {key.task for key in scored_keys(folder)} == {WELL}


def test_the_newest_release_is_written_again_from_the_ledger(board: DataFolder) -> None:
    published = release_path(board, 2).read_bytes()
    release_path(board, 2).unlink()
    (board.releases / "current").write_text("two\n")
    said = refuse(board.path, "verify")
    assert "things damaged" in said
    told = succeed(board.path, "verify", "--repair")
    assert "written again from the ledger and the scores, byte for byte" in told
    assert "releases/current: names release 2 again" in told
    assert release_path(board, 2).read_bytes() == published
    assert current_release(board).release.number == 2


def test_an_earlier_release_comes_from_a_backup_or_a_download(
    board: DataFolder, tmp_path: Path
) -> None:
    published = sha256_of(release_path(board, 1))
    succeed(board.path, "backup", tmp_path / "safe")
    truncate(release_path(board, 1))
    done = reasonboard(board.path, "verify", "--repair")
    assert done.status == 1
    assert published in done.out, "which download would do"
    succeed(board.path, "verify", "--repair", "--from", tmp_path / "safe")
    assert sha256_of(release_path(board, 1)) == published


def test_verify_finds_what_is_no_file_and_lists_what_nobody_needs(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    assert not verify(board, tasks).damages
    with closing(sqlite3.connect(board.database)) as db:
        db.execute("UPDATE scores SET task = 'demo/stress' WHERE task = ?", [WELL])
        db.execute("UPDATE scores SET run = 'nobody' WHERE rowid = 1")
        db.commit()
    (board.files / f"{'0' * 64}.parquet").write_bytes(b"nobody's")
    done = reasonboard(board.path, "verify")
    assert done.status == 1
    assert "has scores of" in done.out
    assert "of scores refers to a row of runs" in done.out
    assert f"files/{'0' * 64}.parquet" in done.out


def test_verify_holds_scores_against_their_values_of_the_single_examples(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    assert not verify(board, tasks).damages
    score = array_of(board, "demo/loneliness", "accuracy")
    with writing(board) as db:
        db.conn.execute(
            "UPDATE scores SET value = 0.999 WHERE submission = ? AND task = ? AND metric ="
            " 'accuracy'",
            [score.submission, score.task],
        )
    (found,) = verify(board, tasks).damages
    assert (found.kind, found.name) == ("score", "working.db")
    assert f"says accuracy 0.999 (n = {score.n}) of {score.submission} on {score.task}" in found.why


def test_the_reports_of_verify_are_in_status(board: DataFolder) -> None:
    assert "never read as a whole" in succeed(board.path, "status")
    succeed(board.path, "verify")
    assert "whole when they were read at" in succeed(board.path, "status")
