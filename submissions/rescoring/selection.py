"""What a person asked to have scored: of which benchmark, by which metric, of which system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.metric import Metric
from scoring.metrics import METRICS
from scoring.tasks import TasksById
from submissions.rescoring.pending import Unit, Workplace, plan
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions


class UnknownName(ReasonBoardError):
    """There is no such benchmark, metric or system."""


@dataclass(frozen=True)
class Selection:
    """Part of the board; None is all of it."""

    benchmark: str | None = None
    metric: str | None = None
    system: str | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics selected."""
        return tuple(metric for metric in METRICS if self.metric in (None, metric.name))

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of model that are asked for."""
        return frozenset(metric.needs for metric in self.metrics if metric.needs)

    def check(self, folder: DataFolder, tasks: TasksById) -> None:
        """Refuse a name that selects nothing because nothing is called so.

        Raises:
            UnknownName: With the nearest match.
        """
        stored = submissions(folder)
        _known("benchmark", self.benchmark, (task.benchmark for task in tasks.values()))
        _known("metric", self.metric, (metric.name for metric in METRICS))
        _known(
            "system",
            self.system,
            (
                submission.system
                for submission in stored
                if self.benchmark in (None, submission.benchmark)
            ),
        )

    def benchmarks(self, folder: DataFolder) -> tuple[str, ...]:
        """Return the benchmarks that have submissions."""
        return tuple(
            dict.fromkeys(
                submission.benchmark for submission in submissions(folder, self.benchmark)
            )
        )

    def plan(self, workplace: Workplace) -> tuple[Unit, ...]:
        """Return what lacks a score."""
        return plan(workplace, self.benchmark, self.metrics, self.system)


def _known(what: str, name: str | None, known: Iterable[str]) -> None:
    names = sorted(set(known))
    if name is None or name in names:
        return
    raise UnknownName(
        f"no {what} is called {name!r}; {nearest_or_all(name, names, 'there are: none')}"
    )
