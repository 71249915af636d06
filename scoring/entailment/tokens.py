"""Pairs of texts to token ids: each distinct text once, then joined as the model's tokenizer joins
pairs.

How a tokenizer joins two texts, `[CLS] premise [SEP] hypothesis [SEP]` for most and
`<s> premise </s></s> hypothesis </s>` for RoBERTa, is asked of it with a pair of short texts. A
pair that is too long loses the end of its premise, as with Transformers' `only_first`; a hypothesis
loses tokens only where it is too long alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens
from scoring.errors import CheckpointError

_CHUNK = 4096
"""Texts at a time: what the tokenizer hands back takes many times the memory of the ids."""

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Frame:
    """What stands around and between the two texts of a pair.

    Attributes:
        before: Special tokens before the premise.
        between: Those between premise and hypothesis.
        after: Those after the hypothesis.
        types: Token types of the five parts, in order; empty where the model is given none.
        padding: The id that stands for no token.
    """

    before: Tokens
    between: Tokens
    after: Tokens
    types: tuple[int, ...]
    padding: int

    @property
    def tokens(self) -> int:
        """Special tokens of a pair."""
        return len(self.before) + len(self.between) + len(self.after)

    def joined(self, premise: Tokens, hypothesis: Tokens) -> tuple[Ids, Ids]:
        """Return a pair's token ids and their types."""
        parts = (self.before, premise, self.between, hypothesis, self.after)
        types = np.repeat(self.types or (0,) * len(parts), [len(part) for part in parts])
        return np.concatenate(parts).astype(np.int64), types


class PairEncoder:
    """A checkpoint's tokenizer.

    Attributes:
        frame: What it puts around texts.
        max_tokens: Tokens kept of a pair.
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        """Load it.

        Raises:
            CheckpointError: The files cannot be read.
        """
        from transformers import AutoTokenizer

        from scoring.pretrained import UNREADABLE, load_beside

        try:
            tokenizer: Any = load_beside(AutoTokenizer, folder)
            self._tokenizer: Any = tokenizer.backend_tokenizer
        except (*UNREADABLE, AttributeError) as error:
            raise CheckpointError(
                f"the tokenizer in {folder} cannot be read ({error}); a checkpoint with a"
                " tokenizer.json is needed"
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.frame = _frame(tokenizer)
        self.max_tokens = max_tokens

    @property
    def room(self) -> int:
        """Tokens that the two texts of a pair can have together."""
        return self.max_tokens - self.frame.tokens

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the token ids of each text alone, without special tokens."""
        encoded: list[Tokens] = []
        for start in range(0, len(texts), _CHUNK):
            batch = self._tokenizer.encode_batch_fast(
                texts[start : start + _CHUNK], add_special_tokens=False
            )
            encoded += [np.array(entry.ids, dtype=np.int32) for entry in batch]
        return encoded

    def kept(self, premise: int, hypothesis: int) -> tuple[int, int]:
        """Return how many tokens are kept of a premise and a hypothesis of these lengths."""
        hypothesis = min(hypothesis, self.room)
        return min(premise, self.room - hypothesis), hypothesis

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` are too long for the model even alone."""
        return sum(len(tokens) > self.room for tokens in self.encode(texts))


def _frame(tokenizer: Any) -> Frame:
    """Return what a tokenizer puts around two texts."""
    pair = tokenizer.backend_tokenizer.encode("a", "a")
    ids, sides = np.array(pair.ids, dtype=np.int32), pair.sequence_ids
    first, second = sides.index(0), sides.index(1)
    end, last = _after(sides, 0), _after(sides, 1)
    # A part without tokens has the type of the next, which changes nothing.
    firsts = (0, first, end, second, last)
    types = tuple(pair.type_ids[min(place, len(ids) - 1)] for place in firsts)
    given = "token_type_ids" in tokenizer.model_input_names
    return Frame(
        ids[:first], ids[end:second], ids[last:], types if given else (), tokenizer.pad_token_id
    )


def _after(sides: list[int | None], side: int) -> int:
    """Return the place after the last token of a text."""
    return len(sides) - sides[::-1].index(side)
