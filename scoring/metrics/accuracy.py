"""Accuracy."""

from __future__ import annotations

import numpy as np

from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class Accuracy(Proportion, MarginMetric):
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

    def of_margins(self, margins: Margins) -> Floats:
        """Return right answers over all."""
        return ratio(margins.correct, margins.total)

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return right examples, and the others."""
        margins = Margins.read(sums, task)
        return np.stack([margins.correct, margins.total - margins.correct], axis=-1)
