"""Mean absolute error of ordered labels."""

from __future__ import annotations

import numpy as np

from scoring.metrics.ordinal import OrdinalMetric, distances
from scoring.metrics.ratio import ratio
from scoring.statistics.bootstrap import Floats


class MeanAbsoluteError(OrdinalMetric):
    """How many steps the label is off on average, over parsed items."""

    name = "mean_absolute_error"
    title = "Mean absolute error"
    measures = "How many steps the label is from the gold label on average; 0 is best."
    limits = (
        "Leaves unparsed outputs out, so read it beside the parse rate; it takes all steps for"
        " equally long."
    )
    unit = "steps"
    higher_is_better = False
    bounds = (0.0, None)

    def value(self, cells: Floats) -> Floats:
        """Return mean distance in steps."""
        parsed = cells[..., :-1]
        off = (parsed * distances(parsed.shape[-1])).sum(axis=(-2, -1))
        return ratio(off, parsed.sum(axis=(-2, -1)), empty=np.nan)
