"""The words for how a system was asked or made."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.declarations.strategies import (
    NAME,
    StrategiesError,
    named_strategies,
    usable_strategies,
)
from submissions.generating.strategies import read_strategies
from submissions.life.decisions import edit_meta
from submissions.problems import SubmissionRefused
from submissions.receiving.intake import Accepted
from submissions.store.folder import DataFolder
from tests.boards import demo_board, gold_rows, submit

OWN = """
[[strategies]]
id = "chain-of-thought"
title = "Chain of thought"
means = "Asked to think first."

[[strategies]]
id = "both"
title = "Both, our way"
means = "As we ask."
"""


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def sent(board: DataFolder, tasks: dict[str, Task], where: Path, **declared: object) -> Accepted:
    return submit(board, tasks, where, gold_rows(board, tasks["demo/stress"]), **declared)


def test_mental_llms_seven_are_shipped_and_agree_with_the_prompts(tmp_path: Path) -> None:
    shipped = [*named_strategies(tmp_path)]
    asked = ["zero-shot", "context", "mental-health", "both", "few-shot"]
    assert shipped == [*asked, "single-dataset-tuning", "multi-dataset-tuning"]
    assert set(asked) <= set(read_strategies(DECLARATIONS / "prompts")[0])


def test_a_boards_own_stand_beside_the_shipped_and_before_them(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(OWN, encoding="utf-8")
    known = named_strategies(tmp_path)
    assert [*known][-1] == "chain-of-thought"
    assert known["both"].title == "Both, our way"
    assert known["few-shot"].title == "Few-shot"


def test_every_fault_of_a_file_is_told_and_the_shipped_do_not_stand_in(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(OWN.replace('"both"', '"chain-of-thought"'), encoding="utf-8")
    with pytest.raises(StrategiesError, match="the id 'chain-of-thought' stands there twice"):
        named_strategies(tmp_path)
    path.write_text('[[strategies]]\nid = "Zero shot"\ntitle = " "\n', encoding="utf-8")
    with pytest.raises(StrategiesError) as refused:
        named_strategies(tmp_path)
    assert [line.split(": ", 2)[2] for line in str(refused.value).splitlines()] == [
        "`id` is 'Zero shot'; it must be lower-case words with hyphens between them",
        "`title` is ' '; it must be text",
        "`means` is missing; it must be text",
    ]
    assert not usable_strategies(tmp_path)


def test_a_strategy_that_the_board_does_not_declare_is_asked_about(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        sent(board, tasks, tmp_path, strategy="fewshot")
    (problem,) = refused.value.problems
    assert (problem.field, problem.hint) == ("strategy", "did you mean 'few-shot'?")
    assert problem.allowed.startswith("zero-shot, context, ")
    own = sent(board, tasks, tmp_path, strategy="few-shot").submission
    assert own.meta.strategy == "few-shot"
    with pytest.raises(SubmissionRefused, match="not a strategy"):
        edit_meta(board, tasks, own, {"strategy": "chain-of-thought"}, "team")
    assert edit_meta(board, tasks, own, {"strategy": None}, "team").meta.strategy == "unknown"
    (board.path / NAME).write_text(OWN, encoding="utf-8")
    edited = edit_meta(board, tasks, own, {"strategy": "chain-of-thought"}, "team")
    (board.path / NAME).unlink()
    # What stands was declared under the words of then.
    again = {"strategy": "chain-of-thought", "description": "Another."}
    assert edit_meta(board, tasks, edited, again, "team").meta.strategy == "chain-of-thought"
