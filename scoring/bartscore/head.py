"""BART's LM head for log-probabilities alone: of each token log p(y_t) = logit(y_t) -
logsumexp(logits).

The head is most of the memory and much of the time: a batch's full logits are tokens x 50,265
numbers. They never exist all at one time, and how they are cut depends on the device:

- on a CPU in tiles of some rows by some words, small enough to stay in its caches while their
  logsumexp is taken (`TiledHead`; in bfloat16 `PrepackedHead`);
- on a GPU in rows of the whole vocabulary, which one kernel reduces (`WholeHead`). 50,265 rows of
  weights lie where no quick matrix product takes them (measured: six times slower), so they are
  filled up to a multiple of `ALIGNED`.

Either way sums are in fp32 whatever the model's arithmetic, and the label's logit is one of those
that enter the sum, so that rounding never makes a probability exceed 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, pad

from scoring.bartscore.fused import Fused
from scoring.bartscore.prepacked import PrepackedLinear, can_prepack

Head = Callable[[Tensor, Tensor], Tensor]
"""(tokens, d) decoder states and (tokens,) labels -> (tokens,) fp32 log-probabilities."""

ALIGNED = 64
GPU_ROWS = 8_192
"""Target tokens whose logits exist at one time on a GPU: 0.8 GB in bf16."""


@dataclass(frozen=True)
class Tile:
    """How much of the logits exists at one time.

    Attributes:
        rows: Target tokens.
        words: Of the vocabulary.
    """

    rows: int
    words: int


CPU_TILE = Tile(rows=512, words=4_096)
"""8 MiB in fp32, about what a CPU's caches hold."""


class TiledHead:
    """The head of a `BartForConditionalGeneration`, some words at a time."""

    def __init__(self, model: Any, tile: Tile = CPU_TILE) -> None:
        self._model = model
        self._tile = tile

    def __call__(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """See `Head`."""
        rows = self._tile.rows
        parts = zip(torch.split(hidden, rows), torch.split(labels, rows), strict=True)
        return torch.cat([self._some(*part) for part in parts])

    def _some(self, hidden: Tensor, labels: Tensor) -> Tensor:
        gathered = torch.zeros_like(labels, dtype=torch.float32)
        sums: list[Tensor] = []
        for first, weight, bias in self._words():
            logits = linear(hidden, weight, bias).float()
            gathered = _chosen(gathered, logits, labels - first)
            sums.append(logits.logsumexp(1))
        return gathered - torch.stack(sums).logsumexp(0)

    def _words(self) -> Iterator[tuple[int, Tensor, Tensor]]:
        weights = torch.split(self._model.lm_head.weight, self._tile.words)
        biases = torch.split(self._model.final_logits_bias[0], self._tile.words)
        for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            yield number * self._tile.words, weight, bias


class PrepackedHead:
    """The head of a bfloat16 `BartForConditionalGeneration` on a CPU, some words at a time; see
    `prepacked`.
    """

    def __init__(self, model: Any, tile: Tile = CPU_TILE) -> None:
        self._exact = TiledHead(model, tile)
        self._rows = tile.rows
        weights = torch.split(model.lm_head.weight, tile.words)
        biases = torch.split(model.final_logits_bias[0].to(weights[0].dtype), tile.words)
        self._tiles = [
            (len(weight), PrepackedLinear(weight, bias))
            for weight, bias in zip(weights, biases, strict=True)
        ]

    def __call__(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """See `Head`."""
        rows = self._rows
        parts = zip(torch.split(hidden, rows), torch.split(labels, rows), strict=True)
        return torch.cat([self._some(*part) for part in parts])

    def _some(self, hidden: Tensor, labels: Tensor) -> Tensor:
        chosen = torch.zeros_like(labels, dtype=torch.float32)
        total = torch.zeros_like(chosen)
        height: Tensor | None = None
        first = 0
        for words, linear_tile in self._tiles:
            logits = linear_tile(hidden).float()
            chosen = _chosen(chosen, logits, labels - first)
            # The first tile's height serves all: what it is taken off for is to keep exp in bounds.
            height = logits.amax(1, keepdim=True) if height is None else height
            total += logits.sub_(height).exp_().sum(1)
            first += words
        if height is None or not torch.isfinite(total).all():
            return self._exact(hidden, labels)
        # Rounding must not make a probability exceed 1.
        return (chosen - height.squeeze(1) - total.log()).clamp(max=0.0)


def _chosen(chosen: Tensor, logits: Tensor, place: Tensor) -> Tensor:
    """Return `chosen` with the logits of labels that are in a tile.

    Args:
        chosen: (tokens,) what other tiles had.
        logits: (tokens, words) the tile's.
        place: (tokens,) of the labels in the tile; below 0 or too large where they are elsewhere.
    """
    words = logits.shape[1]
    inside = (place >= 0) & (place < words)
    logit = logits.gather(1, place.clamp(0, words - 1).unsqueeze(1)).squeeze(1)
    return torch.where(inside, logit, chosen)


class WholeHead:
    """The head of a `BartForConditionalGeneration`, the whole vocabulary at a time."""

    def __init__(self, model: Any, fused: Fused, rows: int = GPU_ROWS) -> None:
        self._fused = fused
        self._rows = rows
        weight, bias = model.lm_head.weight.detach(), model.final_logits_bias[0].detach()
        missing = -len(weight) % ALIGNED
        self._weight = pad(weight, (0, 0, 0, missing))
        # Words that are not there have no probability.
        self._bias = pad(bias.to(weight.dtype), (0, missing), value=-torch.inf)

    def __call__(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """See `Head`."""
        parts = zip(torch.split(hidden, self._rows), torch.split(labels, self._rows), strict=True)
        return torch.cat([self._some(*part) for part in parts])

    def _some(self, hidden: Tensor, labels: Tensor) -> Tensor:
        return self._fused.log_probs_of(linear(hidden, self._weight, self._bias), labels)


def head_for(model: Any, fused: Fused) -> Head:
    """Return the quickest on the model's device."""
    if model.device.type == "cuda":
        return WholeHead(model, fused)
    return PrepackedHead(model) if can_prepack(model) else TiledHead(model)
