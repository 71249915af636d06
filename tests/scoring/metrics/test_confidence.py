"""Metrics of confidence, against scikit-learn and the formula of torchmetrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.score import score
from scoring.segments import Segments

LABELS = ("a", "b", "c")
Make = Callable[..., Segments]


def confident(labelled: Make, sure: list[float | None], right: list[bool]) -> Segments:
    segments = labelled(
        LABELS, ["a"] * len(right), ["a" if is_right else "b" for is_right in right]
    )
    readings = (
        replace(reading, confidence=given)
        for reading, given in zip(segments.readings, sure, strict=True)
    )
    return replace(segments, readings=tuple(readings))


def torchmetrics_ece(sure: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """`_ce_compute` with norm "l1" of torchmetrics 1.8, functional/classification/
    calibration_error.py, written out in NumPy.
    """
    edges = np.linspace(0, 1, bins + 1, dtype=np.float32)
    places = np.digitize(sure, edges) - 1  # torch.bucketize(right=True) - 1
    counts = np.bincount(places, minlength=bins + 1)
    shares, means = (
        np.nan_to_num(
            np.bincount(places, values, minlength=bins + 1) / np.where(counts, counts, np.nan)
        )
        for values in (right, sure)
    )
    return float((np.abs(shares - means) * counts / counts.sum()).sum())


def test_values_and_intervals(labelled: Make) -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(size=400)
    right = rng.uniform(size=400) < sure**2
    segments = confident(labelled, sure.tolist(), right.tolist())
    brier, ece = (score(metric(name), [segments], Instruments()) for name in ("brier", "ece"))
    assert brier.value == pytest.approx(brier_score_loss(right, sure))
    assert ece.value == pytest.approx(torchmetrics_ece(sure, right.astype(float)), abs=1e-9)
    for scored in (brier, ece):
        assert scored.low is not None
        assert scored.low < scored.value < scored.high
        assert (scored.n, scored.n_absent) == (400, 0)


def test_what_was_not_said_is_absent_and_certainty_is_in_the_last_bin(labelled: Make) -> None:
    segments = confident(labelled, [1.0, 0.0, None], [True, False, False])
    brier, ece = (score(metric(name), [segments], Instruments()) for name in ("brier", "ece"))
    assert (brier.value, brier.n, brier.n_absent) == (0, 2, 1)
    assert (ece.value, ece.n, ece.n_absent) == (0, 2, 1)
    silent = confident(labelled, [None, None], [True, False])
    assert score(metric("brier"), [silent], Instruments()).value is None
    assert score(metric("ece"), [silent], Instruments()).value is None


def test_an_unparsed_answer_is_wrong_however_sure(labelled: Make) -> None:
    segments = labelled(LABELS, ["a"], [None])
    sure = replace(segments.readings[0], confidence=0.9)
    scored = score(metric("brier"), [replace(segments, readings=(sure,))], Instruments())
    assert scored.value == pytest.approx(0.81)
