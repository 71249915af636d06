"""Sums of per-post rows for many systems at once, in few matrix products.

Bootstrap and permutation tests need the same thing: each system's rows summed with the same counts
(how often a post was drawn, or whether it was swapped). Systems stand side by side in one product,
which is several times as fast as a narrow product each. Cells that are 0 for every post of a system
(most cells of a confusion matrix, for a good system) stay 0 and are left out. Where everything is a
whole number that float32 holds exactly, the product is made in float32, which is twice as fast and
gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import Bools, Counts, Floats

COLUMNS = 1024
"""Columns of one product: with 1,000 draws its result is 4 MB in float32."""

EXACT_IN_FLOAT32 = 2.0**24
"""Whole numbers up to this are exact in float32, and so are their sums."""


@dataclass(frozen=True)
class Columns:
    """A system's per-post sums as a matrix.

    Attributes:
        matrix: (P, c) the cells that are not 0 throughout, float32 where that is exact.
        live: (repetitions, k) which cells those are.
    """

    matrix: NDArray[np.floating]
    live: Bools

    @classmethod
    def of(cls, sums: Floats, summed: int) -> Columns:
        """Make the matrix.

        Args:
            sums: (repetitions, P, k) per-post sums.
            summed: The most rows, counted with their weights, that are ever summed.
        """
        live = np.asarray(sums.any(axis=1))
        matrix = sums.transpose(1, 0, 2)[:, live]
        return cls(matrix.astype(exact_dtype(matrix, summed)), live)

    def spread(self, product: NDArray[np.floating]) -> Floats:
        """Return (c, m) sums of the live cells -> (repetitions, m, k) sums of all."""
        full = np.zeros((*self.live.shape, product.shape[1]))
        full[self.live] = product
        return full.swapaxes(1, 2)


def summed_rows(factors: Counts | Bools, systems: Iterable[Columns]) -> Iterator[Floats]:
    """Yield each system's rows, summed with every row of factors.

    Args:
        factors: (m, P) how often each post counts.
        systems: Read as they are needed.

    Yields:
        (repetitions, m, k) for each system, in memory cell by cell: metrics add up cells, of which
        there are few, and adding long rows to each other is several times as fast as adding up
        short ones.
    """
    for batch in _batches(systems):
        block = np.concatenate([columns.matrix for columns in batch], axis=1)
        product = block.T @ factors.astype(block.dtype).T
        stops = np.cumsum([columns.matrix.shape[1] for columns in batch])[:-1]
        for columns, part in zip(batch, np.split(product, stops), strict=True):
            yield columns.spread(part)


def exact_dtype(rows: Floats, summed: int) -> type[np.float32] | type[np.float64]:
    """Return float32 where sums of `summed` of the rows are certain to be exact in it, else
    float64.
    """
    whole = bool((rows == np.rint(rows)).all())
    small = float(np.abs(rows).max(initial=0.0)) * summed <= EXACT_IN_FLOAT32
    return np.float32 if whole and small else np.float64


def _batches(systems: Iterable[Columns]) -> Iterator[list[Columns]]:
    """Yield systems in groups of about COLUMNS columns."""
    batch: list[Columns] = []
    width = 0
    for columns in systems:
        batch.append(columns)
        width += columns.matrix.shape[1]
        if width >= COLUMNS:
            yield batch
            batch, width = [], 0
    if batch:
        yield batch
