"""Correctness metrics against scikit-learn, "unparsed" being one more class there."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    matthews_corrcoef,
    mean_absolute_error,
    recall_score,
)

from scoring.errors import ScoringError
from scoring.extraction import EXTRACTION, imhi_label
from scoring.instruments import Instruments
from scoring.metrics import METRICS, metric
from scoring.metrics.confusion import ConfusionMetric
from scoring.segments import Segments

LABELS = ("a", "b", "c", "d")
UNPARSED = "z"
Make = Callable[..., Segments]

ROWS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.one_of(st.none(), st.sampled_from(LABELS))),
    min_size=1,
    max_size=60,
)
# Few labels, so that labels are often missing from the gold or from the predictions.
NARROW = st.lists(
    st.tuples(st.sampled_from(LABELS[:2]), st.one_of(st.none(), st.sampled_from(LABELS[1:3]))),
    min_size=1,
    max_size=8,
)


def value(name: str, segments: Segments) -> float:
    measured = metric(name)
    return float(
        measured.aggregate(measured.measure(segments, Instruments()).sum(axis=0), segments.task)
    )


def oracle(name: str, golds: list[str], predicted: list[str]) -> float:
    occurring = sorted(set(golds))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of missing classes, which is the point here
        return {
            "weighted_f1": lambda: f1_score(golds, predicted, average="weighted", zero_division=0),
            "macro_f1": lambda: f1_score(
                golds, predicted, labels=occurring, average="macro", zero_division=0
            ),
            "balanced_accuracy": lambda: balanced_accuracy_score(golds, predicted),
            "accuracy": lambda: accuracy_score(golds, predicted),
            # Its 0 for a gold of one label is 0 / 0, and no value here.
            "mcc": lambda: (
                matthews_corrcoef(golds, predicted) if len(occurring) > 1 else float("nan")
            ),
        }[name]()


@pytest.mark.parametrize(
    "name", ["weighted_f1", "macro_f1", "balanced_accuracy", "accuracy", "mcc"]
)
@settings(max_examples=60, deadline=None)
@given(rows=st.one_of(ROWS, NARROW))
def test_equals_scikit_learn(name: str, labelled: Make, rows: list[tuple[str, str | None]]) -> None:
    golds, predicted = (list(column) for column in zip(*rows, strict=True))
    expected = oracle(name, golds, [label or UNPARSED for label in predicted])
    found = value(name, labelled(LABELS, golds, predicted))
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(rows=st.one_of(ROWS, NARROW))
def test_ordinal_metrics_equal_scikit_learn_on_parsed_rows(
    labelled: Make, rows: list[tuple[str, str | None]]
) -> None:
    golds, predicted = (list(column) for column in zip(*rows, strict=True))
    segments = labelled(LABELS, golds, predicted, "ordinal")
    parsed = [
        (LABELS.index(gold), LABELS.index(label)) for gold, label in rows if label is not None
    ]
    kappa, error = (
        value("quadratic_weighted_kappa", segments),
        value("mean_absolute_error", segments),
    )
    if not parsed:
        assert np.isnan(kappa)
        assert np.isnan(error)
        return
    gold, label = zip(*parsed, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where kappa is undefined
        expected = cohen_kappa_score(gold, label, labels=range(len(LABELS)), weights="quadratic")
    assert kappa == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert error == pytest.approx(mean_absolute_error(gold, label), abs=1e-12)


def test_unparsed_takes_recall_away_and_no_precision(labelled: Make) -> None:
    golds = ["a", "a", "b", "b"]
    read = labelled(("a", "b"), golds, ["a", "a", "b", None])
    wrong = labelled(("a", "b"), golds, ["a", "a", "b", "a"])
    assert value("accuracy", read) == value("accuracy", wrong) == 0.75
    # F1 of "a" is 1 and of "b" 2/3 where the last is unparsed; 4/5 and 2/3 where it is read as the
    # first class.
    assert value("macro_f1", read) == pytest.approx(5 / 6)
    assert value("macro_f1", wrong) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert value("parse_rate", read) == 0.75


def test_many_resamples_at_once_give_what_one_by_one_does(labelled: Make) -> None:
    rng = np.random.default_rng(3)
    golds = rng.choice(LABELS, 40).tolist()
    predicted = [None if rng.random() < 0.1 else str(rng.choice(LABELS)) for _ in golds]
    segments = labelled(LABELS, golds, predicted, "ordinal")
    for measured in METRICS:
        if measured.group == "correctness" and measured.applies_to(segments.task):
            items = measured.measure(segments, Instruments())
            sums = rng.integers(0, 3, (2, 5, 40)) @ items
            one_by_one = [
                [float(measured.aggregate(row, segments.task)) for row in block] for block in sums
            ]
            np.testing.assert_allclose(measured.aggregate(sums, segments.task), one_by_one)


def test_all_correctness_metrics_of_one_reading_share_their_statistics(labelled: Make) -> None:
    segments = labelled(LABELS, ["a", "b", "c"], ["a", None, "d"], "ordinal")
    shared = metric("accuracy").measure(segments, Instruments())
    assert shared.shape == (3, len(LABELS) * (len(LABELS) + 1))
    assert shared.sum(axis=1).tolist() == [1, 1, 1]
    for measured in METRICS:
        if isinstance(measured, ConfusionMetric) and measured.extraction == EXTRACTION:
            np.testing.assert_array_equal(measured.measure(segments, Instruments()), shared)


def test_the_published_rule_gives_unparsed_outputs_its_fallback(labelled: Make) -> None:
    segments = labelled(
        ("yes", "no"), ["yes", "no", "no"], ["yes", "no", None]
    )  # "I cannot say": "no" is in it
    assert value("accuracy", segments) == pytest.approx(2 / 3)
    assert value("accuracy_imhi_rule", segments) == 1.0


def test_the_published_rule_leaves_out_what_has_no_output(labelled: Make) -> None:
    complete = labelled(("yes", "no"), ["yes", "no", "no"], ["yes", "yes", "no"])
    partial = Segments(complete.task, complete.examples, ("yes", None, "no"), complete.readings)
    assert value("weighted_f1_imhi_rule", complete) < 1.0
    assert value("weighted_f1_imhi_rule", partial) == 1.0
    items = metric("weighted_f1_imhi_rule").measure(partial, Instruments())
    assert metric("weighted_f1_imhi_rule").present(items).tolist() == [True, False, True]


def test_variants_apply_where_their_rule_or_an_order_is_declared(tasks: dict) -> None:
    ordinal = next(
        task for task in tasks.values() if task.kind == "ordinal" and task.imhi_rule is None
    )
    ruled = next(
        task for task in tasks.values() if task.imhi_rule is not None and task.kind != "ordinal"
    )
    for name in ("quadratic_weighted_kappa", "mean_absolute_error"):
        assert metric(name).applies_to(ordinal)
        assert not metric(name).applies_to(ruled)
    for name in ("weighted_f1", "balanced_accuracy", "macro_f1", "accuracy"):
        assert metric(f"{name}_imhi_rule").applies_to(ruled)
        assert not metric(f"{name}_imhi_rule").applies_to(ordinal)
        assert metric(name).applies_to(ruled)


def test_a_label_outside_the_task_is_refused(labelled: Make) -> None:
    with pytest.raises(ScoringError, match=r"example 1: 'c' is not one of the task's labels: a, b"):
        value("accuracy", labelled(("a", "b"), ["a", "b"], ["a", "c"]))


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, "I cannot say"])), min_size=1
    )
)
def test_the_published_rules_scores_are_the_published_scripts(
    labelled: Make, rows: list[tuple[str, str]]
) -> None:
    """Its calls, word for word: over gold and answered labels, a label without gold counting 0."""
    golds, outputs = (list(column) for column in zip(*rows, strict=True))
    segments = labelled(LABELS, golds, [None] * len(golds))
    segments = Segments(segments.task, segments.examples, tuple(outputs), segments.readings)
    read = [imhi_label(segments.task, output) for output in outputs]
    expected = {
        "accuracy_imhi_rule": accuracy_score(golds, read),
        "weighted_f1_imhi_rule": f1_score(golds, read, average="weighted", zero_division=0),
        "macro_f1_imhi_rule": f1_score(golds, read, average="macro", zero_division=0),
        # No score of the script's; scikit-learn's balanced_accuracy_score, which is this mean of
        # recalls.
        "balanced_accuracy_imhi_rule": recall_score(
            golds, read, average="macro", labels=sorted(set(golds)), zero_division=0
        ),
    }
    assert {name: value(name, segments) for name in expected} == pytest.approx(expected)


def test_the_scripts_macro_f1_counts_answers_that_the_gold_never_gives(labelled: Make) -> None:
    """By hand: "a" has precision 1 and recall 2/3, so F1 4/5; "b", which is only
    answered, has 0.
    """
    segments = labelled(("a", "b"), ["a", "a", "a"], ["a", "a", "b"])
    assert value("macro_f1", segments) == pytest.approx(4 / 5)
    assert value("macro_f1_imhi_rule", segments) == pytest.approx(2 / 5)
