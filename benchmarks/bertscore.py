"""BERTScore's engine against the authors' own loop, side by side.

    python -m benchmarks.bertscore [--rounds 2] [--threads 2]   # RoBERTa-base on the processor
    python -m benchmarks.bertscore --gpu                        # RoBERTa-large on a GPU, about a minute
    python -m benchmarks.bertscore --gpu --try                  # that, tiny, on the processor

On the processor the yardstick is bert-score's `bert_cos_score_idf` itself: fp32, distinct texts of a
call sorted by words, padded to the longest of a batch, then pairs in batches in input order. It is
called once a system, as its command line and its `score` are, and once with all systems' pairs. Both
sides work on the same random token ids, as long as IMHI's texts (tokenising is left out), under the
same random weights. Few texts sorted into batches of its usual 64 would be padded far more than
thousands are (2%), so that its batches are as small as pads no more than a few percent; how many
stands in the table.

On a GPU the yardstick is a transcription of that loop (its package is not needed there) in batches of
64, and the engine runs in bf16. The useful floating-point operations of a run, each distinct text
encoded once, over its time, are held against the rate of a large bf16 matrix product in the same run.
Nothing is downloaded; torch, transformers, numpy and scipy are all that is needed.
"""

from __future__ import annotations

import argparse
import copy
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import RobertaConfig, RobertaModel

from benchmarks.bartscore import (
    SYSTEMS,
    Pairs,
    Scorer,
    Timed,
    compare,
    many_systems,
    one_system,
    processor_name,
)
from benchmarks.gpu import Run, Scale, hardware, matrix_rate, timed
from scoring.bartscore.attention import Attention, ByBucket
from scoring.bartscore.tokens import Tokens
from scoring.bertscore.idf import EqualWeights
from scoring.bertscore.matching import MatchingRuntime
from scoring.encoders.operations import operations_of
from scoring.encoders.packed import PackedBert
from scoring.encoders.scorer import EncoderScorer

MARKS = frozenset((0, 2))
POSITIONS = 514
LONGEST = 512
BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 10,
    "num_attention_heads": 12,
    "intermediate_size": 3_072,
}
LARGE = {
    "hidden_size": 1_024,
    "num_hidden_layers": 17,
    "num_attention_heads": 16,
    "intermediate_size": 4_096,
}
"""RoBERTas up to the layers that the authors recommend; both sides leave out those above."""

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
BATCH = 64
"""What the authors' program takes."""

FULL = Scale(LARGE, "cuda", pairs=4_000, few=1_000, posts=400, rounds=3)
TRY = Scale(TINY, "cpu", pairs=6, few=3, posts=2, rounds=1)


class NamedTexts:
    """Stands where a tokenizer does, ours and theirs: a "text" is the name of a sequence, followed by
    as many words as it has tokens, by which their loop sorts.
    """

    max_tokens = model_max_length = LONGEST
    pad_token_id, cls_token_id, sep_token_id = 1, 0, 2

    def __init__(self, tokens: dict[str, Tokens]) -> None:
        self._tokens = {
            name: np.append(ids[: LONGEST - 1], ids[-1]) if len(ids) > LONGEST else ids
            for name, ids in tokens.items()
        }

    def encode(self, text: Any, **_options: Any) -> Any:
        """Return the ids of a text, or of each of several."""
        if isinstance(text, str):
            return self._tokens[text.split(" ", 1)[0]].tolist()
        return [self._tokens[name.split(" ", 1)[0]] for name in text]

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return none."""
        return 0 * len(texts)

    def wordy(self, name: str) -> str:
        """Return the text of a name."""
        return name + " x" * (len(self._tokens[name]) - 1)


def random_roberta(architecture: dict[str, int], device: str = "cpu") -> Any:
    """Return weights that know nothing, drawn on the device."""
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=50_265, max_position_embeddings=POSITIONS, type_vocab_size=1, **architecture
    )
    with torch.device(device):
        return RobertaModel(config, add_pooling_layer=False).eval()


def engine(
    model: Any,
    pairs: Pairs,
    attention: type[Attention] | None = None,
    tokens: int | None = None,
) -> Scorer:
    """Return the scorer's F as it is used, but for its tokenizer."""
    states = PackedBert(model, model.config.num_hidden_layers, attention)
    runtime = MatchingRuntime(states, EqualWeights(MARKS))
    dtype = str(model.dtype).removeprefix("torch.")
    scorer = EncoderScorer(runtime, NamedTexts(pairs.tokens), dtype, tokens)
    return lambda sources, targets: scorer.score(sources, targets)[:, 2]


def authors(model: Any, pairs: Pairs, batch: int, calls: int = 1) -> Scorer:
    """Return the F of bert-score's own loop.

    Args:
        model: Up to the recommended layer.
        pairs: Whose tokens.
        batch: Texts, and then pairs, at a time.
        calls: Into how many calls the pairs are cut.
    """
    from bert_score.utils import bert_cos_score_idf

    names = NamedTexts(pairs.tokens)
    weights = dict.fromkeys(range(50_265), 1.0) | dict.fromkeys(MARKS, 0.0)

    def score(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        values = []
        for part in np.array_split(np.arange(len(sources)), min(calls, len(sources))):
            texts = [[names.wordy(side[row]) for row in part] for side in (sources, targets)]
            values.append(
                bert_cos_score_idf(model, *texts, names, weights, batch_size=batch, device="cpu")
            )
        return torch.cat(values)[:, 2].numpy()

    return score


def transcribed(model: Any, pairs: Pairs) -> Scorer:
    """Return the F of the same loop written out, on the model's device."""
    names = NamedTexts(pairs.tokens)

    @torch.no_grad()
    def score(sources: Sequence[str], targets: Sequence[str]) -> np.ndarray:
        texts = sorted({*sources, *targets}, key=lambda name: -len(names.encode(name)))
        vectors: dict[str, torch.Tensor] = {}
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            rows = [torch.tensor(names.encode(name)) for name in batch]
            ids = pad_sequence(rows, batch_first=True, padding_value=1).to(model.device)
            mask = ids.ne(1)
            states = (
                model(input_ids=ids, attention_mask=mask.long()).last_hidden_state.float().cpu()
            )
            vectors |= {
                name: state[: len(row)]
                for name, row, state in zip(batch, rows, states, strict=True)
            }
        values = [
            _matched(
                *(
                    [vectors[name].to(model.device) for name in side[start : start + BATCH]]
                    for side in (sources, targets)
                )
            )
            for start in range(0, len(sources), BATCH)
        ]
        return torch.cat(values).numpy()

    return score


def _matched(sources: list[torch.Tensor], targets: list[torch.Tensor]) -> torch.Tensor:
    """Return F of padded pairs, as bert-score's `greedy_cos_idf` does; marks have no weight."""
    sides = []
    for texts in (sources, targets):
        padded = pad_sequence(texts, batch_first=True, padding_value=2.0)
        lengths = torch.tensor([len(text) for text in texts], device=padded.device)
        real = torch.arange(padded.shape[1], device=padded.device) < lengths[:, None]
        weights = real.float()
        weights[:, 0] = 0.0
        weights[torch.arange(len(texts), device=padded.device), lengths - 1] = 0.0
        unit = padded / padded.norm(dim=-1, keepdim=True)
        sides.append((unit, real.float(), weights / weights.sum(dim=1, keepdim=True)))
    (source, real_source, of_source), (target, real_target, of_target) = sides
    likeness = torch.bmm(target, source.transpose(1, 2))
    likeness = likeness * torch.bmm(real_target.unsqueeze(2), real_source.unsqueeze(1))
    precision = (likeness.amax(dim=2) * of_target).sum(dim=1)
    recall = (likeness.amax(dim=1) * of_source).sum(dim=1)
    return (2 * precision * recall / (precision + recall)).cpu()


@dataclass(frozen=True)
class Kind:
    """What is measured on the processor.

    Attributes:
        name: In the table.
        pairs: Which.
        calls: Of the yardstick.
        batch: Of the yardstick.
    """

    name: str
    pairs: Pairs
    calls: int
    batch: int

    @property
    def padding(self) -> float:
        """The yardstick's tokens over those that are no padding, less 1."""
        names = NamedTexts(self.pairs.tokens)
        padded = real = 0
        for part in np.array_split(np.arange(len(self.pairs.sources)), self.calls):
            texts = {side[row] for side in (self.pairs.sources, self.pairs.targets) for row in part}
            lengths = sorted((len(names.encode(text)) for text in texts), reverse=True)
            real += sum(lengths)
            padded += sum(
                lengths[start] * len(lengths[start : start + self.batch])
                for start in range(0, len(lengths), self.batch)
            )
        return padded / real - 1


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", action="store_true", help="RoBERTa-large on a GPU")
    parser.add_argument("--try", action="store_true", dest="tried", help="tiny, on the processor")
    parser.add_argument("--pairs", type=int, default=40, help="of one system, on a processor")
    parser.add_argument("--posts", type=int, default=8, help="of ten systems, on a processor")
    parser.add_argument("--rounds", type=int, default=2, help="on a processor")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    if options.gpu:
        on_gpu(TRY if options.tried else FULL)
        return
    torch.set_num_threads(options.threads)
    print(
        f"{processor_name()}, {options.threads} threads, torch {torch.__version__}, load"
        f" {os.getloadavg()[0]:.1f}"
    )
    on_processor(TINY if options.tried else BASE, options)


def on_processor(architecture: dict[str, int], options: argparse.Namespace) -> None:
    """Time the yardstick and the engine, in turn, and print rows."""
    model = random_roberta(architecture)
    alone, shared = one_system(options.pairs), many_systems(options.posts)
    against_references = many_systems(options.posts, column="reference")
    kinds = (
        Kind("one system, references", alone, 1, 4),
        Kind(f"{SYSTEMS} systems, references, a call a system", against_references, SYSTEMS, 2),
        Kind(f"{SYSTEMS} systems, posts, a call a system", shared, SYSTEMS, 2),
        Kind(f"{SYSTEMS} systems, posts, one call", shared, 1, 4),
    )
    rough = copy.deepcopy(model).to(torch.bfloat16) if _has_amx() else None
    print(
        f"{'':42}{'yardstick':>10}{'padding':>9}{'engine':>8}{'times':>7}{'range':>14}{'diff':>9}"
        + (f"{'bf16':>9}{'times':>7}{'mean diff':>11}{'largest':>9}" if rough else "")
    )
    for kind in kinds:
        scorers = [
            authors(model, kind.pairs, kind.batch, kind.calls),
            *(engine(each, kind.pairs) for each in (model, rough) if each),
        ]
        for scorer in scorers:  # not counted: the first call loads and allocates
            scorer(kind.pairs.sources[:1], kind.pairs.targets[:1])
        _processor_row(kind, *compare(scorers, kind.pairs, options.rounds))


def _has_amx() -> bool:
    path = Path("/proc/cpuinfo")
    return path.exists() and "amx_bf16" in path.read_text(encoding="utf-8")


def _processor_row(kind: Kind, base: Timed, quick: Timed, rough: Timed | None = None) -> None:
    ratios = [a / b for a, b in zip(base.wall, quick.wall, strict=True)]
    speeds = base.pairs_a_second(), quick.pairs_a_second()
    line = (
        f"{kind.name:42}{speeds[0]:10.2f}{kind.padding:9.1%}{speeds[1]:8.2f}"
        f"{speeds[1] / speeds[0]:7.2f}{f'{min(ratios):.2f} to {max(ratios):.2f}':>14}"
        f"{quick.difference(base):9.0e}"
    )
    if rough is not None:
        speed, apart = rough.pairs_a_second(), np.abs(rough.values - base.values)
        line += f"{speed:9.2f}{speed / speeds[0]:7.2f}{apart.mean():11.1e}{apart.max():9.0e}"
    print(line, flush=True)


def on_gpu(scale: Scale) -> None:
    """Time the ways on the same pairs, and print rows."""
    if scale.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no GPU that torch can use here; --try runs a tiny model on the processor")
    rate = matrix_rate(scale.device)
    print(f"{hardware(scale.device)}; bf16 matrix products at {rate / 1e12:.3g} TFLOP/s\n")
    exact = random_roberta(scale.architecture, scale.device)
    half = copy.deepcopy(exact).to(torch.bfloat16)
    print(
        f"{'BERTScore':46}{'pairs':>7}{'pairs/s':>9}{'times':>7}{'of rate':>9}{'peak GiB':>10}"
        f"{'mean diff':>11}{'largest':>10}"
    )
    few, many = one_system(scale.few), one_system(scale.pairs)
    slow = timed(transcribed(exact, few), few, scale)
    table = _Table(exact.config.to_dict(), rate, len(slow.values) / slow.seconds)
    table.row("yardstick fp32, one system", slow, few)
    table.row("engine fp32", timed(engine(exact, few), few, scale), few, slow)
    table.row("yardstick bf16", timed(transcribed(half, few), few, scale), few, slow)
    expected = timed(engine(exact, many), many, scale)
    table.row("engine fp32", expected, many)
    table.row("engine bf16", timed(engine(half, many), many, scale), many, expected)
    buckets = timed(engine(half, many, ByBucket), many, scale)
    table.row("engine bf16, attention by padded buckets", buckets, many, expected)
    for tokens in (32_768, 65_536, 262_144):
        run = timed(engine(half, many, tokens=tokens), many, scale)
        table.row(f"engine bf16, batches of {tokens:,} tokens", run, many, expected)
    shared = many_systems(scale.posts)
    slow = timed(transcribed(exact, shared), shared, scale)
    table = _Table(exact.config.to_dict(), rate, len(slow.values) / slow.seconds)
    table.row(f"yardstick fp32, {SYSTEMS} systems on posts", slow, shared)
    table.row("engine bf16", timed(engine(half, shared), shared, scale), shared, slow)


@dataclass(frozen=True)
class _Table:
    """Prints rows.

    Attributes:
        config: Of the model.
        rate: FLOP/s of matrix products.
        base: Pairs a second of the yardstick.
    """

    config: dict[str, Any]
    rate: float
    base: float

    def row(self, name: str, run: Run, pairs: Pairs, expected: Run | None = None) -> None:
        """Print what a scorer did."""
        names = NamedTexts(pairs.tokens)
        texts = names.encode(sorted({*pairs.sources, *pairs.targets}))
        _, useful = operations_of(self.config, self.config["num_hidden_layers"], texts)
        speed = run.values.size / run.seconds
        share = useful / run.seconds / self.rate
        line = (
            f"{name:46}{run.values.size:7}{speed:9.1f}{speed / self.base:7.1f}{share:9.1%}"
            f"{run.peak:10.1f}"
        )
        if expected is not None:
            apart = np.abs(run.values - expected.values)
            line += f"{apart.mean():11.1e}{apart.max():10.1e}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
