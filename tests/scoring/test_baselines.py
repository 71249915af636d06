from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.baselines import (
    SYSTEMS,
    TRIVIAL,
    System,
    keywords,
    majority_label,
    shuffled_references,
)
from scoring.errors import ScoringError
from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.score import score
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Task

DEMO = Path(__file__).parents[2] / "leaderboard_data" / "demo"
EACH = pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)


def demo(task: Task, split: str) -> list[Example]:
    text = (DEMO / split / f"{task.id.split('/')[1]}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return [
        Example(
            row["id"],
            row.get("post_id") or row["id"],
            row["text"],
            row["text"],
            row["label"],
            row["reference"],
            attributes=dict(
                pair.split("=", 1) for pair in (row.get("attributes") or "").split(";") if pair
            ),
        )
        for row in rows
    ]


def demo_tasks(tasks: dict[str, Task]) -> list[Task]:
    return [task for task in tasks.values() if task.demonstration]


def accuracy(task: Task, examples: Sequence[Example], labels: Sequence[str]) -> float | None:
    readings = tuple(Reading(label, "given", None, None) for label in labels)
    segments = Segments(task, tuple(examples), (None,) * len(examples), readings)
    return score(metric("accuracy"), [segments], Instruments(), draws=10).value


def by_name(name: str) -> System:
    return next(system for system in SYSTEMS if system.name == name)


def test_names_are_unique_and_the_trivial_ones_need_no_training() -> None:
    assert len({system.name for system in SYSTEMS}) == len(SYSTEMS) == 6
    assert [system.trained for system in TRIVIAL] == [False] * 4
    assert all(system.description.endswith(".") for system in SYSTEMS)


@EACH
def test_answers_are_in_the_benchmarks_form_and_the_same_each_time(
    system: System, tasks: dict[str, Task]
) -> None:
    for task in demo_tasks(tasks):
        examples, train = demo(task, "test"), demo(task, "train")
        answers = system.answer(task, examples, train)
        assert answers == system.answer(task, examples, train)
        assert len(answers) == len(examples)
        for answer in answers:
            sentence, explanation = answer.output.split(" Reasoning: ", 1)
            assert read(task, output=answer.output).label == answer.label
            assert sentence.startswith(task.sentence(answer.label).rstrip("."))
            assert explanation.strip()


@pytest.mark.parametrize("system", TRIVIAL, ids=lambda system: system.name)
def test_trivial_systems_answer_every_declared_task(system: System, tasks: dict[str, Task]) -> None:
    for task in tasks.values():
        attributes = {name: values[0] for name, values in task.attributes.items()}
        examples = [
            Example(
                str(i), f"p{i}", "q", f"post {i}", label, f"reference {i}", attributes=attributes
            )
            for i, label in enumerate([*task.label_names, task.label_names[-1]])
        ]
        for answer in system.answer(task, examples):
            assert answer.label == task.label_names[-1]
            assert "{" not in answer.output
            assert ("Reasoning:" in answer.output) == task.explained


def test_the_trivial_systems_give_the_most_frequent_test_label(tasks: dict[str, Task]) -> None:
    for task in demo_tasks(tasks):
        examples = demo(task, "test")
        share = max(Counter(example.gold for example in examples).values()) / len(examples)
        for system in TRIVIAL:
            labels = [answer.label for answer in system.answer(task, examples)]
            assert accuracy(task, examples, labels) == pytest.approx(share)


def test_equally_frequent_labels_are_taken_in_declared_order(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    examples = [
        Example(str(i), str(i), "q", "p", label)
        for i, label in enumerate(reversed(task.label_names))
    ]
    assert majority_label(task, examples) == task.label_names[0]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=60), st.integers(0, 2**32 - 1))
def test_shuffled_references_come_from_other_posts_each_once(posts: list[int], seed: int) -> None:
    examples = [
        Example(str(i), f"p{post}", "q", "p", "yes", f"reference {i}")
        for i, post in enumerate(posts)
    ]
    largest = max(Counter(posts).values())
    given_to = shuffled_references(examples, np.random.default_rng(seed))
    if 2 * largest > len(posts):
        assert given_to == {}
        return
    assert sorted(given_to) == list(range(len(posts)))
    donors = [int(text.removeprefix("reference ")) for text in given_to.values()]
    assert sorted(donors) == list(range(len(posts)))
    assert all(posts[row] != posts[donor] for row, donor in zip(given_to, donors, strict=True))


def test_examples_without_a_reference_get_no_shuffled_one(tasks: dict[str, Task]) -> None:
    texts = ["first", None, "second", ""]
    examples = [Example(str(i), str(i), "q", "p", "yes", text) for i, text in enumerate(texts)]
    outputs = [
        answer.output
        for answer in by_name("Shuffled references").answer(tasks["demo/stress"], examples)
    ]
    assert [output.split(" Reasoning: ")[1:] for output in outputs] == [
        ["second"],
        [],
        ["first"],
        [],
    ]


def test_keywords_follow_their_rule(tasks: dict[str, Task]) -> None:
    posts = {
        "yes": ["deadline deadline panic", "deadline garden", "panic tonight"],
        "no": ["garden garden", "garden tea", "tea tonight"],
    }
    train = [
        Example(post, post, "q", post, label) for label, texts in posts.items() for post in texts
    ]
    found = keywords(tasks["demo/stress"], train)
    # "garden" stands in two posts of "no" and one of "yes"; "tonight" sets nothing apart.
    assert found == {"yes": ("deadline", "panic"), "no": ("tea", "garden")}


@pytest.mark.parametrize("name", ["Keyword rules", "TF-IDF and logistic regression"])
def test_trained_systems_learn_what_words_tell(name: str, tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    train = [
        Example(str(i), str(i), "q", f"{post} {i}", label)
        for i, (post, label) in enumerate(
            [("the deadline brings panic", "yes"), ("tea in the garden", "no")] * 6
        )
    ]
    test = [
        Example("a", "a", "q", "Panic again, another deadline!", "yes"),
        Example("b", "b", "q", "A quiet garden.", "no"),
    ]
    answers = by_name(name).answer(task, test, train)
    assert [answer.label for answer in answers] == ["yes", "no"]
    assert "panic" in answers[0].output
    assert "garden" in answers[1].output


@pytest.mark.parametrize("name", ["Keyword rules", "TF-IDF and logistic regression"])
def test_trained_systems_learn_each_question_on_its_own(name: str, tasks: dict[str, Task]) -> None:
    task = tasks["demo/wellness"]
    asked = task.attributes["dimension"][:2]
    train = [
        Example(
            f"{i}{dimension}",
            str(i),
            "q",
            f"{word} {word} {i}",
            "yes" if word == telling else "no",
            attributes={"dimension": dimension},
        )
        for i, word in enumerate(["pillow", "friends"] * 5)
        for dimension, telling in zip(asked, ("pillow", "friends"), strict=True)
    ]
    test = [
        Example(name, "x", "q", "a pillow", "yes", attributes={"dimension": name}) for name in asked
    ]
    assert [answer.label for answer in by_name(name).answer(task, test, train)] == ["yes", "no"]
    unseen = Example(
        "u", "u", "q", "a pillow", "yes", attributes={"dimension": task.attributes["dimension"][2]}
    )
    with pytest.raises(ScoringError, match="which the train split lacks"):
        by_name(name).answer(task, [unseen], train)


def test_a_train_split_of_one_label_teaches_that_label(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    train = [Example(str(i), str(i), "q", f"post about tea {i}", "no") for i in range(4)]
    for name in ("Keyword rules", "TF-IDF and logistic regression"):
        assert [answer.label for answer in by_name(name).answer(task, train, train)] == ["no"] * 4


def test_what_a_system_lacks_is_said(tasks: dict[str, Task]) -> None:
    task = tasks["demo/stress"]
    example = Example("1", "1", "q", "p", "yes", "r")
    with pytest.raises(ScoringError, match="Keyword rules: demo/stress has no train split"):
        by_name("Keyword rules").answer(task, [example])
    with pytest.raises(ScoringError, match="Majority label: demo/stress has no examples"):
        by_name("Majority label").answer(task, [])
