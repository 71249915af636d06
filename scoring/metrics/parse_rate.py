"""Parse rate."""

from __future__ import annotations

import numpy as np

from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class ParseRate(Proportion, MarginMetric):
    """The share of outputs from which a label could be read."""

    name = "parse_rate"
    title = "Parse rate"
    measures = "The share of outputs that state a label at all."
    limits = (
        "Says nothing about whether the label is right; it is 1 for a system that sends labels in a"
        " column."
    )

    def of_margins(self, margins: Margins) -> Floats:
        """Return all answers but "unparsed" over all."""
        return ratio(margins.parsed, margins.total)

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return parsed examples, and the others."""
        margins = Margins.read(sums, task)
        return np.stack([margins.parsed, margins.total - margins.parsed], axis=-1)
