"""Matthews correlation coefficient."""

from __future__ import annotations

import numpy as np

from scoring.answers import ONE
from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class Mcc(MarginMetric):
    """Matthews correlation for any number of labels (Gorodkin 2004, "Comparing two K-category
    assignments").

    As scikit-learn's `matthews_corrcoef` with "unparsed" as one more class, but for the formula's
    two ends of 0 / 0. Where the gold is one label throughout there is nothing to go together with,
    and no value: scikit-learn's 0 would call perfect answers no better than chance. Where only the
    answers are one label it is 0, which is the limit of the formula (Chicco and Jurman 2020) and
    what kappa is there: they tell nothing of a gold that varies.
    """

    name = "mcc"
    title = "Matthews correlation"
    measures = (
        "How closely labels and gold go together: 1 is perfect, 0 is no better than chance, below 0"
        " is worse."
    )
    limits = "Harder to picture than a share of right answers, and uncertain where a label is rare."
    bounds = (-1.0, 1.0)
    takes = (ONE,)

    def of_margins(self, margins: Margins) -> Floats:
        """Return Gorodkin's R_K from the confusion matrix."""
        gold, total = margins.gold, margins.total
        by_chance = (gold * margins.predicted).sum(axis=-1)
        covariance = margins.right.sum(axis=-1) * total - by_chance
        spread_gold = total**2 - (gold**2).sum(axis=-1)
        unparsed = total - margins.parsed
        spread_predicted = total**2 - (margins.predicted**2).sum(axis=-1) - unparsed**2
        value = ratio(covariance, np.sqrt(spread_gold * spread_predicted))
        return np.where(spread_gold > 0, value, np.nan)
