"""Metrics of an NLI model, recomputed by plain loops over sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scoring.instruments import NLI, Instruments
from scoring.metric import PairMetric
from scoring.metrics import metric
from scoring.segments import Segments
from scoring.sentences import PASSAGES, SPLITTER, passages, sentences
from tests.instruments import PerPairInstrument

Explained = Callable[..., Segments]
NAMES = (
    "sentence_support",
    "sentence_support_worst",
    "contradiction",
    "clpsych_consistency",
    "clpsych_contradiction",
)


def probabilities(premise: str, hypothesis: str) -> tuple[float, ...]:
    """Three numbers that add up to 1 and differ from pair to pair."""
    digest = hashlib.sha256(f"{premise}\0{hypothesis}".encode()).digest()
    odds = np.frombuffer(digest[:12], dtype=np.uint32).astype(float) + 1
    return tuple(odds / odds.sum())


INSTRUMENTS = Instruments(
    PerPairInstrument(probabilities, kind=NLI, outputs=("entailment", "neutral", "contradiction"))
)
EXPLANATIONS = [
    "The poster slept badly. Work is hard! Dr. Lee did not help.",
    "Rain. Rain. The poster calls.",
    "One sentence without an end",
    None,
    "Never compared.",
]
REFERENCES = [
    "The poster cannot sleep. The job is too much.",
    "It rains. It rains. Nobody calls back. It rains.",
    "The poster is fine.",
    "Something.",
    None,
]
POSTS = [
    "I did not sleep. My job is hard.",
    " ".join(
        f"Rain fell on day {day} and {day + 1} while I waited for the bus." for day in range(90)
    ),
    "Nothing.",
    "A post.",
    "Another.",
]


@pytest.fixture
def segments(explained: Explained) -> Segments:
    return explained(EXPLANATIONS, REFERENCES, POSTS)


def values(name: str, segments: Segments) -> np.ndarray:
    measured: Any = metric(name)
    return np.asarray(measured.values(segments, INSTRUMENTS))


def support(explanation: str, post: str) -> list[float]:
    rows = []
    for said in sentences(explanation):
        best = 0.0
        for passage in passages(post):
            best = max(best, probabilities(passage, said)[0])
        rows.append(best)
    return rows


def test_support_is_the_best_passage_of_every_sentence(segments: Segments) -> None:
    assert len(passages(POSTS[1])) > 3
    mean, worst = values("sentence_support", segments), values("sentence_support_worst", segments)
    for row in (0, 1, 2, 4):
        rows = support(EXPLANATIONS[row] or "", POSTS[row])
        assert mean[row] == pytest.approx(sum(rows) / len(rows), abs=1e-12)
        assert worst[row] == pytest.approx(min(rows), abs=1e-12)
    assert np.isnan(mean[3])
    assert np.isnan(worst[3])


def test_contradiction_is_the_largest_of_all(segments: Segments) -> None:
    expected = [
        max(probabilities(p, s)[2] for p in passages(post) for s in sentences(text))
        for text, post in zip(EXPLANATIONS[:3], POSTS[:3], strict=True)
        if text is not None
    ]
    made = values("contradiction", segments)
    assert made[:3] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(made[3])


def test_the_shared_tasks_formulas_by_a_double_loop(segments: Segments) -> None:
    cs, ct = values("clpsych_consistency", segments), values("clpsych_contradiction", segments)
    for row in range(3):
        gold, predicted = sentences(REFERENCES[row] or ""), sentences(EXPLANATIONS[row] or "")
        all_pairs, worst = [], []
        for said in predicted:
            worst.append(0.0)
            for reference in gold:
                worst[-1] = max(worst[-1], probabilities(reference, said)[2])
        for reference in gold:
            all_pairs += [1 - probabilities(reference, said)[2] for said in predicted]
        assert cs[row] == pytest.approx(sum(all_pairs) / len(all_pairs), abs=1e-12)
        assert ct[row] == pytest.approx(sum(worst) / len(worst), abs=1e-12)
    assert np.isnan(cs[3:]).all()
    assert np.isnan(ct[3:]).all()


def test_the_shared_task_reads_350_words(explained: Explained) -> None:
    words = " ".join(["Word one two three four five six seven eight nine."] * 45)
    longer = explained([words, " ".join(words.split()[:350])], ["Reference."] * 2)
    for name in NAMES[3:]:
        both = values(name, longer)
        assert both[0] == both[1]
    support_of = values("sentence_support", explained([words + " More."] * 2, ["R."] * 2))
    assert support_of[0] != values("sentence_support", explained([words] * 2, ["R."] * 2))[0]


def test_metrics_of_the_post_share_their_pairs(segments: Segments) -> None:
    asked = [list(map(tuple, _metric(name).pairs(segments))) for name in NAMES[:3]]
    assert asked[0] == asked[1] == asked[2]
    assert [len(pairs) for pairs in asked[0]] == [3, 3 * len(passages(POSTS[1])), 1, 0, 1]


@pytest.mark.parametrize("name", NAMES)
def test_the_splitter_is_part_of_the_identity(name: str) -> None:
    norm = _metric(name).identity(INSTRUMENTS).normalization
    assert SPLITTER in norm
    assert (PASSAGES in norm) == (not name.startswith("clpsych"))


def test_explanations_without_a_sentence_have_no_value(explained: Explained) -> None:
    silent = explained(["...", "!?"], ["Reference.", "Reference."])
    assert all(np.isnan(values(name, silent)).all() for name in NAMES)


def _metric(name: str) -> PairMetric:
    measured = metric(name)
    assert isinstance(measured, PairMetric)
    return measured
