"""Length in words: the row that every explanation metric has to beat.

Of the explanation, as most metrics see it, and of the whole text, as the metrics of whole texts and
people who rate outputs see it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import Identity, MeanMetric
from scoring.metrics.explanation_metric import (
    COUNTED_BY,
    EXPLANATION,
    FULL,
    ExplanationMetric,
    explanations,
    whole_texts,
)
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import count_words


class Words(ExplanationMetric, MeanMetric):
    """Words (runs of anything but white space; letters, where a script has no spaces) in an
    explanation or whole text.

    Args:
        text: EXPLANATION or FULL.
    """

    unit = "words"
    held_against = ()
    higher_is_better = None
    bounds = (0.0, None)
    version = "3"
    limits = (
        "No quality: it is shown because people and metrics alike tend to prefer longer"
        " explanations."
    )

    def __init__(self, text: str = EXPLANATION) -> None:
        full = text == FULL
        self.text = FULL if full else ""  # of the explanation, no text is compared
        self.name = self.counted_by = COUNTED_BY[text]
        self.title = "Words (full text)" if full else "Words"
        what = "a whole output has, label sentence included," if full else "an explanation has"
        self.measures = f"How many words {what} on average."

    def identity(self, instruments: Instruments) -> Identity:
        """Return an identity without extraction: whole outputs are counted unread."""
        identity = super().identity(instruments)
        return replace(identity, extraction="") if self.text == FULL else identity

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return word counts."""
        texts = whole_texts(segments) if self.text == FULL else explanations(segments)
        counts = [np.nan if text is None else count_words(text) for text in texts]
        return np.array(counts, dtype=np.float64)
