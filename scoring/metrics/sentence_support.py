"""How well the post supports what an explanation says, sentence by sentence.

A sentence's support is the largest P(entailment) over the post's passages, and an explanation's the
mean or the least of its sentences' (SummaC's zero-shot form takes the mean: Laban et al., TACL
2022). `scoring.entailment.support` says which sentences they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.entailment.judged import spans_of
from scoring.entailment.support import ENTAILMENT, by_hypothesis, judged
from scoring.instruments import Pair
from scoring.metric import SpanMetric
from scoring.metrics.entailment_metric import SupportMetric
from scoring.sentences import MOST_SENTENCES
from scoring.statistics.bootstrap import Floats

_LIMITS = (
    "An explanation's own conclusions, such as the disorder it infers, follow from no sentence of"
    " the post and count as unsupported, right or wrong; a copy of the post is supported best. Of"
    f" more than {MOST_SENTENCES} sentences the first {MOST_SENTENCES} count."
)


class SentenceSupport(SupportMetric, SpanMetric):
    """The mean over an explanation's sentences."""

    name = "sentence_support"
    title = "Support"
    measures = (
        "The mean over the explanation's sentences of the probability, by an NLI model, that the"
        " post entails the sentence."
    )
    limits = f"{_LIMITS} A mean hides one invented sentence among many."

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return the mean of the sentences' support."""
        return float(_support(pairs, outputs).mean())

    def spans(self, hypothesis: str, pairs: Sequence[Pair], outputs: Floats) -> Floats:
        """Return (sentences, 4) start, end, support and contradiction of each sentence."""
        return spans_of(hypothesis, judged(pairs, outputs))


class WorstSentenceSupport(SupportMetric):
    """The least supported sentence's."""

    name = "sentence_support_worst"
    title = "Support, worst sentence"
    measures = (
        "The probability, by an NLI model, that the post entails the least supported sentence of"
        " the explanation: is nothing invented?"
    )
    limits = f"{_LIMITS} Falls with every sentence more, so brevity is favoured."

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return the least of the sentences' support."""
        return float(_support(pairs, outputs).min())


def _support(pairs: Sequence[Pair], outputs: Floats) -> Floats:
    """Return (sentences,) the best over the post's passages."""
    best: Floats = by_hypothesis(pairs, outputs)[..., ENTAILMENT].max(axis=1)
    return best
