"""Drops on parts of a task, against closed forms and a bootstrap written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from scoring.statistics.bootstrap import Floats
from scoring.statistics.drops import Split, drop
from scoring.statistics.interval import TOO_FEW_POSTS

RNG = np.random.default_rng(11)
N, POSTS = 400, 200
INSIDE = np.arange(N) % 4 == 0
POST = np.arange(N) // 2
"""Two examples a post; half of the posts have one inside."""


def share(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1])


def answers(right: Floats) -> Floats:
    """(1, n, 2) statistics of a share."""
    return np.stack([right, np.ones_like(right)], axis=-1)[None]


RIGHT = (RNG.random(N) < np.where(INSIDE, 0.5, 0.8)).astype(float)


def test_a_drop_is_the_rest_less_the_part() -> None:
    split = Split.draw(INSIDE, POST, 0)
    found = drop(split, [split.values(answers(RIGHT), share)], 0, sign=1)
    assert found.part == pytest.approx(RIGHT[INSIDE].mean())
    assert found.rest == pytest.approx(RIGHT[~INSIDE].mean())
    assert found.value == pytest.approx(RIGHT[~INSIDE].mean() - RIGHT[INSIDE].mean())
    errors = drop(split, [split.values(answers(RIGHT), share)], 0, sign=-1)
    assert errors.value == pytest.approx(-found.value), "of errors, more is worse"


def test_its_interval_is_that_of_posts_drawn_one_by_one() -> None:
    rng = np.random.default_rng(3)
    rows = [np.flatnonzero(post == POST) for post in range(POSTS)]
    drawn = []
    for _ in range(4000):
        chosen = np.concatenate([rows[post] for post in rng.integers(POSTS, size=POSTS)])
        inside = INSIDE[chosen]
        drawn.append(RIGHT[chosen][~inside].mean() - RIGHT[chosen][inside].mean())
    split = Split.draw(INSIDE, POST, 0)
    found = drop(split, [split.values(answers(RIGHT), share)], 0, sign=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.interval.low == pytest.approx(low, abs=0.015)
    assert found.interval.high == pytest.approx(high, abs=0.015)
    assert found.p == pytest.approx(2 * norm.sf(found.value / np.std(drawn)), rel=0.5)
    assert found.p < 0.001


def test_under_no_drop_one_p_in_twenty_is_small() -> None:
    rng = np.random.default_rng(8)
    split = Split.draw(INSIDE, POST, 0)
    right = (rng.random((300, N)) < 0.7).astype(float)
    found = [drop(split, [split.values(answers(each), share)], 0, sign=1).p for each in right]
    assert 0.02 < np.mean([p < 0.05 for p in found if p is not None]) < 0.09


def test_a_mean_over_systems_draws_once_for_all() -> None:
    split = Split.draw(INSIDE, POST, 0)
    one = split.values(answers(RIGHT), share)
    alike = drop(split, [one, one], 0, sign=1)
    assert replace(alike, systems=1) == drop(split, [one], 0, sign=1), "a copy adds no certainty"
    runs = np.concatenate([answers(RIGHT), answers(RIGHT)])
    assert drop(split, [split.values(runs, share)], 0, sign=1).value == pytest.approx(alike.value)


def test_a_system_without_a_side_blanks_no_others() -> None:
    split = Split.draw(INSIDE, POST, 0)
    one = split.values(answers(RIGHT), share)
    silent = split.values(answers(RIGHT) * ~INSIDE[:, None], share)
    alone = drop(split, [one], 0, sign=1)
    assert drop(split, [one, silent], 0, sign=1) == alone
    assert (alone.systems, drop(split, [one, one], 0, sign=1).systems) == (1, 2)
    assert drop(split, [silent], 0, sign=1).systems == 0


def test_nor_does_one_that_lacks_a_side_in_some_draws() -> None:
    split = Split.draw(INSIDE, POST, 0)
    one = split.values(answers(RIGHT), share)
    # One answer within: a third of all draws are without it.
    rare = answers(RIGHT) * (~INSIDE | (np.arange(N) == 0))[:, None]
    both = drop(split, [one, split.values(rare, share)], 0, sign=1)
    assert both.systems == 2
    assert both.interval.low is not None
    assert both.p is not None


def test_what_cannot_be_told_is_not_told() -> None:
    few = np.arange(N) < 8
    split = Split.draw(few, POST, 0)
    assert drop(split, [split.values(answers(RIGHT), share)], 0, sign=1).interval == TOO_FEW_POSTS
    split = Split.draw(INSIDE, POST, 0)
    unanswered = answers(RIGHT) * ~INSIDE[:, None]
    blank = drop(split, [split.values(unanswered, share)], 0, sign=1)
    assert (blank.value, blank.p) == (None, None)
    still = drop(split, [split.values(answers(np.ones(N)), share)], 0, sign=1)
    assert (still.value, still.p, still.interval.low) == (0, None, None)
