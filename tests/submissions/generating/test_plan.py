"""Repetitions, requests, and what is refused before anything is generated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scoring.segments import REDACTED
from scoring.tasks import Task
from submissions.asking.texts import Decoding, GenerationError
from submissions.generating.plan import repetitions
from submissions.generating.run import GenerationOrder, planned
from submissions.store.files.gold import TakenDown
from submissions.store.files.posts import PostStore
from tests.generating import a_plan, gold_board


def test_repetitions_are_the_seeds_of_each_prompt_in_turn() -> None:
    found = repetitions(["a", "b"], [7, 3], Decoding(8, temperature=0.5))
    assert [(r.repetition, r.prompt, r.seed) for r in found] == [
        (1, "a", 7),
        (2, "a", 3),
        (3, "b", 7),
        (4, "b", 3),
    ]


@pytest.mark.parametrize(
    ("prompts", "seeds", "temperature", "said"),
    [
        (["a"], [1, 2], 0.0, "every text would be the same"),
        (["a", "a"], [1], 0.0, "--prompt a is named twice"),
        (["a"], [1, 1], 1.0, "--seed 1 is named twice"),
        (["a"], [-1], 1.0, "--seed is -1"),
        (["a", "b"], list(range(51)), 1.0, "more than the 100 repetitions"),
    ],
)
def test_repetitions_that_make_no_sense_are_refused(
    prompts: list[str], seeds: list[int], temperature: float, said: str
) -> None:
    with pytest.raises(GenerationError, match=said):
        repetitions(prompts, seeds, Decoding(8, temperature))


def test_every_fault_of_the_decoding_is_told() -> None:
    with pytest.raises(GenerationError) as refused:
        Decoding(0, -1.0, 0.0)
    assert len(str(refused.value).splitlines()) == 3
    with pytest.raises(GenerationError, match="--temperature is nan"):
        Decoding(1, float("nan"))


def test_every_example_is_asked_once_by_each_prompt_and_seed(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = gold_board(tmp_path / "data", tasks, "stress", "strain-level")
    plan = a_plan(
        folder,
        tasks,
        tmp_path / "out.jsonl",
        prompts=("zero-shot", "+both"),
        seeds=(1, 2, 3),
        decoding=Decoding(8, 0.5),
    )
    assert len({request.key for request in plan.requests}) == len(plan.requests) == 80 * 2 * 3
    assert plan.posts == 80
    assert {request.key.prompt for request in plan.requests} == {"zero-shot", "both"}


def test_a_post_that_was_taken_down_is_asked_about_by_nobody(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = gold_board(tmp_path / "data", tasks, "stress")
    store, task = PostStore(folder.posts), tasks["demo/stress"]
    gone = store.examples(task)[4]
    store.redact(store.standing(TakenDown(lambda text: text == gone.post)))
    plan = a_plan(folder, tasks, tmp_path / "out.jsonl")
    assert len(plan.requests) == 39
    assert gone.example_id not in {request.key.example_id for request in plan.requests}
    assert not any(REDACTED in request.prompt() for request in plan.requests)
    assert plan.posts == 39


def test_what_cannot_be_asked_is_told_with_what_to_do(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = gold_board(tmp_path / "data", tasks, "stress")
    order = GenerationOrder("demo", tmp_path / "o.jsonl", ("zero-shot",), (1,), Decoding(8))
    for changes, said in (
        ({"benchmark": "dmeo"}, "'dmeo' is not a benchmark; there are: demo"),
        ({"benchmark": "imhi"}, "benchmark import"),
        ({"tasks": ("demo/wellness",)}, "its gold data are not imported"),
        ({"tasks": ("imhi/dr",)}, "imhi/dr: not of the benchmark demo"),
        ({"tasks": ("demo/stres",)}, "did you mean 'demo/stress'"),
        ({"prompts": ("few-shot",)}, "--train"),
        ({"prompts": ("zero",)}, "not a declared prompt strategy"),
    ):
        with pytest.raises(Exception, match=said):
            planned(folder, tasks, replace(order, **changes))  # type: ignore[arg-type]


def test_a_task_without_a_question_is_told(tasks: dict[str, Task], tmp_path: Path) -> None:
    silent = {**tasks, "demo/stress": replace(tasks["demo/stress"], question="unknown")}
    folder = gold_board(tmp_path / "data", tasks, "stress")
    with pytest.raises(GenerationError, match="demo/stress declares none"):
        a_plan(folder, silent, tmp_path / "o.jsonl")


def test_every_wording_is_a_repetition_as_far_as_all_tasks_have_it(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    folder = gold_board(tmp_path / "data", tasks, "stress", "strain-level")
    order = GenerationOrder(
        "demo", tmp_path / "o.jsonl", ("zero-shot", "both"), (1,), Decoding(8), every_wording=True
    )
    plan = planned(folder, tasks, order)
    both = [
        f"both{template}{question}" for template in ("", "-2") for question in ("", "-q2", "-q3")
    ]
    prompts = ["zero-shot", "zero-shot-q2", "zero-shot-q3", *both]
    assert [repetition.prompt for repetition in plan.repetitions] == prompts
    assert not plan.notes
    asked = {request.key.prompt: request.prompt() for request in plan.requests}
    assert len(set(asked.values())) == len(prompts)
    stated = plan.identity["prompts"]["both-q2"]["questions"]
    assert stated["demo/stress"] == tasks["demo/stress"].rewordings[0]
    poor = {**tasks, "demo/stress": replace(tasks["demo/stress"], rewordings=())}
    plan = planned(folder, poor, order)
    assert [r.prompt for r in plan.repetitions] == ["zero-shot", "both", "both-2"]
    assert "of 3 wordings of a question 1 can be asked of every task: demo/stress" in plan.notes[0]
