"""Weighted F1: the benchmark's own headline for correctness."""

from __future__ import annotations

from scoring.metrics.correctness import CorrectnessMetric, label_f1
from scoring.metrics.ratio import ratio
from scoring.metrics.tallies import AnswerTally
from scoring.statistics.bootstrap import Floats


class WeightedF1(CorrectnessMetric):
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

    def of(self, counts: AnswerTally) -> Floats:
        """Sum of F1 times share of the gold."""
        return ratio((label_f1(counts) * counts.gold).sum(axis=-1), counts.gold.sum(axis=-1))
