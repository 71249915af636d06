"""Intervals and tests of metrics against human ratings, against a plain loop over resamples.

    python -m benchmarks.validity [--texts 121] [--metrics 15] [--ratings DIR]

Ratings of 0 to 3 by three raters and metrics are simulated, as many texts as the published
depression ratings have of a system. The yardstick does what the statistics say, one resample and
one permutation after another: SciPy's functions for correlations, NumPy's for acc_eq. It is timed
on a part of them, and what the rest would take follows. Time is processor time, of one thread.

With `--ratings`, a folder of published files of ratings, all of `reasonboard validity` on them is
timed besides.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np
from scipy import stats

from scoring.statistics import MEASURES, Kendall, Pearson, compare_metrics, correlate

DRAWS, PERMUTATIONS = 1_000, 10_000
TRIED = 20
"""Resamples and permutations that the yardstick is timed on."""

Floats = np.ndarray


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=121)
    parser.add_argument("--metrics", type=int, default=15)
    parser.add_argument("--ratings", type=Path, help="a folder of files of ratings")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    human = rng.integers(0, 10, options.texts) / 3
    metrics = [human + rng.normal(0, 1 + place / 4, len(human)) for place in range(options.metrics)]
    print("| what | loop, s | here, s | times |\n| --- | --- | --- | --- |")
    total = np.zeros(2)
    for what, loop, ours in _parts(human, metrics):
        total += loop, ours
        print(f"| {what} | {loop:.1f} | {ours:.2f} | {loop / ours:.1f} |")
    print(f"| together | {total[0]:.1f} | {total[1]:.2f} | {total[0] / total[1]:.1f} |")
    if options.ratings:
        print(f"\n`validity` on {options.ratings}: {_published(options.ratings):.1f} s")


def _parts(human: Floats, metrics: Sequence[Floats]) -> list[tuple[str, float, float]]:
    posts = np.arange(len(human))
    rows = []
    for measure in MEASURES:
        plain = ONE[measure.name]
        loop = _timed(lambda plain=plain: _resampled(plain, metrics[0], human))
        ours = _timed(
            lambda measure=measure: [
                correlate(each, human, posts, measure, np.random.default_rng(0)) for each in metrics
            ]
        )
        scale = len(metrics) * (DRAWS + len(human)) / TRIED
        rows.append((f"{measure.title}, intervals", loop * scale, ours))
    for measure in (Pearson(), Kendall()):
        plain = ONE[measure.name]
        loop = _timed(lambda plain=plain: _swapped(plain, metrics[0], metrics[1], human))
        ours = _timed(
            lambda measure=measure: [
                compare_metrics(
                    each, metrics[0], human, posts, measure, np.random.default_rng(0), draws=0
                )
                for each in metrics[1:]
            ]
        )
        scale = (len(metrics) - 1) * PERMUTATIONS / TRIED
        rows.append((f"{measure.title}, tests of differences", loop * scale, ours))
    return rows


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _resampled(one: Callable[[Floats, Floats, Floats], float], x: Floats, y: Floats) -> None:
    rng = np.random.default_rng(0)
    for _ in range(TRIED):
        drawn = rng.integers(0, len(x), len(x))
        one(x[drawn], y[drawn], drawn)


def _swapped(
    one: Callable[[Floats, Floats, Floats], float], a: Floats, b: Floats, y: Floats
) -> None:
    rng, items = np.random.default_rng(0), np.arange(len(y))
    for _ in range(TRIED):
        mask = rng.random(len(y)) < 0.5
        one(np.where(mask, b, a), y, items)
        one(np.where(mask, a, b), y, items)


def _acc_eq(x: Floats, y: Floats, item: Floats) -> float:
    """Return the best share of pairs that are ordered, or tied, alike over all thresholds."""
    i, j = np.triu_indices(len(x), 1)
    kept = item[i] != item[j]
    i, j = i[kept], j[kept]
    apart = np.abs(x[i] - x[j])
    order = np.argsort(apart, kind="stable")
    ties = (y[i] == y[j])[order]
    alike = ((x[i] - x[j]) * (y[i] - y[j]) > 0)[order]
    right = np.append(0, np.cumsum(ties)) + alike.sum() - np.append(0, np.cumsum(alike))
    ends = [0, *np.flatnonzero(np.diff(apart[order])) + 1, len(order)]
    return float(right[ends].max() / len(order))


ONE: dict[str, Callable[[Floats, Floats, Floats], float]] = {
    "pearson": lambda x, y, _: stats.pearsonr(x, y).statistic,
    "spearman": lambda x, y, _: stats.spearmanr(x, y).statistic,
    "kendall": lambda x, y, _: stats.kendalltau(x, y).statistic,
    "acc_eq": _acc_eq,
}


def _published(ratings: Path) -> float:
    """Return the processor time of `reasonboard validity` on a board with nothing but ratings."""
    command = Path(sys.executable).with_name("reasonboard")
    with tempfile.TemporaryDirectory() as data:
        environment = os.environ | {"REASONBOARD_DATA": data, "REASONBOARD_AUTHOR": "benchmark"}

        def run(*words: object) -> None:
            subprocess.run(
                [command, *map(str, words)], check=True, env=environment, stdout=subprocess.DEVNULL
            )

        for file in sorted(ratings.glob("*.csv")):
            run("ratings", "import", file, "--reason", "to measure")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run("validity", "--format", "json")
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


if __name__ == "__main__":
    main()
