"""What the CLPsych 2026 shared task calls BERTScore recall of a summary.

With g the reference's sentences and s those of the summary's first 350 words, it is the mean over g
of max over s of BERTScore's **F**. The shared task's model is `microsoft/deberta-xlarge-mnli`,
rescaled with its baseline, and it gives an empty summary 0; here the model is the board's, named in
the signature, and a summary that is absent has no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scoring.answers import NOTHING
from scoring.entailment.support import by_hypothesis, crossed
from scoring.instruments import BERTSCORE, Instruments, Pair
from scoring.metric import Identity
from scoring.metrics.bertscore import F
from scoring.metrics.clpsych import CUT, first_words
from scoring.metrics.explanation_metric import compared
from scoring.metrics.model_metric import ModelMetric
from scoring.segments import Segments
from scoring.sentences import SPLITTER, sentences
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class ClpsychBertRecall(ModelMetric):
    """How well each sentence of the reference is matched by one of the summary's."""

    name = "clpsych_bertscore_recall"
    title = "BERTScore recall (CLPsych)"
    measures = (
        "How well each sentence of the reference is matched by a sentence of the summary in meaning,"
        " by BERTScore's F, in the mean over the reference's sentences."
    )
    limits = "Does not punish invented content, so that long summaries gain, up to the cut."
    needs = BERTSCORE
    bounds = (None, 1.0)
    output = None
    pairs_each = 15

    def applies_to(self, task: Task) -> bool:
        """Return whether a text alone is asked for."""
        return task.answers.takes == NOTHING and super().applies_to(task)

    def identity(self, instruments: Instruments) -> Identity:
        """Return it with the splitter and the cut."""
        identity = super().identity(instruments)
        return replace(identity, normalization="+".join((identity.normalization, SPLITTER, CUT)))

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return (reference's sentence, summary's sentence), all with all."""
        return [
            ()
            if pair is None
            else crossed(sentences(pair.against), sentences(first_words(pair.explanation)))
            for pair in compared(segments)
        ]

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return the mean over the reference's sentences."""
        return float(by_hypothesis(pairs, outputs)[..., F].max(axis=0).mean())
