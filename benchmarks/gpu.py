"""BARTScore on one GPU: the engine against the yardstick, and the engine's own choices against each
other.

    python -m benchmarks.gpu            # BART-large on the GPU, about 4 minutes
    python -m benchmarks.gpu --try      # a tiny model on the processor: that the program runs, not how fast

Needs torch, transformers, numpy and scipy, nothing else of the project's dependencies, and no
downloads: weights are random, which costs the same as any, and token ids are random, as long as
IMHI's texts (see `benchmarks.bartscore`). What random weights cannot say is how far bf16 moves the
scores of a trained model.

The yardstick is the published definition (fp32, batches of 4 in input order). "Padded" is what one
would write next: bf16, sorted by length, large batches. The useful floating-point operations of a
run, over its time, are held against the rate of a large bf16 matrix product on the same device in
the same run.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from benchmarks.bartscore import (
    LARGE,
    NamedTokens,
    Pairs,
    Scorer,
    one_system,
    random_bart,
    yardstick,
)
from benchmarks.rounding import print_verdicts
from scoring.bartscore.attention import Attention, ByBucket, BySequence, VariableLength
from scoring.bartscore.checkpoint import Checkpoint
from scoring.bartscore.scorer import BartScorer
from scoring.bartscore.tokens import Tokens
from scoring.bartscore.torch_runtime import TorchRuntime

TINY = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
}
PADDED_TOKENS = 16_384
"""Of one padded batch: its logits are 3 GiB in fp32."""

Floats = np.ndarray


@dataclass(frozen=True)
class Scale:
    """How much is measured, and on what.

    Attributes:
        architecture: Fields of `BartConfig`.
        device: For torch.
        pairs: Pairs of one system.
        few: Pairs that the yardstick gets: it takes its time.
        posts: Of the comparison of systems.
        rounds: Runs of each; their median counts.
    """

    architecture: dict[str, int]
    device: str
    pairs: int
    few: int
    posts: int
    rounds: int


FULL = Scale(LARGE, "cuda", pairs=4_000, few=200, posts=200, rounds=3)
TRY = Scale(TINY, "cpu", pairs=3, few=2, posts=1, rounds=1)


@dataclass(frozen=True)
class Way:
    """One way to run the engine.

    Attributes:
        name: In the table.
        attention: How packed sequences attend.
        tokens: Of a batch; the engine's own choice if None.
    """

    name: str
    attention: type[Attention] | None = None
    tokens: int | None = None


WAYS = (
    Way("engine bf16"),
    Way("engine bf16, attention by variable length", VariableLength),
    Way("engine bf16, attention by padded buckets", ByBucket),
    Way("engine bf16, batches of 16,384 tokens", None, 16_384),
    Way("engine bf16, batches of 65,536 tokens", None, 65_536),
)
BY_SEQUENCE = Way("engine bf16, attention by sequence", BySequence)
"""On few pairs: a GPU takes long over so many small calls."""


@dataclass(frozen=True)
class Run:
    """What one scorer did.

    Attributes:
        seconds: The median of its runs.
        peak: GiB of device memory that torch held at most, the model's weights included.
        values: (n,) scores.
    """

    seconds: float
    peak: float
    values: Floats


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--try", action="store_true", dest="tried", help="tiny, on the processor")
    scale = TRY if parser.parse_args().tried else FULL
    if scale.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no GPU that torch can use here; --try runs a tiny model on the processor")
    rate = matrix_rate(scale.device)
    print(f"{hardware(scale.device)}; bf16 matrix products at {rate / 1e12:.3g} TFLOP/s\n")
    exact = random_bart(scale.architecture, scale.device)
    half = copy.deepcopy(exact).to(torch.bfloat16)
    _one_system(exact, half, scale, rate)
    print_verdicts(exact, half, scale.posts, lambda model, pairs: _engine(model, pairs, Way("")))


def _one_system(exact: Any, half: Any, scale: Scale, rate: float) -> None:
    """Time every way on the same pairs, each pair with a source of its own."""
    few, many = one_system(scale.few), one_system(scale.pairs)
    slow = timed(yardstick(exact, few.tokens), few, scale)
    print(
        f"{'one system':46}{'pairs':>7}{'pairs/s':>9}{'times':>7}{'of rate':>9}{'peak GiB':>10}",
        end="",
    )
    print(f"{'mean diff':>11}{'largest':>10}")
    base = len(slow.values) / slow.seconds
    _row("yardstick fp32", slow, few, base, rate)
    same = timed(_engine(exact, few, Way("")), few, scale)
    _row("engine fp32", same, few, base, rate, slow.values)
    expected = timed(_engine(exact, many, Way("")), many, scale)
    _row("engine fp32", expected, many, base, rate)
    simple = timed(yardstick(half, few.tokens), few, scale)
    _row("yardstick bf16", simple, few, base, rate, slow.values)
    next_best = timed(padded(half, many.tokens), many, scale)
    _row("padded bf16, sorted by length", next_best, many, base, rate, expected.values)
    for way in WAYS:
        if way.attention is VariableLength and scale.device == "cpu":
            continue
        run = timed(_engine(half, many, way), many, scale)
        _row(way.name, run, many, base, rate, expected.values)
    small = timed(_engine(half, few, BY_SEQUENCE), few, scale)
    _row(BY_SEQUENCE.name, small, few, base, rate, slow.values)


def padded(model: Any, names: dict[str, Tokens]) -> Scorer:
    """Return the model's own forward pass on batches of like lengths, logits and their sums in
    fp32.
    """
    padding = model.config.pad_token_id

    def batch(some: Sequence[str]) -> torch.Tensor:
        rows = [torch.from_numpy(names[name].astype(np.int64)) for name in some]
        return pad_sequence(rows, batch_first=True, padding_value=padding).to(model.device)

    @torch.inference_mode()
    def score(sources: Sequence[str], targets: Sequence[str]) -> Floats:
        lengths = [(len(names[x]), len(names[y])) for x, y in zip(sources, targets, strict=True)]
        values = np.empty(len(sources))
        for rows in _alike(lengths):
            x, y = batch([sources[row] for row in rows]), batch([targets[row] for row in rows])
            logits = model(input_ids=x, attention_mask=x.ne(padding), labels=y).logits.float()
            losses = cross_entropy(
                logits.flatten(0, 1), y.flatten(), reduction="none", ignore_index=padding
            )
            means = losses.view(len(y), -1).sum(dim=1) / y.ne(padding).sum(dim=1)
            values[rows] = -means.cpu().numpy()
        return values

    return score


def _alike(lengths: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return rows by length, longest first, in batches of at most `PADDED_TOKENS` tokens with their
    padding.
    """
    batches: list[list[int]] = []
    longest = 0
    for row in sorted(range(len(lengths)), key=lambda row: -sum(lengths[row])):
        if not batches or (len(batches[-1]) + 1) * longest > PADDED_TOKENS:
            batches.append([])
            longest = sum(lengths[row])
        batches[-1].append(row)
    return batches


def _engine(model: Any, pairs: Pairs, way: Way) -> Scorer:
    """Return the scorer as it is used, but for its tokenizer."""
    names: Any = NamedTokens(pairs.tokens)
    runtime = TorchRuntime(model, attention=way.attention)
    dtype = str(model.dtype).removeprefix("torch.")
    return BartScorer(Checkpoint("random", Path()), runtime, names, dtype, way.tokens).score


def timed(scorer: Scorer, pairs: Pairs, scale: Scale) -> Run:
    """Time a run that is not counted, since the first call loads and allocates, and then those that
    are.
    """
    some = slice(0, max(1, len(pairs.sources) // 20))
    scorer(pairs.sources[some], pairs.targets[some])
    seconds = []
    values = np.empty(0)
    _forget_peak(scale)
    for _ in range(scale.rounds):
        started = time.perf_counter()
        values = scorer(pairs.sources, pairs.targets)
        seconds.append(time.perf_counter() - started)
    return Run(statistics.median(seconds), _peak(scale), values)


def _forget_peak(scale: Scale) -> None:
    if scale.device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak(scale: Scale) -> float:
    return torch.cuda.max_memory_allocated() / 2**30 if scale.device == "cuda" else float("nan")


def _row(
    name: str, run: Run, pairs: Pairs, base: float, rate: float, expected: Floats | None = None
) -> None:
    speed = run.values.size / run.seconds
    share = pairs.flops / run.seconds / rate
    line = (
        f"{name:46}{run.values.size:7}{speed:9.1f}{speed / base:7.1f}{share:9.1%}{run.peak:10.1f}"
    )
    if expected is not None:
        apart = np.abs(run.values - expected)
        line += f"{apart.mean():11.1e}{apart.max():10.1e}"
    print(line, flush=True)


def hardware(device: str) -> str:
    """Return what computes, and torch's version."""
    name = torch.cuda.get_device_name() if device == "cuda" else "the processor"
    return f"{name}, torch {torch.__version__}"


def matrix_rate(device: str) -> float:
    """Return FLOP/s of a large bf16 matrix product on random data; the median of
    single products.
    """
    size = 8_192 if device == "cuda" else 256
    matrix = torch.randn(size, size, device=device, dtype=torch.bfloat16)
    seconds = []
    for _ in range(30):
        started = time.perf_counter()
        matrix @ matrix
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return 2 * size**3 / statistics.median(seconds[5:])


if __name__ == "__main__":
    main()
