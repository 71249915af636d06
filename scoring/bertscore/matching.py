"""Greedy matching in torch: each token with the most similar one of the other text.

Vectors are scaled to length 1 in fp32 and matched in fp32 whatever the encoder's arithmetic: matching
is less than a thousandth of the work. Pairs of like lengths are matched in one batched matrix product;
a shorter text is filled up with its first token, which changes no maximum, and has no weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from scoring.bartscore.batching import Indices
from scoring.bartscore.tokens import Tokens
from scoring.bertscore.rescaling import RescalingBaseline
from scoring.encoders.packed import States
from scoring.encoders.torch_states import TorchStates
from scoring.encoders.vectors import TextVectors
from scoring.statistics.bootstrap import Bools, Floats

CPU_TOKENS, GPU_TOKENS = 2_048, 65_536
"""Tokens of the pairs that are matched in one product, padding included."""

Weights = Callable[[Tokens], Floats]


class MatchingRuntime:
    """A token encoder that matches texts; see `encoders.runtime.EncoderRuntime`."""

    outputs: tuple[str, ...] = RescalingBaseline._fields

    def __init__(
        self, states: States, weights: Weights, baseline: RescalingBaseline | None = None
    ) -> None:
        """Take over an encoder.

        Args:
            states: Of the layer that is matched.
            weights: (tokens,) ids -> (tokens,) weights, none below 0.
            baseline: To rescale by, or None.
        """
        self._states = TorchStates(states)
        self._device = self._states.device
        self._weights = weights
        self._baseline = np.array(baseline or (0.0, 0.0, 0.0))
        self.default_token_budget = self._states.default_token_budget
        self._match_tokens = CPU_TOKENS if self._device.on_cpu else GPU_TOKENS

    def encode(self, texts: Sequence[Tokens]) -> TextVectors:
        """Return one vector of length 1 a token."""
        return self._states.encode(texts, _unit_vectors)

    def joined(self, parts: Sequence[TextVectors]) -> TextVectors:
        """See `EncoderRuntime`."""
        return self._device.within_memory(lambda: TextVectors.joined(parts))

    def some(self, vectors: TextVectors, places: Indices) -> TextVectors:
        """See `EncoderRuntime`."""
        return self._device.within_memory(lambda: vectors.some(places))

    def compare(
        self, vectors: TextVectors, texts: Sequence[Tokens], pairs: Indices
    ) -> NDArray[np.float64]:
        """Return (m, 3) precision, recall and F; 0 where a text has no token of any weight."""
        weights, weighed = _shares(self._weights(np.concatenate(texts)), vectors)
        order, parts = self._parts(vectors.counts[pairs])
        jobs = [
            _Matching(*(_Side.of(vectors, weights, pairs[part, side]) for side in (0, 1)))
            for part in parts
        ]
        matched = self._device.within_memory(
            lambda: (
                torch.cat(self._device.map(lambda job: job.matched(vectors.rows), jobs))
                .cpu()
                .numpy()
            )
        )
        values = np.empty((len(pairs), 2))
        values[order] = np.minimum(matched, 1.0)  # which rounding may exceed
        values[~weighed[pairs].all(axis=1)] = 0.0
        with_f = np.column_stack([values, _harmonic_means(values)])
        return np.asarray((with_f - self._baseline) / (1 - self._baseline))

    def describe(self) -> dict[str, str]:
        """See `EncoderRuntime`."""
        return self._device.describe()

    def _parts(self, lengths: Indices) -> tuple[Indices, list[Indices]]:
        """Return the order of pairs by length, and its parts that are matched together."""
        order = np.lexsort((-lengths[:, 1], -lengths[:, 0]))
        starts = list(_starts(lengths[order], self._match_tokens))
        return order, np.split(order, starts[1:])


@dataclass(frozen=True)
class _Side:
    """Some texts, filled up to the longest of them.

    Attributes:
        places: (texts, longest) rows of the vectors.
        weights: (texts, longest) each text's sum to 1; 0 where it was filled up.
    """

    places: Indices
    weights: Floats

    @classmethod
    def of(cls, vectors: TextVectors, weights: Floats, texts: Indices) -> _Side:
        """Lay out `texts`, places in `vectors`."""
        starts, counts = vectors.starts[texts, None], vectors.counts[texts, None]
        column = np.arange(counts.max())
        real = column < counts
        places = np.where(real, starts + column, starts)
        return cls(places, np.where(real, weights[places], 0.0))


@dataclass(frozen=True)
class _Matching:
    """Pairs that are matched in one product."""

    source: _Side
    target: _Side

    @torch.inference_mode()
    def matched(self, rows: Tensor) -> Tensor:
        """Return (pairs, 2) precision and recall."""

        def sent(array: NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(array).to(rows.device, non_blocking=True)

        source, target = (rows[sent(side.places)] for side in (self.source, self.target))
        likeness = torch.bmm(target, source.transpose(1, 2))
        best = (likeness.amax(dim=2), likeness.amax(dim=1))
        sides = (self.target, self.source)
        return torch.stack(
            [
                (most * sent(side.weights.astype(np.float32))).sum(dim=1)
                for most, side in zip(best, sides, strict=True)
            ],
            dim=1,
        )


def _unit_vectors(states: Tensor, texts: Sequence[Tokens]) -> TextVectors:
    return TextVectors(
        normalize(states.float(), dim=1), np.array([len(text) for text in texts], dtype=np.int64)
    )


def _shares(weights: Floats, vectors: TextVectors) -> tuple[Floats, Bools]:
    """Return (tokens,) weights of which each text's sum to 1, or are all 0, and (texts,) whether they
    do.
    """
    totals = np.add.reduceat(weights, vectors.starts)
    weighed = totals > 0
    return weights / np.repeat(np.where(weighed, totals, 1.0), vectors.counts), weighed


def _harmonic_means(values: Floats) -> Floats:
    total = values.sum(axis=1)
    product = 2 * values.prod(axis=1)
    return np.asarray(np.divide(product, total, out=np.zeros_like(total), where=total != 0))


def _starts(lengths: Indices, tokens: int) -> Iterator[int]:
    """Yield where the next part begins: (pairs, 2) lengths in parts of so many padded tokens."""
    start, longest = 0, np.zeros(2, dtype=np.int64)
    for place, pair in enumerate(lengths):
        longest = np.maximum(longest, pair)
        if place == 0 or (place + 1 - start) * longest.sum() > tokens:
            yield place
            start, longest = place, pair
