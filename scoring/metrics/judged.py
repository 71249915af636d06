"""What a language model says of explanations as a judge, an aspect of a rubric each.

The values are verdicts that were asked for before (`reasonboard judge`); which judge's, the board
declares. How far it is to be believed, its validity says: its levels are held against people's
ratings as any other metric is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from scoring.instruments import Pair
from scoring.judging.instrument import JUDGES
from scoring.judging.pairs import judged_pairs
from scoring.judging.values import SCALE, AskedAspect, Judging
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

    def __init__(self, judging: Judging, aspect: AskedAspect) -> None:
        """Make the metric of an aspect.

        Args:
            judging: The judge.
            aspect: One of those that it was asked about.
        """
        self._place, self._aspects = judging.aspects.index(aspect), len(judging.aspects)
        self.needs = judging.kind
        self.name = judging.metric(aspect)
        rubric = TITLES.get(judging.rubric, f"judge, {judging.rubric}")
        named = f", {judging.name}" if judging.name else ""
        self.title = f"{aspect.name.replace('-', ' ').capitalize()} ({rubric}{named})"
        self.measures = (
            f"What a language model says of the explanation's {aspect.name}, asked by the rubric"
            f" {judging.rubric}, on its scale from {aspect.low} to {aspect.high}."
        )
        self.limits = (
            "A model's opinion: judges favour their own family's texts, length and style, and may"
            " heed what a text says of itself; what was not judged is absent."
        )
        self.bounds = (float(aspect.low), float(aspect.high))
        self.scale = RatingScale(judging.rubric, aspect.name)

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


@lru_cache(maxsize=256)
def judged_metrics(judging: Judging) -> tuple[Judged, ...]:
    """Return the metrics of a judge: one of each aspect that it was asked about."""
    return tuple(Judged(judging, aspect) for aspect in judging.aspects)


def stored_levels(name: str, bounds: tuple[float | None, float | None]) -> Judged:
    """Return a judge's metric as far as what is stored of it goes: sums and means of levels, for
    whoever reads them without the judge.

    Args:
        name: The metric's.
        bounds: The ends of its scale.
    """
    aspect = AskedAspect(name, SCALE, 0, 0)
    metric = Judged(Judging("", (aspect,)), aspect)
    metric.name, metric.bounds = name, bounds
    return metric


JUDGED: tuple[Judged, ...] = tuple(metric for each in JUDGES for metric in judged_metrics(each))
"""Those of published rubrics."""
