"""Sentences of an explanation with what was found of each, as they are kept and shown.

What is kept are numbers alone. Whoever has the explanation makes the sentences of them again: that
takes no model and no splitter, so a machine that only serves a board can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bootstrap import Floats

SUPPORTED = CONTRADICTED = 0.5
"""A sentence is supported, or contradicted, where that is at least as probable as not."""

FIELDS = 4
"""Of a kept sentence: start, end, support, contradiction."""


@dataclass(frozen=True)
class JudgedSentence:
    """A sentence of an explanation, held against a post.

    Attributes:
        text: The sentence, or a part of one that is very long.
        support: The largest probability that a passage of the post entails it.
        contradiction: The largest probability that one contradicts it.
    """

    text: str
    support: float
    contradiction: float

    @property
    def unsupported(self) -> bool:
        """Whether no passage of the post makes it probable."""
        return self.support < SUPPORTED

    @property
    def contradicted(self) -> bool:
        """Whether a passage of the post makes it improbable."""
        return self.contradiction >= CONTRADICTED


def spans_of(explanation: str, sentences: Sequence[JudgedSentence]) -> Floats:
    """Return (sentences, 4) where each stands in its explanation, its support and contradiction."""
    rows = []
    end = 0
    for sentence in sentences:
        start = explanation.index(sentence.text, end)
        end = start + len(sentence.text)
        rows.append((start, end, sentence.support, sentence.contradiction))
    return np.array(rows, dtype=float).reshape(-1, FIELDS)


def sentences_in(explanation: str, spans: Floats) -> tuple[tuple[int, JudgedSentence], ...]:
    """Return where each sentence begins, and the sentence.

    Nothing where a number is missing, or they are of a text of another length.

    Args:
        explanation: The text that `spans_of` was given.
        spans: (sentences, 4) what it returned; rows of NaN are passed over.
    """
    rows = spans[~np.isnan(spans).all(axis=-1)]
    if np.isnan(rows).any() or (rows[:, 1] > len(explanation)).any():
        return ()
    return tuple(
        (int(start), JudgedSentence(explanation[int(start) : int(end)], support, contradiction))
        for start, end, support, contradiction in rows.tolist()
    )
