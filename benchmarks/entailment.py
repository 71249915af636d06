"""The NLI scorer against a yardstick, side by side.

    python -m benchmarks.entailment [--posts 5] [--rounds 2] [--threads 2]

The yardstick is the loop that Transformers' text-classification pipeline runs: batches of 8 in
input order, padded to the batch's longest, fp32, the model's own forward pass. Pairs are those of
`sentence_support`: every chunk of a post with every sentence of an explanation, as long as IMHI's
texts (quantiles of lengths.csv; sentences of 20 tokens, chunks of 350). Both work on the same
random token ids (tokenising is left out, which the loop does again for every pair), under the same
random weights. Runs alternate and the medians of their times are compared. The share is of what
one matrix product of the model's size reached in the same run, on the same threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

from benchmarks.bartscore import Scorer, compare, imhi_lengths, processor_name
from scoring.bartscore.tokens import Tokens
from scoring.entailment.checkpoint import NliCheckpoint
from scoring.entailment.cost import pair_operations
from scoring.entailment.scorer import NliScorer
from scoring.entailment.tokens import Frame
from scoring.entailment.torch_runtime import Forward, NliRuntime
from scoring.readers.checkpoint import EncoderCheckpoint

V3 = {
    "relative_attention": True,
    "position_buckets": 256,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "p2c|c2p",
    "position_biased_input": False,
    "type_vocab_size": 0,
    "layer_norm_eps": 1e-7,
}
"""What all of DeBERTa-v3 have in common."""
BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3_072,
}
WORDS = 30_000
"""A quarter of DeBERTa-v3's vocabulary: the rest costs memory and no time."""
SENTENCE, CHUNK = 20, 350
BATCH = 8
FRAME = Frame(*(np.array([token], dtype=np.int32) for token in (1, 2, 2)), (), 0)


@dataclass(frozen=True)
class NamedTexts:
    """Stands where the tokenizer does: a "text" is the name of a sequence.

    Attributes:
        tokens: Name -> its ids.
    """

    tokens: dict[str, Tokens]
    frame = FRAME
    max_tokens = 512

    def encode(self, names: Sequence[str]) -> list[Tokens]:
        """Return the ids of names."""
        return [self.tokens[name] for name in names]

    def kept(self, premise: int, hypothesis: int) -> tuple[int, int]:
        """Return both: nothing is too long."""
        return premise, hypothesis


@dataclass(frozen=True)
class NliPairs:
    """Names of token sequences to score, and the sequences."""

    tokens: dict[str, Tokens]
    sources: list[str]
    targets: list[str]

    @property
    def lengths(self) -> np.ndarray:
        """(n,) tokens of each pair."""
        both = zip(self.sources, self.targets, strict=True)
        return np.array([len(self.tokens[s]) + len(self.tokens[t]) + FRAME.tokens for s, t in both])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of the CPU")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rate = matrix_rate(1_024, BASE["hidden_size"], BASE["intermediate_size"], torch.float32)
    print(
        f"{processor_name()}, {options.threads} threads, torch {torch.__version__}, load"
        f" {os.getloadavg()[0]:.1f}; fp32 products at {rate / 1e9:.0f} GFLOP/s"
    )
    model = random_nli(BASE)
    pairs = sentence_pairs(options.posts)
    base, timed = compare(
        [pipeline_loop(model, pairs), engine(model, pairs)], pairs, options.rounds
    )
    useful = pair_operations({**BASE, **V3}, pairs.lengths)
    print(
        f"{'':28}{'pairs':>7}{'pairs/s':>9}{'times':>7}{'range':>14}{'of rate':>9}{'difference':>12}"
    )
    ratios = [a / b for a, b in zip(base.wall, timed.wall, strict=True)]
    for name, run, shown in (
        ("yardstick", base, ""),
        ("scorer", timed, f"{min(ratios):.2f} to {max(ratios):.2f}"),
    ):
        share = useful / statistics.median(run.wall) / rate
        times = run.pairs_a_second() / base.pairs_a_second()
        print(
            f"{name:28}{len(run.values):7}{run.pairs_a_second():9.2f}{times:7.2f}{shown:>14}"
            f"{share:9.1%}{run.difference(base):12.1e}"
        )


def pipeline_loop(model: Any, pairs: NliPairs) -> Scorer:
    """Return the yardstick."""

    @torch.no_grad()
    def score(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        values = []
        for start in range(0, len(sources), BATCH):
            some = slice(start, start + BATCH)
            rows = [
                torch.from_numpy(FRAME.joined(pairs.tokens[s], pairs.tokens[t])[0])
                for s, t in zip(sources[some], targets[some], strict=True)
            ]
            ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(model.device)
            logits = model(input_ids=ids, attention_mask=ids.ne(0)).logits
            values.append(logits.float().softmax(dim=-1).cpu().numpy())
        return np.concatenate(values)

    return score


def engine(
    model: Any, pairs: NliPairs, token_budget: int | None = None, forward: Forward | None = None
) -> Scorer:
    """Return the scorer as it is used, but for its tokenizer."""
    named: Any = NamedTexts(pairs.tokens)
    checkpoint = NliCheckpoint(EncoderCheckpoint("random", Path()), (0, 1, 2))
    dtype = str(model.dtype).removeprefix("torch.")
    runtime = NliRuntime(model, FRAME, forward)
    return NliScorer(checkpoint, runtime, named, dtype, token_budget).score


def random_nli(architecture: dict[str, int], device: str = "cpu") -> Any:
    """Return weights that know nothing, drawn on the device."""
    torch.manual_seed(0)
    config = DebertaV2Config(vocab_size=WORDS, num_labels=3, **architecture, **V3)
    with torch.device(device):
        return DebertaV2ForSequenceClassification(config).eval()


def sentence_pairs(posts: int) -> NliPairs:
    """Return every chunk of each post with every sentence of its explanation."""
    draw = np.random.default_rng(0)
    lengths = zip(
        *(imhi_lengths(column, posts, draw) for column in ("post", "reference")), strict=True
    )
    tokens: dict[str, Tokens] = {}
    sources, targets = [], []
    for post, (length, explanation) in enumerate(lengths):
        chunks = _parts(f"post {post}", length, CHUNK, draw)
        sentences = _parts(f"explanation {post}", explanation, SENTENCE, draw)
        tokens |= chunks | sentences
        sources += list(chunks) * len(sentences)
        targets += [name for name in sentences for _ in chunks]
    return NliPairs(tokens, sources, targets)


def _parts(name: str, length: int, most: int, draw: np.random.Generator) -> dict[str, Tokens]:
    """Return random tokens in equal parts of at most about `most`."""
    count = max(1, round(length / most)) if most == SENTENCE else -(-length // most)
    ends = np.linspace(0, length, count + 1).round().astype(int)
    return {
        f"{name}, {number}": draw.integers(4, WORDS, max(1, size)).astype(np.int32)
        for number, size in enumerate(np.diff(ends))
    }


def matrix_rate(
    rows: int, width: int, inner: int, dtype: torch.dtype, device: str = "cpu"
) -> float:
    """Return FLOP/s of a linear layer on random data; the median of single products."""
    left = torch.randn(rows, width, device=device, dtype=dtype)
    right = torch.randn(width, inner, device=device, dtype=dtype)
    seconds = []
    for _ in range(30):
        started = time.perf_counter()
        left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return 2 * rows * width * inner / statistics.median(seconds[5:])


if __name__ == "__main__":
    main()
