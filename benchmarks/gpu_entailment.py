"""NLI on one GPU: the scorer in bf16 against the plain loop in fp32.

    python -m benchmarks.gpu_entailment         # DeBERTa-v3-large on the GPU, about a minute
    python -m benchmarks.gpu_entailment --try   # a tiny model on the processor: that it runs

Needs torch, transformers, numpy and scipy, nothing else of the project's dependencies, and no
downloads: weights and token ids are random (see `benchmarks.entailment`, whose pairs and yardstick
these are). What random weights cannot say is how far bf16 moves the probabilities of a trained
model. The share is of the rate of a large bf16 matrix product on the same device in the same run.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.bartscore import Scorer
from benchmarks.entailment import (
    V3,
    NliPairs,
    engine,
    matrix_rate,
    pipeline_loop,
    random_nli,
    sentence_pairs,
)
from scoring.entailment.cost import pair_operations
from scoring.entailment.torch_runtime import PlainClassifier

LARGE = {
    "hidden_size": 1_024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4_096,
}
TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
BUDGETS = (8_192, 16_384, 65_536)
"""Tokens of a batch, beside the scorer's own choice."""


@dataclass(frozen=True)
class NliScale:
    """How much is measured, and on what.

    Attributes:
        architecture: Fields of `DebertaV2Config`.
        device: For torch.
        posts: Whose explanations are scored.
        few: Posts that the yardstick gets: it takes its time.
        rounds: Runs of each; their median counts.
        size: Rows of the matrices whose product is timed.
    """

    architecture: dict[str, int]
    device: str
    posts: int
    few: int
    rounds: int
    size: int


FULL = NliScale(LARGE, "cuda", posts=240, few=40, rounds=3, size=8_192)
TRY = NliScale(TINY, "cpu", posts=3, few=2, rounds=1, size=256)


@dataclass(frozen=True)
class NliRun:
    """What one scorer did.

    Attributes:
        seconds: The median of its runs.
        peak: GiB of device memory that torch held at most, the model's weights included.
        values: (n, 3) probabilities.
    """

    seconds: float
    peak: float
    values: np.ndarray


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--try", action="store_true", dest="tried", help="tiny, on the processor")
    scale = TRY if parser.parse_args().tried else FULL
    if scale.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no GPU that torch can use here; --try runs a tiny model on the processor")
    rate = matrix_rate(scale.size, scale.size, scale.size, torch.bfloat16, scale.device)
    name = torch.cuda.get_device_name() if scale.device == "cuda" else "the processor"
    print(f"{name}, torch {torch.__version__}; bf16 products at {rate / 1e12:.3g} TFLOP/s\n")
    exact = random_nli(scale.architecture, scale.device)
    half = copy.deepcopy(exact).to(torch.bfloat16)
    few, many = sentence_pairs(scale.few), sentence_pairs(scale.posts)
    head = ("pairs", "pairs/s", "times", "of rate", "peak GiB", "mean diff", "largest")
    print(f"{'':40}" + "".join(f"{title:>10}" for title in head), flush=True)
    table = _Table(scale, rate)
    table.row("yardstick fp32, batches of 8", pipeline_loop(exact, few), few)
    table.row("yardstick bf16, batches of 8", pipeline_loop(half, few), few)
    table.row("scorer fp32", engine(exact, few), few)
    table.row("scorer fp32", engine(exact, many), many)
    own = PlainClassifier(half)
    table.row("scorer bf16, Transformers' forward pass", engine(half, many, forward=own), many)
    table.row("scorer bf16", engine(half, many), many)
    for tokens in BUDGETS:
        table.row(f"scorer bf16, batches of {tokens:,} tokens", engine(half, many, tokens), many)


class _Table:
    """Rows of the table; the first is what speeds are held against."""

    def __init__(self, scale: NliScale, rate: float) -> None:
        self._scale, self._rate = scale, rate
        self._base = 0.0
        self._exact: dict[int, np.ndarray] = {}

    def row(self, name: str, scorer: Scorer, pairs: NliPairs) -> None:
        """Run and print; differences are from the first fp32 values of the same pairs."""
        run = _timed(scorer, pairs, self._scale)
        speed = len(run.values) / run.seconds
        self._base = self._base or speed
        apart = np.abs(run.values - self._exact.setdefault(len(run.values), run.values))
        useful = pair_operations({**self._scale.architecture, **V3}, pairs.lengths)
        print(
            f"{name:40}{len(run.values):10}{speed:10.1f}{speed / self._base:10.1f}"
            f"{useful / run.seconds / self._rate:10.1%}{run.peak:10.1f}{apart.mean():10.1e}"
            f"{apart.max():10.1e}",
            flush=True,
        )


def _timed(scorer: Scorer, pairs: NliPairs, scale: NliScale) -> NliRun:
    """Time a run that is not counted, since the first call loads and allocates, and then those that
    are.
    """
    some = slice(0, max(1, len(pairs.sources) // 20))
    scorer(pairs.sources[some], pairs.targets[some])
    on_gpu = scale.device == "cuda"
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    values = np.empty(0)
    for _ in range(scale.rounds):
        started = time.perf_counter()
        values = scorer(pairs.sources, pairs.targets)
        seconds.append(time.perf_counter() - started)
    peak = torch.cuda.max_memory_allocated() / 2**30 if on_gpu else float("nan")
    return NliRun(statistics.median(seconds), peak, values)


if __name__ == "__main__":
    main()
