"""Accuracy."""

from __future__ import annotations

import numpy as np

from scoring.metrics.confusion import as_cells, hits
from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class Accuracy(Proportion, MarginMetric):
    """The share of examples answered rightly; an unparsed output is a wrong answer."""

    name = "accuracy"
    title = "Accuracy"
    measures = "The share of examples whose label is right."
    limits = (
        "Where one label is frequent, always guessing it scores high; compare with the majority"
        " baseline."
    )

    def of_margins(self, margins: Margins) -> Floats:
        """Return right answers over all."""
        return ratio(margins.right.sum(axis=-1), margins.total)

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return right examples, and the others."""
        right = hits(as_cells(sums, len(task.labels))).sum(axis=-1)
        return np.stack([right, sums.sum(axis=-1) - right], axis=-1)
