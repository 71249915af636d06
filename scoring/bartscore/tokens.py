"""Texts to token ids, each distinct text once, cut to the model's length.

A cut text keeps its first tokens and its closing `</s>`, as with Transformers' `truncation=True`.
Texts that no model should see (None, NaN, blank) are refused here, all at once: "nan" or an empty
explanation would otherwise get a score like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.loading_noise import quiet_transformers
from scoring.errors import ScoringError
from scoring.texts import normalized

Tokens = NDArray[np.int32]
"""(length,) token ids of one text, `<s>` and `</s>` included."""

# Texts at a time: what the tokenizer hands back takes many times the memory of the ids.
_CHUNK = 4096


class TextEncoder:
    """A checkpoint's tokenizer."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from transformers import BartTokenizer

        with quiet_transformers():
            self._tokenizer: Any = BartTokenizer.from_pretrained(
                folder, local_files_only=True
            ).backend_tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.max_tokens = max_tokens

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return token ids of each text, at most `max_tokens` of them."""
        encoded: list[Tokens] = []
        for start in range(0, len(texts), _CHUNK):
            batch = self._tokenizer.encode_batch_fast(texts[start : start + _CHUNK])
            encoded += [self._cut(np.array(entry.ids, dtype=np.int32)) for entry in batch]
        return encoded

    def _cut(self, ids: Tokens) -> Tokens:
        if len(ids) <= self.max_tokens:
            return ids
        # The closing token stays: without it the model would expect the text to go on.
        return np.append(ids[: self.max_tokens - 1], ids[-1])

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` lose tokens to `max_tokens`."""
        # A byte-level BPE never makes more tokens than bytes, so most texts need no tokenizing to
        # be cleared.
        long = [text for text in texts if len(text.encode()) + 2 > self.max_tokens]
        return sum(
            len(entry.ids) > self.max_tokens
            for start in range(0, len(long), _CHUNK)
            for entry in self._tokenizer.encode_batch_fast(long[start : start + _CHUNK])
        )


def check_pairs(sources: Sequence[str], targets: Sequence[str]) -> None:
    """Refuse what must not reach the model.

    Raises:
        ScoringError: Names every text at fault, by side and index.
    """
    faults = [*_faults("source", sources), *_faults("target", targets)]
    if not faults and len(sources) != len(targets):
        faults.append(
            f"{len(sources)} sources and {len(targets)} targets: give one target for each source"
        )
    if faults:
        raise ScoringError(
            "cannot score: "
            + "; ".join(faults)
            + ". Leave out pairs that lack a text before scoring"
        )


def checked_pairs(sources: Sequence[str], targets: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return both sides normalised (`scoring.texts`), so that they have the scores that the board
    gives them.

    Raises:
        ScoringError: As `check_pairs`.
    """
    check_pairs(sources, targets)
    return [normalized(text) for text in sources], [normalized(text) for text in targets]


def check_texts(texts: Sequence[str]) -> None:
    """Refuse texts that must not reach the tokenizer; see `check_pairs`."""
    faults = _faults("text", texts)
    if faults:
        raise ScoringError("cannot count tokens: " + "; ".join(faults))


def _faults(side: str, texts: Sequence[str]) -> list[str]:
    # Each of its characters would be scored as a text.
    if isinstance(texts, str):
        return [f"the {side}s are one text, not a list of texts"]
    checks: tuple[tuple[str, Callable[[object], bool]], ...] = (
        ("not a text (None, NaN or another type)", lambda text: not isinstance(text, str)),
        ("empty or blank", lambda text: isinstance(text, str) and not text.strip()),
        ("not valid Unicode", lambda text: isinstance(text, str) and not _is_unicode(text)),
    )
    faults = []
    for what, wrong in checks:
        at = [index for index, text in enumerate(texts) if wrong(text)]
        if at:
            faults.append(
                f"{side}s {', '.join(map(str, at))} are {what}"
                if len(at) > 1
                else f"{side} {at[0]} is {what}"
            )
    return faults


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
