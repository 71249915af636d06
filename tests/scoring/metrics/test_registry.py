"""What every metric must keep, whatever it measures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scoring.bertscore import BertScoreModel
from scoring.errors import ScoringError
from scoring.instruments import BERTSCORE, NLI, SIMILARITY, Instruments
from scoring.metric import Identity, Metric
from scoring.metrics import METRICS, metric
from scoring.segments import Example, Reading, Segments
from scoring.similarity import SimilarityModel
from scoring.tasks import ImhiRule, Label, Task
from tests.instruments import JUDGING, PerPairInstrument

LABELS = ("low", "middle", "high")
TASK = Task(
    id="test/walk",
    title="Walk",
    family="f",
    dataset="d",
    platform="reddit",
    annotation="human",
    unit="post",
    kind="ordinal",
    labels=tuple(Label(name, name.title(), (f"The level is {name}.",)) for name in LABELS),
    question="Which level?",
    headline="weighted_f1",
    references="project",
    licence="MIT",
    citation="c",
    imhi_rule=ImhiRule(tuple((name, name) for name in LABELS), "low"),
    evidence=True,
)


WORDS = "the poster writes that work and sleep and friends are too much or too little these days"
INSTRUMENTS = Instruments(
    PerPairInstrument(lambda source, target: (-len(source) / (1 + len(target)),), max_tokens=1024),
    PerPairInstrument(
        lambda source, target: (len(target) / (len(source) + len(target)), 0.1, 1 / len(source)),
        kind=NLI,
        outputs=("entailment", "neutral", "contradiction"),
    ),
    PerPairInstrument(
        lambda source, target: (1 / len(source), 1 / len(target), 1 / (len(source) + len(target))),
        kind=BERTSCORE,
        outputs=BertScoreModel.outputs,
    ),
    PerPairInstrument(
        lambda source, target: (1 / (len(source) - 2 * len(target)) ** 2,),
        kind=SIMILARITY,
        outputs=SimilarityModel.outputs,
    ),
    *JUDGING,
)
EACH = pytest.mark.parametrize("measured", METRICS, ids=lambda entry: entry.name)
OF_A_RUN = pytest.mark.parametrize(
    "measured",
    [each for each in METRICS if not each.across_runs and not each.of_some_tasks],
    ids=lambda entry: entry.name,
)
"""Others say nothing of a single run (test_flip_rate.py), or of posts that nothing is like
(test_near_flip_rate.py).
"""


def segments_of(rows: Sequence[int], absent: Sequence[int] = ()) -> Segments:
    """Examples `rows` of an endless set; those in `absent` have neither output nor explanation nor
    label.
    """
    words = WORDS.split()
    examples, outputs, readings = [], [], []
    for row in rows:
        gold, given = LABELS[row % 3], LABELS[(row * 7 // 4) % 3]
        reference = " ".join(words[row % 5 : row % 5 + 9])
        first, *rest = words[row % 4 : row % 4 + 6 + row % 6]
        text = f'The level is {given}: "{first}" {" ".join(rest)}'
        examples.append(
            Example(
                str(row),
                str(row // 2),
                "q",
                f"Post {row}: the poster",
                gold,
                reference,
                f"{gold} {reference}",
                evidence=(f"Post {row}",),
            )
        )
        outputs.append(None if row in absent else f"The level is {given}. Reasoning: {text}")
        label, explanation = (None, None) if row in absent else (given, text)
        sure = None if row in absent else row % 10 / 10
        why = None if label else "none"
        evidence = None if row in absent else (("the poster", "Post")[row % 2],)
        readings.append(
            Reading(
                label,
                label and "given",
                why,
                explanation,
                confidence=sure,
                evidence=evidence,
            )
        )
    return Segments(TASK, tuple(examples), tuple(outputs), tuple(readings))


def value(measured: Metric, segments: Segments) -> float:
    items = measured.measure(segments, INSTRUMENTS)
    return float(measured.aggregate(items.sum(axis=0), segments.task))


def test_names_and_identities_are_unique() -> None:
    assert len({entry.name for entry in METRICS}) == len(METRICS)
    assert len({entry.identity(INSTRUMENTS).key for entry in METRICS}) == len(METRICS)


@EACH
def test_it_is_documented(measured: Metric) -> None:
    assert measured.group in ("correctness", "explanation", "stability")
    assert measured.title.strip()
    for text in (measured.measures, measured.limits):
        assert 20 <= len(text) <= 300
        assert text.endswith((".", "?"))
    identity = measured.identity(INSTRUMENTS)
    assert isinstance(identity, Identity)
    assert (identity.metric, identity.version) == (measured.name, measured.version)


@EACH
def test_nothing_summed_has_no_value(measured: Metric) -> None:
    width = measured.measure(segments_of(range(4)), INSTRUMENTS).shape[1]
    assert np.isnan(measured.aggregate(np.zeros((2, 3, width)), TASK)).all()
    assert measured.measure(segments_of(()), INSTRUMENTS).shape == (0, width)


@EACH
def test_values_keep_the_bounds(measured: Metric) -> None:
    low, high = measured.bounds
    for rows in (range(1), range(5), range(3, 40)):
        found = value(measured, segments_of(rows))
        assert np.isnan(found) or (low is None or found >= low)
        assert np.isnan(found) or (high is None or found <= high)


@OF_A_RUN
def test_the_order_of_examples_does_not_matter(measured: Metric) -> None:
    rows = np.random.default_rng(0).permutation(30)
    items = measured.measure(segments_of(range(30)), INSTRUMENTS)
    np.testing.assert_allclose(
        measured.measure(segments_of(rows.tolist()), INSTRUMENTS), items[rows]
    )
    assert value(measured, segments_of(rows.tolist())) == pytest.approx(
        value(measured, segments_of(range(30)))
    )


@OF_A_RUN
def test_what_is_absent_never_counts(measured: Metric) -> None:
    absent = (2, 3, 11)
    segments = segments_of(range(20), absent)
    without = segments_of([row for row in range(20) if row not in absent])
    items = measured.measure(segments, INSTRUMENTS)
    # An unparsed output is not absent where labels are scored by the project's own reading: it is
    # wrong.
    unparsed_is_wrong = measured.group == "correctness" and "imhi" not in measured.name
    if unparsed_is_wrong and measured.name not in (
        "quadratic_weighted_kappa",
        "mean_absolute_error",
        *(each.name for each in METRICS if each.optional),
    ):
        assert measured.present(items).all()
        assert value(measured, segments) != value(measured, without)
    else:
        assert np.flatnonzero(~measured.present(items)).tolist() == list(absent)
        assert value(measured, segments) == pytest.approx(value(measured, without))


@EACH
def test_it_applies_by_what_the_task_declares(measured: Metric) -> None:
    summary = replace(TASK, kind="summary", labels=(), imhi_rule=None)
    kinds = (TASK, replace(TASK, kind="multi-label"), summary)
    assert any(map(measured.applies_to, kinds))
    labels_only = replace(
        TASK, references="none", kind="multi-class", imhi_rule=None, evidence=False
    )
    plain = {"weighted_f1", "balanced_accuracy", "macro_f1", "accuracy", "mcc", "parse_rate"}
    plain |= {"ece", "brier"}
    plain |= {"flip_rate_near_posts"}
    assert measured.applies_to(labels_only) == (measured.name in plain or measured.across_runs)


def test_every_headline_is_a_metric(tasks: dict[str, Task]) -> None:
    assert {task.headline for task in tasks.values()} <= {entry.name for entry in METRICS}
    for task in tasks.values():
        assert metric(task.headline).applies_to(task)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert metric("rouge1").name == "rouge1"
    with pytest.raises(ScoringError, match=r"no metric 'weightedf1'; did you mean 'weighted_f1'\?"):
        metric("weightedf1")
    with pytest.raises(ScoringError, match="there are: weighted_f1, balanced_accuracy"):
        metric("???")


def test_importing_the_metrics_loads_no_heavy_library() -> None:
    heavy = {
        "torch",
        "transformers",
        "sklearn",
        "nltk",
        "sacrebleu",
        "rouge_score",
        "evaluate",
        "pandas",
    }
    code = (
        f"import sys, scoring.metrics, scoring.score; print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
