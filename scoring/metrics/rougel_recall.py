"""ROUGE-L recall of summaries, as the CLPsych 2026 shared task reports it: LCS / words of the gold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.answers import NOTHING
from scoring.instruments import Instruments
from scoring.metric import Identity, MeanMetric
from scoring.metrics.clpsych import CUT, WORDS, first_words
from scoring.metrics.explanation_metric import ExplanationMetric, compared
from scoring.overlap.tokens import Numbering, rouge_form
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task
from scoring.words import words


class RougeLRecall(ExplanationMetric, MeanMetric):
    """The share of the reference's words that stand in the text in the same order.

    Words and stemmer are those of ROUGE-L here (`scoring.metrics.rouge`).
    """

    name = "rougel_recall"
    title = "ROUGE-L recall"
    measures = (
        "How much of the reference's words, in their order, are in the first"
        f" {WORDS} words of the summary."
    )
    limits = (
        "Grows with every word up to the cut, whatever is said; other words for the same are lost."
    )

    def applies_to(self, task: Task) -> bool:
        """Return whether a text alone is asked for: of explanations the F-measure stands."""
        return task.answers.takes == NOTHING and super().applies_to(task)

    def identity(self, instruments: Instruments) -> Identity:
        """Return it with the cut."""
        identity = super().identity(instruments)
        return replace(identity, normalization=f"{identity.normalization}+{CUT}")

    def values(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n,) recalls, NaN without a text or a reference."""
        from rapidfuzz.distance import LCSseq

        number = Numbering(rouge_form).of
        values = np.full(len(segments), np.nan)
        for row, pair in enumerate(compared(segments)):
            if pair is not None and (gold := words(pair.against)):
                said = number(words(first_words(pair.explanation)))
                values[row] = LCSseq.similarity(said, number(gold)) / len(gold)
        return values
