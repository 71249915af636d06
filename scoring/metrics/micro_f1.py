"""Micro F1."""

from __future__ import annotations

from scoring.answers import SEVERAL
from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class MicroF1(MarginMetric):
    """F1 of all labels of all examples together.

    As scikit-learn's `f1_score(average="micro")` of label indicators. Where every answer is one
    label it would be the accuracy, and so it stands on tasks that take several alone.
    """

    name = "micro_f1"
    title = "Micro F1"
    measures = (
        "F1 of all labels together: of the labels given and the labels right, each one counts the"
        " same, whichever it is."
    )
    limits = "Frequent labels decide it; read it beside macro F1."
    takes = (SEVERAL,)

    def of_margins(self, margins: Margins) -> Floats:
        """Return 2 TP / (gold + answered), over labels and examples; 0 where all are empty."""
        given = (margins.gold + margins.predicted).sum(axis=-1)
        return ratio(2 * margins.right.sum(axis=-1), given)
