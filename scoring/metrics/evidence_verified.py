"""Verified evidence: how many of the passages given stand in the post?"""

from __future__ import annotations

import numpy as np

from scoring.instruments import Instruments
from scoring.metric import MeanMetric
from scoring.metrics.evidence_f1 import marked
from scoring.metrics.evidence_metric import Evidence, EvidenceMetric, evidence_of
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.words import words


class EvidenceVerified(EvidenceMetric, MeanMetric):
    """The share of a system's passages that stand in the post."""

    name = "evidence_verified"
    title = "Verified evidence"
    measures = (
        "Of the passages that a system gives as evidence, the share that stand in the post word for"
        " word, whatever their case and marks."
    )
    limits = "Says nothing of whether they are evidence: any words of the post are verified."

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) shares, NaN without a passage, or without gold."""
        return np.array([_share(each) for each in evidence_of(segments)], float)


def _share(evidence: Evidence | None) -> float:
    if evidence is None or not evidence.given:
        return np.nan
    post = words(evidence.post)
    standing = (not marked(post, (passage,))[1] for passage in evidence.given)
    return sum(standing) / len(evidence.given)
