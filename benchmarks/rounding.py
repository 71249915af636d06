"""What bfloat16 does to scores and to verdicts: twenty systems that differ a little, ranked by scores
in fp32 and in bfloat16.

    python -m benchmarks.rounding [--posts 30]     # BART-base on this machine's processor
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.bartscore import BASE, Pairs, Scorer, engine, many_systems, random_bart
from scoring.bartscore.tokens import Tokens
from scoring.statistics.ranks import rank_systems
from scoring.statistics.swaps import TaskSums

SYSTEMS = 20
Floats = np.ndarray


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=30)
    options = parser.parse_args()
    exact = random_bart(BASE)
    half = copy.deepcopy(exact).to(torch.bfloat16)
    print_verdicts(exact, half, options.posts, lambda model, pairs: engine(model, pairs.tokens))


def print_verdicts(
    exact: Any, half: Any, posts: int, scorer_of: Callable[[Any, Pairs], Scorer]
) -> None:
    """Score and rank the systems with two models, and print how far they differ.

    Args:
        exact: A model in fp32.
        half: The same in bfloat16.
        posts: Of each system.
        scorer_of: What scores pairs with a model.
    """
    pairs = repeating_systems(posts)
    print(f"\n{SYSTEMS} systems on {posts} posts, posts to hypotheses")
    values = []
    for name, model in (("fp32", exact), ("bf16", half)):
        started = time.perf_counter()
        values.append(scorer_of(model, pairs)(pairs.sources, pairs.targets).reshape(SYSTEMS, -1))
        speed = values[-1].size / (time.perf_counter() - started)
        print(f"  engine {name}: {speed:.0f} pairs/s", flush=True)
    precise, rough = values
    upper = np.triu_indices(SYSTEMS, 1)
    first, second = (significant(each)[upper] for each in (precise, rough))
    apart = np.abs(precise - rough)
    print(f"  difference of a pair: mean {apart.mean():.1e}, largest {apart.max():.1e}")
    print(f"  of a system's mean: largest {np.abs(precise.mean(1) - rough.mean(1)).max():.1e}")
    print(
        f"  significant pairs of {len(first)}: fp32 {np.count_nonzero(first)}, bf16 "
        f"{np.count_nonzero(second)}, other verdict {np.count_nonzero(first != second)}, of these "
        f"in the other direction {np.count_nonzero(first * second < 0)}"
    )


def significant(values: Floats) -> Floats:
    """Return (systems, posts) -> (systems, systems).

    1 where the row's system is significantly better, -1 worse, else 0.
    """
    sums = [np.stack([row, np.ones_like(row)], axis=1)[None] for row in values]
    task = TaskSums(sums, np.arange(values.shape[1]), lambda s: s[..., 0] / s[..., 1])
    better = rank_systems([task], np.random.default_rng(0)).better.astype(int)
    return np.asarray(better - better.T)


def repeating_systems(posts: int) -> Pairs:
    """Return systems that say the same texts, each with a larger share of tokens replaced by the
    one before.

    Repetition is what random weights with tied embeddings notice, so that the systems truly differ.
    """
    pairs = many_systems(posts, SYSTEMS)
    draw = np.random.default_rng(1)
    tokens = dict(pairs.tokens)
    for number, name in enumerate(pairs.targets):
        system, post = divmod(number, posts)
        tokens[name] = _stuttering(pairs.tokens[pairs.targets[post]], 0.01 * system, draw)
    return Pairs(tokens, pairs.sources, pairs.targets)


def _stuttering(tokens: Tokens, share: float, draw: np.random.Generator) -> Tokens:
    repeated = np.concatenate([tokens[:1], tokens[:-1]])
    replaced = draw.random(len(tokens)) < share
    replaced[[0, 1, -1]] = False
    return np.where(replaced, repeated, tokens).astype(np.int32)


if __name__ == "__main__":
    main()
