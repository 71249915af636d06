"""Metrics that need only the margins of a confusion matrix, as most do.

How often one wrong label was given for another changes neither an F1 nor a recall. Tests that swap
posts between systems make a matrix millions of times over, and sum only what such a metric needs.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from scoring.metrics.confusion import ConfusionMetric, as_cells, hits
from scoring.metrics.ratio import ratio
from scoring.statistics import Condensed, Estimator
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task


@dataclass(frozen=True)
class Margins:
    """What is known of confusion matrices by label.

    Attributes:
        right: (..., L) rightly answered examples of each label.
        gold: (..., L) examples of each gold label.
        answered: (..., L + 1) how often each label was the answer, "unparsed" last.
    """

    right: Floats
    gold: Floats
    answered: Floats

    @classmethod
    def of(cls, cells: Floats) -> Margins:
        """Sum (..., L, L + 1) cells."""
        return cls(hits(cells), cells.sum(axis=-1), cells.sum(axis=-2))

    @classmethod
    def split(cls, joined: Floats) -> Margins:
        """Take (..., 3L + 1) apart again."""
        labels = joined.shape[-1] // 3
        return cls(
            joined[..., :labels], joined[..., labels : 2 * labels], joined[..., 2 * labels :]
        )

    def joined(self) -> Floats:
        """Return (..., 3L + 1): right, gold, answered."""
        return np.concatenate([self.right, self.gold, self.answered], axis=-1)

    @property
    def total(self) -> Floats:
        """(...) examples."""
        return np.asarray(self.gold.sum(axis=-1))

    @property
    def predicted(self) -> Floats:
        """(..., L) how often each label was the answer."""
        return self.answered[..., :-1]

    def f1(self) -> Floats:
        """Return (..., L) F1 of each label, 2 TP / (gold + predicted); 0 where a label is
        neither.
        """
        return ratio(2 * self.right, self.gold + self.predicted)

    def mean_over_occurring(self, values: Floats) -> Floats:
        """Return (...) mean of (..., L) values over the labels that occur in the gold."""
        return mean_over(values, self.gold > 0)


class MarginMetric(ConfusionMetric):
    """A metric of the margins of a confusion matrix."""

    @abstractmethod
    def of_margins(self, margins: Margins) -> Floats:
        """Return (...) values, NaN where undefined; what empty ones give is not looked at."""

    def value(self, cells: Floats) -> Floats:
        """Return values from confusion matrices."""
        return self.of_margins(Margins.of(cells))

    def estimator(self, task: Task) -> Estimator:
        """Return the estimator, with what tests of swapped posts need to sum."""
        labels = len(task.labels)
        condensed = Condensed(
            lambda sums: Margins.of(as_cells(sums, labels)).joined(), self._of_joined
        )
        return replace(super().estimator(task), condensed=condensed)

    def _of_joined(self, joined: Floats) -> Floats:
        margins = Margins.split(joined)
        return np.where(margins.total > 0, self.of_margins(margins), np.nan)


def mean_over(values: Floats, counted: Bools) -> Floats:
    """Return (...) mean of those of (..., L) values that are counted."""
    return ratio((values * counted).sum(axis=-1), counted.sum(axis=-1).astype(np.float64))
