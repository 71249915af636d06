"""Whether somebody scores: told by signs of life, of real processes and of such as were."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.declarations.settings import TINY_CHECKPOINT
from submissions.life.states import State, life_of
from submissions.operating.status import status
from submissions.rescoring.presence import NONE, RUNNING, UNKNOWN, on_duty, presence
from submissions.store.folder import DataFolder
from submissions.store.scored.leases import Work, take_leases
from submissions.store.scored.workers import RESCORE, SCORE, WORKER, signs
from submissions.store.submitted.submissions import Submission, submissions
from tests.boards import a_run, demo_board
from tests.commands import reasonboard
from tests.workers import wait_until

ADVICE = "no worker is running: a maintainer has to start `reasonboard worker` (last seen "


@pytest.fixture
def board(tmp_path: Path, tasks: Mapping[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def change(board: DataFolder, assignment: str) -> None:
    """Change the signs of life, as another machine's clock or a lapse of time would."""
    with sqlite3.connect(board.database) as db:
        db.execute(f"UPDATE workers SET {assignment}")  # noqa: S608
    db.close()


def baseline(board: DataFolder) -> Submission:
    return submissions(board)[0]


def test_a_worker_that_sees_to_a_submission_is_waited_for(
    board: DataFolder, tasks: Mapping[str, Task]
) -> None:
    for benchmark in (None, "demo"):
        with on_duty(board, WORKER, benchmark):
            found = life_of(board, tasks, baseline(board))
            assert (found.state, found.reason) == (State.received, "waits for its turn")
            assert status(board, tasks).presence.state == RUNNING
    assert ADVICE in life_of(board, tasks, baseline(board)).reason


def test_a_run_comes_to_what_was_there_when_it_began_alone(
    board: DataFolder, tasks: Mapping[str, Task]
) -> None:
    with on_duty(board, SCORE):
        assert life_of(board, tasks, baseline(board)).reason == "waits for its turn"
        change(board, "started_at = started_at - 3600")
        late = life_of(board, tasks, baseline(board)).reason
    assert "no worker that sees to it is running" in late
    assert "there is only `reasonboard score`" in late
    with on_duty(board, RESCORE):
        assert "only `reasonboard rescore`" in life_of(board, tasks, baseline(board)).reason


def test_silence_is_death_after_the_declared_time(board: DataFolder) -> None:
    with on_duty(board, WORKER, silent_after=300):
        change(board, f"worker = '1@elsewhere-x', seen_at = {time.time() - 290}")
        assert presence(board).state == RUNNING
        change(board, f"seen_at = {time.time() - 3 * 3600}")
        found = presence(board)
        assert (found.state, found.sentence) == (NONE, f"{ADVICE}3 h ago)")


def test_a_sign_is_given_again_and_again(board: DataFolder) -> None:
    with on_duty(board, WORKER, silent_after=0.3):
        (first,) = signs(board)
        wait_until(lambda: signs(board)[0].seen_at > first.seen_at)
    (last,) = signs(board)
    assert last.ended
    with on_duty(board, WORKER):
        assert len(signs(board)) == 1, "in place of the dead one"


@pytest.mark.parametrize("kind", ["clock", "earlier version", "lease"])
def test_what_cannot_be_known_is_said(
    board: DataFolder, tasks: Mapping[str, Task], kind: str
) -> None:
    if kind == "clock":
        with on_duty(board, WORKER):
            pass
        change(board, f"seen_at = {time.time() + 86_400}, ended = 0")
    elif kind == "earlier version":
        a_run(board)
    else:
        own = baseline(board)
        take_leases(board, [Work(own.id, "demo/stress")], "1@elsewhere-x", 60)
    found = presence(board)
    assert found.state == UNKNOWN
    assert found.sentence.startswith("cannot tell whether a worker is running: ")
    if kind != "lease":  # who is leased is being scored, by whatever
        assert life_of(board, tasks, baseline(board)).reason == found.sentence


def test_scoring_gives_signs_while_it_lasts(board: DataFolder) -> None:
    assert reasonboard(board.path, "score", "--checkpoint", TINY_CHECKPOINT).status == 0
    (sign,) = signs(board)
    assert (sign.kind, sign.ended) == ("score", True)
