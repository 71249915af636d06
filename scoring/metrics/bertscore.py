"""BERTScore of explanations: against the reference, and how much of the post is recalled (Zhang et
al., ICLR 2020).

Unlike words that mean alike match here, where overlap sees none. Each token is matched with the most
similar one of the other text; `scoring.bertscore` has the formula. A board that declares a baseline
has its values rescaled, so that unrelated texts have about 0.
"""

from __future__ import annotations

from scoring.instruments import BERTSCORE
from scoring.metric import POST, REFERENCE
from scoring.metrics.model_metric import ModelMetric

PRECISION, RECALL, F = range(3)
"""Places among what the model says of a pair."""

_WORDS = "Matches words and not statements: a denial or another symptom in like words costs little."


class BertScore(ModelMetric):
    """One of BERTScore's numbers; 1 at most, about 0 for unrelated texts where values are rescaled."""

    needs = BERTSCORE
    bounds = (None, 1.0)

    def __init__(
        self, name: str, title: str, output: int, measures: str, limits: str, against: str
    ) -> None:
        """Make a variant.

        Args:
            name: A column's id.
            title: Its head.
            output: PRECISION, RECALL or F.
            measures: In one sentence.
            limits: Likewise.
            against: REFERENCE or POST.
        """
        self.name, self.title, self.output = name, title, output
        self.measures, self.limits = measures, limits
        self.held_against = (against,)


BERTSCORES: tuple[BertScore, ...] = (
    BertScore(
        "bertscore_precision",
        "BERTScore precision",
        PRECISION,
        "How well each word of the explanation matches one of the reference in meaning.",
        f"Punishes true content that the reference leaves out. {_WORDS}",
        REFERENCE,
    ),
    BertScore(
        "bertscore_recall",
        "BERTScore recall",
        RECALL,
        "How well each word of the reference is matched by one of the explanation in meaning.",
        f"Does not punish invented content, so that long texts gain. {_WORDS}",
        REFERENCE,
    ),
    BertScore(
        "bertscore",
        "BERTScore F",
        F,
        "The harmonic mean of BERTScore precision and recall against the reference.",
        f"Favours wording like the reference's. {_WORDS}",
        REFERENCE,
    ),
    BertScore(
        "bertscore_post_recall",
        "BERTScore recall of the post",
        RECALL,
        "How well each word of the post is matched by one of the explanation in meaning. Needs no"
        " reference.",
        "A copy of the post is best, and an explanation need not repeat all of it; a long post is"
        f" cut. {_WORDS}",
        POST,
    ),
)
