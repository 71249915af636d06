"""The maintainer's commands, as a person runs them."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from app.commands.score import Order, score_pending
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.receiving.intake import Sender
from submissions.rescoring.pending import plan
from submissions.rescoring.selection import Selection
from submissions.store.failures import RETRIES, record_failure
from submissions.store.folder import DataFolder
from submissions.store.ledger import events
from submissions.store.scores import runs, scored_keys
from submissions.teams import Role, add_team
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.commands import reasonboard, refuse, succeed


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with one demo task, of which nothing is scored."""
    from scoring.tasks import load_tasks
    from submissions.settings import DECLARATIONS

    data = tmp_path_factory.mktemp("maintaining") / "data"
    demo_board(data, load_tasks(DECLARATIONS / "tasks"), ["loneliness"])
    return data


def test_the_way_of_a_rescore(board: Path) -> None:
    said = succeed(board, "rescore", "--dry-run", "--reason", "trial")
    assert "4 units are pending" in said
    assert "new submission" in said
    assert "?" in said
    assert "pending:      4 units" in succeed(board, "status")
    assert runs(DataFolder(board)) == {}

    unneeded = ("--checkpoint", "nobody/has-it")  # counting words asks no model
    assert "4 units" in succeed(
        board, "rescore", "--metric", "words", *unneeded, "--dry-run", "--reason", "trial"
    )
    succeed(board, "rescore", "--metric", "words", "--reason", "first words")
    assert [run.reason for run in runs(DataFolder(board)).values()] == ["first words"]
    assert "Release 1 is published" in succeed(board, "publish")
    succeed(
        board,
        "rescore",
        "--metric",
        "accuracy",
        "--system",
        "Majority label",
        "--reason",
        "one system",
    )
    assert "Release 2 is published" in succeed(board, "publish")
    cells = json.loads(succeed(board, "leaderboard", "--format", "json", "--metric", "accuracy"))
    assert [cell["system"] for cell in cells if cell["value"] is not None] == ["Majority label"]

    assert "Release 1 is served" in succeed(board, "rollback", "1", "--reason", "too early")
    listed = succeed(board, "releases")
    assert "* " in next(line for line in listed.splitlines() if "the first" in line)
    assert "too early" in listed
    assert "rolled back" in refuse(board, "publish")
    assert "Release 3 is published" in succeed(board, "publish", "--reason", "now it is time")
    assert [event.kind for event in events(DataFolder(board))] == [
        "release",
        "release",
        "rollback",
        "release",
    ]
    assert "no release 9" in refuse(board, "rollback", "9", "--reason", "a slip")
    assert "'accuracy'" in refuse(board, "rescore", "--metric", "acuracy", "--reason", "a slip")


def test_units_that_wait_for_the_same_are_one_entry(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["wellness", "stress"])
    a_run(folder)
    units = plan(workplace(folder, tasks), metrics=[metric("words")])
    for unit in units[:2]:
        record_failure(folder, unit.keys, "ValueError: odd", "Traceback ...")
    lines = succeed(folder.path, "status").splitlines()
    waiting = [line for line in lines if " for " in line and line.startswith("pending: ")]
    assert [line.split(" wait ")[1] for line in waiting] == [
        "for try 2 of 4",
        "for a worker (new submission)",
    ]
    assert waiting[0].startswith("pending: 2 units (")
    assert f"pending: {len(units) - 2} units (" in waiting[1]
    assert f"and {len(units) - 2 - 4} more" in lines[lines.index(waiting[1]) + 1]
    assert sum("ValueError: odd" in line for line in lines) == 1


def test_failed_units_are_shown_and_can_be_tried_again(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["wellness"])
    a_run(folder)
    unit = plan(workplace(folder, tasks), metrics=[metric("words")])[0]
    for _ in range(1 + RETRIES):
        record_failure(folder, unit.keys, "ValueError: odd", "Traceback ...\n  in the middle")
    shown = succeed(folder.path, "status")
    assert "failed:       1 unit" in shown
    assert "ValueError: odd" in shown
    assert "in the middle" not in shown
    assert "in the middle" in succeed(folder.path, "status", "--traces")
    said = refuse(folder.path, "rescore", "--metric", "words", "--reason", "go on")
    assert "ValueError: odd" in said
    assert "--retry-failed" in said
    succeed(folder.path, "rescore", "--metric", "words", "--retry-failed", "--reason", "put right")
    assert "failed:       0 units" in succeed(folder.path, "status")
    assert "put right" in succeed(folder.path, "events")
    assert len(scored_keys(folder)) == 4


def test_options_of_another_engine_are_refused(board: Path) -> None:
    assert "--engine ray" in refuse(board, "score", "--address", "auto")
    assert "--engine processes" in refuse(board, "score", "--devices", "cpu")


def test_progress_is_said_where_no_bar_can_be_drawn(
    tmp_path: Path, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.score.SAY_SECONDS", 0.0)
    folder, said = demo_board(tmp_path / "data", tasks, ["loneliness"]), StringIO()
    score_pending(
        folder, tasks, Console(file=said), Order("tester", "a test", Selection(metric="words"))
    )
    assert "100% of 160 items, at " in said.getvalue()


def test_publishing_says_what_still_lacks_scores(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    succeed(folder.path, "rescore", "--metric", "words", "--reason", "words first")
    done = reasonboard(folder.path, "publish", "--reason", "words only")
    assert "4 units lack scores: their cells are blank" in done.err


def test_a_template_that_may_be_filled_in_is_not_overwritten(board: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    succeed(board, "benchmark", "template", "demo/loneliness", "--out", out)
    assert "perhaps filled in" in refuse(
        board, "benchmark", "template", "demo/loneliness", "--out", out
    )


def test_outputs_that_state_no_answer_are_warned_of(board: Path, tmp_path: Path) -> None:
    filled = tmp_path / "vague.csv"
    succeed(board, "benchmark", "template", "demo/loneliness", "--out", filled)
    lines = filled.read_text(encoding="utf-8").splitlines()
    rows = [line.rpartition(",")[0] + ",Hard to say." for line in lines[1:]]
    filled.write_text("\n".join([lines[0], *rows]), encoding="utf-8")
    assert "WARNING: demo/loneliness: 100% of the outputs state no answer" in succeed(
        board, "check", filled
    )


def test_status_says_that_another_model_is_announced(real_board: Path) -> None:
    shown = succeed(real_board, "status")
    assert (
        "imhi-expert: scoring.toml names facebook/bart-large-cnn, float32; the scores are of another"
        in shown
    )


def test_copies_are_listed_until_they_are_marked_as_seen(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["wellness"])
    rows = gold_rows(folder, tasks["demo/wellness"])
    for team in ("First", "Second"):
        add_team(folder, team, Role.member, "tester")
        own = submit(
            folder, tasks, tmp_path, rows, Sender(f"team {team}", team, 3), system=team
        ).submission
    assert f"copy: {own.id}" in succeed(folder.path, "review")
    assert "go together" in refuse(folder.path, "review", "--seen", own.id)
    assert "go together" in refuse(folder.path, "review", "--reason", "agreed")
    assert "no submission" in refuse(
        folder.path, "review", "--seen", "0123456789ab", "--reason", "agreed"
    )
    assert "Nothing waits" in succeed(
        folder.path, "review", "--seen", own.id, "--reason", "one group, two teams"
    )
    assert "one group, two teams" in succeed(folder.path, "events", own.id)
    assert "Nothing waits" in succeed(folder.path, "review")


@pytest.mark.parametrize(
    "name",
    ["\\[/x]", "[red]x[/red]", "\\[link=https://evil.example]x[/link]", ":boom: [@click=x]y"],
)
def test_names_are_no_markup_in_tables(tmp_path: Path, tasks: dict[str, Task], name: str) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["wellness"])
    submit(
        folder,
        tasks,
        tmp_path,
        gold_rows(folder, tasks["demo/wellness"]),
        None,
        system=name,
        consent=True,
    )
    succeed(folder.path, "rescore", "--metric", "accuracy", "--reason", "a name")
    succeed(folder.path, "publish", "--reason", "a name")
    shown = [
        succeed(folder.path, "leaderboard", "--metric", "accuracy"),
        succeed(folder.path, "leaderboard", "--task", "demo/wellness", "--metric", "accuracy"),
        succeed(folder.path, "compare", name, "Majority label", "--metric", "accuracy"),
    ]
    assert all(name in one for one in shown)
    assert not any("\x1b" in one for one in shown)
