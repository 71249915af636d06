"""Bradley-Terry strengths: against a printed table, another algorithm, and by what they must do."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.statistics import bradley_terry
from scoring.statistics.bradley_terry import SEPARATE, strengths
from scoring.statistics.estimate import Estimate

# Wins in the American League of 1987, a row a winner. Agresti, Categorical Data Analysis (2002), table
# 10.10; in the order Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore.
BASEBALL = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
# Its abilities, Baltimore's being 0, as R's BradleyTerry2 prints them (Turner and Firth, "Bradley-Terry
# Models in R", Journal of Statistical Software 48, 2012, section 3.3).
PRINTED = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0]


def games(wins: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return left, right and who won, the winner on either side by turns."""
    rows = [
        (winner, loser)
        for winner, own in enumerate(wins)
        for loser, count in enumerate(own)
        for _ in range(count)
    ]
    won = np.where(np.arange(len(rows)) % 2, 1.0, -1.0)
    both = np.array(rows)
    left = np.where(won > 0, both[:, 0], both[:, 1])
    return left, np.where(won > 0, both[:, 1], both[:, 0]), won


def by_hand(left: np.ndarray, right: np.ndarray, choices: np.ndarray, systems: int) -> np.ndarray:
    """Fit by minorization-maximization: Hunter, "MM algorithms for generalized Bradley-Terry models",
    Annals of Statistics 32 (2004), equation 3; a tie is half a win of either.
    """
    wins, met = np.zeros(systems), np.zeros((systems, systems))
    for i, j, choice in zip(left, right, choices, strict=True):
        wins[i] += (choice + 1) / 2
        wins[j] += (1 - choice) / 2
        met[i, j] += 1
        met[j, i] += 1
    p = np.ones(systems)
    for _ in range(20_000):
        p = wins / (met / (p[:, None] + p[None, :])).sum(axis=1)
        p /= np.exp(np.log(p).mean())
    return np.log(p)


def _stated(strength: Estimate) -> tuple[float, float, float]:
    """Low end, value and high end, which all have to be there."""
    low, value, high = strength.interval.low, strength.value, strength.interval.high
    assert low is not None
    assert value is not None
    assert high is not None
    return low, value, high


def test_strengths_are_those_of_a_printed_table() -> None:
    left, right, won = games(BASEBALL)
    fitted = [each.value for each in strengths(left, right, won, np.arange(len(won)), 7, 1)]
    assert None not in fitted
    assert sum(fitted) == pytest.approx(0, abs=1e-9)
    assert np.array(fitted) - fitted[-1] == pytest.approx(PRINTED, abs=5e-5)


def test_strengths_with_ties_are_those_of_another_algorithm() -> None:
    rng = np.random.default_rng(5)
    left = rng.integers(0, 5, 200)
    right = (left + rng.integers(1, 5, 200)) % 5
    choices = rng.choice([-1.0, 0.0, 1.0], 200, p=[0.2, 0.3, 0.5])
    fitted = strengths(left, right, choices, np.arange(200) // 4, 5, 1)
    assert [each.value for each in fitted] == pytest.approx(
        by_hand(left, right, choices, 5), abs=1e-6
    )
    assert fitted == strengths(left, right, choices, np.arange(200) // 4, 5, 1), "seeded"
    for each, system in zip(fitted, range(5), strict=True):
        low, value, high = _stated(each)
        assert low < value < high
        assert each.n == ((left == system) | (right == system)).sum()


def test_intervals_hold_the_truth_as_often_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bradley_terry, "DRAWS", 200)
    rng, truth, held = np.random.default_rng(7), np.array([0.6, 0.0, -0.6]), 0
    for trial in range(40):
        left = np.tile([0, 1, 2], 40)
        right = np.tile([1, 2, 0], 40)
        shares = 1 / (1 + np.exp(truth[right] - truth[left]))
        won = np.where(rng.random(120) < shares, 1.0, -1.0)
        fitted = strengths(left, right, won, np.repeat(np.arange(40), 3), 3, trial)
        for each, strength in zip(fitted, truth, strict=True):
            low, _, high = _stated(each)
            held += low <= strength <= high
    assert 0.87 <= held / 120 <= 0.99


def test_who_wins_everything_has_no_strength_and_nobody_else_either() -> None:
    left, right = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 1])
    for each in strengths(left, right, np.ones(4), np.arange(4), 3, 1):
        assert (each.value, each.why_none) == (None, SEPARATE)
    # A single tie is enough to tell by how much.
    tied = strengths(left, right, np.array([0.0, 1, 1, 1]), np.arange(4), 3, 1)
    assert None not in [each.value for each in tied]
    assert {each.interval.method for each in tied} == {"none: fewer than 10 posts"}
