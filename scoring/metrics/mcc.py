"""Matthews correlation coefficient."""

from __future__ import annotations

import numpy as np

from scoring.metrics.confusion import ConfusionMetric, hits, support
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class Mcc(ConfusionMetric):
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

    def value(self, cells: Floats) -> Floats:
        """Return Gorodkin's R_K from the confusion matrix."""
        gold, predicted = support(cells), cells.sum(axis=-2)
        total = cells.sum(axis=(-2, -1))
        covariance = hits(cells).sum(axis=-1) * total - (gold * predicted[..., :-1]).sum(axis=-1)
        spread_gold = total**2 - (gold**2).sum(axis=-1)
        spread_predicted = total**2 - (predicted**2).sum(axis=-1)
        value = ratio(covariance, np.sqrt(spread_gold * spread_predicted))
        return np.where(spread_gold > 0, value, np.nan)
