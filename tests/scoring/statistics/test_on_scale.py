"""Metrics on the raters' scale: consistency, agreement, bias, and whether they may stand in for a
rater.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics import (
    EPSILONS,
    annotator_test,
    estimate_agreement,
    icc,
    icc_consistency,
    signed_bias,
)
from scoring.statistics.agreement import Coefficient

# Shrout and Fleiss (1979), table 2, raters by targets; printed in table 4: ICC(2,1) .29, which
# McGraw and Wong call ICC(A,1), and ICC(3,1) .71, their ICC(C,1).
SHROUT_FLEISS = np.array(
    [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]
)


def value(coefficient: Coefficient) -> float:
    return float(coefficient.statistic(coefficient.items[coefficient.used].sum(axis=0)))


def test_both_forms_of_the_printed_example() -> None:
    assert value(icc_consistency(SHROUT_FLEISS)) == pytest.approx(0.71, abs=5e-3)
    assert value(icc(SHROUT_FLEISS, average=False)) == pytest.approx(0.29, abs=5e-3)


def test_consistency_by_the_analysis_of_variance_written_out() -> None:
    table = np.random.default_rng(1).integers(0, 4, (2, 30)).astype(float)
    table[1] += table[0]
    grand, k, n = table.mean(), 2, 30
    units = k * ((table.mean(axis=0) - grand) ** 2).sum() / (n - 1)
    left = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + grand
    error = (left**2).sum() / ((n - 1) * (k - 1))
    assert value(icc_consistency(table)) == pytest.approx((units - error) / (units + error))


def test_a_judge_that_inflates_is_consistent_and_does_not_agree() -> None:
    human = np.tile([0.0, 1.0, 2.0, 3.0], 10)
    judge = human + 1
    assert value(icc_consistency(np.stack([judge, human]))) == pytest.approx(1)
    assert value(icc(np.stack([judge, human]), average=False)) < 0.75
    bias = estimate_agreement(signed_bias(judge, human), np.arange(40), np.random.default_rng(0))
    assert bias.value == pytest.approx(1)
    assert (bias.interval.low, bias.interval.high) == (None, None), "no spread, so no interval"


def test_bias_is_of_what_has_both_and_draws_posts() -> None:
    rng = np.random.default_rng(0)
    human = rng.integers(0, 4, 60).astype(float)
    judge = human + rng.normal(0.5, 1, 60)
    judge[0], human[2] = np.nan, np.nan
    found = estimate_agreement(signed_bias(judge, human), np.arange(60) // 2, rng)
    assert (found.n, found.posts) == (58, 30)
    assert found.value == pytest.approx(np.nanmean(judge - human))
    assert found.interval.low < found.value < found.interval.high


def published(metric: np.ndarray, ratings: np.ndarray, epsilon: float) -> tuple[float, float]:
    """The procedure of Calderon et al. (2025), a rater and a text at a time: the winning rate and
    the mean advantage probability.
    """
    p, advantages = [], []
    for rater in range(len(ratings)):
        won, lost = [], []
        for text in range(ratings.shape[1]):
            others = np.delete(ratings[:, text], rater)
            others = others[~np.isnan(others)]
            if np.isnan(ratings[rater, text]) or np.isnan(metric[text]) or not others.size:
                continue
            of_metric = -np.sqrt(np.mean((metric[text] - others) ** 2))
            of_rater = -np.sqrt(np.mean((ratings[rater, text] - others) ** 2))
            won.append(of_metric >= of_rater - 1e-12)
            lost.append(of_rater >= of_metric - 1e-12)
        difference = np.array(lost, float) - np.array(won, float)
        if len(difference) >= 30:
            p.append(stats.ttest_1samp(difference, epsilon, alternative="less").pvalue)
        else:
            p.append(stats.wilcoxon(difference - epsilon, alternative="less").pvalue)
        advantages.append(np.mean(won))
    corrected = stats.false_discovery_control(p, method="by")
    return float(np.mean(corrected <= 0.05)), float(np.mean(advantages))


@pytest.mark.parametrize("texts", [24, 80])
@pytest.mark.parametrize("noise", [0.2, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_the_annotator_test_is_the_published_procedure(
    texts: int, noise: float, missing: float
) -> None:
    rng = np.random.default_rng(int(texts + 10 * noise))
    quality = rng.uniform(0, 3, texts)
    ratings = np.clip(
        np.round(quality + rng.normal(0, [[0.4], [0.6], [0.8], [1.0]], (4, texts))), 0, 3
    )
    ratings[rng.random(ratings.shape) < missing] = np.nan
    metric = np.clip(np.round(quality + rng.normal(0, noise, texts)), 0, 3)
    found = annotator_test(metric, ratings, np.arange(texts), rng, draws=200)
    assert found.raters == 4
    for epsilon in EPSILONS:
        winning, advantage = published(metric, ratings, epsilon)
        assert found.winning[epsilon].value == pytest.approx(winning)
        assert found.advantage.value == pytest.approx(advantage)
    assert found.advantage.interval.low <= found.advantage.value <= found.advantage.interval.high


def test_the_cases_above_do_not_all_end_alike() -> None:
    rng = np.random.default_rng(3)
    quality = rng.uniform(0, 3, 200)
    ratings = np.clip(np.round(quality + rng.normal(0, 0.7, (3, 200))), 0, 3)
    posts = np.arange(200)
    good = annotator_test(np.round(quality), ratings, posts, rng)
    poor = annotator_test(rng.uniform(0, 3, 200), ratings, posts, rng)
    assert {estimate.value for estimate in good.winning.values()} == {1.0}
    assert {estimate.value for estimate in poor.winning.values()} == {0.0}
    assert poor.advantage.interval.high < 0.5 < good.advantage.interval.low


def test_texts_of_one_post_count_as_one() -> None:
    rng = np.random.default_rng(4)
    quality = rng.uniform(0, 3, 40)
    ratings = np.round(quality + rng.normal(0, 0.7, (3, 40)))
    metric = np.round(quality + rng.normal(0, 0.7, 40))
    alone = annotator_test(metric, ratings, np.arange(40), np.random.default_rng(0))
    thrice = annotator_test(
        np.tile(metric, 3), np.tile(ratings, 3), np.tile(np.arange(40), 3), np.random.default_rng(0)
    )
    assert thrice.advantage.value == alone.advantage.value
    assert thrice.advantage.interval == alone.advantage.interval
    assert [one.value for one in thrice.winning.values()] == [
        one.value for one in alone.winning.values()
    ]


def test_who_shares_too_little_is_left_out_and_named() -> None:
    rng = np.random.default_rng(5)
    ratings = rng.integers(0, 4, (3, 40)).astype(float)
    ratings[2, 9:] = np.nan
    metric = rng.integers(0, 4, 40).astype(float)
    found = annotator_test(metric, ratings, np.arange(40), rng)
    assert found.raters == 2
    assert "without 1 of 3 raters, who share fewer than 10" in found.advantage.interval.method
    few = annotator_test(metric[:9], ratings[:, :9], np.arange(9), rng)
    assert few.advantage.value is None
    assert few.advantage.why_none == "no rater shares 10 posts with another"
    assert few.winning[0.2] == few.advantage
    ranked = annotator_test(metric[:20], ratings[:2, :20], np.arange(20), rng)
    assert ranked.winning[0.2].interval.low is None
    assert "fewer than 30 posts" in ranked.winning[0.2].interval.method
