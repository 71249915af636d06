"""What metrics share that ask an NLI model about an explanation's sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from scoring.entailment.support import support_pairs
from scoring.instruments import NLI, Instruments, Pair
from scoring.metric import POST, Identity
from scoring.metrics.explanation_metric import compared
from scoring.metrics.model_metric import ModelMetric
from scoring.segments import Segments
from scoring.sentences import PASSAGES, SPLITTER


class EntailmentMetric(ModelMetric):
    """A metric that is made of several pairs an example.

    Attributes:
        cut: How texts are cut into sentences and more; part of the identity.
    """

    needs = NLI
    output = None
    cut: ClassVar[tuple[str, ...]] = (SPLITTER,)

    def identity(self, instruments: Instruments) -> Identity:
        """Return it with the model of `instruments` and the splitter's version."""
        identity = super().identity(instruments)
        return replace(identity, normalization="+".join((identity.normalization, *self.cut)))


class SupportMetric(EntailmentMetric):
    """A metric of an explanation's sentences held against the post.

    All of them ask about the same pairs, which are computed once.
    """

    held_against = (POST,)
    cut = (SPLITTER, PASSAGES)

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return every passage of the post with every sentence of the explanation."""
        return [
            () if pair is None else support_pairs(pair.explanation, pair.against)
            for pair in compared(segments, POST)
        ]
