"""What a run is going to do, before it does it: units, why they are pending, what they cost, how
long it may take.

The time is the model's: its operations by the formula over the rate of the last run with the same
checkpoint on the same engine. Metrics without a model are not forecast, and a first run says that
nothing was measured yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from submissions.rescoring.cost import Cost, cost_of_units
from submissions.rescoring.pending import Unit
from submissions.store.folder import DataFolder
from submissions.store.scored.rates import last_rate


@dataclass(frozen=True)
class Line:
    """Units of one task that are pending for the same reasons.

    Attributes:
        task: The task's id.
        why: Reasons, e.g. ("new submission",).
        units: How many: one a system.
        scores: How many they lack.
        cost: The model's part.
        seconds: The model's, at the last measured rate; 0 without a model's part, None where
            nothing was measured.
    """

    task: str
    why: tuple[str, ...]
    units: int
    scores: int
    cost: Cost
    seconds: float | None


def forecast(folder: DataFolder, units: Sequence[Unit], engine: str) -> tuple[Line, ...]:
    """Return a line for each task and reason, in the order of the plan.

    Args:
        folder: The data.
        units: From `plan`.
        engine: `Engine.name` of what will run the model.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[Unit]] = {}
    for unit in units:
        why = tuple(sorted({lacking.why for lacking in unit.lacking}))
        alike.setdefault((unit.task.id, why), []).append(unit)
    return tuple(_line(folder, task, why, those, engine) for (task, why), those in alike.items())


def total(lines: Sequence[Line]) -> Line:
    """Return all lines as one."""
    seconds = [line.seconds for line in lines]
    measured = [share for share in seconds if share is not None]
    return Line(
        task="all",
        why=(),
        units=sum(line.units for line in lines),
        scores=sum(line.scores for line in lines),
        cost=sum((line.cost for line in lines), Cost()),
        # A total of some of the parts would be taken for all of it.
        seconds=sum(measured) if len(measured) == len(seconds) else None,
    )


def _line(
    folder: DataFolder, task: str, why: tuple[str, ...], units: Sequence[Unit], engine: str
) -> Line:
    with_model = [unit for unit in units if unit.pair_metrics]
    by_metrics: dict[tuple[str, ...], list[Unit]] = {}
    for unit in with_model:
        # The same metrics have the same pairs an example, so a few units tell for all of them.
        by_metrics.setdefault(tuple(metric.name for metric in unit.pair_metrics), []).append(unit)
    cost = sum((cost_of_units(folder, those) for those in by_metrics.values()), Cost())
    scores = sum(len(unit.lacking) for unit in units)
    return Line(task, why, len(units), scores, cost, _seconds(folder, with_model, cost, engine))


def _seconds(folder: DataFolder, units: Sequence[Unit], cost: Cost, engine: str) -> float | None:
    if not units or not cost.flops:
        return 0.0
    model = units[0].instruments.bart
    rate = last_rate(folder, model.fingerprint, engine) if model else None
    return cost.flops / rate if rate else None
