"""Pages, command and API on a board whose examples are of several posts, and whose answers are texts
without a label.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from app.site.tables.side_by_side import ComparedAnswers, example_frame, filtered, filters
from scoring.metrics import metric
from scoring.segments import Example, Reading
from submissions.releasing.itemwise import Answers
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.app.grids import table
from tests.app.saying import said
from tests.boards import a_run, gold_rows, publish_with_blanks, submit, workplace
from tests.commands import refuse, succeed
from tests.histories import SHARED, TASK, import_timelines, text

FEW = tuple(map(metric, ("words", "rougel_recall")))


@dataclass(frozen=True)
class Board:
    """Where it lies, and the ids of its systems, "Terse" and "Full"."""

    path: Path
    systems: list[str]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    where = tmp_path_factory.mktemp("timelines")
    folder = DataFolder(where / "data")
    prepare(folder)
    (folder.path / "scoring.toml").write_text('[similarity.demo]\ncheckpoint = "none"\n')
    tasks = import_timelines(folder, where)
    gold = gold_rows(folder, tasks[TASK])
    terse = [{**row, "output": "Long shifts." if n else ""} for n, row in enumerate(gold)]
    ids = [
        submit(folder, tasks, where, rows, system=name).submission.id
        for name, rows in (("Terse", terse), ("Full", gold))
    ]
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))
    publish_with_blanks(folder, tasks, "me", "first")
    return Board(folder.path, ids)


def test_compare_offers_what_means_something_without_labels(open_page, board: Board) -> None:
    asked = {
        "data": board.path,
        "benchmark": "demo",
        "system": board.systems,
        "metric": "rougel_recall",
    }
    site = open_page("compare", score="rougel_recall", **asked)
    offered = site.selectbox(key="show").options
    assert offered == [
        "All examples",
        "Terse scores higher",
        "Full scores higher",
        "A poor score",
        "An output without a text",
    ]
    every = table(site, "spread")
    assert len(every) == 13
    assert "gold" not in every
    assert "label 0" not in every
    assert every["spread"].dropna().is_monotonic_decreasing
    more = table(open_page("compare", score="rougel_recall", show="more-1", **asked), "spread")
    assert (more["score 1"] > more["score 0"]).all()
    # One was left without a text, and has no score to be lower.
    assert len(more) == 12
    silent = table(open_page("compare", show="unparsed", **asked), "spread")
    assert silent["example"].tolist() == ["t0"]


def test_posts_stand_apart_and_nothing_is_called_right(open_page, board: Board) -> None:
    site = open_page(
        "explorer",
        data=board.path,
        benchmark="demo",
        task=TASK,
        example=f"{TASK}:t1",
        system=board.systems,
    )
    assert "none of them right or wrong" in said(site)
    assert not [box for box in site.selectbox if box.key == "show"]
    for button in [button for button in site.button if "I understand" in button.label]:
        button.click().run()
    shown = said(site)
    assert f"**Post 1 of 3 (p0).** {SHARED.split(',')[0]}" in shown
    assert "**Post 3 of 3 (p2).**" in shown
    assert text(1, 2).split(":")[0] in shown
    assert "**Gold:**" not in shown
    assert ", wrong" not in shown


def test_the_command_compares_by_the_headline(board: Board) -> None:
    (row,) = json.loads(succeed(board.path, "compare", "Terse", "Full", "--format", "json"))
    assert row["metric"] == "rougel_recall"


def test_commands_name_the_posts_file_and_a_post(board: Board) -> None:
    gold, posts = (board.path.parent / name for name in ("timelines.csv", "posts.csv"))
    again = succeed(board.path, "benchmark", "import", TASK, gold, "--posts", posts)
    assert "found, 13 rows" in again
    asked = ("redact", TASK, "t0", "--reason", "asked for", "--post")
    assert "'p9' is not a post of example 't0'" in refuse(board.path, *asked, "p9")
    assert "do not go together" in refuse(board.path, *asked, "p1", "--submission", "x")


@pytest.fixture
def both() -> pd.DataFrame:
    """Two systems on a task of labels and one of texts."""

    def answers(*labels: str | None) -> Answers:
        return Answers(tuple(Reading(label, "r", None, "e") for label in labels), labels, 1)

    labelled = ComparedAnswers(
        "t/labels",
        tuple(Example(str(n), str(n), "q", "p", "yes") for n in range(2)),
        [answers("yes", "no"), answers("yes", "yes")],
        [None, None],
    )
    texts = ComparedAnswers(
        "t/texts",
        tuple(Example(str(n), str(n), "q", "p", "") for n in range(2)),
        [answers("", None), answers("", "")],
        [None, None],
        labelled=False,
    )
    return example_frame([labelled, texts])


@pytest.mark.parametrize(
    ("show", "kept"),
    [
        ("all", ["t/labels 0", "t/labels 1", "t/texts 0", "t/texts 1"]),
        ("right", ["t/labels 0"]),
        ("wrong", []),
        ("only-1", ["t/labels 1"]),
        ("differ", ["t/labels 1"]),
        ("unparsed", ["t/texts 1"]),
        ("more-0", []),
        ("low", []),
    ],
)
def test_of_tasks_of_both_kinds_labels_are_asked_where_there_are_any(
    both: pd.DataFrame, show: str, kept: list[str]
) -> None:
    assert show in filters(["A", "B"], texts_alone=True)
    rows = filtered(both, 2, show, higher_is_better=True)
    assert (rows["task"] + " " + rows["example"]).tolist() == kept
