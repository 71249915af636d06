"""Quadratic weighted kappa."""

from __future__ import annotations

import numpy as np

from scoring.metrics.ordinal import OrdinalMetric, distances
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class QuadraticWeightedKappa(OrdinalMetric):
    """Cohen's weighted kappa with squared distances (Cohen 1968), over parsed items.

    As scikit-learn's `cohen_kappa_score(weights="quadratic")`. Undefined where gold and predictions
    are one and the same label throughout.
    """

    name = "quadratic_weighted_kappa"
    title = "Quadratic weighted kappa"
    measures = (
        "Agreement of ordered labels beyond chance, with far misses costing much more than near"
        " ones."
    )
    limits = (
        "Leaves unparsed outputs out: read it beside the parse rate. Depends on how labels are"
        " spread."
    )
    bounds = (-1.0, 1.0)

    def value(self, cells: Floats) -> Floats:
        """Return 1 - observed / expected squared distance."""
        parsed = cells[..., :-1]
        weights = distances(parsed.shape[-1]) ** 2
        observed = (parsed * weights).sum(axis=(-2, -1)) * parsed.sum(axis=(-2, -1))
        expected = np.einsum("...i,ij,...j->...", parsed.sum(axis=-1), weights, parsed.sum(axis=-2))
        return 1 - ratio(observed, expected, empty=np.nan)
