"""Token F1 of evidence: which words of the post are marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import MeanMetric
from scoring.metrics.evidence_metric import Evidence, EvidenceMetric, evidence_of
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import words


class EvidenceF1(EvidenceMetric, MeanMetric):
    """F1 of the post's words that the gold marks and those that the system marks (DeYoung et al.,
    "ERASER", ACL 2020, token-level), in the mean over examples.
    """

    name = "evidence_f1"
    title = "Evidence token F1"
    measures = (
        "Of the words of the post that the gold marks as evidence and those in the system's"
        " passages, F1 of the ones that are in both; mean over examples."
    )
    limits = (
        "A passage counts where its words first stand in the post; one that does not stand there is"
        " all wrong, however near in meaning."
    )

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) F1, 1 where neither side has a passage, NaN without gold or a list."""
        return np.array(
            [np.nan if each is None else _f1(each) for each in evidence_of(segments)], float
        )


def _f1(evidence: Evidence) -> float:
    post = words(evidence.post)
    gold, _ = marked(post, evidence.gold)
    given, elsewhere = marked(post, evidence.given)
    total = len(gold) + len(given) + elsewhere
    return 2 * len(gold & given) / total if total else 1.0


def marked(post: Sequence[str], passages: Iterable[str]) -> tuple[set[int], int]:
    """Return the places of a post's words that passages mark, and how many words are of passages
    that do not stand in it.
    """
    text = f" {' '.join(post)} "
    places: set[int] = set()
    elsewhere = 0
    for passage in passages:
        said = words(passage)
        start = text.find(f" {' '.join(said)} ") if said else -1
        if start < 0:
            elsewhere += len(said)
        else:
            first = text.count(" ", 0, start)
            places.update(range(first, first + len(said)))
    return places, elsewhere
