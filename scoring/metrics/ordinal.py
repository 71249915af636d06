"""What metrics of ordered labels share: only parsed items have a value.

An unparsed output is at no distance from the gold label, so it is left out here, and the parse rate
is shown beside these metrics, never left away.
"""

from __future__ import annotations

import numpy as np

from scoring.metrics.confusion import ConfusionMetric, parsed_items
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task


class OrdinalMetric(ConfusionMetric):
    """A metric of the distances between ordered labels, over parsed items."""

    def applies_to(self, task: Task) -> bool:
        """Return whether the labels have an order."""
        return task.answers.ordered and super().applies_to(task)

    def present(self, items: Floats) -> Bools:
        """Return which items were parsed."""
        return parsed_items(items)


def distances(labels: int) -> Floats:
    """Return (L, L) steps between labels i and j."""
    steps = np.arange(labels, dtype=np.float64)
    return np.abs(steps[:, None] - steps)
