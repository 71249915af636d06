"""Metrics that are plain proportions, for which there are better intervals than the bootstrap's."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from scoring.metric import Floats, Metric
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
    def tally(self, sums: Floats, task: Task) -> Tally:
        """Successes and trials from (k,) summed statistics."""
