"""Holm's correction for comparing several systems at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from scoring.statistics.bootstrap import Floats


def holm(p: ArrayLike) -> Floats:
    """Return adjusted p-values of a family of tests, which keep the chance of any false rejection
    at the level.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979): the i-th smallest of m p-values is multiplied by m - i + 1, never below the
    adjusted one before it, never above 1. It assumes nothing about how the tests depend on each
    other.

    Args:
        p: (m,) p-values.

    Returns:
        (m,) adjusted p-values, in the order given.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    factors = len(values) - np.arange(len(values))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * factors))
    return adjusted


def holm_of_tested(p: Sequence[float | None]) -> list[float | None]:
    """Return adjusted p-values as `holm` does; None, for what could not be tested, counts for none
    and stays.
    """
    adjusted = iter(holm([value for value in p if value is not None]).tolist())
    return [None if value is None else next(adjusted) for value in p]
