"""Explanation length in words: the row that every explanation metric has to beat."""

from __future__ import annotations

import numpy as np

from scoring.metric import Floats, Instruments, MeanMetric
from scoring.metrics.explanation import ExplanationMetric, explanations
from scoring.segments import Segments


class Words(ExplanationMetric, MeanMetric):
    """Words (runs of anything but white space) in an explanation."""

    name = "words"
    title = "Words"
    measures = "How many words an explanation has on average."
    limits = "No quality: it is shown because people and metrics alike tend to prefer longer explanations."
    unit = "words"
    text = ""
    higher_is_better = None
    bounds = (0.0, None)

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Word counts."""
        texts = explanations(segments)
        return np.array([np.nan if text is None else len(text.split()) for text in texts], dtype=np.float64)
