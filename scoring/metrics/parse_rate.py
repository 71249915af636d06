"""Parse rate."""

from __future__ import annotations

import numpy as np

from scoring.metrics.correctness import CorrectnessMetric
from scoring.metrics.proportion import Proportion
from scoring.metrics.ratio import ratio
from scoring.metrics.tallies import AnswerTally, tally
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class ParseRate(Proportion, CorrectnessMetric):
    """The share of outputs from which a label could be read."""

    name = "parse_rate"
    title = "Parse rate"
    measures = "The share of outputs that state a label at all."
    limits = (
        "Says nothing about whether the label is right; it is 1 for a system that sends labels in a"
        " column."
    )

    def of(self, counts: AnswerTally) -> Floats:
        """Return parsed examples over all."""
        return ratio(counts.parsed, counts.total)

    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return parsed examples, and the others."""
        counts = tally(sums, task)
        return np.stack([counts.parsed, counts.total - counts.parsed], axis=-1)
