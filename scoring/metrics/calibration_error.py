"""Expected calibration error: how far confidence and the share of right answers are apart."""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metrics.confidence import ConfidenceMetric, confidences
from scoring.metrics.ratio import ratio
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task

BINS = 15
"""Equally wide, from 0 to 1, each with its lower end, the last with its upper end too."""


class CalibrationError(ConfidenceMetric):
    """ECE: sum over bins of n_b / n times |mean confidence - share right| (Naeini, Cooper and
    Hauskrecht, AAAI 2015; Guo et al., ICML 2017).

    As torchmetrics' `CalibrationError(n_bins=15, norm="l1")` of the same confidences, but that a
    confidence of exactly 1, which has a bin to itself there, is in the last one here.
    """

    name = "ece"
    title = "Calibration error (ECE)"
    measures = (
        f"In {BINS} equally wide bins of confidence, how far the mean confidence is from the share"
        " of right answers, in the mean over answers with a confidence."
    )
    limits = (
        "Rises by chance where bins hold few answers, so of few examples it is too high, and its"
        " interval with it. A system that always says its own accuracy has 0: read the Brier score"
        " too."
    )

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, 3 * BINS): in the place of its bin each answer's 1, confidence and right."""
        given, right = confidences(segments)
        items = np.zeros((len(segments), 3, BINS))
        rows = np.flatnonzero(~np.isnan(given))
        bins = np.minimum((given[rows] * BINS).astype(np.intp), BINS - 1)
        for place, values in enumerate((np.ones(len(rows)), given[rows], right[rows])):
            items[rows, place, bins] = values
        return items.reshape(len(segments), 3 * BINS)

    def aggregate(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return the error of summed bins."""
        counts, sure, right = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, BINS), -2, 0)
        return ratio(np.abs(sure - right).sum(axis=-1), counts.sum(axis=-1), empty=np.nan)
