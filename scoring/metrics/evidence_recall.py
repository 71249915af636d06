"""Recall of evidence, as task A.1 of the CLPsych 2025 shared task has it.

With g the gold's passages, s the system's, and sim how alike two are:

    recall = mean over g of max over s of sim(g, s)
    weighted recall = recall times min(1, words of all g / words of all s)

The shared task's sim is BERTScore's F, which needs a token encoder (`BERT_RECALLS`); F1 of the words
that two passages share needs none (`WORD_RECALLS`). The weight keeps a copy of the whole post from
being best. Here the mean over examples is taken of each example's recall; an example whose gold has
no passage has no value. A system that gives an empty list has 0, by either sim: it says that nothing
in the post is evidence, and misses all that is. Were it left out, a system could choose the examples
that it is measured on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.entailment.support import by_hypothesis, crossed
from scoring.instruments import BERTSCORE, Instruments, Pair
from scoring.metric import Identity, MeanMetric, PairMetric
from scoring.metrics.bertscore import F
from scoring.metrics.evidence_metric import (
    Evidence,
    EvidenceMetric,
    brevity,
    evidence_of,
    word_f1,
)
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.texts import NORMALIZATION

_LIMITS = (
    "An example whose gold has no passage has no value; whether a passage is the post's own words"
    " does not matter."
)
_GROWS = f"Grows with every passage given, up to the whole post. {_LIMITS}"
_NO_PASSAGE = ("",)
"""Stands for the passages of an empty list; a passage that says nothing is never kept."""
_WEIGHED = "times the gold's words over the system's where these are more"


class WordRecall(EvidenceMetric, MeanMetric):
    """Recall of evidence by shared words.

    Args:
        weighted: Whether passages with more words than the gold's count less.
    """

    measures = (
        "How well each of the gold's passages is matched by one of the system's, by F1 of their"
        " words"
    )

    def __init__(self, *, weighted: bool) -> None:
        self.weighted = weighted
        self.name = "evidence_weighted_recall" if weighted else "evidence_recall"
        self.title = "Evidence weighted recall" if weighted else "Evidence recall"
        end = f", {_WEIGHED}." if weighted else "."
        self.measures = f"{type(self).measures}{end}"
        self.limits = _LIMITS if weighted else _GROWS

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) recalls, NaN without gold passages or a list."""
        return np.array([self._value(each) for each in evidence_of(segments)], float)

    def _value(self, evidence: Evidence | None) -> float:
        if evidence is None or not evidence.gold:
            return np.nan
        best = (
            max((word_f1(gold, given) for given in evidence.given), default=0.0)
            for gold in evidence.gold
        )
        recall = sum(best) / len(evidence.gold)
        return recall * (brevity(evidence.gold, evidence.given) if self.weighted else 1.0)


class BertRecall(EvidenceMetric, PairMetric):
    """Recall of evidence by BERTScore's F, as the shared task has it.

    Args:
        weighted: Whether passages with more words than the gold's count less.
    """

    measures = (
        "How well each of the gold's passages is matched by one of the system's, by BERTScore's F"
    )
    needs = BERTSCORE
    bounds = (None, 1.0)
    output = None
    pairs_each = 4

    def __init__(self, *, weighted: bool) -> None:
        self.weighted = weighted
        kind = "weighted_recall" if weighted else "recall"
        self.name = f"evidence_bertscore_{kind}"
        self.title = f"Evidence {kind.replace('_', ' ')} (BERTScore)"
        end = f", {_WEIGHED}." if weighted else "."
        self.measures = f"{type(self).measures}{end}"
        self.limits = _LIMITS if weighted else _GROWS

    def identity(self, instruments: Instruments) -> Identity:
        """Return it with the model of `instruments`; needs the checkpoint's files."""
        model = self.model(instruments)
        return Identity(
            self.name,
            self.version,
            "",
            checkpoint=model.fingerprint,
            truncation=model.max_tokens,
            dtype=model.dtype_name,
            normalization=NORMALIZATION,
        )

    def hypotheses(self, segments: Segments) -> Sequence[str | None]:
        """Return the passages, an example's as one text."""
        return [
            None if reading.evidence is None else "\n".join(reading.evidence)
            for reading in segments.readings
        ]

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return (gold's passage, system's passage), all with all; of an empty list `_NO_PASSAGE`."""
        return [
            ()
            if each is None
            else crossed(each.gold, tuple(dict.fromkeys(each.given)) or _NO_PASSAGE)
            for each in evidence_of(segments)
        ]

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return the recall, 0 of an empty list whatever the model says of no text."""
        if pairs[0][1] in _NO_PASSAGE:
            return 0.0
        recall = float(by_hypothesis(pairs, outputs)[..., F].max(axis=0).mean())
        if not self.weighted:
            return recall
        gold, given = (tuple(dict.fromkeys(texts)) for texts in zip(*pairs, strict=True))
        return recall * brevity(gold, given)


WORD_RECALLS = (WordRecall(weighted=False), WordRecall(weighted=True))
BERT_RECALLS = (BertRecall(weighted=False), BertRecall(weighted=True))
