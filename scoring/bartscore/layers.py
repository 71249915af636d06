"""BART's layers as functions of packed states, through the modules of a Transformers model.

What is written anew here is only how the tokens lie: (tokens, d), one sequence after another, with
no batch dimension and no padding. `packed` calls these functions.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import embedding

from scoring.bartscore.fused import AddNorm


class Attend(Protocol):
    """Softmax attention within segments; see `attention.Attention`."""

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """Map (queries, heads, width), twice (keys, heads, width) to (queries, heads, width)."""


def embed(stack: Any, ids: Tensor, positions: Tensor) -> Tensor:
    """Return (tokens,) ids and positions within their sequence -> (tokens, d) input of an encoder
    or decoder.
    """
    table = stack.embed_positions
    embedded = stack.embed_tokens(ids) + embedding(positions + table.offset, table.weight)
    return torch.as_tensor(stack.layernorm_embedding(embedded))


def encoder_layer(layer: Any, add_norm: AddNorm, attend: Attend, states: Tensor) -> Tensor:
    """Map (tokens, d) to (tokens, d)."""
    narrow = narrowed(layer, states)
    own = keys_and_values(layer.self_attn, narrow)
    attended = _attention(layer.self_attn, attend, narrow, *own)
    states = _add_norm(add_norm, layer.self_attn_layer_norm, states, attended)
    return _feed_forward(layer, add_norm, states)


def decoder_layer(
    layer: Any,
    add_norm: AddNorm,
    within: Attend,
    across: Attend,
    states: Tensor,
    source: tuple[Tensor, Tensor],
) -> Tensor:
    """Return a decoder layer.

    Args:
        layer: A `BartDecoderLayer`.
        add_norm: As it runs on the device; see `fused`.
        within: Attends within the targets.
        across: Attends from the targets to their sources.
        states: (tokens, d) of the targets.
        source: `keys_and_values` of the layer's `encoder_attn` for the sources' encoder states.

    Returns:
        (tokens, d).
    """
    narrow = narrowed(layer, states)
    own = keys_and_values(layer.self_attn, narrow)
    attended = _attention(layer.self_attn, within, narrow, *own, causal=True)
    states = _add_norm(add_norm, layer.self_attn_layer_norm, states, attended)
    attended = _attention(layer.encoder_attn, across, narrowed(layer, states), *source)
    states = _add_norm(add_norm, layer.encoder_attn_layer_norm, states, attended)
    return _feed_forward(layer, add_norm, states)


def narrowed(layer: Any, states: Tensor) -> Tensor:
    """Return states as the layer's matrix products take them; norms may hand them on more exact."""
    return states.to(layer.final_layer_norm.weight.dtype)


def keys_and_values(module: Any, states: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a `BartAttention` attends to: (tokens, d) -> twice (tokens, heads, width)."""
    return _by_head(module, module.k_proj(states)), _by_head(module, module.v_proj(states))


def _attention(
    module: Any, attend: Attend, states: Tensor, key: Tensor, value: Tensor, causal: bool = False
) -> Tensor:
    query = _by_head(module, module.q_proj(states))
    return torch.as_tensor(module.out_proj(attend(query, key, value, causal=causal).flatten(1)))


def _by_head(module: Any, projected: Tensor) -> Tensor:
    return projected.view(-1, module.num_heads, module.head_dim)


def _feed_forward(layer: Any, add_norm: AddNorm, states: Tensor) -> Tensor:
    inner = layer.activation_fn(layer.fc1(narrowed(layer, states)))
    return _add_norm(add_norm, layer.final_layer_norm, states, layer.fc2(inner))


def _add_norm(add_norm: AddNorm, norm: Any, states: Tensor, update: Tensor) -> Tensor:
    return add_norm(states, update, norm.weight, norm.bias, norm.eps)
