"""Values published for the real checkpoints; for machines with a network or a filled cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scoring.bartscore import DEFAULT_CHECKPOINT, BartScorer

pytestmark = pytest.mark.network


def test_bart_large_cnn() -> None:
    # Values of the reference implementation (Yuan, Neubig and Liu 2021); its README prints the
    # first.
    scorer = BartScorer.load(DEFAULT_CHECKPOINT, device="cpu", dtype="float32")
    values = scorer.score(
        ["This is interesting.", "This is a very good meal."],
        ["This is fun.", "This is a very good meal."],
    )
    assert values == pytest.approx([-2.510652780532837, -0.40471726655960083], abs=1e-5)


def test_parabank2_weights() -> None:
    # The weights are no hub file: their authors link them from the README of the BARTScore
    # repository.
    weights = os.environ.get("REASONBOARD_PARABANK2")
    if weights is None:
        pytest.fail("set REASONBOARD_PARABANK2 to the path of bart_score.pth")
    scorer = BartScorer.load(DEFAULT_CHECKPOINT, Path(weights), device="cpu", dtype="float32")
    assert scorer.score(["This is interesting."], ["This is fun."])[0] == pytest.approx(
        -2.336203098297119, abs=1e-5
    )
