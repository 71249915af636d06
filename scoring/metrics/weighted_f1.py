"""Weighted F1: the benchmark's own headline for correctness."""

from __future__ import annotations

from scoring.metrics.margins import MarginMetric, Margins
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class WeightedF1(MarginMetric):
    """Each label's F1, weighted by how often the label is the gold answer.

    As scikit-learn's `f1_score(average="weighted")` with "unparsed" as one more class, which has no
    gold examples and so no weight.
    """

    name = "weighted_f1"
    title = "Weighted F1"
    measures = (
        "F1 of each label (the balance of precision and recall), averaged with frequent labels"
        " counting more."
    )
    limits = (
        "A system that ignores rare labels can still score high; read it beside balanced accuracy."
    )

    def of_margins(self, margins: Margins) -> Floats:
        """Return the sum of F1 times share of the gold."""
        return ratio((margins.f1() * margins.gold).sum(axis=-1), margins.gold.sum(axis=-1))
