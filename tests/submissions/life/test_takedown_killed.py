"""A takedown that is killed, before whichever of its steps, is finished by the process that starts
next.
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

from scoring.judging.instrument import JUDGES
from scoring.judging.pairs import judged_pairs
from scoring.judging.verdicts import read_verdicts
from scoring.tasks import Task
from submissions.keeping.backup import backup
from submissions.keeping.repair import Repairing, repair
from submissions.keeping.verify import POSTS, verify
from submissions.life.takedown import redact_example
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.store.files.outputs import read_outputs, segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission, submission_with
from submissions.store.submitted.takedowns import pending_takedowns
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics
from tests.judging import write_verdicts
from tests.killing import killed

TASK = "demo/stress"
NAME = "stress-002"
OTHER = "stress-005"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """Posts in two revisions, and people's ratings of a text that quotes the post of NAME."""
    found = demo_board(tmp_path / "boards" / "data", tasks, ["stress"])
    (posts,) = found.posts.glob("*stress*.db")
    shutil.copy(posts, found.posts / "demo--stress.r0.db")
    return found


@pytest.fixture
def quoting(board: DataFolder, tasks: dict[str, Task], tmp_path: Path) -> Submission:
    """A submission that quotes the post of NAME where it is asked about OTHER."""
    post = _post(board, tasks)
    rows = gold_rows(board, tasks[TASK])
    for row in rows:
        if row["example_id"] == OTHER:
            row["output"] = f"{row['output']} It is like this one: {post}"
    sent = submit(board, tasks, tmp_path, rows).submission
    examples = PostStore(board.posts).examples(tasks[TASK])
    (run,) = segments(board.outputs(sent.outputs), tasks[TASK], examples)
    board.judged.mkdir()
    levels = [{"overall": 1}]
    pairs = {pair: levels for pair in judged_pairs(run) if pair}
    write_verdicts(board.judged / "v.jsonl", JUDGES[0], pairs)
    return sent


def verdicts(board: DataFolder) -> int:
    return len(list(read_verdicts(board.judged / "v.jsonl")))


def _post(board: DataFolder, tasks: dict[str, Task]) -> str:
    examples = PostStore(board.posts).examples(tasks[TASK])
    return next(one.post for one in examples if one.example_id == NAME)


def everything(board: DataFolder) -> bytes:
    """All bytes under the data folder, outputs decompressed."""
    files = [path for path in board.path.rglob("*") if path.is_file()]
    outputs = [repr(read_outputs(path)).encode() for path in files if path.suffix == ".parquet"]
    return b"".join([*outputs, *(path.read_bytes() for path in files)])


def rate(board: DataFolder, tasks: dict[str, Task], post: str, where: Path) -> None:
    """Somebody rates a text about another post that quotes this one."""
    path = where / "ratings.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["item", "task", "example_id", "system", "explanation", "annotator", "aspect", "rating"]
        )
        writer.writerow(["1", TASK, OTHER, "S", f"As in this one: {post}", "a", "overall", "3"])
    asked = ImportRequest("me", "rated", Naming("mentallama"))
    import_ratings(board, tasks, load_rubrics(), path, asked)


def test_a_redacted_post_is_gone_wherever_the_redaction_was_killed(
    board: DataFolder, quoting: Submission, tasks: dict[str, Task], tmp_path: Path
) -> None:
    post = _post(board, tasks)
    rate(board, tasks, post, tmp_path)
    piece = post[10:60].encode()
    assert everything(board).count(piece) > 2
    left = killed(board, "redact-example", TASK, NAME)
    assert len(left) > 20
    undone = 0
    for one in left:
        assert pending_takedowns(one) == ()
        if piece in everything(one):  # it died before it was written down what was asked
            undone += 1
            assert everything(one).count(piece) == everything(board).count(piece)
            continue
        submission = submission_with(one, quoting.id)
        assert submission is not None
        (run,) = read_outputs(one.files / f"{submission.outputs}.parquet").runs
        assert run.outputs[run.example_ids.index(OTHER)] is None
        assert sum(output is not None for output in run.outputs) == len(run) - 2
        assert not list(one.path.rglob("*.aside"))
    assert undone < len(left) / 2


def test_a_redacted_post_stays_gone_wherever_a_repair_from_a_backup_was_killed(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    piece = _post(board, tasks)[10:60].encode()
    (board.posts / "demo--stress.r0.db").unlink()
    backup(board, tmp_path / "safe")
    redact_example(board, tasks, TASK, NAME, "me", "the poster asked")
    (posts,) = board.posts.glob("*.db")
    before = posts.stat().st_size
    os.truncate(posts, 1000)
    (damage,) = verify(board, tasks).damages
    assert damage.kind == POSTS
    left = killed(board, "take-from-backup", str(tmp_path / "safe"))
    sizes = {(one.posts / posts.name).stat().st_size for one in left}
    assert sizes == {1000, before}, "some were killed before it was there, some after"
    assert all(piece not in everything(one) for one in left)


def test_a_redacted_post_that_is_put_back_by_hand_is_found_and_redacted_again(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    piece = _post(board, tasks)[10:60].encode()
    kept = {path: path.read_bytes() for path in board.posts.glob("*.db")}
    redact_example(board, tasks, TASK, NAME, "me", "the poster asked")
    assert verify(board, tasks).damages == ()
    for path, content in kept.items():
        path.write_bytes(content)
    found = verify(board, tasks)
    assert {one.why for one in found.damages} == {"holds 1 post that was redacted"}
    done, after = repair(Repairing(board, tasks, "me"), found)
    assert after.damages == ()
    assert [line.split(": ")[1] for line in done] == ["1 post redacted again"] * 2
    assert piece not in everything(board)


def test_a_withdrawn_systems_outputs_are_gone_wherever_the_withdrawal_was_killed(
    board: DataFolder, quoting: Submission
) -> None:
    undone = 0
    left = killed(board, "withdraw", quoting.id)
    for one in left:
        submission = submission_with(one, quoting.id)
        assert submission is not None
        there = (one.files / f"{quoting.outputs}.parquet").exists()
        assert there == (submission.withdrawn_at is None)
        assert verdicts(one) == (40 if there else 0)
        undone += there
    assert 0 < undone < len(left) / 2


def test_a_redacted_output_is_gone_wherever_the_redaction_was_killed(
    board: DataFolder, quoting: Submission
) -> None:
    undone = 0
    left = killed(board, "redact-output", quoting.id, TASK, OTHER)
    for one in left:
        there = b"It is like this one" in everything(one)
        submission = submission_with(one, quoting.id)
        assert submission is not None
        assert there == (submission.outputs == quoting.outputs)
        assert verdicts(one) == (40 if there else 39)
        assert there == (one.files / f"{quoting.outputs}.parquet").exists()
        undone += there
    assert 0 < undone < len(left) / 2
