"""BARTScore's engine against a yardstick, side by side.

    python benchmarks/bartscore.py [--pairs 30] [--rounds 3] [--threads 1]

The yardstick is the published definition as its authors' program runs it: batches of 4 in input
order, padded, fp32, one forward pass with labels, log-softmax over the whole vocabulary, one number
a row brought back. Both work on the same token ids (tokenising is left out), as long as IMHI's
texts (quantiles of lengths.csv); weights are random, which costs the same as any. A hypothesis is
as long as some reference. Runs alternate and the medians of their times are compared, since other
programs use the machine too; the spread says how much they did. On one thread processor time is
hardly touched by them; on several it counts the time that threads wait for each other, too.
"""

from __future__ import annotations

import argparse
import copy
import csv
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BartConfig, BartForConditionalGeneration

from scoring.bartscore.checkpoint import Checkpoint
from scoring.bartscore.devices import has_matrix_units
from scoring.bartscore.runtime import Runtime
from scoring.bartscore.scorer import BartScorer
from scoring.bartscore.tokens import Tokens
from scoring.bartscore.torch_runtime import TorchRuntime

LENGTHS = Path(__file__).with_name("lengths.csv")
BASE = {
    "d_model": 768,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "encoder_attention_heads": 12,
    "decoder_attention_heads": 12,
    "encoder_ffn_dim": 3_072,
    "decoder_ffn_dim": 3_072,
}
LARGE: dict[str, int] = {}
"""BartConfig's own defaults."""

SYSTEMS = 10
BATCH = 4
Scorer = Callable[[Sequence[str], Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Pairs:
    """Names of token sequences to score, and the sequences."""

    tokens: dict[str, Tokens]
    sources: list[str]
    targets: list[str]

    @property
    def flops(self) -> float:
        """Useful floating-point operations of BART-large; held against a FLOP counter."""
        s, t = (
            np.array([len(self.tokens[name]) for name in side], float)
            for side in (self.sources, self.targets)
        )
        return float((0.3523e9 * s + 0.4553e9 * t + 49_152 * (s * s + t * t + s * t)).sum())


class NamedTokens:
    """Stands where the tokenizer does: a "text" is the name of a sequence."""

    max_tokens = 1_024

    def __init__(self, tokens: dict[str, Tokens]) -> None:
        self.encode = lambda names: [tokens[name] for name in names]


@dataclass
class Timed:
    """A scorer's runs: seconds, seconds of processor time, and the scores of the last."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    values: np.ndarray = field(default_factory=lambda: np.empty(0))

    def run(self, scorer: Scorer, pairs: Pairs) -> None:
        """Run once more."""
        wall, processor = time.perf_counter(), time.process_time()
        self.values = scorer(pairs.sources, pairs.targets)
        self.wall.append(time.perf_counter() - wall)
        self.processor.append(time.process_time() - processor)

    def pairs_a_second(self) -> float:
        """Return by the median."""
        return len(self.values) / statistics.median(self.wall)

    def difference(self, other: Timed) -> float:
        """Return how far the scores differ at most."""
        return float(np.abs(self.values - other.values).max())


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=30, help="on a CPU")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of the CPU")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(
        f"{processor_name()}, {options.threads} threads, torch {torch.__version__}, load"
        f" {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'':54}{'yardstick':>11}{'engine':>9}{'times':>7}{'range':>13}{'processor':>11}{'difference':>12}"
    )
    print(f"{'':54}{'pairs/s':>11}{'pairs/s':>9}{'':20}{'times':>11}")
    _cpu("CPU, BART-base, one system", one_system(options.pairs), options.rounds)
    shared = many_systems(max(1, options.pairs // SYSTEMS))
    _cpu(f"CPU, BART-base, {SYSTEMS} systems, src_to_hyp", shared, options.rounds)


def _cpu(name: str, pairs: Pairs, rounds: int) -> None:
    """Time the yardstick, the engine and where it is quick the engine in bfloat16, in turn, and
    print a row each.
    """
    model = random_bart(BASE)
    scorers = {name: engine(model, pairs.tokens)}
    half = copy.deepcopy(model).to(torch.bfloat16)
    if has_matrix_units():
        scorers[f"{name}, bfloat16"] = engine(half, pairs.tokens)
    base, *timed = compare([yardstick(model, pairs.tokens), *scorers.values()], pairs, rounds)
    for row, each in zip(scorers, timed, strict=True):
        _row(row, base, each)


def _row(name: str, base: Timed, timed: Timed) -> None:
    low, high = (
        pick(a / b for a, b in zip(base.wall, timed.wall, strict=True)) for pick in (min, max)
    )
    processor = statistics.median(base.processor) / statistics.median(timed.processor)
    speeds = base.pairs_a_second(), timed.pairs_a_second()
    print(
        f"{name:54}{speeds[0]:11.2f}{speeds[1]:9.2f}{speeds[1] / speeds[0]:7.2f}{f'{low:.2f} to {high:.2f}':>13}"
        f"{processor:11.2f}{timed.difference(base):12.1e}",
        flush=True,
    )


def compare(scorers: Sequence[Scorer], pairs: Pairs, rounds: int) -> list[Timed]:
    """Let all score the pairs in turn, `rounds` times."""
    timed = [Timed() for _ in scorers]
    for _ in range(rounds):
        for timing, scorer in zip(timed, scorers, strict=True):
            timing.run(scorer, pairs)
    return timed


def yardstick(model: Any, tokens: dict[str, Tokens]) -> Scorer:
    """Return the published definition, batch after batch."""
    padding = model.config.pad_token_id
    log_softmax, nll = (
        torch.nn.LogSoftmax(dim=1),
        torch.nn.NLLLoss(reduction="none", ignore_index=padding),
    )

    def padded(names: Sequence[str]) -> torch.Tensor:
        rows = [torch.from_numpy(tokens[name].astype(np.int64)) for name in names]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding).to(
            model.device
        )

    @torch.no_grad()
    def score(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        values: list[float] = []
        for start in range(0, len(sources), BATCH):
            x, y = padded(sources[start : start + BATCH]), padded(targets[start : start + BATCH])
            logits = model(input_ids=x, attention_mask=x.ne(padding), labels=y).logits
            losses = nll(log_softmax(logits.view(-1, logits.shape[-1])), y.view(-1)).view(
                len(y), -1
            )
            values += [-loss.item() for loss in losses.sum(dim=1) / y.ne(padding).sum(dim=1)]
        return np.array(values)

    return score


def engine(model: Any, tokens: dict[str, Tokens]) -> Scorer:
    """Return the scorer as it is used, but for its tokenizer."""
    return _scorer(TorchRuntime(model), tokens, str(model.dtype).removeprefix("torch."))


def _scorer(runtime: Runtime, tokens: dict[str, Tokens], dtype: str) -> Scorer:
    names: Any = NamedTokens(tokens)
    return BartScorer(Checkpoint("random", Path()), runtime, names, dtype).score


def random_bart(architecture: dict[str, int], device: str = "cpu") -> Any:
    """Return weights that know nothing, drawn on the device.

    BART-large takes a processor half a minute.
    """
    torch.manual_seed(0)
    with torch.device(device):
        return BartForConditionalGeneration(BartConfig(**architecture)).eval()


def one_system(count: int) -> Pairs:
    """Return each pair with a source of its own: hypotheses to references."""
    draw = np.random.default_rng(0)
    sources, targets = [f"x{row}" for row in range(count)], [f"y{row}" for row in range(count)]
    return Pairs(
        _sequences(sources, "reference", draw) | _sequences(targets, "reference", draw),
        sources,
        targets,
    )


def many_systems(posts: int, systems: int = SYSTEMS, column: str = "post") -> Pairs:
    """Return posts, or references, to the hypotheses of several systems, system by system."""
    draw = np.random.default_rng(0)
    sources = [f"x{post}" for post in range(posts)]
    targets = [f"y{system}-{post}" for system in range(systems) for post in range(posts)]
    return Pairs(
        _sequences(sources, column, draw) | _sequences(targets, "reference", draw),
        sources * systems,
        targets,
    )


def _sequences(names: Sequence[str], column: str, draw: np.random.Generator) -> dict[str, Tokens]:
    """Return random tokens for each name, as long as IMHI's texts."""
    drawn = imhi_lengths(column, len(names), draw)
    return {name: _tokens(length, draw) for name, length in zip(names, drawn, strict=True)}


def imhi_lengths(column: str, count: int, draw: np.random.Generator) -> list[int]:
    """Return lengths of IMHI's texts in tokens, `post` or `reference`: even quantiles, so that few
    stand for all, in random order.
    """
    with LENGTHS.open(encoding="utf-8", newline="") as stream:
        lengths = [int(row[column]) for row in csv.DictReader(stream)]
    quantiles = np.quantile(lengths, (np.arange(count) + 0.5) / count).round().astype(int)
    return draw.permutation(quantiles).tolist()


def _tokens(length: int, draw: np.random.Generator) -> Tokens:
    return np.concatenate([[0], draw.integers(4, 50_000, max(1, length - 2)), [2]]).astype(np.int32)


def processor_name() -> str:
    """Return the processor and its cores."""
    names = [line.split(":")[1] for line in _cpuinfo() if line.startswith("model name")]
    return f"{names[0].strip() if names else platform.machine()}, {os.cpu_count()} cores"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
