"""Parse rate."""

from __future__ import annotations

import numpy as np

from scoring.metrics.confusion import ConfusionMetric, as_cells
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class ParseRate(Proportion, ConfusionMetric):
    """The share of outputs from which a label could be read."""

    name = "parse_rate"
    title = "Parse rate"
    measures = "The share of outputs that state a label at all."
    limits = (
        "Says nothing about whether the label is right; it is 1 for a system that sends labels in a"
        " column."
    )

    def value(self, cells: Floats) -> Floats:
        """Return all but the "unparsed" column, over all cells."""
        return ratio(cells[..., :-1].sum(axis=(-2, -1)), cells.sum(axis=(-2, -1)))

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return parsed examples, and the others."""
        parsed = as_cells(sums, len(task.labels))[..., :-1].sum(axis=(-2, -1))
        return np.stack([parsed, sums.sum(axis=-1) - parsed], axis=-1)
