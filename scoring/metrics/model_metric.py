"""What metrics of explanations share that measure with a model."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.extraction import EXTRACTION
from scoring.instruments import Instruments, Pair
from scoring.metric import Identity, PairMetric
from scoring.metrics.explanation_metric import ExplanationMetric, compared, explanations
from scoring.segments import Segments
from scoring.texts import NORMALIZATION


class ModelMetric(ExplanationMetric, PairMetric):
    """A metric of explanations that asks a model about pairs of texts.

    An example's pair is (what its explanation is held against, its explanation), unless a metric
    says otherwise.
    """

    def identity(self, instruments: Instruments) -> Identity:
        """Return it with the model of `instruments`; needs the checkpoint's files."""
        model = self.model(instruments)
        return Identity(
            self.name,
            self.version,
            EXTRACTION,
            checkpoint=model.fingerprint,
            text=self.text,
            truncation=model.max_tokens,
            dtype=model.dtype_name,
            normalization=NORMALIZATION,
        )

    def hypotheses(self, segments: Segments) -> Sequence[str | None]:
        """Return the explanations."""
        return explanations(segments)

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return (the first of `held_against`, explanation) of each example that has both."""
        return [
            () if pair is None else ((pair.against, pair.explanation),)
            for pair in compared(segments, self.held_against[0])
        ]
