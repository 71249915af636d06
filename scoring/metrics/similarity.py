"""Sentence similarity of explanations, to the post and to the reference (Reimers and Gurevych, EMNLP
2019).

Each text is one vector, and the value is the cosine of two: whether both are about the same, whatever
the words. `scoring.similarity` has the formula.
"""

from __future__ import annotations

from scoring.instruments import SIMILARITY
from scoring.metric import POST, REFERENCE
from scoring.metrics.model_metric import ModelMetric

_TOPIC = (
    "Says whether both speak of the same, not whether they agree: a denial is as similar. Of long"
    " texts the beginning alone counts (256 tokens of all-MiniLM-L6-v2)."
)


class Similarity(ModelMetric):
    """The cosine of the vectors of the explanation and of what it is held against."""

    needs = SIMILARITY
    bounds = (-1.0, 1.0)

    def __init__(self, name: str, title: str, measures: str, limits: str, against: str) -> None:
        """Make a variant.

        Args:
            name: A column's id.
            title: Its head.
            measures: In one sentence.
            limits: Likewise.
            against: REFERENCE or POST.
        """
        self.name, self.title = name, title
        self.measures, self.limits = measures, limits
        self.held_against = (against,)


SIMILARITIES: tuple[Similarity, ...] = (
    Similarity(
        "similarity",
        "Similarity to the reference",
        "How near the explanation as a whole is to the reference in meaning, by a sentence encoder.",
        _TOPIC,
        REFERENCE,
    ),
    Similarity(
        "similarity_post",
        "Similarity to the post",
        "How near the explanation as a whole is to the post in meaning, by a sentence encoder. Needs"
        " no reference.",
        f"A copy of the post is best. {_TOPIC}",
        POST,
    ),
)
