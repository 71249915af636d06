"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), as the rouge-score library computes them.

The F-measure, because recall alone pays for length and precision alone for saying little. With the
Porter stemmer (ROUGE-1.5.5's `-m`, usual in work on summaries): "isolating" against "isolated" is
not another reason. The value is the plain mean over examples, never a bootstrap midpoint that
depends on a global seed.

The library reads ASCII letters and digits and drops all else, so that equal Chinese or Hindi texts
share nothing. Here words are those of any script (`scoring.words`); on ASCII text the values are
the library's.
"""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import MeanMetric
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.metrics.ratio import ratio
from scoring.metrics.recent import Pairs, keep_recent
from scoring.overlap.ngrams import Integers, ngram_counts
from scoring.overlap.tokens import Numbering, rouge_form
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import words

KINDS = ("rouge1", "rouge2", "rougel")


class Rouge(ExplanationMetric, MeanMetric):
    """Overlap of words or word sequences with the reference.

    Args:
        name: Of `KINDS`.
        title: The column's head.
        counted: What is counted, in plain words.
    """

    version = "2"
    limits = (
        "Rewards the reference's words, not its meaning: a right reason in other words scores low."
    )

    def __init__(self, name: str, title: str, counted: str) -> None:
        self.name = name
        self.title = title
        self.measures = (
            f"How much the explanation and the reference share of {counted}, as an F-measure."
        )

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return F-measures."""
        return _f_measures(compared(segments))[:, KINDS.index(self.name)]


# The kinds are asked for one after another, each for all repetitions, and share their words.
@keep_recent
def _f_measures(pairs_compared: Pairs) -> Floats:
    """Return (n, 3) F-measures, a column a kind; NaN where there is no pair."""
    from rapidfuzz.distance import LCSseq

    number = Numbering(rouge_form).of
    pairs = [
        (number(words(pair.explanation)), number(words(pair.against)))
        for pair in pairs_compared
        if pair is not None
    ]
    counts = ngram_counts(pairs, 2)
    in_order = counts[:, :1].copy()
    in_order[:, 0, 2] = [LCSseq.similarity(*pair) for pair in pairs]
    values = np.full((len(pairs_compared), len(KINDS)), np.nan)
    values[[pair is not None for pair in pairs_compared]] = _f_measure(
        np.hstack([counts, in_order])
    )
    return values


def _f_measure(counts: Integers) -> Floats:
    """Return (...) of (..., 3): what the explanation has, the reference has, and both have."""
    explanation, reference, shared = np.moveaxis(counts.astype(np.float64), -1, 0)
    precision, recall = ratio(shared, explanation), ratio(shared, reference)
    return ratio(2 * precision * recall, precision + recall)


ROUGE = (
    Rouge("rouge1", "ROUGE-1", "single words"),
    Rouge("rouge2", "ROUGE-2", "pairs of neighbouring words"),
    Rouge("rougel", "ROUGE-L", "words in the same order"),
)
