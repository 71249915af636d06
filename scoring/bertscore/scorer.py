"""The scorer: precision, recall and F of pairs of texts."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.bartscore.tokens import check_texts
from scoring.bertscore.idf import EqualWeights, InverseFrequencies
from scoring.bertscore.matching import MatchingRuntime, Weights
from scoring.bertscore.rescaling import RescalingBaseline
from scoring.encoders.loading import LoadedEncoder
from scoring.encoders.scorer import EncoderScorer
from scoring.texts import normalized


class BertScorer(EncoderScorer):
    """A loaded encoder that gives pairs their BERTScore; sources are references or posts, targets
    the texts that are judged.
    """

    def __init__(
        self,
        encoder: LoadedEncoder,
        dtype: str,
        baseline: RescalingBaseline | None = None,
        weights: Weights | None = None,
    ) -> None:
        """Take over an encoder.

        Args:
            encoder: Of the layer that is matched.
            dtype: Its arithmetic.
            baseline: To rescale by, or None.
            weights: Of tokens; 1 but for the marks of beginning and end if None.
        """
        self._encoder, self._baseline = encoder, baseline
        weights = weights or EqualWeights(encoder.tokens.marks)
        super().__init__(MatchingRuntime(encoder.states, weights, baseline), encoder.tokens, dtype)

    def weighted_by(self, references: Sequence[str]) -> BertScorer:
        """Return a scorer whose tokens weigh the more, the fewer of `references` they are in.

        Its values depend on these texts, and belong to no metric.

        Raises:
            ScoringError: None, NaN or blank ones among the references.
        """
        check_texts(references)
        counted = self._encoder.tokens.encode([normalized(text) for text in references])
        weights = InverseFrequencies.counted(counted)
        return BertScorer(self._encoder, self.dtype, self._baseline, weights)
