"""Balanced accuracy."""

from __future__ import annotations

from scoring.answers import ONE
from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class BalancedAccuracy(MarginMetric):
    """Each label's recall, averaged over the declared labels that occur in the gold.

    As scikit-learn's `balanced_accuracy_score`.
    """

    name = "balanced_accuracy"
    title = "Balanced accuracy"
    measures = (
        "The share of right answers for each label, averaged with every label counting the same."
    )
    limits = (
        "Says nothing about false alarms; always giving one label scores 1 / number of labels,"
        " not 0."
    )

    takes = (ONE,)

    def of_margins(self, margins: Margins) -> Floats:
        """Return mean recall of the labels in the gold."""
        return margins.mean_over_occurring(ratio(margins.right, margins.gold))
