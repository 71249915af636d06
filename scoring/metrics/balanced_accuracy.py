"""Balanced accuracy."""

from __future__ import annotations

from scoring.metrics.confusion import ConfusionMetric, hits, support
from scoring.metrics.correctness import mean_over
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class BalancedAccuracy(ConfusionMetric):
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

    def value(self, cells: Floats) -> Floats:
        """Return mean recall of the labels in the gold."""
        gold = support(cells)
        return mean_over(ratio(hits(cells), gold), gold > 0)
