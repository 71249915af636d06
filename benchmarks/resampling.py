"""How long resampling takes on a board of 200 systems, 20 tasks and 6 metrics of correctness.

    python benchmarks/resampling.py [--systems 200] [--threads 2]

Systems are simulated on the declared tasks' real sizes and numbers of labels (IMHI, Mental-LLM and
one expert set); each knows the right label with a chance of its own and guesses otherwise. The
figures do not depend on what the labels mean.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
METRICS = ("weighted_f1", "balanced_accuracy", "macro_f1", "accuracy", "mcc", "parse_rate")
QUESTIONS = {"imhi/irf": 2, "imhi/multiwd": 6}
"""Questions a post, where it is more than one."""

ITEMS = 121
"""Rated explanations of one system, as in the published depression ratings."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    print(f"{'what':62}{'seconds':>9}{'CPU':>9}")
    _board(options.systems)
    _ratings()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory, MB':62}{peak:9.0f}")


def _board(systems: int) -> None:
    import numpy as np

    from scoring.metrics import metric
    from scoring.statistics import (
        TaskSums,
        Unseen,
        compare,
        exponential_weights,
        rank_systems,
        replicate_many,
    )
    from scoring.tasks import read_tasks

    declared = read_tasks(ROOT / "leaderboard_data" / "tasks")
    chosen = [task for name, task in declared.items() if name.startswith(("imhi/", "mental-llm/"))]
    chosen.append(declared["imhi-expert/cams"])

    def bootstrap() -> None:
        for task in chosen:
            posts = next(_systems(task, systems)).shape[1]
            weights = exponential_weights(posts, 1000, np.random.default_rng(0))
            for name in METRICS:
                estimator = metric(name).estimator(task)
                labels = len(task.labels)
                rows = estimator.rows(np.zeros((1, labels * (labels + 1))))
                unseen = Unseen.draw(1000, rows, np.random.default_rng(1))
                replicate_many(_systems(task, systems), weights, [estimator], unseen)

    _timed(
        f"1,000 replicates, {systems} systems x {len(chosen)} tasks x {len(METRICS)} metrics",
        bootstrap,
    )
    _timed(
        "  of this, simulating the systems",
        lambda: [sum(1 for _ in _systems(task, systems)) for task in chosen],
    )
    imhi, start = [], 0
    for task in chosen[:10]:
        sums = list(_systems(task, systems))
        posts = np.arange(start, start + sums[0].shape[1])
        start += len(posts)
        estimator = metric("weighted_f1").estimator(task)
        imhi.append(TaskSums(sums, posts, estimator.value, estimator))
    _timed(
        "a pair, weighted F1, mean over IMHI's 10 tasks",
        lambda: compare(imhi, np.random.default_rng(0)),
    )
    for index in (3, 7, 8):
        task = imhi[index]
        alone = replace(task, posts=np.arange(len(task.posts)))
        title = f"ranks of {systems}, weighted F1, {chosen[index].id} ({len(task.posts)} posts)"
        _timed(title, lambda alone=alone: rank_systems([alone], np.random.default_rng(0)))
    title = f"ranks of {systems}, weighted F1, mean over IMHI's 10 tasks"
    _timed(title, lambda: rank_systems(imhi, np.random.default_rng(0)))


def _ratings() -> None:
    import numpy as np

    from scoring.statistics import MEASURES, compare_metrics, correlate

    rng = np.random.default_rng(0)
    human = rng.integers(0, 10, ITEMS) / 3
    first, second = human + rng.normal(0, 1, ITEMS), np.round(human + rng.normal(0, 2, ITEMS))
    posts = np.arange(ITEMS)
    for measure in MEASURES:
        _timed(
            f"{measure.name} of {ITEMS} items with its interval",
            lambda measure=measure: correlate(
                first, human, posts, measure, np.random.default_rng(0)
            ),
        )
        _timed(
            f"{measure.name} of two metrics, 10,000 permutations",
            lambda measure=measure: compare_metrics(
                first, second, human, posts, measure, np.random.default_rng(0)
            ),
        )


def _systems(task: object, systems: int) -> Iterator[object]:
    """Yield each system's (1, P, cells) per-post sums."""
    import numpy as np

    from scoring.statistics import post_sums

    rng = np.random.default_rng(0)
    n, labels = task.expected_size, len(task.labels)
    posts = np.arange(n) // QUESTIONS.get(task.id, 1)
    gold = rng.integers(0, labels, n)
    for skill in rng.uniform(0.1, 0.9, systems):
        predicted = np.where(rng.random(n) < skill, gold, rng.integers(0, labels, n))
        predicted[rng.random(n) < 0.02] = labels
        items = np.zeros((1, n, labels * (labels + 1)))
        items[0, np.arange(n), gold * (labels + 1) + predicted] = 1
        yield post_sums(items, posts)


def _timed(what: str, run: Callable[[], object]) -> None:
    started, used = time.perf_counter(), time.process_time()
    run()
    print(
        f"{what:62}{time.perf_counter() - started:9.2f}{time.process_time() - used:9.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
