"""BART's layers as functions of packed states, through the modules of a Transformers model.

What is written anew here is only how the tokens lie: (tokens, d), one sequence after another, with no batch dimension
and no padding. `packed` calls these functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import embedding, linear


class Attend(Protocol):
    """Softmax attention within segments; see `attention.Attention`."""

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """(queries, heads, width), twice (keys, heads, width) -> (queries, heads, width)."""


def embed(stack: Any, ids: Tensor, positions: Tensor) -> Tensor:
    """(tokens,) ids and positions within their sequence -> (tokens, d) input of an encoder or decoder."""
    table = stack.embed_positions
    embedded = stack.embed_tokens(ids) + embedding(positions + table.offset, table.weight)
    return torch.as_tensor(stack.layernorm_embedding(embedded))


def encoder_layer(layer: Any, attend: Attend, states: Tensor) -> Tensor:
    """(tokens, d) -> (tokens, d)."""
    attended = _attention(
        layer.self_attn, attend, states, *keys_and_values(layer.self_attn, states)
    )
    return _feed_forward(layer, layer.self_attn_layer_norm(states + attended))


def decoder_layer(
    layer: Any, within: Attend, across: Attend, states: Tensor, source: tuple[Tensor, Tensor]
) -> Tensor:
    """A decoder layer.

    Args:
        layer: A `BartDecoderLayer`.
        within: Attends within the targets.
        across: Attends from the targets to their sources.
        states: (tokens, d) of the targets.
        source: `keys_and_values` of the layer's `encoder_attn` for the sources' encoder states.

    Returns:
        (tokens, d).
    """
    own = keys_and_values(layer.self_attn, states)
    states = layer.self_attn_layer_norm(
        states + _attention(layer.self_attn, within, states, *own, causal=True)
    )
    states = layer.encoder_attn_layer_norm(
        states + _attention(layer.encoder_attn, across, states, *source)
    )
    return _feed_forward(layer, states)


def keys_and_values(module: Any, states: Tensor) -> tuple[Tensor, Tensor]:
    """What a `BartAttention` attends to: (tokens, d) -> twice (tokens, heads, width)."""
    return _by_head(module, module.k_proj(states)), _by_head(module, module.v_proj(states))


def _attention(
    module: Any, attend: Attend, states: Tensor, key: Tensor, value: Tensor, causal: bool = False
) -> Tensor:
    query = _by_head(module, module.q_proj(states))
    return torch.as_tensor(module.out_proj(attend(query, key, value, causal=causal).flatten(1)))


def _by_head(module: Any, projected: Tensor) -> Tensor:
    return projected.view(-1, module.num_heads, module.head_dim)


def _feed_forward(layer: Any, states: Tensor) -> Tensor:
    inner = layer.activation_fn(layer.fc1(states))
    return torch.as_tensor(layer.final_layer_norm(states + layer.fc2(inner)))


def label_log_probs(model: Any, hidden: Tensor, labels: Tensor, words: int) -> Tensor:
    """Log p of each label, fp32 whatever the model's arithmetic.

    The LM head runs in tiles of some words. The label's logit is read out of the very tile that enters the sum, so
    that rounding never makes a probability exceed 1.

    Args:
        model: A `BartForConditionalGeneration`.
        hidden: (tokens, d) decoder states.
        labels: (tokens,) ids.
        words: Of the vocabulary, in one tile: tokens x words logits exist at one time.

    Returns:
        (tokens,) logit(label) - logsumexp(logits).
    """
    found = torch.zeros_like(labels, dtype=torch.float32)
    sums: list[Tensor] = []
    for first, weight, bias in _head_tiles(model, words):
        logits = linear(hidden, weight, bias).float()
        place = labels - first
        inside = (place >= 0) & (place < len(weight))
        logit = logits.gather(1, place.clamp(0, len(weight) - 1).unsqueeze(1)).squeeze(1)
        found = torch.where(inside, logit, found)
        sums.append(logits.logsumexp(1))
    return found - torch.stack(sums).logsumexp(0)


def _head_tiles(model: Any, words: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    weights: Sequence[Tensor] = torch.split(model.lm_head.weight, words)
    biases: Sequence[Tensor] = torch.split(model.final_logits_bias[0], words)
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        yield number * words, weight, bias
