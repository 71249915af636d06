"""Metrics of tasks that take several labels, against scikit-learn on label indicators."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, jaccard_score

from scoring.errors import ScoringError
from scoring.instruments import Instruments
from scoring.metrics import METRICS, metric
from scoring.metrics.label_f1 import LabelF1
from scoring.score import score
from scoring.segments import Segments

LABELS = ("a", "b", "c", "d")
Make = Callable[..., Segments]
SETS = st.sets(st.sampled_from(LABELS))
ROWS = st.lists(st.tuples(SETS, SETS), min_size=1, max_size=40)


def answer(labels: Sequence[str] | set[str]) -> str:
    return "; ".join(sorted(labels)) or "none"


def indicators(sets: Sequence[set[str]]) -> np.ndarray:
    return np.array([[name in labels for name in LABELS] for labels in sets], dtype=int)


def value(name: str, segments: Segments) -> float:
    measured = metric(name)
    return float(
        measured.aggregate(measured.measure(segments, Instruments()).sum(axis=0), segments.task)
    )


def oracle(name: str, gold: np.ndarray, answered: np.ndarray) -> float:
    occurring = np.flatnonzero(gold.any(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of labels without examples
        return {
            "jaccard": lambda: jaccard_score(gold, answered, average="samples", zero_division=1),
            "micro_f1": lambda: f1_score(gold, answered, average="micro", zero_division=0),
            # Over the labels that occur in the gold, as for single labels.
            "macro_f1": lambda: (
                f1_score(gold, answered, average=None, zero_division=0)[occurring].mean()
                if occurring.size
                else 0.0
            ),
            "weighted_f1": lambda: f1_score(gold, answered, average="weighted", zero_division=0),
            "accuracy": lambda: accuracy_score(gold, answered),
        }[name]()


@pytest.mark.parametrize("name", ["jaccard", "micro_f1", "macro_f1", "weighted_f1", "accuracy"])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_equals_scikit_learn(
    name: str, labelled: Make, rows: list[tuple[set[str], set[str]]]
) -> None:
    golds, given_sets = (list(column) for column in zip(*rows, strict=True))
    segments = labelled(
        LABELS, list(map(answer, golds)), list(map(answer, given_sets)), "multi-label"
    )
    expected = oracle(name, indicators(golds), indicators(given_sets))
    assert value(name, segments) == pytest.approx(expected, abs=1e-12)


def test_f1_of_each_label_equals_scikit_learn(labelled: Make) -> None:
    rng = np.random.default_rng(0)
    golds = [{name for name in LABELS if rng.random() < 0.4} for _ in range(60)]
    given_sets = [
        {name for name in LABELS if (name in gold) != (rng.random() < 0.2)} for gold in golds
    ]
    segments = labelled(
        LABELS, list(map(answer, golds)), list(map(answer, given_sets)), "multi-label"
    )
    expected = f1_score(indicators(golds), indicators(given_sets), average=None)
    for place, name in enumerate(LABELS):
        scored = score(LabelF1(place, name), [segments], Instruments())
        assert scored.value == pytest.approx(expected[place])
        assert scored.low is not None
        assert scored.high is not None
        assert scored.low < scored.value < scored.high


def test_unparsed_takes_recall_away_and_no_precision(labelled: Make) -> None:
    golds = ["a; b", "a", "none"]
    read = labelled(LABELS, golds, ["a; b", None, None], "multi-label")
    empty = labelled(LABELS, golds, ["a; b", "none", "none"], "multi-label")
    # F1 of "a" is 2/3 and of "b" 1, whether nothing was read or nothing is said to apply ...
    assert value("macro_f1", read) == value("macro_f1", empty) == pytest.approx((2 / 3 + 1) / 2)
    assert value("micro_f1", read) == value("micro_f1", empty) == pytest.approx(4 / 5)
    # ... but an output that says nothing is not right where no label applies.
    assert value("jaccard", read) == pytest.approx(1 / 3)
    assert value("jaccard", empty) == pytest.approx(2 / 3)
    assert value("accuracy", read) == pytest.approx(1 / 3)
    assert value("parse_rate", read) == pytest.approx(1 / 3)
    assert score(metric("jaccard"), [read], Instruments()).n_unparsed == 2


def test_a_label_that_is_not_the_tasks_is_refused(labelled: Make) -> None:
    with pytest.raises(ScoringError, match="'z' is not one of the task's labels"):
        value("jaccard", labelled(LABELS, ["a"], ["a; z"], "multi-label"))


def test_each_kind_has_its_metrics(labelled: Make) -> None:
    kinds = {
        kind: labelled(LABELS, ["a"], ["a"], kind).task
        for kind in ("multi-class", "ordinal", "multi-label")
    }
    applying = {
        kind: {
            entry.name
            for entry in METRICS
            if entry.group == "correctness" and not entry.optional and entry.applies_to(task)
        }
        for kind, task in kinds.items()
    }
    assert applying["multi-label"] == {
        "weighted_f1",
        "macro_f1",
        "accuracy",
        "jaccard",
        "micro_f1",
        "parse_rate",
    }
    assert not {"jaccard", "micro_f1"} & (applying["multi-class"] | applying["ordinal"])
