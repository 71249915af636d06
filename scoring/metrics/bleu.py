"""BLEU (Papineni et al. 2002) of the whole set, as sacrebleu computes it.

Per item the sufficient statistics: explanation length, reference length, matched and total n-grams
of orders 1 to 4. They are summed first, so the value is sacrebleu's `corpus_bleu` with its defaults
(tokenizer 13a, mixed case, exponential smoothing), and not a mean of sentence scores. Its tokenizer
13a needs spaces between words: scripts that have none get them first (`scoring.words`), as in its
tokenizer for Chinese.
"""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.metrics.ratio import ratio
from scoring.overlap.ngrams import ngram_counts
from scoring.overlap.tokens import Numbering, tokens_13a
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from scoring.words import spaced

# Papineni et al. 2002, as sacrebleu has it.
ORDERS = 4


class Bleu(ExplanationMetric):
    """Word sequences shared with the reference, with a penalty for being short."""

    name = "bleu"
    version = "2"
    title = "BLEU"
    measures = (
        "How many of the explanation's runs of 1 to 4 words are in the reference; short texts lose"
        " points."
    )
    limits = (
        "Made for translation: low for good explanations in other words, unreliable on small sets."
    )
    unit = "points"
    bounds = (0.0, 100.0)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, 10): explanation length, reference length, 4 matches, 4 totals."""
        pairs, number = compared(segments), Numbering().of
        numbered = [
            (
                number(tokens_13a(spaced(pair.explanation))),
                number(tokens_13a(spaced(pair.against))),
            )
            for pair in pairs
            if pair is not None
        ]
        counts = ngram_counts(numbered, ORDERS)
        items = np.zeros((len(segments), 2 + 2 * ORDERS))
        items[[pair is not None for pair in pairs]] = np.concatenate(
            [counts[:, 0, :2], counts[..., 2], counts[..., 0]], axis=1
        )
        return items

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return geometric mean of the smoothed precisions, times the brevity penalty."""
        length, reference_length = sums[..., 0], sums[..., 1]
        matched, total = sums[..., 2 : 2 + ORDERS], sums[..., 2 + ORDERS :]
        # Exponential smoothing: the k-th order without a match counts as 1 / 2**k matches.
        misses = np.cumsum(matched == 0, axis=-1)
        precisions = ratio(np.where(matched == 0, 0.5**misses, matched), total)
        logs = np.log(precisions, out=np.full_like(precisions, -np.inf), where=precisions > 0)
        penalty = np.exp(np.minimum(0.0, 1 - ratio(reference_length, length, empty=np.inf)))
        value = 100 * penalty * np.exp(logs.mean(axis=-1))
        value = np.where(matched.any(axis=-1), value, 0.0)
        return np.where(sums.any(axis=-1), value, np.nan)
