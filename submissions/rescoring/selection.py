"""What a person asked to have scored: of which benchmark, by which metric, of which system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.metrics import METRICS
from scoring.tasks import TasksById
from submissions.rescoring.instruments import board_kinds, board_metrics
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

    def kinds(self, folder: DataFolder) -> frozenset[str]:
        """Return the kinds of model that are asked for."""
        if self.metric is not None:
            known = board_metrics(folder, self.benchmarks(folder))
            needed = known[self.metric].needs if self.metric in known else ""
            return frozenset(filter(None, [needed]))
        usual = frozenset(metric.needs for metric in METRICS if metric.needs)
        return usual | board_kinds(folder, self.benchmarks(folder))

    def check(self, folder: DataFolder, tasks: TasksById) -> None:
        """Refuse a name that selects nothing because nothing is called so.

        Raises:
            UnknownName: With the nearest match.
        """
        stored = submissions(folder)
        _known("benchmark", self.benchmark, (task.benchmark for task in tasks.values()))
        _known("metric", self.metric, board_metrics(folder, self.benchmarks(folder)))
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
        units = plan(workplace, self.benchmark, system=self.system)
        if self.metric is None:
            return units
        selected = (unit.of_metric(self.metric) for unit in units)
        return tuple(unit for unit in selected if unit.lacking)


def _known(what: str, name: str | None, known: Iterable[str]) -> None:
    names = sorted(set(known))
    if name is None or name in names:
        return
    raise UnknownName(
        f"no {what} is called {name!r}; {nearest_or_all(name, names, 'there are: none')}"
    )
