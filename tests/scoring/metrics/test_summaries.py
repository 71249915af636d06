"""Tasks that ask for a text alone: how it is read, and CLPsych's recalls of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer

from scoring.baselines import SYSTEMS
from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metrics import METRICS, metric
from scoring.metrics.clpsych_bertscore_recall import ClpsychBertRecall
from scoring.score import score
from scoring.segments import Example, Reading, Segments
from scoring.tasks import TASKS, Task

DECLARED = """
title = "Summary of a timeline"
family = "summarization"
dataset = "d"
platform = "reddit"
annotation = "human"
unit = "user"
kind = "summary"
labels = []
question = "Summarise the timeline."
headline = "rougel_recall"
references = "expert"
licence = "unknown"
citation = "unknown"
"""
GOLD = "They sleep badly in May. In June a new job brings hope, and they sleep."


@pytest.fixture(scope="module")
def task() -> Task:
    return TASKS.parse("test/summary", DECLARED)


def of(task: Task, *texts: str | None) -> Segments:
    examples = tuple(
        Example(str(i), str(i), "q", "post", "", GOLD, GOLD) for i in range(len(texts))
    )
    readings = tuple(read(task, output=text) for text in texts)
    return Segments(task, examples, texts, readings)


def test_all_that_is_said_is_the_text(task: Task) -> None:
    said = "Yes, they are stressed. Reasoning: their job.\nLabel: none of it is cut."
    reading = read(task, output=f"<think>hm</think>{said}")
    assert (reading.label, reading.rule, reading.reason) == ("", "whole", None)
    assert reading.explanation == said
    assert read(task, output="").reason == "the output is empty"
    assert read(task, output="raw", explanation="The summary alone.").explanation == (
        "The summary alone."
    )


def test_rouge_l_recall_is_the_librarys_on_the_first_350_words(task: Task) -> None:
    texts = ["A new job brings hope.", "sleep " * 350 + GOLD, "They sleep. In June they sleep."]
    scored = score(metric("rougel_recall"), [of(task, *texts, None)], Instruments())
    library = RougeScorer(["rougeL"], use_stemmer=True)
    cut = [" ".join(text.split()[:350]) for text in texts]
    expected = [library.score(GOLD, text)["rougeL"].recall for text in cut]
    assert scored.value == pytest.approx(np.mean(expected))
    assert (scored.n, scored.n_absent) == (3, 1)


def test_bertscore_recall_is_of_sentences(task: Task) -> None:
    measured = ClpsychBertRecall()
    (pairs,) = measured.pairs(of(task, "A job. They sleep."))
    first, second = "They sleep badly in May.", "In June a new job brings hope, and they sleep."
    assert pairs == tuple((gold, s) for s in ("A job.", "They sleep.") for gold in (first, second))
    outputs = np.array([[0, 0, 0.1], [0, 0, 0.7], [0, 0, 0.4], [0, 0, 0.2]])
    assert measured.combine(pairs, outputs) == pytest.approx((0.4 + 0.7) / 2)


def test_metrics_of_labels_say_nothing_of_it(task: Task) -> None:
    applying = {entry.name for entry in METRICS if entry.applies_to(task)}
    assert {"rougel_recall", "clpsych_consistency", "rougel", "words"} <= applying
    assert not applying & {"accuracy", "parse_rate", "jaccard", "brier"}
    assert "label_explanation_agreement" not in applying
    assert not metric("rougel_recall").applies_to(
        replace(task, kind="binary", labels=TASKS.parse("t/t", BINARY).labels)
    )


BINARY = DECLARED.replace('"summary"', '"binary"').replace(
    "labels = []", 'labels = [{name = "yes"}, {name = "no"}]'
)


def test_baselines_write_texts(task: Task) -> None:
    examples = of(task, *[GOLD] * 4).examples
    for system in SYSTEMS:
        answers = system.answer(task, examples, examples)
        assert {answer.label for answer in answers} == {""}
        assert not any("Reasoning:" in answer.output for answer in answers)


def test_a_summary_declares_no_labels() -> None:
    with pytest.raises(Exception, match="a summary states no label"):
        TASKS.parse("test/summary", BINARY.replace('"binary"', '"summary"'))


def test_a_reading_without_a_text_is_unparsed(task: Task) -> None:
    assert read(task, output=None) == Reading(None, None, "the output is empty", None)
