"""Human-anchored means, beside ppi-python and what they are in simulated populations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from scoring.statistics import anchored_mean, anchored_share

# Drawn once: 30 ratings, a judge's values of the same texts, and of 70 that nobody rated.
_RNG = np.random.default_rng(7)
RATINGS = np.round(_RNG.integers(0, 10, 30) / 3, 6)
JUDGED = np.round(np.clip(RATINGS * 0.7 + _RNG.normal(0.6, 0.5, 30), 0, 3), 2)
OTHERS = np.round(np.clip(_RNG.integers(0, 10, 70) / 3 * 0.7 + _RNG.normal(0.6, 0.5, 70), 0, 3), 2)
VALUES = np.concatenate([JUDGED, OTHERS])
GIVEN = np.concatenate([RATINGS, np.full(70, np.nan)])
POSTS = np.arange(100)


@pytest.mark.parametrize(
    ("tuning", "point", "low", "high"),
    [(1.0, 1.68349209, 1.41396643, 1.95301775), (0.0, 1.61111113, 1.27362031, 1.94860195)],
)
def test_it_is_what_ppi_python_gives(tuning: float, point: float, low: float, high: float) -> None:
    """`ppi_mean_pointestimate` and `ppi_mean_ci` of ppi-python 0.2.3 (MIT) on these numbers, lam
    1 and 0: normal intervals, and variances over n where here they are over n - 1.
    """
    found = anchored_mean(VALUES, GIVEN, POSTS, tuning).anchored
    assert found.value == pytest.approx(point, abs=1e-8)
    parts = np.var(tuning * OTHERS) / 70, np.var(RATINGS - tuning * JUDGED) / 30
    assert 1.959964 * math.sqrt(sum(parts)) == pytest.approx((high - low) / 2, abs=1e-7), "theirs"
    ours = math.sqrt(parts[0] * 70 / 69 + parts[1] * 30 / 29) * stats.t.ppf(0.975, 29)
    assert (found.interval.high - found.interval.low) / 2 == pytest.approx(ours)


def test_tuned_it_is_near_ppi_python_and_the_narrowest() -> None:
    # ppi-python 0.2.3, lam None: 1.66236474 [1.40371618, 1.92101315]. Its lambda is of second
    # moments about another middle.
    found = anchored_mean(VALUES, GIVEN, POSTS)
    assert found.anchored.value == pytest.approx(1.66236474, abs=1e-3)

    def error(tuning: float) -> float:
        return float(np.var(tuning * OTHERS) / 70 + np.var(RATINGS - tuning * JUDGED) / 30)

    assert error(found.tuning) == pytest.approx(min(map(error, np.linspace(0, 1.5, 301))), rel=0.01)
    assert (found.anchored.n, found.n_all, found.raw.n) == (30, 100, 30)
    assert found.raw.value == pytest.approx(RATINGS.mean())


def test_the_metrics_own_scale_makes_no_difference_where_it_is_tuned() -> None:
    plain, nats = (anchored_mean(values, GIVEN, POSTS) for values in (VALUES, 3 * VALUES - 40))
    assert nats.anchored.value == pytest.approx(plain.anchored.value)
    assert nats.anchored.interval.low == pytest.approx(plain.anchored.interval.low)
    assert nats.tuning == pytest.approx(plain.tuning / 3)


def test_a_text_twice_under_one_post_tells_nothing_more() -> None:
    once = anchored_mean(VALUES, GIVEN, POSTS, 1.0).anchored
    twice = anchored_mean(*(np.tile(part, 2) for part in (VALUES, GIVEN, POSTS)), 1.0).anchored
    assert twice.value == pytest.approx(once.value)
    assert twice.interval.low == pytest.approx(once.interval.low)
    assert (twice.n, twice.posts) == (60, 30)


def test_what_cannot_be_anchored_says_why() -> None:
    few = anchored_mean(VALUES, np.where(POSTS < 9, GIVEN, np.nan), POSTS)
    assert few.anchored.why_none == "fewer than 10 posts with a rating and a value"
    assert few.raw.value == pytest.approx(RATINGS[:9].mean())
    assert few.raw.interval.method == "none: fewer than 10 posts"
    every = anchored_mean(JUDGED, RATINGS, np.arange(30))
    assert "every text with a value is rated" in every.anchored.why_none
    same = anchored_mean(np.full(100, 2.0), GIVEN, POSTS)
    assert same.anchored.why_none == "no variance in the metric"
    none = anchored_mean(VALUES, np.full(100, np.nan), POSTS)
    assert none.raw.why_none == "no text is rated"


RATED, ALL, RUNS = 40, 240, 1_000


def population(
    rng: np.random.Generator, texts: int, per_post: int
) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of 0 to 3, and a judge that inflates them and uses less of the scale."""
    quality = np.repeat(rng.normal(0, 1, texts // per_post), per_post) + rng.normal(0, 0.5, texts)
    said = np.clip(np.round(1.5 + 0.8 * quality + rng.normal(0, 0.4, texts)), 0, 3)
    judged = np.clip(np.round(2.2 + 0.6 * quality + rng.normal(0, 0.5, texts)), 0, 3)
    return said, judged


@pytest.mark.parametrize("per_post", [1, 3])
@pytest.mark.parametrize("tuning", [None, 1.0])
def test_intervals_hold_the_mean_with_a_biased_judge(per_post: int, tuning: float | None) -> None:
    rng = np.random.default_rng(0)
    said, judged = population(rng, 1_200_000, per_post)
    assert judged.mean() > said.mean() + 0.3, "what the judge says alone is far off"
    held, narrower, posts = 0, 0, np.repeat(np.arange(ALL), per_post)
    for _ in range(RUNS):
        ratings, values = population(rng, ALL * per_post, per_post)
        found = anchored_mean(values, np.where(posts < RATED, ratings, np.nan), posts, tuning)
        interval, raw = found.anchored.interval, found.raw.interval
        held += interval.low <= said.mean() <= interval.high
        narrower += interval.high - interval.low < raw.high - raw.low
    assert 0.93 <= held / RUNS <= 0.97
    assert narrower / RUNS > 0.8


def test_shares_by_the_formula() -> None:
    """Rogan and Gladen's by hand: 40 of 100 unrated say yes; 8 of 10 and 16 of 20 are right."""
    ratings = np.array([1.0] * 10 + [0.0] * 20 + [np.nan] * 100)
    checks = np.array([1.0] * 8 + [0.0] * 2 + [1.0] * 4 + [0.0] * 16 + [1.0] * 40 + [0.0] * 60)
    found = anchored_share(checks, ratings, np.arange(130))
    assert found.anchored.value == pytest.approx((0.4 + 0.8 - 1) / (0.8 + 0.8 - 1))
    assert found.raw.value == pytest.approx(1 / 3)
    assert (
        0 <= found.anchored.interval.low < found.anchored.value < found.anchored.interval.high <= 1
    )
    # Lang and Reiczigel's by hand.
    z = stats.norm.ppf(0.975)
    n, p = 100 + z * z, (40 + z * z / 2) / (100 + z * z)
    sens, spec = 9 / 12, 17 / 22
    share = (p + spec - 1) / (sens + spec - 1)
    of_sens, of_spec = sens * (1 - sens) / 12, spec * (1 - spec) / 22
    moved = 2 * z * z * (share * of_sens - (1 - share) * of_spec)
    variance = p * (1 - p) / n + share**2 * of_sens + (1 - share) ** 2 * of_spec
    half = z * math.sqrt(variance) / (sens + spec - 1)
    assert found.anchored.interval.low == pytest.approx(max(0, share + moved - half))
    assert found.anchored.interval.high == pytest.approx(share + moved + half)


@pytest.mark.parametrize(
    ("share", "sensitivity", "specificity"), [(0.3, 0.8, 0.9), (0.6, 0.9, 0.7), (0.5, 0.7, 0.8)]
)
def test_intervals_hold_the_share_with_a_check_that_errs(
    share: float, sensitivity: float, specificity: float
) -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(RUNS):
        yes = rng.random(ALL) < share
        checks = np.where(yes, rng.random(ALL) < sensitivity, rng.random(ALL) > specificity)
        ratings = np.where(np.arange(ALL) < 80, yes, np.nan)
        found = anchored_share(checks.astype(float), ratings, np.arange(ALL)).anchored
        held += found.interval.low <= share <= found.interval.high
    assert 0.93 <= held / RUNS <= 0.97


def test_a_check_that_tells_nothing_has_no_share() -> None:
    ratings = np.array([1.0] * 10 + [0.0] * 10 + [np.nan] * 20)
    coin = np.tile([0.0, 1.0], 20)
    found = anchored_share(coin, ratings, np.arange(40)).anchored
    assert found.why_none == "by the rated texts the check is right no more often than a coin"
    alike = anchored_share(coin, np.where(np.isnan(ratings), np.nan, 1.0), np.arange(40)).anchored
    assert alike.why_none == "of the rated texts people say yes to all, or to none"
