"""Division that says what 0 / 0 is, since warnings are errors here."""

from __future__ import annotations

import numpy as np

from scoring.statistics.bootstrap import Floats


def ratio(numerator: Floats, denominator: Floats, empty: float = 0.0) -> Floats:
    """Return quotient of two arrays, and `empty` where the denominator is 0."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), empty)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result
