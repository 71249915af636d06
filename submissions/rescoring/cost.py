"""What scoring pairs costs, from the checkpoint's files alone: no weights are loaded.

Per pair with S source and T target tokens, two operations a multiply-add: the encoder's layers over
S, the decoder's over T with cross-attention's keys and values over S, attention (not halved for
causality), and the LM head over T. For BART-large this is 0.3523e9 S + 0.4553e9 T + 49152 (S^2 +
T^2 + S T), which was checked against a FLOP counter.

A sample of the pairs stands for all of them: counting the tokens of every text takes longer than a
GPU takes to score it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np

from scoring.bartscore import BartModel
from scoring.bartscore.checkpoint import ARITHMETIC, Checkpoint, find_checkpoint
from scoring.bartscore.tokens import TextEncoder
from scoring.extraction import with_references_cut
from scoring.metric import BartIdentity, Floats, Pair, pairs_of
from submissions.rescoring.pending import Unit
from submissions.rescoring.reuse import known_values
from submissions.store.files.outputs import OutputsError
from submissions.store.files.outputs import segments as stored_segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder

T = TypeVar("T")

SAMPLED_PAIRS = 500
SAMPLED_UNITS = 5


@dataclass(frozen=True)
class Cost:
    """What the model has to do.

    Attributes:
        pairs: Pairs to score: those that have a value under the same identity already are not among
            them.
        tokens: Of both sides, after the cut.
        flops: By the formula, a pair at a time: an engine that shares sources does with less.
    """

    pairs: float = 0.0
    tokens: float = 0.0
    flops: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.pairs + other.pairs, self.tokens + other.tokens, self.flops + other.flops)

    def times(self, factor: float) -> Cost:
        """Return `factor` times as much."""
        return Cost(self.pairs * factor, self.tokens * factor, self.flops * factor)


def pair_flops(config: dict[str, Any], source: Floats, target: Floats) -> Floats:
    """Return FLOPs of pairs under a BART of `config` (the fields of its `config.json`,
    Transformers' defaults for others).

    Args:
        config: The model's configuration.
        source: (n,) source tokens.
        target: (n,) target tokens.
    """
    c = {name: config.get(name, default) for name, default in ARITHMETIC.items()}
    width, encoder, decoder = c["d_model"], c["encoder_layers"], c["decoder_layers"]
    projection = 2 * width * width
    a_source = (
        encoder * (4 * projection + 4 * width * c["encoder_ffn_dim"]) + decoder * 2 * projection
    )
    a_target = (
        decoder * (6 * projection + 4 * width * c["decoder_ffn_dim"]) + 2 * width * c["vocab_size"]
    )
    attention = 4 * width * (encoder * source**2 + decoder * target * (target + source))
    return np.asarray(a_source * source + a_target * target + attention)


def cost_of(model: BartIdentity, pairs: Sequence[Pair]) -> Cost:
    """Return what scoring `pairs` costs, from an evenly spaced sample of them."""
    if not pairs:
        return Cost()
    # Evenly spaced, so that every part of the set is in it.
    sample = _spaced(pairs, SAMPLED_PAIRS)
    encoder = _encoder(model)
    sides = [[pair[side] for pair in sample] for side in (0, 1)]
    source, target = (
        np.array([len(ids) for ids in encoder.encode(texts)], dtype=np.float64) for texts in sides
    )
    flops = float(pair_flops(_files(model).config, source, target).sum())
    exact = Cost(len(sample), float(source.sum() + target.sum()), flops)
    return exact.times(len(pairs) / len(sample))


def truncated(model: BartIdentity, texts: Sequence[str]) -> int:
    """Return how many of `texts` are cut to the model's length."""
    return _encoder(model).count_truncated(texts)


def cost_of_units(folder: DataFolder, units: Sequence[Unit]) -> Cost:
    """Return what `units` of one task and the same metrics cost together, from some examples of
    some of them.
    """
    sample, costs = _spaced(units, SAMPLED_UNITS), list[Cost]()
    for unit in sample:
        try:
            costs.append(_cost_of_unit(folder, unit))
        except OutputsError:  # the run will say so
            continue
    return sum(costs, Cost()).times(len(units) / len(costs)) if costs else Cost()


def _cost_of_unit(folder: DataFolder, unit: Unit) -> Cost:
    model = unit.instruments.bart
    if model is None or not unit.pair_metrics:
        return Cost()
    examples = with_references_cut(unit.task, PostStore(folder.posts).examples(unit.task))
    runs = stored_segments(folder.outputs(unit.submission.outputs), unit.task, examples)
    pairs = pairs_of(unit.pair_metrics, runs)
    # What another submission has been scored with already costs nothing.
    known = known_values(folder, unit.task, unit.instruments, runs, set(pairs))
    return cost_of(model, [pair for pair in pairs if pair not in known])


def _spaced(items: Sequence[T], most: int) -> list[T]:
    if len(items) <= most:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, most).astype(int)]


def _encoder(model: BartIdentity) -> TextEncoder:
    return _encoder_of(_files(model), model.max_tokens)


@cache
def _encoder_of(checkpoint: Checkpoint, max_tokens: int) -> TextEncoder:
    return TextEncoder(checkpoint.folder, max_tokens)


def _files(model: BartIdentity) -> Checkpoint:
    if not isinstance(model, BartModel):
        raise TypeError(f"{model!r} is the record of a model; its files are not known")
    return _found(model.checkpoint, None if model.weights is None else str(model.weights))


@cache
def _found(checkpoint: str, weights: str | None) -> Checkpoint:
    return find_checkpoint(checkpoint, weights)
