"""What is taken down is gone from every file, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.segments import REDACTED
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.life import TooLate
from submissions.outputs import read_outputs
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.ledger import events
from submissions.store.posts import PostStore
from submissions.store.submissions import Submission, submissions
from submissions.takedown import NothingToRedact, redact_example, redact_output, withdraw
from tests.boards import TEXTS, a_run, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish

TASK = "demo/stress"


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def sent(
    board: DataFolder, tasks: dict[str, Task], where: Path, mark: str, **meta: object
) -> Submission:
    rows = [
        {**row, "output": f"{row['output']} {mark}{row['example_id']}."}
        for row in gold_rows(board, tasks[TASK])
    ]
    return submit(board, tasks, where, rows, **meta).submission


def bytes_under(board: DataFolder) -> bytes:
    """Everything that could hold a text: decompressed outputs, and the files of posts as they lie on disk."""
    outputs = [repr(read_outputs(path)).encode() for path in board.files.glob("*.parquet")]
    return b"".join([*outputs, *(path.read_bytes() for path in board.posts.iterdir())])


def scored(board: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(board, tasks)
    run(place, plan(place), LocalEngine(), a_run(board))


def test_a_withdrawn_systems_outputs_are_deleted(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own, other = (
        sent(board, tasks, tmp_path, "mine-"),
        sent(board, tasks, tmp_path, "theirs-", system="T"),
    )
    assert b"mine-stress-001" in bytes_under(board)
    gone = withdraw(board, own, "me", "asked for")
    assert b"mine-" not in bytes_under(board)
    assert b"theirs-stress-001" in bytes_under(board)
    assert withdraw(board, own, "me", "again") == gone
    assert [event.reason for event in events(board, own.id) if event.kind == "withdrawn"] == [
        "asked for"
    ]
    tombstone = next(one for one in submissions(board) if one.id == own.id)
    assert (tombstone.withdrawn_at, tombstone.meta.contact, tombstone.public) == (
        gone.withdrawn_at,
        None,
        False,
    )
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    assert other.public


def test_outputs_that_another_submission_shares_stay_with_it(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own, copy = (
        sent(board, tasks, tmp_path, "same-"),
        sent(board, tasks, tmp_path, "same-", system="Copy"),
    )
    assert own.outputs == copy.outputs
    withdraw(board, own, "me", "asked for")
    assert b"same-stress-001" in bytes_under(board)
    withdraw(board, copy, "me", "asked for")
    assert b"same-" not in bytes_under(board)


def test_a_redacted_output_is_gone_and_its_label_stays(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = sent(board, tasks, tmp_path, "said-")
    before = read_outputs(board.files / f"{own.outputs}.parquet").runs[0]
    redact_output(board, own, TASK, "stress-002", "me", "names a person")
    after_submission = next(one for one in submissions(board) if one.id == own.id)
    after = read_outputs(board.files / f"{after_submission.outputs}.parquet").runs[0]
    assert b"said-stress-002" not in bytes_under(board)
    assert b"said-stress-003" in bytes_under(board)
    assert after.example_ids == before.example_ids
    assert [reading.label for reading in after.readings] == [
        reading.label for reading in before.readings
    ]
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    for task, example in ((TASK, "stress-999"), ("demo/none", "stress-002")):
        with pytest.raises(NothingToRedact):
            redact_output(board, own, task, example, "me", "x")
    withdraw(board, own, "me", "x")
    with pytest.raises(TooLate):
        redact_output(board, withdraw(board, own, "me", "x"), TASK, "stress-003", "me", "x")


def test_a_redacted_post_is_gone_from_everything_and_does_not_come_back(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    store, task = PostStore(board.posts), tasks[TASK]
    example = store.examples(task)[1]
    piece = example.post[10:60].encode()
    own = sent(board, tasks, tmp_path, "said-")
    scored(board, tasks)
    assert piece in bytes_under(board)
    said = redact_example(board, tasks, TASK, example.example_id, "me", "the poster asked")
    assert said >= 1
    assert piece not in bytes_under(board)
    assert f"said-{example.example_id}".encode() not in bytes_under(board)
    words = [word for word in example.post.split() if word.isalpha() and len(word) > 5]
    assert example.example_id not in store.search(task, words[0])
    found = store.examples(task)[1]
    assert (found.gold, found.example_id) == (example.gold, example.example_id)
    assert (found.post, found.query, found.reference) == (REDACTED, REDACTED, None)
    assert store.examples(task)[2].post != REDACTED
    assert not plan(workplace(board, tasks)), "what was scored stays scored"
    store_gold(board, tasks, [import_csv(TEXTS / "stress.csv", task)])
    assert store.examples(task)[1].post == REDACTED, "importing the same file again is recognised"
    assert sent(board, tasks, tmp_path, "later-", version="2").id != own.id
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    reasons = {event.kind: event.reason for event in events(board)}
    assert reasons["example redacted"] == "the poster asked"
    for task_id, example_id in ((TASK, "none"), ("demo/none", "stress-001"), ("imhi/dr", "dr-1")):
        with pytest.raises(NothingToRedact):
            redact_example(board, tasks, task_id, example_id, "me", "x")
