"""Consistency with the reference and contradiction of it, as the CLPsych 2026 shared task has them.

With g the reference's sentences, s those of the explanation's first 350 words, and P the probability
that premise g contradicts hypothesis s:

    CS = mean over all (g, s) of 1 - P        CT = mean over s of max over g of P

The task gives an empty prediction CS 0 and CT 1. Here an explanation that is absent has no value,
as with every metric.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from itertools import product

from scoring.entailment.support import CONTRADICTION, by_hypothesis, crossed
from scoring.instruments import Pair
from scoring.metric import REFERENCE
from scoring.metrics.entailment_metric import EntailmentMetric
from scoring.metrics.explanation_metric import compared
from scoring.segments import Segments
from scoring.sentences import SPLITTER, sentences
from scoring.statistics.bootstrap import Floats

WORDS = 350
"""Of an explanation that are read."""

CUT = f"words-{WORDS}/1"
"""Names the cut in identities."""

_WORD = re.compile(r"\S+")
_ABSENT = (
    "An absent explanation has no value here, where the shared task gives an empty one the worst."
)


class ClpsychMetric(EntailmentMetric):
    """A metric of every sentence of a reference with every sentence of an explanation."""

    held_against = (REFERENCE,)
    cut = (SPLITTER, CUT)

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return (reference's sentence, explanation's sentence), all with all."""
        return [
            ()
            if pair is None
            else self.asked(sentences(pair.against), sentences(first_words(pair.explanation)))
            for pair in compared(segments)
        ]

    @abstractmethod
    def asked(self, gold: Sequence[str], predicted: Sequence[str]) -> Sequence[Pair]:
        """Return the pairs of an example with these sentences."""


class Consistency(ClpsychMetric):
    """CS: how little the reference's sentences contradict the explanation's."""

    name = "clpsych_consistency"
    title = "Consistency (CLPsych CS)"
    measures = (
        "1 less the probability, by an NLI model, that a sentence of the reference contradicts one"
        " of the explanation, in the mean over all pairs of sentences."
    )
    limits = (
        "Nearly all pairs are about different things and contradict each other little, so values"
        f" crowd near 1 and one contradiction hardly shows; a vague text scores high. {_ABSENT}"
    )

    def asked(self, gold: Sequence[str], predicted: Sequence[str]) -> Sequence[Pair]:
        """Return all pairs; those of a sentence that stands twice count twice."""
        return tuple(product(gold, predicted))

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:  # noqa: ARG002
        """Return CS."""
        return float((1 - outputs[:, CONTRADICTION]).mean())


class ReferenceContradiction(ClpsychMetric):
    """CT: how far the reference contradicts the explanation's sentences."""

    name = "clpsych_contradiction"
    title = "Contradiction (CLPsych CT)"
    measures = (
        "The mean over the explanation's sentences of the largest probability, by an NLI model, that"
        " a sentence of the reference contradicts the sentence."
    )
    limits = (
        "Grows with the length of the reference, since more sentences may contradict; saying little"
        f" is favoured. {_ABSENT}"
    )
    higher_is_better = False

    def asked(self, gold: Sequence[str], predicted: Sequence[str]) -> Sequence[Pair]:
        """Return all pairs, sentence by sentence of the explanation."""
        return crossed(gold, predicted)

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:
        """Return CT."""
        return float(by_hypothesis(pairs, outputs)[..., CONTRADICTION].max(axis=1).mean())


def first_words(text: str) -> str:
    """Return a text up to the end of its word number `WORDS`."""
    ends = [word.end() for word in _WORD.finditer(text)]
    return text if len(ends) <= WORDS else text[: ends[WORDS - 1]]
