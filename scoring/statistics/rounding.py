"""Equal but for rounding: ties that are ties, and means that rounding does not move.

The same number reached by two sums may differ in its last digits: then two texts of equal ROUGE
stand in an order that nothing but the order of additions made. So whatever ranks or compares values
makes them canonical first. Sorted values belong together where each is no further from the one
before it than TOLERANCE times the largest magnitude among them, which is what the rounding of sums
of such values can amount to; each is replaced by the smallest of its run. Unlike a comparison of
pairs "within a tolerance", that is an equivalence (a = b and b = c make a = c), and unlike rounding
to so many digits it has no edges at which two equal values are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from scoring.statistics.bootstrap import Floats

TOLERANCE = 1e-12
"""Of the largest magnitude: thousands of times the rounding of a sum, and far below any difference
that means something.
"""


def canonical(values: Floats) -> Floats:
    """Replace values that are equal but for rounding by one of them.

    Args:
        values: (..., n); the values of a row are held against each other. NaN where there is none.

    Returns:
        (..., n): in the same order as before, equal where equal but for rounding, NaN where NaN
        was.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not numbers.size:
        return numbers
    order = np.argsort(numbers, axis=-1, kind="stable")  # NaN last
    ordered = np.take_along_axis(numbers, order, axis=-1)
    # Infinite values would make all others one.
    largest = np.abs(np.where(np.isfinite(ordered), ordered, 0.0)).max(axis=-1, keepdims=True)
    apart = ~(ordered[..., 1:] - ordered[..., :-1] <= TOLERANCE * largest)
    starts = np.concatenate([np.ones_like(apart, shape=(*apart.shape[:-1], 1)), apart], axis=-1)
    places = np.where(starts, np.arange(numbers.shape[-1]), 0)
    first = np.maximum.accumulate(places, axis=-1)
    rounded = np.empty_like(numbers)
    np.put_along_axis(rounded, order, np.take_along_axis(ordered, first, axis=-1), axis=-1)
    return rounded


def equal(first: float | None, second: float | None) -> bool:
    """Return whether two values are equal but for rounding; None equals None alone."""
    if first is None or second is None:
        return first is second
    low, high = canonical(np.array([first, second])).tolist()
    return bool(low == high)


def reaching(
    differences: Floats, observed: Floats
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which differences are at least as far from 0 as the observed one, or as far but for
    rounding.

    Both are differences of values that may be much larger than they are, so besides their own
    rounding that of values up to 100 is allowed for.

    Args:
        differences: (..., m); NaN where undefined.
        observed: (...), one for each row.

    Returns:
        (..., m); an undefined difference is taken to reach.
    """
    bar = np.abs(observed) * (1 - 1_000 * TOLERANCE) - TOLERANCE
    return ~(np.abs(differences) < bar[..., None])


def mean(values: Iterable[float]) -> float:
    """Return the mean as exact arithmetic gives it, rounded once: of equal values it is that value.

    Args:
        values: The mean of none is NaN, and so is that where one of them is.
    """
    numbers = [float(value) for value in values]
    if not numbers or any(map(math.isnan, numbers)):
        return math.nan
    # The mean of the rests is added, so that the last digit is right too.
    about = math.fsum(numbers) / len(numbers)
    return about + math.fsum([*numbers, *[-about] * len(numbers)]) / len(numbers)
