from __future__ import annotations

import csv
import json
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scoring.statistics import (
    MEASURES,
    AccEq,
    Kendall,
    Measure,
    Pearson,
    Spearman,
    bca_interval,
    compare_metrics,
    correlate,
    human_ceiling,
    in_place_of_one,
    replicate_weights,
    system_accuracy,
)

SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def rated(n: int, seed: int = 0, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A metric with ties, and ratings of few levels."""
    rng = generator(seed)
    human = rng.integers(0, 4, n).astype(float)
    return np.round(human + rng.normal(0, noise, n), 1), human


def acc_eq(metric: np.ndarray, human: np.ndarray) -> float:
    """The definition, threshold by threshold and pair by pair."""
    pairs = list(combinations(range(len(metric)), 2))
    gaps = [round(abs(metric[i] - metric[j]), 9) for i, j in pairs]
    best = 0
    for threshold in {0.0, *gaps}:
        right = 0
        for (i, j), gap in zip(pairs, gaps, strict=True):
            order = 0 if gap <= threshold else np.sign(metric[i] - metric[j])
            right += order == np.sign(human[i] - human[j])
        best = max(best, right)
    return best / len(pairs)


@pytest.mark.parametrize("measure", MEASURES[:3], ids=lambda m: m.name)
def test_resamples_are_scipys_on_the_drawn_items(measure: Measure) -> None:
    metric, human = rated(25)
    weights = replicate_weights(25, 40, generator(1)).astype(float)
    for counts, value in zip(
        weights.astype(int), measure.weighted(metric, human, weights), strict=True
    ):
        drawn = np.repeat(metric, counts), np.repeat(human, counts)
        assert value == pytest.approx(SCIPY[measure.name](*drawn).statistic)


@pytest.mark.parametrize("measure", MEASURES[:3], ids=lambda m: m.name)
def test_mixed_metrics_are_scipys(measure: Measure) -> None:
    first, human = rated(25)
    second = rated(25, seed=3)[0]
    masks = generator(2).random((20, 25)) < 0.5
    both = measure.swapped(first, second, human, masks)
    for mask, a, b in zip(masks, *both, strict=True):
        assert a == pytest.approx(
            SCIPY[measure.name](np.where(mask, second, first), human).statistic
        )
        assert b == pytest.approx(
            SCIPY[measure.name](np.where(mask, first, second), human).statistic
        )


# The worked examples of the mt-metrics-eval library's tests (tau_optimization_test.py, Apache-2.0,
# by the authors of acc_eq): the best accuracy.
@pytest.mark.parametrize(("human", "accuracy"), [([1, 2, 3, 4], 1.0), ([1, 1, 1, 4], 4 / 6)])
def test_tie_calibration_of_the_worked_examples(human: list[int], accuracy: float) -> None:
    metric, ratings = np.array([0.0, 2, 6, 8]), np.array(human, dtype=float)
    assert AccEq().weighted(metric, ratings, np.ones((1, 4)))[0] == pytest.approx(accuracy)


def test_acc_eq_is_its_definition() -> None:
    for seed in range(8):
        metric, human = rated(12, seed, noise=0.7)
        expected = acc_eq(metric, human)
        assert AccEq().weighted(metric, human, np.ones((1, 12)))[0] == pytest.approx(expected)


def test_acc_eq_of_mixed_metrics_tunes_its_threshold_again() -> None:
    first, human = rated(12)
    second = rated(12, seed=5)[0]
    masks = np.vstack([np.zeros((1, 12), dtype=bool), generator(2).random((10, 12)) < 0.5])
    both = AccEq().swapped(first, second, human, masks)
    for mask, a, b in zip(masks, *both, strict=True):
        assert a == pytest.approx(acc_eq(np.where(mask, second, first), human))
        assert b == pytest.approx(acc_eq(np.where(mask, first, second), human))


def best_accuracy(measure: AccEq, metric: np.ndarray, human: np.ndarray) -> float:
    return float(measure.weighted(metric, human, np.ones((1, len(metric))))[0])


def test_acc_eq_compares_only_within_groups() -> None:
    metric, human = rated(10)
    other, ratings = rated(10, seed=1)
    grouped = AccEq(np.repeat([0, 1], 10), "within system")
    assert grouped.title == "acc_eq (within system)"
    pooled = best_accuracy(grouped, np.append(metric, other), np.append(human, ratings))
    best = []
    for threshold in np.arange(0, 10, 0.05):
        right = sum(
            (np.sign(m[i] - m[j]) if abs(m[i] - m[j]) > threshold else 0) == np.sign(h[i] - h[j])
            for m, h in ((metric, human), (other, ratings))
            for i, j in combinations(range(10), 2)
        )
        best.append(right / 90)
    assert pooled == pytest.approx(max(best))


@pytest.mark.parametrize("missing", ["metric", "human"])
def test_items_without_a_value_are_left_out_of_the_groups_too(missing: str) -> None:
    values = dict(zip(("metric", "human"), rated(12), strict=True))
    values[missing][[0, 1, 7]] = np.nan
    groups, kept = np.repeat([0, 1], 6), ~np.isnan(values[missing])
    found = correlate(
        values["metric"],
        values["human"],
        np.arange(12),
        AccEq(groups, "within system"),
        generator(),
    )
    grouped = AccEq(groups[kept], "within system")
    alone = best_accuracy(grouped, values["metric"][kept], values["human"][kept])
    assert found.value == pytest.approx(alone)
    with pytest.raises(ValueError, match="groups of 12 items for 9"):
        best_accuracy(AccEq(groups, "within system"), values["metric"][kept], values["human"][kept])


def test_copies_of_an_item_are_not_compared() -> None:
    metric, human = rated(8)
    weights = np.array([[2.0] + [1.0] * 7])
    value = AccEq().weighted(metric, human, weights)[0]
    pairs = sum(weights[0, i] * weights[0, j] for i, j in combinations(range(8), 2))
    assert (value * pairs) == pytest.approx(round(value * pairs))
    assert pairs == 35  # 28 + 7, and not 36


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_intervals_hold_the_value_and_say_how_they_were_made(measure: Measure) -> None:
    metric, human = rated(80)
    found = correlate(metric, human, np.arange(80), measure, generator())
    assert found.interval.low < found.value < found.interval.high
    assert found.interval.method == "BCa bootstrap over posts, 1000 draws"
    assert (found.n, found.posts, found.why_none) == (80, 80, "")


def test_the_bca_interval_is_scipys() -> None:
    metric, human = rated(60, noise=2.0)
    expected = stats.bootstrap(
        (metric, human),
        lambda x, y, axis: stats.pearsonr(x, y, axis=axis).statistic,
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="BCa",
        rng=generator(1),
    ).confidence_interval
    found = correlate(metric, human, np.arange(60), Pearson(), generator(2), draws=20_000).interval
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.008)


def test_intervals_draw_posts() -> None:
    metric, human = rated(60)
    once = correlate(metric, human, np.arange(60), Spearman(), generator(1)).interval
    twice = correlate(
        np.tile(metric, 2), np.tile(human, 2), np.tile(np.arange(60), 2), Spearman(), generator(1)
    )
    assert (twice.n, twice.posts) == (120, 60)
    assert (twice.interval.low, twice.interval.high) == pytest.approx(
        (once.low, once.high), abs=0.01
    )


def test_where_bca_is_undefined_the_percentile_interval_is_given_and_said() -> None:
    replicates = np.linspace(0.5, 0.9, 1000)  # none reaches the value
    found = bca_interval(
        0.95, replicates, generator().random(20), "bootstrap over posts, 1000 draws"
    )
    assert (found.low, found.high) == pytest.approx((0.51, 0.89))
    assert found.method == "percentile bootstrap over posts, 1000 draws (BCa is undefined here)"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_a_perfect_correlation_is_not_certain(measure: Measure) -> None:
    values = np.arange(5.0)
    found = correlate(values, values, np.arange(5), measure, generator())
    assert (found.value, found.interval.low, found.interval.high) == (
        pytest.approx(1.0),
        None,
        None,
    )
    assert found.interval.method == "none: no spread in the resamples"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_one_post_has_a_value_and_no_interval(measure: Measure) -> None:
    metric, human = np.array([0.0, 2, 1, 3, 3]), np.array([1.0, 2, 2, 4, 3])
    posts, none = np.zeros(5, dtype=int), (None, None, "none: fewer than two posts")
    found = correlate(metric, human, posts, measure, generator())
    assert found.value is not None
    assert (found.interval.low, found.interval.high, found.interval.method) == none
    difference = compare_metrics(
        metric, human[::-1], human, posts, measure, generator(), permutations=50
    )
    assert (difference.difference is not None, difference.interval.method) == (True, none[2])
    assert (
        human_ceiling(np.stack([metric, human]), posts, measure, generator()).interval.method
        == none[2]
    )
    systems = np.array([0, 0, 0, 1, 1])
    accuracy = system_accuracy(metric, human, systems, posts, generator())
    assert (accuracy.value, accuracy.interval.method) == (1.0, none[2])


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_constant_values_are_no_variance_not_nan_and_not_zero(measure: Measure) -> None:
    metric, human = rated(20)
    posts = np.arange(20)
    flat = np.full(20, 3.0)
    found = correlate(metric, flat, posts, measure, generator())
    assert (found.value, found.why_none, found.n) == (None, "no variance in the ratings", 20)
    assert found.interval.method == "none: no variance in the ratings"
    assert (
        correlate(flat, human, posts, measure, generator()).why_none == "no variance in the metric"
    )
    assert (
        human_ceiling(np.stack([flat] * 3), posts, measure, generator()).why_none
        == "no variance in the ratings"
    )
    difference = compare_metrics(metric, flat, human, posts, measure, generator())
    assert (difference.difference, difference.p, difference.why_none) == (
        None,
        None,
        "no variance in the metric",
    )


def test_nearly_constant_ratings_have_a_value_but_may_have_no_interval() -> None:
    metric = np.arange(20.0)
    human = np.full(20, 3.0)
    human[0] = 2.0  # absent from a third of the resamples
    found = correlate(metric, human, np.arange(20), Pearson(), generator())
    assert found.value == pytest.approx(stats.pearsonr(metric, human).statistic)
    assert found.interval.low is None
    assert found.interval.method.startswith("none: undefined in ")


def test_items_without_a_value_are_left_out_and_not_counted() -> None:
    metric, human = rated(30)
    metric[:5], human[25:] = np.nan, np.nan
    found = correlate(metric, human, np.arange(30), Kendall(), generator())
    assert (found.n, found.posts) == (20, 20)
    assert found.value == pytest.approx(stats.kendalltau(metric[5:25], human[5:25]).statistic)
    assert (
        correlate(metric[:2], human[:2], np.arange(2), Kendall(), generator()).why_none
        == "fewer than three items"
    )


def test_the_ceiling_is_each_annotator_against_the_mean_of_the_others() -> None:
    rng = generator(3)
    truth = rng.integers(0, 4, 90)
    ratings = np.clip(truth + rng.integers(-1, 2, (3, 90)), 0, 3).astype(float)
    expected = np.mean(
        [
            stats.spearmanr(ratings[i], np.delete(ratings, i, axis=0).mean(axis=0)).statistic
            for i in range(3)
        ]
    )
    found = human_ceiling(ratings, np.arange(90), Spearman(), generator())
    assert found.value == pytest.approx(expected)
    assert found.interval.low < found.value < found.interval.high


def test_the_ceiling_needs_no_item_that_everybody_rated() -> None:
    """As in a round of rating, where any three of many rate an item."""
    rng = generator(6)
    ratings = np.clip(rng.integers(0, 4, 60) + rng.integers(-1, 2, (5, 60)), 0, 3).astype(float)
    for item in range(60):
        ratings[rng.choice(5, 2, replace=False), item] = np.nan
    values, counts = [], []
    for place, row in enumerate(ratings):
        has = ~np.isnan(row)
        others = np.nanmean(np.delete(ratings, place, axis=0)[:, has], axis=0)
        values.append(stats.pearsonr(row[has], others).statistic)
        counts.append(has.sum())
    found = human_ceiling(ratings, np.arange(60), Pearson(), generator())
    assert found.value == pytest.approx(np.average(values, weights=counts))
    assert found.n == 60
    assert found.interval.low < found.value < found.interval.high


def test_a_constant_annotator_is_left_out_of_the_ceiling_and_said() -> None:
    rng = generator(4)
    ratings = np.stack([rng.integers(0, 4, 40), rng.integers(0, 4, 40), np.full(40, 3)]).astype(
        float
    )
    found = human_ceiling(ratings, np.arange(40), Pearson(), generator())
    assert found.value is not None
    assert "2 of 3 annotators (the others: no variance in the ratings)" in found.interval.method


def test_why_annotators_are_left_out_of_the_ceiling_is_said() -> None:
    two_each = np.full((6, 6), np.nan)
    for annotator in range(6):
        two_each[annotator, annotator], two_each[(annotator + 1) % 6, annotator] = (
            annotator % 4,
            (annotator + 2) % 4,
        )
    found = human_ceiling(two_each, np.arange(6), Pearson(), generator())
    assert (found.value, found.why_none) == (None, "fewer than three items")
    rare = np.array(
        [[1, 2, 3, 0, 2, 1], [1, 2, 2, 0, 3, 1], [np.nan, np.nan, np.nan, np.nan, 2, 3]]
    )
    found = human_ceiling(rare, np.arange(6), Pearson(), generator())
    assert "2 of 3 annotators (the others: fewer than three items)" in found.interval.method
    both = human_ceiling(
        np.vstack([np.full((2, 6), 3.0), rare[2]]), np.arange(6), Pearson(), generator()
    )
    assert both.why_none == "fewer than three items or no variance in the ratings"


def test_a_draw_without_an_annotators_items_is_undefined_and_does_not_warn() -> None:
    rng = generator(2)
    ratings = rng.integers(0, 4, (3, 12)).astype(float)
    ratings[2, 3:] = np.nan
    found = human_ceiling(ratings, np.arange(12), Pearson(), generator())  # warnings are errors
    assert found.value is not None


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_perm_both_is_the_test_over_all_swaps(measure: Measure) -> None:
    first, human = rated(9, 2, noise=0.5)
    second = rated(9, 8)[0]
    z = [(values - values.mean()) / values.std() for values in (first, second)]
    masks = np.array(list(product([False, True], repeat=9)))
    alone = measure.swapped(*z, human, masks)  # checked against scipy and the definition above
    gaps = np.abs(alone.first - alone.second)
    exact = (gaps >= gaps[0] - 1e-9).mean()
    found = compare_metrics(
        first, second, human, np.arange(9), measure, generator(), permutations=20_000
    )
    assert found.p == pytest.approx(exact, abs=0.02)
    assert found.difference == pytest.approx(alone.first[0] - alone.second[0])


def test_perm_both_swaps_whole_posts() -> None:
    metric, human = rated(20)
    other = rated(20, seed=9)[0]
    tiled = [np.tile(values, 2) for values in (metric, other, human)]
    once = compare_metrics(metric, other, human, np.arange(20), Pearson(), generator(1))
    twice = compare_metrics(*tiled, np.tile(np.arange(20), 2), Pearson(), generator(1))
    apart = compare_metrics(*tiled, np.arange(40), Pearson(), generator(1))
    assert (twice.p, twice.n, twice.posts) == (once.p, 40, 20)
    assert apart.p < once.p


def test_a_metric_does_not_differ_from_itself_on_another_scale() -> None:
    metric, human = rated(40)
    found = compare_metrics(
        metric, 100 + 7 * metric, human, np.arange(40), Pearson(), generator(), permutations=500
    )
    assert found.difference == pytest.approx(0.0, abs=1e-12)
    assert found.p == 1.0


def test_system_accuracy_counts_pairs_of_systems() -> None:
    systems = np.repeat(np.arange(4), 30)
    posts = np.tile(np.arange(30), 4)
    rng = generator(0)
    human = np.array([0.0, 1, 2, 3])[systems] + rng.normal(0, 0.1, 120)
    metric = np.array([0.0, 2, 1, 3])[systems] + rng.normal(0, 0.1, 120)
    found = system_accuracy(metric, human, systems, posts, generator())
    assert (found.value, found.n, found.posts) == (pytest.approx(5 / 6), 6, 30)
    assert found.interval.method == "none: no spread in the resamples"  # the means lie far apart
    noisy = human + rng.normal(0, 5, 120)
    unsure = system_accuracy(noisy, human, systems, posts, generator())
    assert unsure.interval.low <= unsure.value <= unsure.interval.high
    assert unsure.interval.low < unsure.interval.high
    alone = system_accuracy(metric[:30], human[:30], systems[:30], posts[:30], generator())
    assert (alone.value, alone.why_none, alone.n) == (None, "fewer than two systems", 0)


def test_word_count_reaches_its_known_correlation_on_the_published_ratings(imhi_dir: Path) -> None:
    path = imhi_dir / "human_evaluation" / "DR_annotation" / "gpt3_data.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    words = np.array([len(row[list(row)[2]].split()) for row in rows], dtype=float)
    overall = np.array([np.mean(json.loads(row["overall"])) for row in rows])
    found = correlate(words, overall, np.arange(len(rows)), Pearson(), generator())
    assert found.value == pytest.approx(0.52, abs=0.005)
    assert found.value == pytest.approx(stats.pearsonr(words, overall).statistic)
    assert found.n == 121


def test_a_metric_takes_each_raters_place() -> None:
    """The human and the metric face the same items and the same means; by scipy, rater by rater."""
    rng = generator(8)
    truth = rng.integers(0, 4, 60)
    ratings = np.clip(truth + rng.integers(-1, 2, (3, 60)), 0, 3).astype(float)
    ratings[2, 40:] = np.nan
    metric = truth + rng.normal(0, 1, 60)
    metric[:15] = np.nan
    ratings[0, 59] = np.nan  # one rating left: a text that no human can be held against
    metrics, humans, weights = [], [], []
    for place in range(3):
        others = np.delete(ratings, place, axis=0)
        rated_twice = (~np.isnan(ratings)).sum(axis=0) > 1
        has = ~np.isnan(metric) & ~np.isnan(ratings[place]) & rated_twice
        means = np.array([np.nanmean(column) for column in others[:, has].T])
        metrics.append(stats.spearmanr(metric[has], means).statistic)
        humans.append(stats.spearmanr(ratings[place, has], means).statistic)
        weights.append(has.sum())
    posts = np.arange(60)
    found = in_place_of_one(metric, ratings, posts, Spearman(), generator())
    assert found.value == pytest.approx(np.average(metrics, weights=weights))
    assert (found.n, found.posts) == (44, 44)
    assert found.interval.low < found.value < found.interval.high
    own = human_ceiling(np.where(np.isnan(metric), np.nan, ratings), posts, Spearman(), generator())
    assert (own.value, own.n) == (pytest.approx(np.average(humans, weights=weights)), 44)


def test_in_a_raters_place_a_rater_is_that_rater() -> None:
    """Of two raters who gave all, the first in the place of either: once against the other, once
    against itself.
    """
    rng = generator(2)
    ratings = rng.integers(0, 4, (2, 30)).astype(float)
    found = in_place_of_one(ratings[0], ratings, np.arange(30), Pearson(), generator(), draws=0)
    both = stats.pearsonr(*ratings).statistic
    assert found.value == pytest.approx((both + 1) / 2)
    assert found.interval.low is None


def test_a_constant_metric_takes_nobodys_place() -> None:
    ratings = generator(2).integers(0, 4, (3, 12)).astype(float)
    found = in_place_of_one(np.full(12, 0.3), ratings, np.arange(12), Kendall(), generator())
    assert (found.value, found.why_none) == (None, "no variance in the metric")
    alone = np.where(np.arange(3)[:, None] == 0, ratings, np.nan)
    found = in_place_of_one(np.arange(12.0), alone, np.arange(12), Kendall(), generator())
    assert (found.value, found.n, found.why_none) == (None, 0, "fewer than three items")
