"""Metrics that are plain proportions, for which there are better intervals than the bootstrap's."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from scoring.metric import Metric
from scoring.metrics.ratio import ratio
from scoring.statistics import ContingencyTable
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


@dataclass(frozen=True)
class Tally:
    """How many of how many.

    Attributes:
        successes: At most `trials`.
        trials: Items with a value.
    """

    successes: float
    trials: int


class Proportion(Metric):
    """A metric whose value is successes / trials."""

    @abstractmethod
    def outcomes(self, sums: Floats, task: Task) -> Floats:
        """Return (..., k) summed statistics -> (..., 2) successes and failures."""

    def tally(self, sums: Floats, task: Task) -> Tally:
        """Return successes and trials from (k,) summed statistics."""
        successes, failures = self.outcomes(sums, task).tolist()
        return Tally(successes, round(successes + failures))

    def table(self, task: Task) -> ContingencyTable | None:
        """Return one row: what is estimated does not depend on how often a label is the gold
        answer.
        """
        return ContingencyTable(
            lambda sums: self.outcomes(sums, task)[..., None, :],
            lambda cells: ratio(cells[..., 0, 0], cells.sum(axis=(-2, -1)), empty=np.nan),
            self.bounds,
        )
