"""Attention over sequences that lie packed end to end, in three ways.

Linear layers and norms treat every token alike, so a packed batch is one tall matrix to them and
nothing is padded. Attention alone must know where one sequence ends and the next begins. What is
quick for it depends on the device:

- on a CPU one call a sequence costs little beside its arithmetic (`BySequence`);
- on a GPU hundreds of small calls leave the device idle: one kernel takes them all where there is
  one for variable lengths (`VariableLength`: bf16 on CUDA, a recent torch);
- everywhere else like lengths are padded to the longest of them (`ByBucket`), for attention only.

All three compute the same sums. Tests hold the two that need no special kernel against the formula;
the third runs on GPUs only, where `benchmarks.gpu` holds it against fp32 scores.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

BUCKET = 64
"""`ByBucket` takes lengths as alike that round up to the same multiple of this."""


class Attention(Protocol):
    """Attends within segments: the queries of each to the keys and values of the same."""

    def __init__(self, queries: Sequence[int], keys: Sequence[int], device: torch.device) -> None:
        """Lay out the segments.

        Args:
            queries: Query tokens of each segment, in order; none is 0.
            keys: Key tokens of each segment.
            device: Where the tensors will be.
        """

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """Return softmax attention with the usual scale.

        Args:
            query: (sum of queries, heads, width) packed.
            key: (sum of keys, heads, width).
            value: As `key`.
            causal: Each token sees itself and those before it; queries and keys must be as many.

        Returns:
            (sum of queries, heads, width).
        """


class BySequence:
    """One call for each run of neighbours that happen to have equal lengths."""

    def __init__(self, queries: Sequence[int], keys: Sequence[int], device: torch.device) -> None:
        del device
        runs = [
            (lengths, len(list(run))) for lengths, run in groupby(zip(queries, keys, strict=True))
        ]
        self._counts = [count for _, count in runs]
        self._queries = [count * lengths[0] for lengths, count in runs]
        self._keys = [count * lengths[1] for lengths, count in runs]

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """See `Attention`."""
        sides = ((query, self._queries), (key, self._keys), (value, self._keys))
        parts = zip(
            self._counts, *(torch.split(packed, sizes) for packed, sizes in sides), strict=True
        )
        return torch.cat(
            [_attend(causal, *(_unpacked(x, count) for x in run)) for count, *run in parts]
        )


def _unpacked(packed: Tensor, count: int) -> Tensor:
    """Return (count * length, heads, width) -> (count, heads, length, width), without a copy."""
    return packed.view(count, -1, *packed.shape[1:]).transpose(1, 2)


def _attend(
    causal: bool, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Map (n, heads, length, width) to (n * length, heads, width)."""
    attended = scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
    return attended.transpose(1, 2).flatten(0, 1)


class ByBucket:
    """One call for all segments of like lengths, padded to the longest of them."""

    def __init__(self, queries: Sequence[int], keys: Sequence[int], device: torch.device) -> None:
        lengths = np.stack([queries, keys], axis=1)
        starts = np.cumsum(lengths, axis=0) - lengths
        # Segments of like lengths together, so that little is padded.
        _, bucket = np.unique(-(-lengths // BUCKET), axis=0, return_inverse=True)
        members = [
            np.flatnonzero(bucket.reshape(-1) == number) for number in range(bucket.max() + 1)
        ]
        self._buckets = [
            (
                _Places(starts[some, 0], lengths[some, 0], device),
                _Places(starts[some, 1], lengths[some, 1], device),
            )
            for some in members
        ]

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """See `Attention`."""
        attended = torch.empty_like(query)
        for queries, keys in self._buckets:
            # Padding stands last, where no real query sees it if attention is causal.
            mask = None if causal else keys.mask
            padded = _attend(
                causal, queries.padded(query), keys.padded(key), keys.padded(value), mask
            )
            attended[queries.packed] = padded[queries.real]
        return attended


class _Places:
    """Where the tokens of some segments are in the packed tensor, and where in a padded one."""

    def __init__(
        self, starts: NDArray[np.int64], lengths: NDArray[np.int64], device: torch.device
    ) -> None:
        column = np.arange(lengths.max())
        real = column < lengths[:, None]
        places = np.where(real, starts[:, None] + column, starts[:, None])

        def send(array: NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(array).to(device, non_blocking=True)

        self._places = send(places)
        self.packed = send(places[real])
        self.real = send(np.flatnonzero(real))
        self.mask = None if real.all() else send(real[:, None, None, :])

    def padded(self, packed: Tensor) -> Tensor:
        """Return (tokens, heads, width) -> (n, heads, longest, width), each segment's first token
        as padding.
        """
        return packed[self._places].transpose(1, 2)


class VariableLength:
    """One kernel for all segments, whatever their lengths: FlashAttention, for half precision on
    CUDA.
    """

    def __init__(self, queries: Sequence[int], keys: Sequence[int], device: torch.device) -> None:
        self._query_ends, self._key_ends = (
            torch.from_numpy(np.cumsum([0, *lengths], dtype=np.int32)).to(device, non_blocking=True)
            for lengths in (queries, keys)
        )
        self._longest_query, self._longest_key = max(queries), max(keys)

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool = False
    ) -> Tensor:
        """See `Attention`."""
        from torch.nn.attention.varlen import varlen_attn

        window = (-1, 0) if causal else (-1, -1)
        ends, longest = (self._query_ends, self._key_ends), (self._longest_query, self._longest_key)
        attended = varlen_attn(query, key, value, *ends, *longest, window_size=window)
        return torch.as_tensor(attended)


def attention_for(device: torch.device, dtype: torch.dtype) -> type[Attention]:
    """Return the quickest way on `device` for tensors of `dtype`."""
    if device.type == "cpu":
        return BySequence
    if device.type == "cuda" and dtype == torch.bfloat16 and _has_variable_length():
        return VariableLength
    return ByBucket


def _has_variable_length() -> bool:
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return False
    kernel: Callable[..., object] = varlen_attn
    return (
        "window_size" in inspect.signature(kernel).parameters
    )  # older ones say causality otherwise
