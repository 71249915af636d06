"""Accuracy."""

from __future__ import annotations

import numpy as np

from scoring.metrics.correctness import CorrectnessMetric
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.metrics.tallies import AnswerTally, tally
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class Accuracy(Proportion, CorrectnessMetric):
    """The share of examples answered rightly; an unparsed output is a wrong answer.

    Where an answer has several labels it is right where all of them are the gold's, and none is
    missing, as in scikit-learn's `accuracy_score` (subset accuracy).
    """

    name = "accuracy"
    title = "Accuracy"
    measures = "The share of examples whose label is right."
    limits = (
        "Where one label is frequent, always guessing it scores high; compare with the majority"
        " baseline."
    )

    def of(self, counts: AnswerTally) -> Floats:
        """Return right examples over all."""
        return ratio(counts.right, counts.total)

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return right examples, and the others."""
        counts = tally(sums, task)
        return np.stack([counts.right, counts.total - counts.right], axis=-1)
