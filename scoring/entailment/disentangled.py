"""DeBERTa's attention without its detours (He, Gao and Chen, "DeBERTaV3", 2021; "DeBERTa", 2021).

    score(q, k) = (Q_q K_k + Q_q PK[d(q - k)] + K_k PQ[d(q - k)]) / sqrt(3 width)

with PK and PQ the keys and queries of relative positions, and d the bucket of a distance. The
weights are those of a Transformers model, used through its own modules; what is written anew is how
the two terms of positions are come by:

- PK and PQ depend on no text: they are made once, not at each layer of each batch;
- the products are taken with one row a distance and not one a bucket; then the entry of (q, k)
  stands in column k - q of row q, which a view of skewed strides shows in its place, where
  Transformers gathers each entry by an index;
- both terms are the bias of torch's fused attention;
- the last layer computes what the classifier reads, the first token, and nothing else of the rest
  than keys and values.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

CPU_PRODUCTS = 1 << 19
"""Products with positions that are held at once on a CPU: 2 MiB of them stay in its cache,
and are allocated without a call to the system.
"""


@dataclass(frozen=True)
class _Positions:
    """One layer's relative positions.

    Attributes:
        keys: (heads, buckets, width), already over the scale; None where the layer has none.
        queries: Likewise.
    """

    keys: Tensor | None
    queries: Tensor | None

    def at(self, buckets: Tensor) -> _Positions:
        """Return a row for each of `buckets`: (heads, len(buckets), width)."""
        return _Positions(
            *(side if side is None else side[:, buckets] for side in (self.keys, self.queries))
        )

    def of(self, heads: slice) -> _Positions:
        """Return those of some heads."""
        return _Positions(
            *(side if side is None else side[heads] for side in (self.keys, self.queries))
        )


class DisentangledClassifier:
    """A `DebertaV2ForSequenceClassification` on padded batches."""

    def __init__(self, model: Any) -> None:
        """Take over a model.

        Args:
            model: In evaluation mode, on its device; see `fits`.
        """
        self._model = model
        attentions = [layer.attention.self for layer in model.deberta.encoder.layer]
        first = attentions[0]
        self._heads = int(first.num_attention_heads)
        terms = 1 + sum(kind in first.pos_att_type for kind in ("c2p", "p2c"))
        self._scale = 1 / math.sqrt(first.attention_head_size * terms)
        self._positions = [self._positions_of(attention) for attention in attentions]
        self._span = int(first.pos_ebd_size)
        self._buckets = (int(first.position_buckets), int(first.max_relative_positions))
        self._at_once = CPU_PRODUCTS if model.device.type == "cpu" else sys.maxsize

    @staticmethod
    def fits(model: Any) -> bool:
        """Return whether the model is of the form that is computed here, as all of DeBERTa-v3 are."""
        config = model.config
        return bool(
            config.model_type == "deberta-v2"
            and config.relative_attention
            and {"c2p", "p2c"} & set(config.pos_att_type or ())
            and not getattr(config, "conv_kernel_size", 0)
        )

    @torch.inference_mode()
    def __call__(self, ids: Tensor, real: Tensor, types: Tensor | None) -> Tensor:
        """Return (n, outputs) logits.

        Args:
            ids: (n, length) token ids, padded at the end.
            real: (n, length) which are tokens.
            types: (n, length) token types, or None.
        """
        model = self._model
        states = model.deberta.embeddings(input_ids=ids, token_type_ids=types, mask=real)
        buckets = self._buckets_of(ids.shape[1], ids.device)
        layers = model.deberta.encoder.layer
        for number, layer in enumerate(layers):
            queries = states[:, :1] if number == len(layers) - 1 else states
            positions = self._positions[number].at(buckets)
            attended = self._attended(layer.attention.self, positions, queries, states, real)
            attended = layer.attention.output(attended, queries)
            states = layer.output(layer.intermediate(attended), attended)
        return torch.as_tensor(model.classifier(model.pooler(states)))

    @torch.inference_mode()
    def _positions_of(self, attention: Any) -> _Positions:
        """Return what a layer attends to relative positions with."""
        embedded = self._model.deberta.encoder.get_rel_embedding()[: 2 * attention.pos_ebd_size]
        shared = attention.share_att_key
        keys = attention.key_proj if shared else getattr(attention, "pos_key_proj", None)
        queries = attention.query_proj if shared else getattr(attention, "pos_query_proj", None)

        def by_head(projection: Any) -> Tensor:
            projected: Tensor = projection(embedded) * self._scale
            return projected.view(len(embedded), self._heads, -1).transpose(0, 1).contiguous()

        return _Positions(
            by_head(keys) if "c2p" in attention.pos_att_type else None,
            by_head(queries) if "p2c" in attention.pos_att_type else None,
        )

    def _buckets_of(self, length: int, device: torch.device) -> Tensor:
        """Return (2 length,) the buckets of the distances `length` to 1 - `length`, falling.

        The first is no distance of a pair: an even number of columns is quicker on a GPU.
        """
        from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

        distances = torch.arange(length, -length, -1)
        buckets, most = self._buckets
        if buckets > 0 and most > 0:
            distances = make_log_bucket_position(distances, buckets, most).long()
        return (distances + self._span).clamp(0, 2 * self._span - 1).to(device)

    def _attended(
        self, attention: Any, positions: _Positions, queries: Tensor, states: Tensor, real: Tensor
    ) -> Tensor:
        """Return (n, queries, d): (n, queries, d) attending to (n, length, d).

        Args:
            attention: A layer's.
            positions: Its relative positions, a row a distance.
            queries: States of the tokens that attend.
            states: States of all.
            real: (n, length) which are tokens.
        """
        query, key, value = (
            projection(side).unflatten(-1, (self._heads, -1))
            for projection, side in (
                (attention.query_proj, queries),
                (attention.key_proj, states),
                (attention.value_proj, states),
            )
        )
        attended = torch.empty_like(query)
        for rows, heads in self._parts(*real.shape):
            part = [side[rows, :, heads] for side in (query, key, value)]
            bias = _summed(_terms(positions.of(heads), *part[:2]), real[rows])
            query_part, key_part, value_part = (side.transpose(1, 2) for side in part)
            attended[rows, :, heads] = scaled_dot_product_attention(
                query_part, key_part, value_part, attn_mask=bias, scale=self._scale
            ).transpose(1, 2)
        return attended.flatten(2)

    def _parts(self, count: int, length: int) -> Iterator[tuple[slice, slice]]:
        """Yield which pairs and which heads attend at once."""
        of_head = 2 * length**2
        heads = min(self._heads, max(1, self._at_once // of_head))
        rows = max(1, self._at_once // (of_head * self._heads))
        for row in range(0, count, rows):
            for head in range(0, self._heads, heads):
                yield slice(row, row + rows), slice(head, head + heads)


def _summed(terms: Sequence[Tensor], real: Tensor) -> Tensor:
    """Return (n, heads, queries, length) the bias of attention: the sum of terms of that shape,
    where there are keys, (n, length).
    """
    bias = terms[0] + terms[1] if len(terms) > 1 else terms[0]
    return bias.masked_fill(~real[:, None, None, :], -math.inf).contiguous()


def _terms(positions: _Positions, query: Tensor, key: Tensor) -> list[Tensor]:
    """Return the terms of positions, each (n, heads, queries, length).

    Args:
        positions: A row a distance, of 2 length.
        query: (n, queries, heads, width) of the first tokens of each pair, all or some.
        key: (n, length, heads, width).
    """
    n, count, heads, _ = query.shape
    length = key.shape[1]
    wide = 2 * length
    terms = []
    if positions.keys is not None:
        # Column c of a query's row is the distance length - c: that of key k is column
        # k - q + length.
        rows = _products(query, positions.keys)
        step = (count * wide, n * count * wide, wide - 1, 1)
        terms.append(rows.as_strided((n, heads, count, length), step, length))
    if positions.queries is not None:
        # Rising here: the distance q - k is column q - k + length - 1 of the key's row.
        rows = _products(key, positions.queries.flip(1))
        step = (length * wide, n * length * wide, 1, wide - 1)
        terms.append(rows.as_strided((n, heads, count, length), step, length - 1))
    return terms


def _products(states: Tensor, positions: Tensor) -> Tensor:
    """Return (heads, n * tokens, columns): (n, tokens, heads, width) by (heads, columns, width)."""
    by_head = states.flatten(0, 1).transpose(0, 1)
    return torch.bmm(by_head, positions.transpose(1, 2))
