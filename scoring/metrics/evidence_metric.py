"""What metrics of evidence share: the passages that a system gives, held against the gold's.

The gold's passages are the post's own words; a system's are whatever it sent in its `evidence`
column. Where it sent none there is no value, and an empty list is an answer: no passage.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from scoring.instruments import Instruments
from scoring.metric import Identity, Metric
from scoring.segments import Segments
from scoring.tasks import Task
from scoring.texts import NORMALIZATION, normalized
from scoring.words import words


class EvidenceMetric(Metric):
    """A metric of evidence, for tasks that have gold passages."""

    group = "correctness"
    version = "1"
    optional = True
    # It has a value wherever a list was sent, an empty one too.
    counted_by = "evidence_f1"

    def applies_to(self, task: Task) -> bool:
        """Return whether the gold has passages."""
        return task.evidence

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how passages are compared: there is no model, and nothing is read from outputs."""
        return Identity(self.name, self.version, "", normalization=NORMALIZATION)


class Evidence(NamedTuple):
    """Passages of one example: the gold's, the system's, and the post that they are of."""

    gold: tuple[str, ...]
    given: tuple[str, ...]
    post: str


def evidence_of(segments: Segments) -> list[Evidence | None]:
    """Return each example's passages; None where there is no gold, or the system sent no list."""
    return [
        None
        if example.evidence is None or reading.evidence is None or example.redacted
        else Evidence(_normal(example.evidence), _normal(reading.evidence), example.post)
        for example, reading in zip(segments.examples, segments.readings, strict=True)
    ]


def _normal(passages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalized, passages))


def word_f1(first: str, second: str) -> float:
    """Return F1 of the words that two passages share, however they are ordered."""
    left, right = Counter(words(first)), Counter(words(second))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


def brevity(gold: tuple[str, ...], given: tuple[str, ...]) -> float:
    """Return CLPsych's weight: 1 as long as the passages have no more words than the gold's, else
    how many times more.
    """
    wanted, sent = (sum(len(words(text)) for text in texts) for texts in (gold, given))
    return min(1.0, wanted / sent) if sent else 1.0
