"""BARTScore of explanations in four directions and two text variants (Yuan, Neubig and Liu, NeurIPS
2021).

Which text is the condition x and which the scored y decides what is measured: the reference given
the output asks whether the reference's content is recalled, the output given the reference whether
it is supported, the output given the post whether the post supports it. The IMHI benchmark
publishes the first of these on whole texts, label sentences included. Our default takes the label
sentences off both sides, so that a right label is not rewarded twice. The two variants are
different metrics with identities of their own, and never share a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from scoring.extraction import EXTRACTION
from scoring.instruments import BARTSCORE as KIND
from scoring.instruments import Instruments, Pair
from scoring.metric import POST, REFERENCE, Identity, PairMetric
from scoring.metrics.explanation_metric import (
    COUNTED_BY,
    EXPLANATION,
    FULL,
    explanations,
    whole_texts,
)
from scoring.segments import Segments
from scoring.tasks import Task
from scoring.texts import NORMALIZATION

VERSION = "1"


@dataclass(frozen=True)
class Direction:
    """What a direction means.

    Attributes:
        name: As identities write it.
        title: A column's head.
        measures: What it measures, in one sentence.
        limits: When it misleads, in one sentence.
    """

    name: str
    title: str
    measures: str
    limits: str


HYP_TO_REF = Direction(
    "hyp_to_ref",
    "BARTScore recall",
    "How likely a BART finds the reference given the output: is what the reference says recalled?",
    "Does not punish invented content, so it can reward verbosity: read it beside precision.",
)
REF_TO_HYP = Direction(
    "ref_to_hyp",
    "BARTScore precision",
    "How likely a BART finds the output given the reference: is what the output says in the"
    " reference too?",
    "Punishes true content that the reference happens to leave out, and favours short, common"
    " phrasing.",
)
F = Direction(
    "f",
    "BARTScore F",
    "The mean of BARTScore recall and precision against the reference.",
    "Favours wording like the reference's, whoever wrote it; a mean hides which of its two halves"
    " is weak.",
)
SRC_TO_HYP = Direction(
    "src_to_hyp",
    "BARTScore faithfulness",
    "How likely a BART finds the output given the post: is what it says supported by the post?",
    "Needs no reference and no label: a copy of the post scores high, a wrong conclusion costs"
    " little.",
)
DIRECTIONS = (HYP_TO_REF, REF_TO_HYP, F, SRC_TO_HYP)

_TEXTS = {
    EXPLANATION: "On the explanations alone, label sentences taken off both sides.",
    FULL: "On whole texts, label sentences included.",
}
_IMHI = "This is the variant that the IMHI benchmark publishes."


class BartScore(PairMetric):
    """BARTScore in one direction on one text variant; values are nats a token, at most 0."""

    group: ClassVar[str] = "explanation"
    version = VERSION
    unit = "nats/token"
    bounds = (None, 0.0)
    needs = KIND

    def __init__(self, direction: Direction, text: str) -> None:
        """Make a variant.

        Args:
            direction: One of DIRECTIONS.
            text: EXPLANATION or FULL.
        """
        self.direction = direction
        self.text = text
        self.held_against = (POST,) if direction is SRC_TO_HYP else (REFERENCE,)
        self.counted_by = COUNTED_BY[text]
        full = text == FULL
        self.name = f"bartscore_{direction.name}" + ("_full" if full else "")
        self.title = direction.title + (" (full text)" if full else "")
        published = [_IMHI] if full and direction is HYP_TO_REF else []
        self.measures = " ".join([direction.measures, _TEXTS[text], *published])
        self.limits = direction.limits

    def applies_to(self, task: Task) -> bool:
        """Return whether the task asks for explanations.

        Without one, faithfulness to the post has nothing to score.
        """
        return task.explained

    def identity(self, instruments: Instruments) -> Identity:
        """Return the variant under the model of `instruments`; needs the checkpoint's files."""
        model = self.model(instruments)
        return Identity(
            metric=self.name,
            version=self.version,
            extraction=(
                EXTRACTION if self.text == EXPLANATION else ""
            ),  # whole outputs are scored unread
            checkpoint=model.fingerprint,
            direction=self.direction.name,
            text=self.text,
            truncation=model.max_tokens,
            dtype=model.dtype_name,
            normalization=NORMALIZATION,
        )

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return one pair an example, two for F; none where either of its texts is absent."""
        hypotheses = self.hypotheses(segments)
        sources = self._sources(segments)
        return [
            self._directed(source, hypothesis) if source and hypothesis else ()
            for source, hypothesis in zip(sources, hypotheses, strict=True)
        ]

    def hypotheses(self, segments: Segments) -> Sequence[str | None]:
        """Return the outputs, or the explanations read out of them."""
        return whole_texts(segments) if self.text == FULL else explanations(segments)

    def _sources(self, segments: Segments) -> Sequence[str | None]:
        """Return what it is held against: the reference, or the post."""
        if POST in self.held_against:
            return [example.post for example in segments.examples]
        if self.text == FULL:
            return [example.reference_full for example in segments.examples]
        return [example.reference for example in segments.examples]

    def _directed(self, against: str, hypothesis: str) -> tuple[Pair, ...]:
        """Return (condition, scored text) pairs, whose mean is the value."""
        recall, precision = (hypothesis, against), (against, hypothesis)
        if self.direction is HYP_TO_REF:
            return (recall,)
        return (recall, precision) if self.direction is F else (precision,)


BARTSCORE: tuple[BartScore, ...] = tuple(
    BartScore(direction, text) for text in (EXPLANATION, FULL) for direction in DIRECTIONS
)
