"""Whether an explanation says what the post contradicts."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.entailment.support import CONTRADICTION
from scoring.instruments import Pair
from scoring.metrics.entailment_metric import SupportMetric
from scoring.statistics.bootstrap import Floats


class WorstContradiction(SupportMetric):
    """The most contradicted sentence's probability."""

    name = "contradiction"
    title = "Contradiction, worst sentence"
    measures = (
        "The largest probability, by an NLI model, that any part of the post contradicts any"
        " sentence of the explanation."
    )
    limits = (
        "A passage that says something else than the sentence is often taken for its contradiction,"
        " so long posts and long explanations come off worse. Saying nothing contradicts nothing."
    )
    higher_is_better = False

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:  # noqa: ARG002
        """Return the largest of all pairs."""
        return float(outputs[:, CONTRADICTION].max())
