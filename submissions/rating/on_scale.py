"""Whether a metric whose values are ratings, as a judge's are, may stand in for a rater.

Correlation does not ask that: who gives a point more to everything correlates no less. So beside it
stand, within each rated system, the intraclass correlation of metric and raters' mean by consistency
and by agreement, the mean signed difference, and the alternative annotator test. Only for a metric
that declares whose ratings its values are (`Metric.scale`), on that aspect: a difference of words and
points is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from scoring.metric import Metric, RatingScale
from scoring.statistics import (
    EPSILONS,
    Estimate,
    annotator_test,
    estimate_agreement,
    icc,
    icc_consistency,
    signed_bias,
)
from scoring.statistics.agreement import Coefficient
from scoring.statistics.bootstrap import Floats, Indices, mean_of_defined
from submissions.rating.rubrics import Aspect, Rubric

ADVANTAGE = "advantage probability"
BIAS = "bias"
WINNING = {epsilon: f"winning rate, epsilon {epsilon:.2g}" for epsilon in EPSILONS}
"""Epsilon -> what its winning rate is called."""

InPlace = Callable[[Floats, Floats, Indices, np.random.Generator], Estimate]
"""(metric's values, ratings, posts, source of randomness) -> estimate."""


def is_on(metric: Metric, rubric: Rubric, aspect: Aspect) -> bool:
    """Return whether a metric's values are ratings of an aspect."""
    return metric.scale == RatingScale(rubric.id, aspect.name)


def _against_mean(
    coefficient: Callable[[Floats, Floats], Coefficient],
    own: Floats,
    ratings: Floats,
    posts: Indices,
    rng: np.random.Generator,
) -> Estimate:
    return estimate_agreement(coefficient(own, mean_of_defined(ratings)), posts, rng)


def _advantage(own: Floats, ratings: Floats, posts: Indices, rng: np.random.Generator) -> Estimate:
    return annotator_test(own, ratings, posts, rng).advantage


def _winning(
    epsilon: float, own: Floats, ratings: Floats, posts: Indices, rng: np.random.Generator
) -> Estimate:
    return annotator_test(own, ratings, posts, rng).winning[epsilon]


IN_PLACE: Mapping[str, InPlace] = {
    "ICC(C,1)": partial(_against_mean, lambda own, human: icc_consistency(np.stack([own, human]))),
    "ICC(A,1)": partial(
        _against_mean, lambda own, human: icc(np.stack([own, human]), average=False)
    ),
    BIAS: partial(_against_mean, signed_bias),
    ADVANTAGE: _advantage,
    **{name: partial(_winning, epsilon) for epsilon, name in WINNING.items()},
}
"""Coefficient -> how it is estimated."""
