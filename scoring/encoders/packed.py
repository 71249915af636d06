"""An encoder's states of many texts, packed end to end: (tokens, d), one text after another.

BERT and its like (RoBERTa, XLM-R, CamemBERT) run without padding, as BART does for BARTScore: the
weights are those of a Transformers model, used through its own modules; what is written anew is how
the tokens lie (`PackedBert`). Every other architecture runs as Transformers has it, on texts of like
lengths padded to the longest (`PaddedModel`). Either way the states are those of a chosen layer, and
layers above it are not computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import ModuleList

from scoring.bartscore.attention import Attention, attention_for
from scoring.bartscore.fused import fused_for
from scoring.bartscore.prepacked import can_prepack, prepack
from scoring.bartscore.tokens import Tokens
from scoring.encoders.tokens import PADDED_POSITIONS
from scoring.errors import CheckpointError

PACKED = PADDED_POSITIONS | {"bert"}
"""Kinds of model that run without padding."""


class States(Protocol):
    """An encoder up to one of its layers."""

    device: torch.device

    def __call__(self, texts: Sequence[Tokens]) -> Tensor:
        """Return (tokens, d) states, in the model's arithmetic or in fp32."""

    def passes(self, texts: Sequence[Tokens], tokens: int) -> list[Sequence[Tokens]]:
        """Cut texts, in order, into parts of about so many tokens each."""


class PackedBert:
    """A `BertModel` or its like over packed texts."""

    def __init__(self, model: Any, layer: int, attention: type[Attention] | None = None) -> None:
        """Take over a model.

        Args:
            model: In evaluation mode, on its device.
            layer: Whose states are wanted; 0 is what enters the first layer.
            attention: How packed texts attend; the quickest on the device if None.
        """
        self.device: torch.device = model.device
        self._embeddings = model.embeddings
        self._layers = list(model.encoder.layer[:layer])
        self._heads = int(model.config.num_attention_heads)
        self._padding = (
            int(model.config.pad_token_id) if model.config.model_type in PADDED_POSITIONS else None
        )
        self._attention = attention or attention_for(model.device, model.dtype)
        self._add_norm = fused_for(model.device, model.dtype).add_norm
        self._dtype: torch.dtype = model.dtype
        if can_prepack(model):
            prepack(self._layers)

    @torch.inference_mode()
    def __call__(self, texts: Sequence[Tokens]) -> Tensor:
        """See `States`."""
        lengths = [len(text) for text in texts]
        attend = self._attention(lengths, lengths, self.device)
        states = self._embed(texts)
        for layer in self._layers:
            states = self._layer(layer, attend, states)
        return states

    def passes(self, texts: Sequence[Tokens], tokens: int) -> list[Sequence[Tokens]]:
        """See `States`: nothing is padded, so that lengths need not be alike."""
        ends = np.cumsum([len(text) for text in texts])
        starts = np.flatnonzero(np.diff((ends - 1) // tokens, prepend=-1)).tolist()
        return [texts[a:b] for a, b in zip(starts, [*starts[1:], len(texts)], strict=True)]

    def _embed(self, texts: Sequence[Tokens]) -> Tensor:
        table = self._embeddings
        words = table.word_embeddings(self._send(np.concatenate(texts)))
        positions = np.concatenate([_positions(text, self._padding) for text in texts])
        summed = words + table.token_type_embeddings.weight[0]
        summed = summed + table.position_embeddings(self._send(positions))
        return torch.as_tensor(table.LayerNorm(summed))

    def _layer(self, layer: Any, attend: Attention, states: Tensor) -> Tensor:
        # Norms may hand states on more exact than products take them.
        module, narrow = layer.attention.self, states.to(self._dtype)
        query, key, value = (
            projection(narrow).view(len(states), self._heads, -1)
            for projection in (module.query, module.key, module.value)
        )
        output = layer.attention.output
        attended = output.dense(attend(query, key, value).flatten(1))
        states = self._sum(output.LayerNorm, states, attended)
        inner = layer.intermediate(states.to(self._dtype))
        return self._sum(layer.output.LayerNorm, states, layer.output.dense(inner))

    def _sum(self, norm: Any, states: Tensor, update: Tensor) -> Tensor:
        return self._add_norm(states, update, norm.weight, norm.bias, norm.eps)

    def _send(self, array: NDArray[np.integer[Any]]) -> Tensor:
        return torch.from_numpy(array.astype(np.int64)).to(self.device, non_blocking=True)


def _positions(text: Tokens, padding: int | None) -> NDArray[np.int64]:
    """Return the position of each token: 0, 1, ...; where padding has a position of its own, as in
    RoBERTa, those behind it.
    """
    if padding is None:
        return np.arange(len(text))
    real = text != padding  # a text may spell the padding's name
    return np.where(real, np.cumsum(real), 0) + padding


class PaddedModel:
    """Any encoder of Transformers, over texts padded to the longest of a pass."""

    def __init__(self, model: Any, layer: int) -> None:
        """Take over a model; its layers above `layer` are taken off.

        Raises:
            CheckpointError: It is not known where its layers are.
        """
        _take_off(model, layer)
        self.device: torch.device = model.device
        self._model = model
        self._padding = int(model.config.pad_token_id or 0)

    @torch.inference_mode()
    def __call__(self, texts: Sequence[Tokens]) -> Tensor:
        """See `States`."""
        lengths = np.array([len(text) for text in texts])
        real = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(real.shape, self._padding, dtype=np.int64)
        ids[real] = np.concatenate(texts)
        mask = torch.from_numpy(real).to(self.device)
        states = self._model(
            input_ids=torch.from_numpy(ids).to(self.device), attention_mask=mask.long()
        ).last_hidden_state
        return torch.as_tensor(states[mask])

    def passes(self, texts: Sequence[Tokens], tokens: int) -> list[Sequence[Tokens]]:
        """See `States`: padding counts."""
        starts = list(_padded_starts([len(text) for text in texts], tokens))
        return [texts[a:b] for a, b in zip(starts, [*starts[1:], len(texts)], strict=True)]


def _padded_starts(lengths: Sequence[int], tokens: int) -> Iterator[int]:
    start, longest = 0, 0
    for place, length in enumerate(lengths):
        longest = max(longest, length)
        if place == 0 or (place + 1 - start) * longest > tokens:
            yield place
            start, longest = place, length


def _take_off(model: Any, layer: int) -> None:
    config = model.config
    if config.model_type == "albert":  # its layers are one, gone through again and again
        config.num_hidden_layers = layer
        return
    stack = getattr(model, "encoder", None) or getattr(model, "transformer", None) or model
    if not isinstance(getattr(stack, "layer", None), ModuleList):
        raise CheckpointError(
            f"of a model of the kind {config.model_type!r} no single layer can be had here; use a"
            " BERT, RoBERTa, DeBERTa, ELECTRA, MPNet, DistilBERT, ALBERT or XLNet"
        )
    stack.layer = stack.layer[:layer]


def states_of(model: Any, layer: int) -> States:
    """Return a model's states of a layer, the quickest way.

    Args:
        model: Of Transformers, in evaluation mode, on its device.
        layer: From 0, what enters the first layer, to the number of layers.

    Raises:
        CheckpointError: As `PaddedModel`.
    """
    if model.config.model_type in PACKED and not getattr(model.config, "is_decoder", False):
        return PackedBert(model, layer)
    return PaddedModel(model, layer)
