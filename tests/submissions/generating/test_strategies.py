"""Declared prompt strategies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given

from scoring.tasks import UNKNOWN, Task
from submissions.declarations.settings import DECLARATIONS
from submissions.generating.prompts import fault_of, filled
from submissions.generating.strategies import (
    StrategyError,
    board_strategies,
    declared_strategy,
    every_wording,
    parse_strategy,
    read_strategies,
)
from tests.declarations import HOSTILE, check_read_or_refused, toml_texts
from tests.generating import an_example

GOOD = """
title = "T"
source = "S"
template = "{post} {question} {instruction}"
instruction = "Only {labels}."
"""


def test_those_of_the_two_papers_are_shipped_without_a_fault() -> None:
    strategies, faults = read_strategies(DECLARATIONS / "prompts")
    assert faults == ()
    assert set(strategies) == {
        "zero-shot",
        "context",
        "mental-health",
        "both",
        "few-shot",
        "imhi",
    }
    assert not strategies["imhi"].chat
    assert {name for name, strategy in strategies.items() if strategy.shots} == {"few-shot"}


def test_what_few_shot_declares_is_in_the_train_splits(tasks: dict[str, Task]) -> None:
    declared = read_strategies(DECLARATIONS / "prompts")[0]["few-shot"].examples
    assert set(declared) == {name for name in tasks if name.startswith("demo/")}
    for task, ids in declared.items():
        split = DECLARATIONS / "demo" / "train" / f"{task.split('/')[1]}.csv"
        text = split.read_text(encoding="utf-8")
        assert all(f"\n{name}," in text for name in ids)


def test_every_one_can_be_filled_for_every_task_or_says_why_not(tasks: dict[str, Task]) -> None:
    for strategy in read_strategies(DECLARATIONS / "prompts")[0].values():
        for task in tasks.values():
            if task.question == UNKNOWN and strategy.id != "imhi":
                assert "declares none" in fault_of(strategy, task)
                continue
            assert fault_of(strategy, task) == ""
            prompt = filled(strategy, task, an_example(task))
            assert "POST" in prompt
            assert "{" not in prompt
            assert "unknown" not in prompt


def test_wordings_are_named_by_what_is_not_their_first() -> None:
    strategies = read_strategies(DECLARATIONS / "prompts")[0]
    wordings = strategies["context"].wordings(2)
    assert [each.id for each in wordings] == ["context", "context-q2", "context-2", "context-2-q2"]
    assert len({each.sha256 for each in wordings}) == 4
    for each in wordings:
        assert declared_strategy(strategies, each.id) == each
    assert [each.id for each in strategies["imhi"].wordings(3)] == ["imhi"]
    for name in ("context-3", "imhi-q2", "contxt-2"):
        with pytest.raises(StrategyError, match="not a declared prompt strategy"):
            declared_strategy(strategies, name)


def test_no_prompt_is_asked_under_two_names() -> None:
    context = parse_strategy("context", f"{GOOD}rewordings = ['{{post}} Well? {{question}}']")
    second = parse_strategy("second", f"{GOOD}asks = 2")
    strategies = {"context": context, "second": second}
    for name, wordings in (
        ("second", ["second-q1", "second", "second-q3"]),
        ("second-q1", ["second-q1"]),
        ("context-q2", ["context-q2"]),
    ):
        asked = every_wording(strategies, declared_strategy(strategies, name), 3)
        assert [each.id for each in asked] == wordings
        assert len({(each.template, each.asks) for each in asked}) == len(asked)
        assert [declared_strategy(strategies, each.id) for each in asked] == list(asked)
    assert [each.asks for each in second.wordings(3)] == [1, 2, 3]
    assert [each.id for each in second.wordings(1)] == ["second-q1", "second"]
    for name in ("second-q2", "context-q1", "context-1"):
        with pytest.raises(StrategyError, match="not a declared prompt strategy"):
            declared_strategy(strategies, name)


def test_wordings_from_the_tenth_on_are_named_too() -> None:
    strategies = {"x": parse_strategy("x", GOOD)}
    last = strategies["x"].wordings(10)[-1]
    assert last.id == "x-q10"
    assert declared_strategy(strategies, "x-q10") == last


def test_a_wording_that_is_called_as_a_strategy_is_refused() -> None:
    strategies = {
        "context": parse_strategy("context", f"{GOOD}rewordings = ['{{post}} Well?']"),
        "context-2": parse_strategy("context-2", GOOD),
    }
    with pytest.raises(StrategyError, match=r"context-2: both a wording of context .* rename"):
        every_wording(strategies, strategies["context"], 1)
    assert declared_strategy(strategies, "context-2") is strategies["context-2"]


def test_a_strategy_without_other_wordings_keeps_the_hash_that_runs_were_begun_with() -> None:
    # As computed before there were wordings.
    assert parse_strategy("x", GOOD).sha256[:16] == "adaa8e8c89b59eec"
    more = f"{GOOD}rewordings = ['{{post}} Well?']"
    assert parse_strategy("x", more).sha256 == parse_strategy("x", GOOD).sha256


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rewordings = ['{question}']", "no place for the post"),
        ("rewordings = ['{post} {answer}']", "`rewordings` has a place {answer}"),
        ("rewordings = ['{post} {question} {instruction}']", "twice in the same words"),
        ("asks = 0", "1 or more"),
    ],
)
def test_wordings_that_make_no_sense_are_refused(line: str, said: str) -> None:
    with pytest.raises(StrategyError, match=said):
        parse_strategy("x", f"{GOOD}{line}")


def test_a_wording_that_a_task_does_not_declare_is_told(tasks: dict[str, Task]) -> None:
    strategy = read_strategies(DECLARATIONS / "prompts")[0]["context"].wording(question=4)
    said = fault_of(strategy, tasks["demo/stress"])
    assert "in wording 4, and demo/stress declares 3 wordings" in said


def test_a_boards_own_stands_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "zero-shot.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "prompts" / "mine.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "prompts" / "both.toml").write_text("title = 1", encoding="utf-8")
    strategies = board_strategies(tmp_path)
    assert strategies["zero-shot"].title == strategies["mine"].title == "T"
    assert "both" not in strategies
    assert strategies["context"].title == "Zero-shot with context"


def test_it_is_named_with_a_plus_too_and_a_wrong_name_is_told_the_nearest() -> None:
    strategies = read_strategies(DECLARATIONS / "prompts")[0]
    assert declared_strategy(strategies, "+mental-health") is strategies["mental-health"]
    with pytest.raises(StrategyError, match="did you mean 'zero-shot'"):
        declared_strategy(strategies, "zeroshot")


def test_every_fault_is_told_at_once() -> None:
    text = GOOD.replace("{question}", "{answer}").replace("{labels}", "{post}")
    with pytest.raises(StrategyError) as refused:
        parse_strategy("x", f"{text}\n[examples]\n'demo/stress' = ['a']")
    assert str(refused.value).splitlines() == [
        "strategy x: `template` has a place {answer}; allowed: post, question, query, instruction",
        "strategy x: `instruction` has a place {post}; allowed: labels",
        "strategy x: `examples` are declared, and `shots` is 0: say how many there are",
    ]
    with pytest.raises(StrategyError, match="no place for the post"):
        parse_strategy("x", GOOD.replace("{post}", "").replace("{question}", ""))


def test_whatever_changes_the_prompt_changes_the_hash() -> None:
    first = parse_strategy("x", GOOD)
    for changed in (GOOD.replace("Only", "Just"), f"{GOOD}chat = false", f"{GOOD}version = 2"):
        assert parse_strategy("x", changed).sha256 != first.sha256
    assert parse_strategy("x", f"# a comment\n{GOOD}").sha256 == first.sha256


@given(toml_texts(GOOD, ("title", "template", "instruction", "shots", "examples", "chat")))
@example(HOSTILE[0])
@example(HOSTILE[2])
def test_any_text_is_read_or_refused(text: str) -> None:
    check_read_or_refused(lambda text: parse_strategy("x", text), StrategyError, text)
