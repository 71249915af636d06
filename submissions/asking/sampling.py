"""Draws tokens of each text from random numbers that are its own.

A text's numbers follow from its seed and what it is for, so that they are the same whatever else is
in the batch. The numbers are SHA-256's: no library's generator has to stay as it is. What is drawn
is the token at which the cumulative probability, most probable tokens first, passes the number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor

from submissions.asking.texts import Decoding


class OwnDraws(LogitsProcessor):  # type: ignore[misc]  # Transformers is not typed here
    """Leaves of each row's tokens the one that is drawn; to be the last of the processors of a
    greedy search.

    Args:
        keys: What each row is for.
        decoding: How tokens are chosen; its temperature is above 0.
    """

    def __init__(self, keys: Sequence[tuple[Any, ...]], decoding: Decoding) -> None:
        self._keys = [repr(tuple(key)).encode() for key in keys]
        self._decoding = decoding
        self._step = 0

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return (rows, vocabulary) scores: 0 for the token drawn, else minus infinity."""
        del input_ids
        drawn = torch.tensor(
            [uniform(key, self._step) for key in self._keys], dtype=torch.float64
        ).to(scores.device)
        self._step += 1
        tokens = draw(scores.float() / self._decoding.temperature, self._decoding.top_p, drawn)
        return torch.full_like(scores, float("-inf")).scatter(1, tokens[:, None], 0.0)


def draw(logits: Any, top_p: float, uniforms: Any) -> Any:
    """Return (rows,) tokens: of each row the one that its number falls on.

    Args:
        logits: (rows, vocabulary).
        top_p: Which share of the probability counts, most probable tokens first.
        uniforms: (rows,) from 0 to 1, 1 excluded.
    """
    probabilities, order = torch.softmax(logits.double(), dim=-1).sort(
        dim=-1, descending=True, stable=True
    )
    sums = probabilities.cumsum(dim=-1)
    # Those before which less than `top_p` has been reached: the first always.
    kept = ((sums - probabilities) < top_p).sum(dim=-1, keepdim=True)
    whole = sums.gather(1, kept - 1)
    place = (sums <= uniforms[:, None] * whole).sum(dim=-1, keepdim=True)
    return order.gather(1, torch.minimum(place, kept - 1))[:, 0]


def uniform(key: bytes, step: int) -> float:
    """Return a number from 0 to 1, 1 excluded, for one token of a text."""
    digest = hashlib.sha256(b"%b %d" % (key, step)).digest()
    return float((int.from_bytes(digest[:8]) >> 11) / 2**53)
