"""Label-explanation agreement: does the explanation alone state the label that the system gave?

Over the examples that have a label and whose explanation states one by itself. An explanation that
states none contradicts nothing and confirms nothing, so it is absent and counted as such: taking it
for a disagreement would reward repeating the label sentence, which is what the explanation metrics
take care not to do. The gold label plays no part; a wrong label with a fitting explanation agrees.
"""

from __future__ import annotations

import numpy as np

from scoring.extraction import stated_label
from scoring.instruments import Instruments
from scoring.metric import MeanMetric
from scoring.metrics.explanation_metric import ExplanationMetric, explanations
from scoring.metrics.proportion import Proportion
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class LabelExplanationAgreement(ExplanationMetric, MeanMetric, Proportion):
    """The share of label-stating explanations that state the system's own label."""

    name = "label_explanation_agreement"
    title = "Label-explanation agreement"
    measures = (
        "Among explanations that name an answer themselves, the share that name the same one as the"
        " label."
    )
    limits = (
        "Says nothing about explanations that name no answer, often most: see how many were"
        " counted."
    )
    text = ""
    held_against = ()

    def applies_to(self, task: Task) -> bool:
        """Return whether explanations are asked for, and labels beside them."""
        return bool(task.labels) and super().applies_to(task)

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return 1 where they agree, 0 where they do not."""
        return np.array(
            [_agrees(segments, row, text) for row, text in enumerate(explanations(segments))], float
        )

    def outcomes(self, sums: Floats, task: Task) -> Floats:  # noqa: ARG002
        """Return agreeing explanations, and the others that state a label."""
        return np.stack([sums[..., 0], sums[..., 1] - sums[..., 0]], axis=-1)


def _agrees(segments: Segments, row: int, explanation: str | None) -> float:
    label = segments.readings[row].label
    if label is None or explanation is None:
        return np.nan
    example = segments.examples[row]
    stated = stated_label(
        segments.task, explanation, post=example.post, attributes=example.attributes
    )
    return np.nan if stated is None else float(stated == label)
