"""The maintainer's commands, as a person runs them."""

from __future__ import annotations

import inspect
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from app.cli.watching import watched
from scoring.bartscore.devices import has_matrix_units
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.life.states import find_submission
from submissions.receiving.intake import Sender
from submissions.releasing.publish import propose
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.events import events
from submissions.store.folder import DataFolder
from submissions.store.released.ledger import mark
from submissions.store.scored.failures import RETRIES, record_failure
from submissions.store.scored.scores import runs, scored_keys
from submissions.teams.accounts import Role, add_team
from tests.boards import a_run, demo_board, gold_rows, submit, workplace
from tests.commands import reasonboard, refuse, succeed
from tests.workers import wait_until


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with one demo task, of which nothing is scored."""
    from scoring.tasks import read_tasks
    from submissions.declarations.settings import DECLARATIONS

    data = tmp_path_factory.mktemp("maintaining") / "data"
    demo_board(data, read_tasks(DECLARATIONS / "tasks"), ["loneliness"])
    return data


@pytest.mark.timeout(1200)  # a dozen commands, each a process
def test_the_way_of_a_rescore(board: Path) -> None:
    said = succeed(board, "rescore", "--dry-run", "--reason", "trial")
    assert "4 units are pending" in said
    assert "new submission" in said
    assert "?" in said
    # A demonstration's model is in float32, and says what bfloat16 would save where it would.
    assert ("matrix units" in said) == has_matrix_units()
    assert "pending:      4 units" in succeed(board, "status")
    assert runs(DataFolder(board)) == {}

    unneeded = ("--checkpoint", "nobody/has-it")  # counting words asks no model
    assert "4 units" in succeed(
        board, "rescore", "--metric", "words", *unneeded, "--dry-run", "--reason", "trial"
    )
    succeed(board, "rescore", "--metric", "words", "--reason", "first words")
    assert [run.reason for run in runs(DataFolder(board)).values()] == ["first words"]
    assert "Release 1 is published" in succeed(board, "publish", "--allow-pending")
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
    assert "Release 2 is published" in succeed(board, "publish", "--allow-pending")
    cells = json.loads(succeed(board, "leaderboard", "--format", "json", "--metric", "accuracy"))
    assert [cell["system"] for cell in cells if cell["value"] is not None] == ["Majority label"]

    assert "Release 1 is served" in succeed(board, "rollback", "1", "--reason", "too early")
    listed = succeed(board, "releases")
    assert "* " in next(line for line in listed.splitlines() if "the first" in line)
    assert "too early" in listed
    assert "rolled back" in refuse(board, "publish", "--allow-pending")
    assert "Release 3 is published" in succeed(
        board, "publish", "--allow-pending", "--reason", "now it is time"
    )
    assert [event.kind for event in events(DataFolder(board))] == [
        "release",
        "release",
        "rollback",
        "release",
    ]
    assert "no release 9" in refuse(board, "rollback", "9", "--reason", "a slip")
    assert "'accuracy'" in refuse(board, "rescore", "--metric", "acuracy", "--reason", "a slip")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "sources.toml",
            '[p2020]\nauthors = ["Poe"]\nyear = 2020\n[[p2020.claims]]\ntext = "It is better."\n'
            'claimed = "8.4 points"\n',
            "it must be a number, as text",
        ),
        ("own.csv", "system,value\nours,8.4\n", "has no column paper"),
    ],
)
def test_status_names_a_bad_reported_file_and_goes_on(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / "reported").mkdir()
    (tmp_path / "reported" / name).write_text(text, encoding="utf-8")
    shown = succeed(tmp_path, "status")
    assert name in shown
    assert said in shown
    assert "pending:" in shown


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


class Watching:
    """Where a long run writes to, and which goes on only once a line of its
    progress stands there.
    """

    def __init__(self) -> None:
        self.file, self.waited_for = StringIO(), list[str]()

    def wait_for(self, line: str) -> None:
        wait_until(lambda: line in self.file.getvalue())
        self.waited_for.append(line)


def test_every_part_of_a_long_run_is_named_where_no_bar_can_be_drawn(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    """Lines come from a clock of their own, so each part can wait here until its
    line was written.
    """
    watching = Watching()
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    shown = list[tuple[str, int, int, str]]()
    with watched(Console(file=watching.file, width=200), seconds=0.02) as report:

        def reporting(stage: str, done: int, total: int, detail: str = "") -> None:
            shown.append((stage, done, total, detail))
            report(stage, done, total, detail)
            if len(shown) == 2:
                watching.wait_for(f"scoring: {done / total:.0%} of {total:,} steps, at {detail}")

        place = workplace(folder, tasks)
        run(place, plan(place), LocalEngine(), a_run(folder), reporting)
        propose(folder, tasks, reporting)
    assert watching.waited_for
    scoring = [one for one in shown if one[0] == "scoring"]
    shares = [done / total for _, done, total, _ in scoring]
    assert shares == sorted(shares)
    assert [share for share in shares if share == 1] == [1], "only once all is stored"
    details = " ".join(detail for *_, detail in scoring)
    assert "BARTScore" in details
    assert re.search(
        r"Weighted F1 with its interval, Majority label \w+ on demo/loneliness", details
    )
    stages = dict.fromkeys(stage for stage, *_ in shown)
    assert "publishing: means, intervals and rank tests of demo" in stages
    assert "publishing: comparing metrics with people" in stages


def test_progress_has_a_line_a_minute_in_a_log() -> None:
    assert inspect.signature(watched).parameters["seconds"].default == 60


def test_an_empty_plan_says_only_what_is_true(tmp_path: Path, tasks: dict[str, Task]) -> None:
    empty = DataFolder(tmp_path / "empty")
    prepare(empty)
    assert "there is no submission yet" in reasonboard(empty.path, "score").err
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    words = ("rescore", "--metric", "words", "--reason", "words first")
    succeed(folder.path, *words)
    assert "every submission has its scores of words" in reasonboard(folder.path, *words).err
    assert (
        "there is no submission of imhi yet"
        in reasonboard(folder.path, "score", "--benchmark", "imhi").err
    )


def test_publishing_asks_before_it_leaves_blanks(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    succeed(folder.path, "rescore", "--metric", "words", "--reason", "words first")
    publish = ("publish", "--reason", "words only")
    said = refuse(folder.path, *publish)
    assert "scores are pending: " in said
    assert "--allow-pending" in said
    before = mark(folder), sorted(folder.path.rglob("releases/*"))
    shown = succeed(folder.path, "publish", "--dry-run")
    assert "demo: 4 systems" in shown
    assert "new system: demo Majority label" in shown
    assert "refused without --allow-pending: " in shown
    assert "Release 1 would be made" in shown
    assert (mark(folder), sorted(folder.path.rglob("releases/*"))) == before, "it published nothing"
    done = succeed(folder.path, *publish, "--allow-pending")
    assert "Release 1 is published" in done
    assert "cells are blank, not scored yet: `reasonboard score --benchmark demo`" in done
    same = succeed(folder.path, "publish", "--dry-run", "--allow-pending")
    assert "Nothing moved since release 1: none would be made" in same


def test_what_has_failed_for_good_holds_no_release_up(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    place = workplace(folder, tasks)
    a_run(folder)
    first, *others = plan(place)
    for _ in range(1 + RETRIES):
        record_failure(folder, first.keys, "ValueError: odd", "Traceback ...")
    run(place, others, LocalEngine(), a_run(folder))
    assert "Release 1 is published" in succeed(folder.path, "publish", "--reason", "one failed")


def test_declarations_are_changed_by_the_rules_of_the_site(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["wellness"])
    rows = gold_rows(folder, tasks["demo/wellness"])
    own = submit(folder, tasks, tmp_path, rows, licence="MIT", trained_on=[]).submission
    file = tmp_path / "changes.toml"
    file.write_text('description = "Better said."\nparameters = 7_000_000_000\n', encoding="utf-8")
    said = succeed(
        folder.path,
        "edit",
        own.id,
        "--meta",
        file,
        "--set",
        "licence=Apache 2.0",
        "--unset",
        "trained_on",
    )
    assert "licence: MIT -> Apache 2.0" in said
    assert "trained_on: none -> not declared" in said
    found = find_submission(folder, own.id).meta
    assert (found.description, found.parameters) == ("Better said.", 7_000_000_000)
    assert (found.licence, found.trained_on) == ("Apache 2.0", None)
    (event,) = (one for one in events(folder, own.id) if one.kind == "edited")
    assert (event.author, "licence" in event.reason) == ("tester", True)
    again = succeed(folder.path, "edit", own.id, "--set", "licence=Apache 2.0")
    assert "nothing is changed" in again
    for wrong, told in (
        (("--set", "version=2"), "cannot be changed"),
        (("--set", "method=guess"), "not a method"),
        (("--set", "licence"), "KEY=VALUE"),
        (("--set", "links=[1"), "no TOML"),
        (("--meta", tmp_path / "none.toml"), "No such file"),
        ((), "--set KEY=VALUE"),
    ):
        assert told in refuse(folder.path, "edit", own.id, *wrong)
    assert find_submission(folder, own.id).meta == found
    assert "no submission" in refuse(folder.path, "edit", "0123456789ab", "--set", "licence=MIT")


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
        "imhi-expert: scoring.toml names facebook/bart-large-cnn, float32; the scores are of"
        " another" in shown
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
    succeed(folder.path, "publish", "--reason", "a name", "--allow-pending")
    shown = [
        succeed(folder.path, "leaderboard", "--metric", "accuracy"),
        succeed(folder.path, "leaderboard", "--task", "demo/wellness", "--metric", "accuracy"),
        succeed(folder.path, "compare", name, "Majority label", "--metric", "accuracy"),
    ]
    assert all(name in one for one in shown)
    assert not any("\x1b" in one for one in shown)
