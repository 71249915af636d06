"""What metrics of the confusion matrix share, beyond what all of correctness do.

A matrix has one more predicted column than there are labels: "unparsed". An output from which no
label could be read is a prediction outside the label set: it takes a recall away from its gold
label and costs no other label any precision. It is never given a class.
"""

from __future__ import annotations

from abc import abstractmethod
from math import isqrt

import numpy as np

from scoring.answers import ONE
from scoring.metrics.correctness import CorrectnessMetric
from scoring.metrics.tallies import as_cells
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task


class ConfusionMetric(CorrectnessMetric):
    """A metric of the confusion matrix: of tasks that take one label."""

    takes = (ONE,)

    def aggregate(self, sums: Floats, task: Task) -> Floats:
        """Return values of the summed confusion matrices."""
        cells = as_cells(sums, len(task.labels))
        return np.where(sums.sum(axis=-1) > 0, self.value(cells), np.nan)

    @abstractmethod
    def value(self, cells: Floats) -> Floats:
        """Return values from confusion matrices.

        Args:
            cells: (..., L, L + 1) counts, the last column "unparsed".

        Returns:
            (...): NaN where undefined; what an empty matrix gives is not looked at.
        """


def parsed_items(items: Floats) -> Bools:
    """Return which one-hot rows hold a label that could be read: (..., n, k) -> (..., n)."""
    labels = (isqrt(1 + 4 * items.shape[-1]) - 1) // 2
    return np.asarray(as_cells(items, labels)[..., :labels].any(axis=(-2, -1)))


def support(cells: Floats) -> Floats:
    """Return (..., L) examples of each gold label."""
    return np.asarray(cells.sum(axis=-1))


def hits(cells: Floats) -> Floats:
    """Return (..., L) rightly predicted examples of each label."""
    return np.diagonal(cells, axis1=-2, axis2=-1)
