"""Metrics of evidence: against scikit-learn, and CLPsych's formula written out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.metrics.evidence_recall import BERT_RECALLS, WORD_RECALLS
from scoring.score import score
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Label, Task

POST = "I lie awake all night. Work is on my mind, and I cry in the lift. I lie awake again."
TASK = Task(
    "test/evidence",
    "T",
    "f",
    "d",
    "reddit",
    "human",
    "post",
    "binary",
    (Label("yes"), Label("no")),
    "q",
    "evidence_f1",
    "none",
    "MIT",
    "c",
    evidence=True,
)
Passages = tuple[str, ...] | None


def segments(*rows: tuple[Passages, Passages]) -> Segments:
    examples = tuple(
        Example(str(i), str(i), "q", POST, "yes", evidence=gold) for i, (gold, _) in enumerate(rows)
    )
    readings = tuple(Reading("yes", "given", None, None, evidence=given) for _, given in rows)
    return Segments(TASK, examples, (None,) * len(rows), readings)


def value(name: str, gold: Passages, given: Passages) -> float | None:
    return score(metric(name), [segments((gold, given))], Instruments()).value


def test_token_f1_equals_scikit_learn() -> None:
    # 20 words: of the gold 5 to 9 and 11 to 15, of the system 7 to 13.
    marked = {
        "gold": ("Work is on my mind", "I cry in the lift"),
        "given": ("on my mind, and I CRY in",),
    }
    gold = np.array([5 <= i < 10 or 11 <= i < 16 for i in range(20)])
    given = np.array([7 <= i < 14 for i in range(20)])
    assert value("evidence_f1", *marked.values()) == pytest.approx(f1_score(gold, given))


def test_a_passage_that_is_not_the_posts_is_all_wrong() -> None:
    assert value("evidence_f1", ("I cry",), ("I cry", "very sad")) == pytest.approx(2 * 2 / (2 + 4))
    assert value("evidence_verified", ("I cry",), ("i CRY!", "very sad")) == 0.5


def words(text: str) -> list[str]:
    return text.lower().replace(",", "").split()


def f1(first: str, second: str) -> float:
    left, right = Counter(words(first)), Counter(words(second))
    shared = (left & right).total()
    precision, recall = shared / right.total(), shared / left.total()
    return 2 * precision * recall / (precision + recall) if shared else 0.0


def test_recall_is_clpsychs_formula() -> None:
    gold, given = ("Work is on my mind", "I cry in the lift"), ("my mind", "I cry", "all night")
    best = [max(f1(each, other) for other in given) for each in gold]
    assert value("evidence_recall", gold, given) == pytest.approx(sum(best) / 2)
    assert value("evidence_weighted_recall", gold, given) == pytest.approx(sum(best) / 2)
    whole = (POST,)
    copied = sum(f1(each, POST.replace(".", "")) for each in gold) / 2
    assert value("evidence_recall", gold, whole) == pytest.approx(copied)
    assert value("evidence_weighted_recall", gold, whole) == pytest.approx(copied * 10 / 20)


def test_recall_by_bertscore_takes_the_best_passage_of_each() -> None:
    plain, weighted = BERT_RECALLS
    (pairs,) = plain.pairs(segments((("one two", "three"), ("four", "five", "four"))))
    assert pairs == tuple(
        (gold, given) for given in ("four", "five") for gold in ("one two", "three")
    )
    outputs = np.array([[0, 0, 0.2], [0, 0, 0.5], [0, 0, 0.6], [0, 0, 0.1]])
    assert plain.combine(pairs, outputs) == pytest.approx((0.6 + 0.5) / 2)
    assert weighted.combine(pairs, outputs) == pytest.approx((0.6 + 0.5) / 2)
    (longer,) = weighted.pairs(segments((("one two",), ("one two three four five",))))
    assert weighted.combine(longer, np.array([[0, 0, 0.5]])) == pytest.approx(0.5 * 2 / 5)


def test_an_empty_list_has_no_recall_by_either_likeness() -> None:
    for words_, bert in zip(WORD_RECALLS, BERT_RECALLS, strict=True):
        assert value(words_.name, ("I cry", "my mind"), ()) == 0
        ((first, *rest), no_gold, no_list) = bert.pairs(
            segments((("I cry", "my mind"), ()), ((), ()), (("I cry",), None))
        )
        # Whatever a model says of no text: rescaled values of it are below 0.
        assert bert.combine((first, *rest), np.full((2, 3), -0.7)) == 0
        assert (no_gold, no_list) == ((), ())
        assert bert.counted_by == words_.counted_by == "evidence_f1"


def test_ends() -> None:
    assert value("evidence_f1", (), ()) == 1
    assert value("evidence_f1", (), ("I cry",)) == 0
    assert value("evidence_f1", ("I cry",), ()) == 0
    assert value("evidence_recall", ("I cry",), ()) == 0
    assert value("evidence_recall", (), ("I cry",)) is None
    for name in ("evidence_f1", "evidence_recall", "evidence_verified"):
        assert value(name, ("I cry",), None) is None
        assert value(name, None, ("I cry",)) is None
    assert not metric("evidence_f1").applies_to(replace(TASK, evidence=False))
