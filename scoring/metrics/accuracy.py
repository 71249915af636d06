"""Accuracy."""

from __future__ import annotations

from scoring.metric import Floats
from scoring.metrics.confusion import ConfusionMetric, as_cells, hits
from scoring.metrics.proportion import Proportion, Tally
from scoring.metrics.ratio import ratio
from scoring.tasks import Task


class Accuracy(ConfusionMetric, Proportion):
    """The share of examples answered rightly; an unparsed output is a wrong answer."""

    name = "accuracy"
    title = "Accuracy"
    measures = "The share of examples whose label is right."
    limits = "Where one label is frequent, always guessing it scores high; compare with the majority baseline."

    def value(self, cells: Floats) -> Floats:
        """Diagonal over all cells."""
        return ratio(hits(cells).sum(axis=-1), cells.sum(axis=(-2, -1)))

    def tally(self, sums: Floats, task: Task) -> Tally:
        """Right examples of all."""
        return Tally(float(hits(as_cells(sums, len(task.labels))).sum()), round(sums.sum()))
