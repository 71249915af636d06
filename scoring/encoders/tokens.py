"""Texts to an encoder's token ids, cut to what it takes, by its own tokenizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from scoring.bartscore.tokens import Tokens
from scoring.readers.checkpoint import EncoderCheckpoint

LONGEST = 512
"""Tokens that are kept where a checkpoint says nothing of its length."""

PADDED_POSITIONS = frozenset(("camembert", "roberta", "xlm-roberta"))
"""Kinds of model whose first positions stand for padding: they take so many tokens fewer."""

_TOKENIZER_CONFIG = "tokenizer_config.json"
# What Transformers writes for "no limit" is 1e30.
_UNLIMITED = 1_000_000
# Texts at a time: what the tokenizer hands back takes many times the memory of the ids.
_CHUNK = 4096


class EncoderTokens:
    """A checkpoint's tokenizer.

    Attributes:
        max_tokens: Tokens kept of each text, special ones included.
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self.max_tokens = max_tokens

    @property
    def marks(self) -> frozenset[int]:
        """Ids of the tokens that mark a text's beginning and end."""
        ids = (self._tokenizer.cls_token_id, self._tokenizer.sep_token_id)
        return frozenset(mark for mark in ids if mark is not None)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return token ids of each text, at most `max_tokens` of them."""
        options = {"truncation": True, "max_length": self.max_tokens}
        return [np.array(ids, dtype=np.int32) for ids in self._ids(texts, options)]

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` lose tokens to `max_tokens`."""
        whole = self._ids(texts, {"truncation": False, "verbose": False})
        return sum(len(ids) > self.max_tokens for ids in whole)

    def _ids(self, texts: Sequence[str], options: Mapping[str, Any]) -> Iterator[list[int]]:
        for start in range(0, len(texts), _CHUNK):
            some = list(texts[start : start + _CHUNK])
            yield from self._tokenizer(some, return_attention_mask=False, **options)["input_ids"]


def longest_of(checkpoint: EncoderCheckpoint) -> int:
    """Return the tokens that an encoder takes: the fewer of what its tokenizer and its positions
    allow.

    Raises:
        CheckpointError: Its files cannot be read.
    """
    limits = [_positions(checkpoint.config)]
    if (checkpoint.folder / _TOKENIZER_CONFIG).is_file():
        limits.append(checkpoint.declared(_TOKENIZER_CONFIG).get("model_max_length"))
    allowed = [
        int(limit) for limit in limits if isinstance(limit, int | float) and 0 < limit < _UNLIMITED
    ]
    return min(allowed, default=LONGEST)


def _positions(config: Mapping[str, Any]) -> int | None:
    positions = config.get("max_position_embeddings")
    if not isinstance(positions, int):
        return None
    if config.get("model_type") in PADDED_POSITIONS:
        return positions - int(config.get("pad_token_id", 1)) - 1
    return positions
