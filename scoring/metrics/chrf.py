"""chrF (Popović 2015) of the whole set, as sacrebleu computes it.

Per item and character n-gram order (1 to 6, white space left out) the n-grams of the explanation,
of the reference, and those in both. They are summed first, so the value is sacrebleu's
`corpus_chrf` with its defaults (chrF2: recall weighs twice as much as precision), and not a mean of
sentence scores.
"""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metrics.explanation_metric import (
    ExplanationMetric,
    compared,
)
from scoring.metrics.ratio import ratio
from scoring.metrics.recent import Pairs, keep_recent
from scoring.overlap.ngrams import ngram_counts
from scoring.overlap.tokens import characters
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task

# Popović 2015: six orders of characters and recall twice as heavy, as sacrebleu has it.
ORDERS = 6
BETA = 2


class Chrf(ExplanationMetric):
    """Character sequences shared with the reference."""

    name = "chrf"
    title = "chrF"
    measures = (
        "How much explanation and reference share of short runs of characters, recall counting"
        " twice."
    )
    limits = "Tolerates other endings of a word but not other words; favours long explanations."
    unit = "points"
    bounds = (0.0, 100.0)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, 18): for each order n-grams of the explanation, of the reference, of both."""
        return _statistics(compared(segments))

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return F2 of precision and recall, each averaged over the orders that occur on both
        sides.
        """
        return _f2(sums)


def sentence_chrf(pairs: Pairs) -> Floats:
    """Return (n,) chrF of each explanation by itself, in points: sacrebleu's `sentence_chrf`.

    NaN where there is no pair.
    """
    return _f2(_statistics(pairs))


# Several metrics ask for the same run, one after the other.
@keep_recent
def _statistics(pairs: Pairs) -> Floats:
    numbered = [
        (characters(pair.explanation), characters(pair.against))
        for pair in pairs
        if pair is not None
    ]
    counts = ngram_counts(numbered, ORDERS)
    # As sacrebleu: orders that the reference is too short for are not held against the explanation.
    counts[..., 0] *= counts[..., 1] > 0
    items = np.zeros((len(pairs), 3 * ORDERS))
    items[[pair is not None for pair in pairs]] = counts.reshape(-1, 3 * ORDERS)
    return items


def _f2(sums: Floats) -> Floats:
    counts = sums.reshape(*sums.shape[:-1], ORDERS, 3)
    explanation, reference, shared = counts[..., 0], counts[..., 1], counts[..., 2]
    counted = (explanation > 0) & (reference > 0)
    orders = counted.sum(axis=-1).astype(np.float64)
    precision = ratio((ratio(shared, explanation) * counted).sum(axis=-1), orders)
    recall = ratio((ratio(shared, reference) * counted).sum(axis=-1), orders)
    value = 100 * ratio((1 + BETA**2) * precision * recall, BETA**2 * precision + recall)
    return np.where(sums.any(axis=-1), value, np.nan)
