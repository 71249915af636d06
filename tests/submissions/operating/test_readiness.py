"""`benchmark doctor`: what a benchmark lacks for which view, and which posts are in two sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.operating.common_posts import RepeatedRow, common_posts
from submissions.operating.readiness import MISSING, PRESENT, VIEWS, Need, readiness
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.boards import demo_board, gold_rows, submit
from tests.commands import reasonboard


@pytest.fixture
def board(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "board")
    prepare(folder)
    return folder


def _of(needs: tuple[Need, ...]) -> dict[tuple[str, str], Need]:
    return {(need.view, need.what): need for need in needs}


def test_an_empty_benchmark_lacks_everything(board: DataFolder, tasks: dict[str, Task]) -> None:
    needs = readiness(board, tasks, "mental-llm")
    assert [view for view in VIEWS if any(need.view == view for need in needs)] == list(VIEWS)
    missing = _of(needs)
    assert missing["board", "gold of mental-llm/sdcnl"].prevents
    assert "benchmark import mental-llm DIR" in missing["board", "gold of mental-llm/sdcnl"].detail
    assert missing["explanations", "references"].state == MISSING
    assert missing["generalization", "a protocol"].state == PRESENT
    with pytest.raises(ReasonBoardError, match="did you mean 'mental-llm'"):
        readiness(board, tasks, "mental-lm")


def test_what_is_imported_and_sent_is_no_more_missing(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "board", tasks, ["stress", "low-mood"])
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/stress"]), system="Right answers")
    needs = _of(readiness(folder, tasks, "demo"))
    assert needs["board", "systems"].state == PRESENT
    assert needs["board", "gold of demo/stress"].state == PRESENT
    assert not needs["board", "gold of demo/wellness"].prevents
    assert needs["board", "scores"].prevents
    assert "score --benchmark demo" in needs["board", "scores"].detail
    assert needs["platforms", "a contrast of two platforms"].detail == "twitter less reddit"
    assert needs["explanations", "references"].detail == "written by project"
    assert needs["human validity", "a round or file of ratings"].state == MISSING


def test_a_faulty_task_and_a_small_one_prevent_publishing(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    path = tmp_path / "d.csv"
    path.write_text("id,text,label\n1,Hm,yes\n2,Oh,no\n")
    store_gold(board, tasks, [import_csv(path, tasks["mental-llm/dreaddit"])])
    own = board.path / "tasks" / "mental-llm" / "new.toml"
    own.parent.mkdir(parents=True)
    own.write_text('title = "x"\n')
    needs = _of(readiness(board, tasks, "mental-llm"))
    assert needs["board", "rows enough"].prevents
    assert needs["board", "declaration mental-llm/new"].prevents
    assert "`family` is missing" in needs["board", "declaration mental-llm/new"].detail


def _posts(board: DataFolder, tasks: Mapping[str, Task], tmp_path: Path) -> None:
    """Two tasks with a post in common, and a repeated row."""
    text = "I have not slept for three nights and the baby cries until it is light outside"
    rows = {
        "dreaddit": [f"d1,{text},yes", "d2,We went to the lake,no", "d3,we went TO the lake!,yes"],
        "depseverity-2": [f"s1,{text.rsplit(' ', 4)[0]},yes", "s2,The bus was late again today,no"],
    }
    for name, own in rows.items():
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(["id,text,label", *own, ""]))
        store_gold(board, tasks, [import_csv(path, tasks[f"mental-llm/{name}"])])


def test_posts_in_two_sets_are_named_and_not_quoted(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    _posts(board, tasks, tmp_path)
    train = tmp_path / "train.csv"
    train.write_text("text\nTHE BUS was late again today\nsomething else\n")
    common = common_posts(board, tasks, "mental-llm", [train])
    shared = {(first, second): (same, near) for first, second, same, near in common.shared()}
    assert shared == {
        ("mental-llm/depseverity-2", "mental-llm/dreaddit"): (0, 1),
        ("mental-llm/depseverity-2", str(train)): (1, 0),
    }
    assert common.repeated == (RepeatedRow("mental-llm/dreaddit", "d2", "d3", same_label=False),)
    assert "has seen posts of" in common.advice("mental-llm/dreaddit", "mental-llm/depseverity-2")
    assert common.advice("mental-llm/dreaddit", str(train)).startswith("trained on and tested on")
    assert common_posts(board, tasks, "imhi").pairs == ()

    done = reasonboard(board.path, "benchmark", "doctor", "mental-llm", "--train", train)
    assert done.status == 1
    assert "to put right before it can be published" in done.out
    assert "s1 = d1" in done.out
    assert "d3 repeats d2, with ANOTHER LABEL" in done.out
    assert "baby" not in done.out
    written = reasonboard(board.path, "benchmark", "doctor", "mental-llm", "--format", "json")
    stated = json.loads(written.out)
    assert stated.keys() == {"needs", "pairs", "repeated"}
    assert stated["pairs"] == [
        {
            "first_set": "mental-llm/depseverity-2",
            "first_id": "s1",
            "second_set": "mental-llm/dreaddit",
            "second_id": "d1",
            "shared": 1.0,
            "same": False,
        }
    ]
