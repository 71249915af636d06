"""What a language model says of explanations as a judge, an aspect of a rubric each.

The values are verdicts that were asked for before (`reasonboard judge`); which judge's, the board
declares. How far it is to be believed, its validity says: its levels are held against people's
ratings as any other metric is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.instruments import Pair
from scoring.judging.instrument import JUDGES, JudgeInstrument
from scoring.judging.pairs import judged_pairs
from scoring.metric import POST, RatingScale
from scoring.metrics.model_metric import ModelMetric
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats

TITLES = {"mentallama": "judge", "dr-annotation": "judge, DR annotation"}
"""Rubric -> what stands beside an aspect's name in a column's head."""


class Judged(ModelMetric):
    """The mean of a judge's levels of one aspect."""

    output = None
    held_against = (POST,)

    def __init__(self, judge: type[JudgeInstrument], aspect: str, low: int, high: int) -> None:
        """Make the metric of an aspect.

        Args:
            judge: The kind of judge.
            aspect: One of its rubric's.
            low: The lowest level of its scale.
            high: The highest.
        """
        self._place, self._aspects = judge.aspects.index(aspect), len(judge.aspects)
        self.needs = judge.kind
        self.name = f"{judge.kind}_{aspect}"
        self.title = f"{aspect.capitalize()} ({TITLES[judge.rubric]})"
        self.measures = (
            f"What a language model says of the explanation's {aspect}, asked by the rubric"
            f" {judge.rubric}, on its scale from {low} to {high}."
        )
        self.limits = (
            "A model's opinion: judges favour their own family's texts, length and style, and may"
            " heed what a text says of itself; what was not judged is absent."
        )
        self.bounds = (float(low), float(high))
        self.scale = RatingScale(judge.rubric, aspect)

    def pairs(self, segments: Segments) -> Sequence[Sequence[Pair]]:
        """Return (post and question, answer and explanation) of each example that is explained."""
        return [() if pair is None else (pair,) for pair in judged_pairs(segments)]

    def hypotheses(self, segments: Segments) -> Sequence[str | None]:
        """Return none: a judge sees the label too, so that equal explanations may be judged
        unequally. Verdicts are known by all that was judged.
        """
        return [None] * len(segments)

    def combine(self, pairs: Sequence[Pair], outputs: Floats) -> float:  # noqa: ARG002
        """Return the level; NaN where there is none."""
        level, judged = outputs[0, self._place], outputs[0, self._aspects + self._place]
        return float(level) if judged else np.nan


JUDGED: tuple[Judged, ...] = tuple(
    Judged(judge, aspect, judge.low, judge.high) for judge in JUDGES for aspect in judge.aspects
)
