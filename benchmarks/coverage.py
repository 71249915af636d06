"""How often 95% intervals hold the true value, and how often the paired test errs, by simulation.

    python benchmarks/coverage.py [--simulations 2000]

Every scenario draws its data from a population whose true value is known, makes the interval that
the board would make, and counts. An honest interval covers 95%, up to a simulation error of about
half a point at 2,000 simulations. For small sets the percentile bootstrap's coverage is printed
beside that of the interval that is used instead. Metrics that average over labels have a table of
their own: `benchmarks/label_mixes.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from scoring.statistics import (
    NO_SPREAD,
    Interval,
    Pearson,
    TaskSums,
    compare,
    correlate,
    percentile_interval,
    proportion_interval,
    rank_systems,
    replicate_weights,
    replicates,
)

AT_ONCE = 100
"""Simulations that share replicate weights, which saves time and favours no interval."""

Sums = np.ndarray
"""(P, k) per-post sums of one simulated data set."""


class Scenario(NamedTuple):
    """A population to draw from."""

    name: str
    truth: float
    draw: Callable[[np.random.Generator], Sums]
    statistic: Callable[[Sums], Sums]


def main() -> None:
    """Simulate and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2000)
    simulations = parser.parse_args().simulations
    print(f"{'scenario':54}{'interval':22}{'coverage':>9}{'above':>7}{'below':>7}{'width':>8}")
    for n in (35, 400, 2400):
        for p in (0.5, 0.9, 0.97):
            _proportion(n, p, simulations)
    for scenario in (_clustered(400, 6, 0.9), _clustered(35, 6, 0.9)):
        _both_ways(scenario, simulations)
    for scenario in (_macro_f1(35), _macro_f1(400), _macro_f1(2400)):
        _row(
            scenario.name,
            "percentile over posts",
            _percentile(scenario, simulations),
            scenario.truth,
        )
    for n in (35, 400):
        _paired(n, min(simulations, 1000))
    _correlation(121, 0.5, min(simulations, 1000))
    print(f"\n{'test at .05, no true difference':54}{'':22}{'rejected':>9}")
    for n in (35, 400):
        _size_of_the_test(n, min(simulations, 1000))


def _proportion(n: int, p: float, simulations: int) -> None:
    name = f"accuracy, n = {n}, p = {p}"

    def draw(rng: np.random.Generator) -> Sums:
        return np.stack([rng.random(n) < p, np.ones(n)], axis=1).astype(float)

    scenario = Scenario(name, p, draw, _mean)
    hits = [sums[:, 0].sum() for sums in _data(scenario, simulations)]
    _row(name, "Wilson (used)", [proportion_interval(float(hit), n) for hit in hits], p)
    _row(name, "percentile", _percentile(scenario, simulations), p)


def _clustered(posts: int, questions: int, p: float) -> Scenario:
    """Return answers to posts that differ in difficulty.

    A post's chance of a right answer is beta distributed, within-post correlation .3.
    """
    size = 1 / 0.3 - 1

    def draw(rng: np.random.Generator) -> Sums:
        right = rng.binomial(questions, rng.beta(p * size, (1 - p) * size, posts))
        return np.stack([right, np.full(posts, questions)], axis=1).astype(float)

    return Scenario(f"accuracy, {posts} posts x {questions} questions, p = {p}", p, draw, _mean)


def _both_ways(scenario: Scenario, simulations: int) -> None:
    _row(scenario.name, "percentile over posts", _percentile(scenario, simulations), scenario.truth)
    totals = [sums.sum(axis=0) for sums in _data(scenario, simulations)]
    naive = [proportion_interval(float(right), int(asked)) for right, asked in totals]
    _row(scenario.name, "Wilson over items", naive, scenario.truth)


def _macro_f1(n: int) -> Scenario:
    """Return four labels, the rarest 5% of the gold, recalls .9 to .5."""
    shares, recalls = np.array([0.5, 0.3, 0.15, 0.05]), np.array([0.9, 0.8, 0.7, 0.5])
    cells = (shares * (1 - recalls) / 3)[:, None] * np.ones(4)
    np.fill_diagonal(cells, shares * recalls)

    def draw(rng: np.random.Generator) -> Sums:
        return np.eye(16)[rng.choice(16, n, p=cells.ravel())]

    return Scenario(f"macro F1 of 4 labels, n = {n}", float(_f1(cells.ravel())), draw, _f1)


def _f1(sums: Sums) -> Sums:
    cells = sums.reshape(*sums.shape[:-1], 4, 4)
    gold, predicted = cells.sum(axis=-1), cells.sum(axis=-2)
    f1 = 2 * np.diagonal(cells, axis1=-2, axis2=-1) / np.maximum(gold + predicted, 1e-300)
    return (f1 * (gold > 0)).sum(axis=-1) / (gold > 0).sum(axis=-1)


def _paired(n: int, simulations: int) -> None:
    differences = [
        compare([_two(n, 0.05, seed)], np.random.default_rng(seed), permutations=1)
        for seed in range(simulations)
    ]
    _row(
        f"difference of two accuracies, n = {n}",
        "paired Bayesian",
        [pair.interval for pair in differences],
        0.05,
    )


def _correlation(n: int, rho: float, simulations: int) -> None:
    intervals = []
    for seed in range(simulations):
        rng = np.random.default_rng(seed)
        metric, human = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n).T
        intervals.append(correlate(metric, human, np.arange(n), Pearson(), rng).interval)
    _row(f"Pearson, n = {n}, r = {rho}", "BCa over posts", intervals, rho)


def _size_of_the_test(n: int, simulations: int) -> None:
    alike = [_two(n, 0.0, seed) for seed in range(simulations)]
    rankings = [
        rank_systems([task], np.random.default_rng(seed)) for seed, task in enumerate(alike)
    ]
    share = np.mean([ranking.better.any() for ranking in rankings])
    print(f"{f'two systems of accuracy .8, n = {n}':54}{'permutation of posts':22}{share:9.3f}")


def _two(n: int, difference: float, seed: int) -> TaskSums:
    """Return two systems, right on 80% and 80% - difference, which tend to fail on
    the same posts.
    """
    rng = np.random.default_rng([1, seed])
    hard = rng.random(n) < 0.3
    chance = np.where(hard, 0.4, (0.8 - 0.3 * 0.4) / 0.7)
    systems = [rng.random(n) < chance - less for less in (0.0, difference)]
    sums = [np.stack([right, np.ones(n)], axis=1)[None].astype(float) for right in systems]
    return TaskSums(sums, np.arange(n), _mean)


def _percentile(scenario: Scenario, simulations: int) -> list[Interval]:
    intervals = []
    data = list(_data(scenario, simulations))
    for start in range(0, simulations, AT_ONCE):
        batch = data[start : start + AT_ONCE]
        weights = replicate_weights(len(batch[0]), 1000, np.random.default_rng(start))
        intervals += [_textbook(replicates(sums, weights, scenario.statistic)) for sums in batch]
    return intervals


def _textbook(values: Sums) -> Interval:
    """Return the percentile interval, of no width where all resamples are alike.

    The board gives none there.
    """
    interval = percentile_interval(values)
    return (
        Interval(float(values[0]), float(values[0]), "no width")
        if interval == NO_SPREAD
        else interval
    )


def _data(scenario: Scenario, simulations: int) -> Iterator[Sums]:
    return (scenario.draw(np.random.default_rng([2, seed])) for seed in range(simulations))


def _mean(sums: Sums) -> Sums:
    return sums[..., 0] / sums[..., 1]


def _row(name: str, kind: str, intervals: list[Interval], truth: float) -> None:
    """Print coverage, the shares of intervals that lie wholly above and below the truth, and the
    mean width.
    """
    given = [
        interval for interval in intervals if interval.low is not None and interval.high is not None
    ]
    low, high = np.array([(interval.low, interval.high) for interval in given], dtype=float).T
    above, below = (low > truth).mean(), (high < truth).mean()
    print(
        f"{name:54}{kind:22}{1 - above - below:9.3f}{above:7.3f}{below:7.3f}{(high - low).mean():8.3f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
