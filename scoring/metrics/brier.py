"""The Brier score of what systems say of their own answers."""

from __future__ import annotations

from scoring.instruments import Instruments
from scoring.metric import MeanMetric
from scoring.metrics.confidence import ConfidenceMetric, confidences
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats


class Brier(ConfidenceMetric, MeanMetric):
    """The mean of (confidence - right)^2 (Brier 1950, of the event that the answer is right).

    As scikit-learn's `brier_score_loss`.
    """

    name = "brier"
    title = "Brier score"
    measures = (
        "The squared distance of a system's confidence from 1 where its answer is right and from 0"
        " where it is wrong, in the mean; of answers with a confidence alone."
    )
    limits = (
        "A mixture of calibration and of how often answers are right: a system that is right more"
        " often has a lower one. Confidence is that of the one answer, and not of all labels."
    )

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) squared distances, NaN without a confidence."""
        given, right = confidences(segments)
        return (given - right) ** 2
