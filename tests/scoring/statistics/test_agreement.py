from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.statistics import (
    estimate_agreement,
    exact_agreement,
    fleiss_kappa,
    gwet,
    icc,
    krippendorff_alpha,
    reliability_bound,
)
from scoring.statistics.agreement import Coefficient

NONE = np.nan

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D: four observers,
# twelve units, five values, missing data; printed: nominal .743, ordinal .815, interval .849.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)

# Shrout and Fleiss (1979), table 2: six targets (columns here), four judges; printed in table 4:
# ICC(2,1) .29 and ICC(2,k) .62.
SHROUT_FLEISS = np.array(
    [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]
)


def value(coefficient: Coefficient) -> float:
    return float(coefficient.statistic(coefficient.items[coefficient.used].sum(axis=0)))


@pytest.mark.parametrize(
    ("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_printed_example(level: str, printed: float) -> None:
    assert value(krippendorff_alpha(FOUR_OBSERVERS, level)) == pytest.approx(printed, abs=5e-4)


def test_alpha_of_two_observers() -> None:
    # Krippendorff (2011): section B, binary data, printed .095; section C, nominal data, printed
    # .692.
    binary = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    assert value(krippendorff_alpha(binary, "nominal")) == pytest.approx(0.095, abs=5e-4)
    letters = [[ord(letter) for letter in row] for row in ("aabbdcccedda", "babbbccceddd")]
    assert value(krippendorff_alpha(letters, "nominal")) == pytest.approx(0.692, abs=5e-4)


def test_a_unit_rated_once_does_not_enter() -> None:
    assert krippendorff_alpha(FOUR_OBSERVERS).used.sum() == 11


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(
        ValueError,
        match="'ratio' is not a level of measurement; there are nominal, ordinal, interval",
    ):
        krippendorff_alpha(FOUR_OBSERVERS, "ratio")


def test_icc_of_the_printed_example() -> None:
    assert value(icc(SHROUT_FLEISS, average=False)) == pytest.approx(0.29, abs=5e-3)
    assert value(icc(SHROUT_FLEISS, average=True)) == pytest.approx(0.62, abs=5e-3)


def test_the_bound_is_the_square_root_of_icc_and_never_below_0() -> None:
    # Shrout and Fleiss print ICC(2,k) = .62, whose square root is .79.
    assert value(reliability_bound(SHROUT_FLEISS)) == pytest.approx(0.79, abs=5e-3)
    # Mean squares by hand: units 9/8, raters 1/8, error 35/24.
    opposed = np.array([[1.0, 1, 2, 3], [0.0, 3, 2, 1]])
    assert value(icc(opposed, average=True)) == pytest.approx(-8 / 19)
    assert value(reliability_bound(opposed)) == 0


def test_fleiss_kappa_is_alpha_but_for_its_small_sample_correction() -> None:
    # Krippendorff, "Content Analysis" (2004), chapter 11: alpha corrects Scott's pi (Fleiss' kappa
    # for two raters) for small samples, 1 - alpha = (1 - pi) (n - 1) / n, n being the number of
    # ratings.
    ratings = np.random.default_rng(0).integers(0, 3, (2, 40))
    alpha, kappa = value(krippendorff_alpha(ratings, "nominal")), value(fleiss_kappa(ratings))
    assert 1 - alpha == pytest.approx((1 - kappa) * 79 / 80)


def test_fleiss_kappa_of_the_worked_example() -> None:
    # The worked example of Wikipedia's article "Fleiss' kappa" (14 raters, 10 subjects, 5
    # categories): .210.
    table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    ratings = np.array([np.repeat(np.arange(5), row) for row in table]).T
    assert value(fleiss_kappa(ratings)) == pytest.approx(0.210, abs=5e-4)


def test_exact_agreement_is_the_share_of_equal_pairs() -> None:
    ratings = np.array([[3, 2, 1, 1], [3, 2, 2, NONE], [3, 1, 3, NONE]])
    assert value(exact_agreement(ratings)) == pytest.approx((1 + 1 / 3 + 0) / 3)


@pytest.mark.parametrize(
    "make",
    [
        krippendorff_alpha,
        fleiss_kappa,
        lambda r: icc(r, average=True),
        lambda r: icc(r, average=False),
    ],
)
def test_constant_ratings_have_no_variance(make: object) -> None:
    found = estimate_agreement(make(np.full((3, 10), 3.0)), np.arange(10), np.random.default_rng(0))
    assert (found.value, found.why_none, found.n) == (None, "no variance", 10)
    assert found.interval.method == "none: no variance"


def test_nothing_rated_twice_has_no_value() -> None:
    ratings = np.array([[1, NONE], [NONE, 2.0]])
    found = estimate_agreement(krippendorff_alpha(ratings), np.arange(2), np.random.default_rng(0))
    assert (found.value, found.why_none) == (None, "no unit has two ratings")


def test_kappa_asks_for_as_many_ratings_and_not_for_the_same_raters() -> None:
    """Fleiss (1971): the raters of one subject need not be those of another."""
    rng = np.random.default_rng(5)
    three = rng.integers(0, 4, (3, 30)).astype(float)
    spread = np.full((6, 30), NONE)
    for unit in range(30):
        spread[rng.choice(6, 3, replace=False), unit] = three[:, unit]
    assert value(fleiss_kappa(spread)) == pytest.approx(value(fleiss_kappa(three)))
    assert value(krippendorff_alpha(spread)) == pytest.approx(value(krippendorff_alpha(three)))
    found = estimate_agreement(icc(spread, average=True), np.arange(30), rng)
    assert (found.value, found.why_none) == (None, "no unit was rated by all of several raters")


@pytest.mark.parametrize(
    "make", [krippendorff_alpha, exact_agreement, fleiss_kappa, lambda r: icc(r, average=True)]
)
def test_one_rater_agrees_with_nobody(make: object) -> None:
    found = estimate_agreement(
        make(np.array([[0.0, 1.0, 3.0]])), np.arange(3), np.random.default_rng(0)
    )
    assert (found.value, found.n) == (None, 0)


def test_the_interval_draws_posts() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 100)
    ratings = np.clip(truth + rng.integers(-1, 2, (3, 100)), 0, 3)
    once = estimate_agreement(krippendorff_alpha(ratings), np.arange(100), np.random.default_rng(1))
    twice = estimate_agreement(
        krippendorff_alpha(np.repeat(ratings, 2, axis=1)),
        np.repeat(np.arange(100), 2),
        np.random.default_rng(1),
    )
    assert (twice.n, twice.posts) == (200, 100)
    assert twice.interval.low == pytest.approx(once.interval.low, abs=0.01)
    assert once.interval.low < once.value < once.interval.high
    assert once.interval.method == "percentile bootstrap over posts, 1000 draws"


# Four digits from a loop over all pairs of ratings that follows the paper's definition word by
# word.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chatgpt_data", [-0.0169, 0.1205, 0.0395, 0.0745]),
        ("gpt3_data", [0.7457, 0.5713, 0.5763, 0.5824]),
    ],
)
def test_alphas_of_the_published_ratings(imhi_dir: Path, name: str, expected: list[float]) -> None:
    path = imhi_dir / "human_evaluation" / "DR_annotation" / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 121
    for aspect, alpha in zip(
        ("fluency", "completeness", "reliability", "overall"), expected, strict=True
    ):
        ratings = np.array([json.loads(row[aspect]) for row in rows]).T
        assert value(krippendorff_alpha(ratings, "ordinal")) == pytest.approx(alpha, abs=5e-5)


# Of the package irrcac 0.4.4 on the same files, to three digits.
@pytest.mark.parametrize(
    ("name", "aspect", "ac1", "ac2"),
    [
        ("chatgpt_data", "fluency", 0.961, 0.990),
        ("chatgpt_data", "completeness", 0.460, 0.851),
        ("chatgpt_data", "reliability", 0.656, 0.927),
        ("chatgpt_data", "overall", 0.445, 0.875),
        ("gpt3_data", "fluency", 0.579, 0.764),
        ("gpt3_data", "overall", 0.661, 0.894),
    ],
)
def test_gwets_coefficients_of_the_published_ratings(
    imhi_dir: Path, name: str, aspect: str, ac1: float, ac2: float
) -> None:
    ratings = published(imhi_dir, name, aspect)
    assert value(gwet(ratings, 0, 3, quadratic=False)) == pytest.approx(ac1, abs=5e-4)
    assert value(gwet(ratings, 0, 3, quadratic=True)) == pytest.approx(ac2, abs=5e-4)


def test_ratings_that_agree_and_are_skewed(imhi_dir: Path) -> None:
    """Fluency of ChatGPT's texts: alpha says that raters do not agree, though they do on nearly
    every text.
    """
    ratings = published(imhi_dir, "chatgpt_data", "fluency")
    equal = [np.mean([one[a] == one[b] for a, b in ((0, 1), (0, 2), (1, 2))]) for one in ratings.T]
    assert np.mean(equal) == pytest.approx(0.961, abs=5e-4)
    assert value(exact_agreement(ratings)) == pytest.approx(np.mean(equal))
    assert value(krippendorff_alpha(ratings, "ordinal")) == pytest.approx(-0.017, abs=5e-4)
    found = estimate_agreement(
        gwet(ratings, 0, 3, quadratic=False), np.arange(121), np.random.default_rng(0)
    )
    assert found.interval.low < 0.961 < found.interval.high
    assert found.interval.low > 0.92
    assert found.interval.high <= 1


def test_ac1_of_two_raters_by_hand() -> None:
    # 100 units, two raters, yes or no: 90 both yes, 4 both no, 3 and 3 apart. p_a = .94; pi(yes) =
    # 93 / 100; p_e = 2 * .93 * .07 = .1302; AC1 = (.94 - .1302) / .8698 = .9310. Two categories
    # have no partial agreement.
    ratings = np.array(
        [[1] * 90 + [0] * 4 + [1] * 3 + [0] * 3, [1] * 90 + [0] * 4 + [0] * 3 + [1] * 3]
    )
    for quadratic in (False, True):
        assert value(gwet(ratings, 0, 1, quadratic=quadratic)) == pytest.approx(0.8098 / 0.8698)


def test_a_rating_that_nobody_doubled_counts_for_chance_alone() -> None:
    # Scale 1 to 3, three raters. Units (1, 1, 2), (3, 3, -), (2, -, -):
    # p_a = (1/3 + 1) / 2 = 2/3; pi = mean of (2/3, 1/3, 0), (0, 0, 1), (0, 1, 0) = (2/9, 4/9, 1/3);
    # p_e = (14/81 + 20/81 + 18/81) / 2 = 26/81; AC1 = (54/81 - 26/81) / (55/81) = 28/55.
    # AC2: a step counts 3/4, so unit 1 has (2 * (1 + 3/4) + 1 * 3/2) / 6 = 5/6 and p_a = 11/12;
    # the weights sum to 3 + 4 * 3/4 = 6, so p_e = 6 / 6 * 52/81; AC2 = (11/12 - 52/81) / (29/81) =
    # 89/116.
    ratings = np.array([[1, 3, 2], [1, 3, NONE], [2, NONE, NONE]])
    assert value(gwet(ratings, 1, 3, quadratic=False)) == pytest.approx(28 / 55)
    assert value(gwet(ratings, 1, 3, quadratic=True)) == pytest.approx(89 / 116)
    assert gwet(ratings, 1, 3, quadratic=True).used.sum() == 3


def test_gwets_coefficients_at_the_ends() -> None:
    everything = np.full((3, 10), 3.0)
    for quadratic in (False, True):
        assert value(gwet(everything, 0, 3, quadratic=quadratic)) == 1
        alone = estimate_agreement(
            gwet([[0, 1, 3.0]], 0, 3, quadratic=quadratic), np.arange(3), np.random.default_rng(0)
        )
        assert (alone.value, alone.why_none) == (None, "no unit has two ratings")


def published(imhi_dir: Path, name: str, aspect: str) -> np.ndarray:
    """(3, n) published ratings of an aspect."""
    path = imhi_dir / "human_evaluation" / "DR_annotation" / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return np.array([json.loads(row[aspect]) for row in csv.DictReader(stream)]).T


def test_agreement_in_everything_is_not_certain_and_one_post_has_no_interval() -> None:
    ratings = np.array([[1, 2, 3, 0], [1, 2, 3, 0.0]])
    for make in (
        krippendorff_alpha,
        exact_agreement,
        fleiss_kappa,
        lambda r: icc(r, average=False),
    ):
        found = estimate_agreement(make(ratings), np.arange(4), np.random.default_rng(0))
        assert (found.value, found.interval.low) == (pytest.approx(1.0), None)
        assert found.interval.method == "none: no spread in the resamples"
        alone = estimate_agreement(make(ratings), np.zeros(4, dtype=int), np.random.default_rng(0))
        assert (alone.value, alone.interval.method) == (
            pytest.approx(1.0),
            "none: fewer than two posts",
        )


@pytest.mark.parametrize(
    "ratings",
    [
        # The denominator is 0, once but for rounding: raters who contradict each other about every
        # unit.
        [[0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 0, 1]],
        [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]],
        [[0, 1], [1, 0]],
    ],
)
def test_icc_is_undefined_where_the_estimated_variance_is_not_positive(
    ratings: list[list[int]],
) -> None:
    found = estimate_agreement(
        icc(ratings, average=True), np.arange(len(ratings[0])), np.random.default_rng(0)
    )
    assert found.value is None
    assert found.why_none == "undefined: the estimated variance of the ratings is not positive"
    assert estimate_agreement(
        icc([[1], [2.0]], average=True), np.arange(1), np.random.default_rng(0)
    ).why_none == ("only one unit was rated by all raters")


@given(
    arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 8)), elements=st.integers(0, 3)),
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_icc_is_a_number_of_at_most_one_or_has_a_reason(ratings: np.ndarray, average: bool) -> None:
    found = estimate_agreement(
        icc(ratings, average=average), np.arange(ratings.shape[1]), np.random.default_rng(0), 50
    )
    for number in (found.value, found.interval.low, found.interval.high):
        assert number is None or (np.isfinite(number) and number <= 1 + 1e-9)
    assert (found.value is None) == bool(found.why_none)


@given(
    arrays(
        float,
        st.tuples(st.integers(2, 4), st.integers(2, 8)),
        elements=st.sampled_from([0.0, 1.0, 2.0, NONE]),
    )
)
@settings(deadline=None, max_examples=200)
def test_alpha_is_the_definition_over_pairs(ratings: np.ndarray) -> None:
    """Interval alpha from pairs of ratings, without a coincidence matrix."""
    units = [unit[~np.isnan(unit)] for unit in ratings.T]
    units = [unit for unit in units if len(unit) > 1]
    pooled = np.concatenate([*units, []])
    coefficient = krippendorff_alpha(ratings, "interval")
    if len(set(pooled)) < 2:
        assert not units or np.isnan(value(coefficient))
        return
    observed = sum(((u[:, None] - u) ** 2).sum() / (len(u) - 1) for u in units) / len(pooled)
    expected = ((pooled[:, None] - pooled) ** 2).sum() / (len(pooled) * (len(pooled) - 1))
    assert value(coefficient) == pytest.approx(1 - observed / expected)
