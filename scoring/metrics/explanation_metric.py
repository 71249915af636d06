"""What metrics of explanations share: where they apply, and what is compared with what.

They see the explanation alone, without the sentence that states the label, on both sides: the label
is already rewarded by the correctness metrics. An explanation or a reference that is missing or
says nothing is absent. What else they are held against, the reference or the post, each declares
(`Metric.held_against`).
"""

from __future__ import annotations

from typing import NamedTuple

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments
from scoring.metric import REFERENCE, Identity, Metric
from scoring.segments import Example, Segments
from scoring.tasks import Task, normalise_gold
from scoring.texts import NORMALIZATION, said

EXPLANATION = "explanation"
FULL = "full"
COUNTED_BY = {EXPLANATION: "words", FULL: "words_full"}
"""Text variant -> the metric that has a value wherever there is such a text."""


class ExplanationMetric(Metric):
    """A metric of explanations, for tasks that have reference explanations.

    Attributes:
        text: The identity's text variant; "" where no text is compared.
    """

    group = "explanation"
    version = "1"
    text = EXPLANATION
    held_against: tuple[str, ...] = (REFERENCE,)
    counted_by = COUNTED_BY[EXPLANATION]

    def applies_to(self, task: Task) -> bool:
        """Return whether explanations are asked for."""
        return task.explained

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how explanations were read: there is no model."""
        return Identity(
            self.name, self.version, EXTRACTION, text=self.text, normalization=NORMALIZATION
        )


class ExplanationPair(NamedTuple):
    """An explanation and the text that it is held against: a reference or a post."""

    explanation: str
    against: str


def explanations(segments: Segments) -> list[str | None]:
    """Return every example's explanation; None where it is absent."""
    return [reading.explanation for reading in segments.readings]


def whole_texts(segments: Segments) -> list[str | None]:
    """Return every example's output, label sentence and all.

    None where there is none or it says nothing.

    An output that is a word for a missing value ("nan") says nothing, unless that is a label's
    wording ("None").
    """
    labels = segments.task.gold_labels
    return [
        text
        if text is not None and (said(text) is not None or normalise_gold(text) in labels)
        else None
        for text in segments.outputs
    ]


def compared(segments: Segments, against: str = REFERENCE) -> tuple[ExplanationPair | None, ...]:
    """Return every example's explanation and what it is held against; None where either is absent.

    Args:
        segments: One run.
        against: REFERENCE or POST.
    """
    others = (_text(example, against) for example in segments.examples)
    return tuple(
        None if explanation is None or other is None else ExplanationPair(explanation, other)
        for explanation, other in zip(explanations(segments), others, strict=True)
    )


def _text(example: Example, against: str) -> str | None:
    if against == REFERENCE:
        return example.reference
    # What stands in the place of a post that was taken down is no post.
    return None if example.redacted else said(example.post)
