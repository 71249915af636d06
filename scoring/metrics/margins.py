"""Metrics that need only the margins of answers and gold, as most do.

How often one wrong label was given for another changes neither an F1 nor a recall: what each label
has of right answers, gold examples and answers is enough, and is known of tasks that take several
labels too. Tests that swap posts between systems make a matrix millions of times over, and sum only
what such a metric needs.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from scoring.answers import ONE
from scoring.metrics.correctness import CorrectnessMetric
from scoring.metrics.ratio import ratio
from scoring.metrics.tallies import as_cells
from scoring.statistics import Condensed, Estimator
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task


@dataclass(frozen=True)
class Margins:
    """What is known of answers by label.

    Attributes:
        right: (..., L) how often each label is rightly answered.
        gold: (..., L) examples that have each label.
        predicted: (..., L) how often each label was answered.
        total: (...) examples.
        correct: (...) examples whose answer is the gold's as a whole.
        parsed: (...) examples of which an answer could be read.
        alike: (...) sum of the examples' Jaccard indices: labels in both over labels in either.
    """

    right: Floats
    gold: Floats
    predicted: Floats
    total: Floats
    correct: Floats
    parsed: Floats
    alike: Floats

    @classmethod
    def of(cls, cells: Floats) -> Margins:
        """Sum (..., L, L + 1) cells, "unparsed" last."""
        right = np.diagonal(cells, axis1=-2, axis2=-1)
        return cls.of_one_label(right, cells.sum(axis=-1), cells[..., :-1].sum(axis=-2))

    @classmethod
    def of_one_label(cls, right: Floats, gold: Floats, predicted: Floats) -> Margins:
        """Return margins of answers that are one label each."""
        correct = np.asarray(right.sum(axis=-1))
        parsed = np.asarray(predicted.sum(axis=-1))
        return cls(
            right, gold, predicted, np.asarray(gold.sum(axis=-1)), correct, parsed, alike=correct
        )

    @classmethod
    def read(cls, sums: Floats, task: Task) -> Margins:
        """Take sums of the task's rows (`scoring.metrics.tallies`) apart."""
        labels = len(task.labels)
        if task.answers.takes == ONE:
            return cls.of(as_cells(sums, labels))
        return cls(*_thirds(sums[..., :-4]), *(sums[..., place] for place in range(-4, 0)))

    def f1(self) -> Floats:
        """Return (..., L) F1 of each label, 2 TP / (gold + predicted); 0 where a label is
        neither.
        """
        return ratio(2 * self.right, self.gold + self.predicted)

    def mean_over_occurring(self, values: Floats) -> Floats:
        """Return (...) mean of (..., L) values over the labels that occur in the gold."""
        return mean_over(values, self.gold > 0)


class MarginMetric(CorrectnessMetric):
    """A metric of margins."""

    @abstractmethod
    def of_margins(self, margins: Margins) -> Floats:
        """Return (...) values, NaN where undefined; what empty ones give is not looked at."""

    def aggregate(self, sums: Floats, task: Task) -> Floats:
        """Return values of summed rows."""
        return self._where_any(Margins.read(sums, task))

    def estimator(self, task: Task) -> Estimator:
        """Return the estimator, with what tests of swapped posts need to sum."""
        estimator = super().estimator(task)
        if task.answers.takes != ONE:
            return estimator
        labels = len(task.labels)
        condensed = Condensed(
            lambda sums: _joined(Margins.of(as_cells(sums, labels))),
            lambda joined: self._where_any(Margins.of_one_label(*_thirds(joined))),
        )
        return replace(estimator, condensed=condensed)

    def _where_any(self, margins: Margins) -> Floats:
        return np.where(margins.total > 0, self.of_margins(margins), np.nan)


def mean_over(values: Floats, counted: Bools) -> Floats:
    """Return (...) mean of those of (..., L) values that are counted."""
    return ratio((values * counted).sum(axis=-1), counted.sum(axis=-1).astype(np.float64))


def _joined(margins: Margins) -> Floats:
    """Return (..., 3L): right, gold, predicted."""
    return np.concatenate([margins.right, margins.gold, margins.predicted], axis=-1)


def _thirds(joined: Floats) -> tuple[Floats, Floats, Floats]:
    labels = joined.shape[-1] // 3
    return (
        joined[..., :labels],
        joined[..., labels : 2 * labels],
        joined[..., 2 * labels : 3 * labels],
    )
