"""Texts' vectors in torch, one a text, and their cosines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from scoring.bartscore.batching import Indices
from scoring.bartscore.tokens import Tokens
from scoring.encoders.packed import States
from scoring.encoders.torch_states import TorchStates
from scoring.encoders.vectors import TextVectors

OUTPUTS = ("cosine",)

PAIRS = 16_384
"""That are compared at a time."""


class PoolingRuntime:
    """A sentence encoder; see `encoders.runtime.EncoderRuntime`."""

    outputs: tuple[str, ...] = OUTPUTS

    def __init__(self, states: States) -> None:
        """Take over an encoder's last layer."""
        self._states = TorchStates(states)
        self.default_token_budget = self._states.default_token_budget

    def encode(self, texts: Sequence[Tokens]) -> TextVectors:
        """Return one vector of length 1 a text."""
        return self._states.encode(texts, _means)

    def joined(self, parts: Sequence[TextVectors]) -> TextVectors:
        """See `EncoderRuntime`."""
        return self._states.device.within_memory(lambda: TextVectors.joined(parts))

    def some(self, vectors: TextVectors, places: Indices) -> TextVectors:
        """See `EncoderRuntime`."""
        return self._states.device.within_memory(lambda: vectors.some(places))

    def compare(
        self,
        vectors: TextVectors,
        texts: Sequence[Tokens],  # noqa: ARG002
        pairs: Indices,
    ) -> NDArray[np.float64]:
        """Return (m, 1) cosines."""
        rows = vectors.rows.double().cpu().numpy()
        parts = np.split(pairs, range(PAIRS, len(pairs), PAIRS))
        cosines = np.concatenate([(rows[x] * rows[y]).sum(axis=1) for x, y in (p.T for p in parts)])
        return np.asarray(cosines.clip(-1, 1)[:, None])

    def describe(self) -> dict[str, str]:
        """See `EncoderRuntime`."""
        return self._states.device.describe()


def _means(states: Tensor, texts: Sequence[Tokens]) -> TextVectors:
    lengths = torch.tensor([len(text) for text in texts], device=states.device)
    means = torch.segment_reduce(states.float(), "mean", lengths=lengths)
    return TextVectors(normalize(means, dim=1), np.ones(len(texts), dtype=np.int64))
