"""What metrics of confidence share: of each answer, how sure the system says it is, and whether it
is right.

A confidence is the probability, 0 to 1, that a system gives to its own answer being right; where
none was sent there is no value. An unparsed output is wrong, as for every metric of labels,
whatever confidence stands beside it. Where an answer has several labels it is right where all are.
"""

from __future__ import annotations

import numpy as np

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metric import Identity, Metric
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class ConfidenceMetric(Metric):
    """A metric of confidences, on every task that has labels."""

    group = "correctness"
    version = "1"
    higher_is_better = False
    optional = True

    def applies_to(self, task: Task) -> bool:
        """Return whether there are labels to be sure of."""
        return bool(task.labels)

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read: there is no model and no text."""
        return Identity(self.name, self.version, EXTRACTION)


def confidences(segments: Segments) -> tuple[Floats, Floats]:
    """Return (n,) confidences, NaN where none was sent, and (n,) 1 for right answers and 0."""
    given = [reading.confidence for reading in segments.readings]
    right = [
        reading.label == example.gold
        for reading, example in zip(segments.readings, segments.examples, strict=True)
    ]
    return np.array(given, dtype=float), np.array(right, dtype=float)
