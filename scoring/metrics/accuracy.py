"""Accuracy."""

from __future__ import annotations

import numpy as np

from scoring.metrics.confusion import ConfusionMetric, as_cells, hits
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class Accuracy(Proportion, ConfusionMetric):
    """The share of examples answered rightly; an unparsed output is a wrong answer."""

    name = "accuracy"
    title = "Accuracy"
    measures = "The share of examples whose label is right."
    limits = (
        "Where one label is frequent, always guessing it scores high; compare with the majority"
        " baseline."
    )

    def value(self, cells: Floats) -> Floats:
        """Return diagonal over all cells."""
        return ratio(hits(cells).sum(axis=-1), cells.sum(axis=(-2, -1)))

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return right examples, and the others."""
        right = hits(as_cells(sums, len(task.labels))).sum(axis=-1)
        return np.stack([right, sums.sum(axis=-1) - right], axis=-1)
