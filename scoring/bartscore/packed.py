"""BART's forward pass without padding: a batch is one matrix, its sequences packed end to end.

The weights are those of a Transformers model, used through its own modules (`layers`); what is
written anew is how the tokens lie, and that a source is attended to by all its targets at once:
cross-attention is not causal, so the targets of one source are to it one long sequence of queries,
and the source's keys and values are projected once for them all. Log-probabilities are `head`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scoring.bartscore.attention import Attention, attention_for
from scoring.bartscore.fused import fused_for
from scoring.bartscore.head import Head, head_for
from scoring.bartscore.layers import decoder_layer, embed, encoder_layer, keys_and_values
from scoring.bartscore.prepacked import can_prepack, prepack
from scoring.bartscore.tokens import Tokens


@dataclass(frozen=True)
class Encoded:
    """Encoder states of some sources.

    Attributes:
        states: (tokens, d) one source after another.
        lengths: Tokens of each source.
    """

    states: Tensor
    lengths: tuple[int, ...]

    @classmethod
    def joined(cls, parts: Sequence[Encoded]) -> Encoded:
        """Return the sources of all `parts`, in order."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            torch.cat([part.states for part in parts]),
            tuple(n for part in parts for n in part.lengths),
        )

    def some(self, first: int, end: int) -> Encoded:
        """Return the sources from `first` up to `end`, without a copy."""
        before = sum(self.lengths[:first])
        lengths = self.lengths[first:end]
        return Encoded(self.states[before : before + sum(lengths)], lengths)


class PackedBart:
    """A `BartForConditionalGeneration` over packed sequences."""

    def __init__(
        self, model: Any, head: Head | None = None, attention: type[Attention] | None = None
    ) -> None:
        """Take over a model.

        Args:
            model: In evaluation mode, on its device.
            head: The model's; the quickest on its device if None.
            attention: Likewise.
        """
        self._model = model
        self._device: torch.device = model.device
        self._fused = fused_for(model.device, model.dtype)
        self._head = head or head_for(model, self._fused)
        if can_prepack(model):
            prepack([*model.model.encoder.layers, *model.model.decoder.layers])
        self._attention = attention or attention_for(model.device, model.dtype)

    @torch.inference_mode()
    def encode(self, sources: Sequence[Tokens]) -> Encoded:
        """Return encoder states of `sources`."""
        encoder = self._model.model.encoder
        lengths = tuple(len(source) for source in sources)
        attend = self._attention(lengths, lengths, self._device)
        states = self._embed(encoder, np.concatenate(sources), lengths)
        for layer in encoder.layers:
            states = encoder_layer(layer, self._fused.add_norm, attend, states)
        return Encoded(states.to(self._model.dtype), lengths)

    @torch.inference_mode()
    def log_probs(self, encoded: Encoded, targets: Sequence[Sequence[Tokens]]) -> Tensor:
        """Log p of every target token.

        Args:
            encoded: Sources.
            targets: For each of them its targets, at least one.

        Returns:
            (tokens,) fp32, the targets one after another, source by source.
        """
        flat = [target for group in targets for target in group]
        hidden = self._decode(encoded, flat, [sum(map(len, group)) for group in targets])
        return self._head(hidden, self._send(np.concatenate(flat)))

    def _decode(
        self, encoded: Encoded, targets: Sequence[Tokens], tokens_of_source: Sequence[int]
    ) -> Tensor:
        """Return (tokens, d) decoder states."""
        decoder = self._model.model.decoder
        lengths = [len(target) for target in targets]
        within = self._attention(lengths, lengths, self._device)
        across = self._attention(tokens_of_source, encoded.lengths, self._device)
        # The decoder sees each token's predecessor, and the start token before the first.
        shifted = np.roll(np.concatenate(targets), 1)
        shifted[np.cumsum(lengths) - lengths] = self._model.config.decoder_start_token_id
        states = self._embed(decoder, shifted, lengths)
        for layer in decoder.layers:
            source = keys_and_values(layer.encoder_attn, encoded.states)
            states = decoder_layer(layer, self._fused.add_norm, within, across, states, source)
        return states.to(self._model.dtype)

    def _embed(self, stack: Any, ids: NDArray[np.integer[Any]], lengths: Sequence[int]) -> Tensor:
        starts = np.cumsum(lengths) - lengths
        positions = np.arange(len(ids)) - np.repeat(starts, lengths)
        return embed(stack, self._send(ids), self._send(positions))

    def _send(self, array: NDArray[np.integer[Any]]) -> Tensor:
        return torch.from_numpy(array.astype(np.int64)).to(self._device, non_blocking=True)
