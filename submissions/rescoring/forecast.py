"""What a run is going to do, before it does it: units, why they are pending, what they cost, how
long it may take.

The time is the models': their operations by the formula over the rate of the last run with the same
checkpoint on the same engine. Metrics without a model are not forecast, and a first run says that
nothing was measured yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.bartscore.devices import has_matrix_units, resolve_device
from scoring.instruments import BARTSCORE, Instrument
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
        cost: The models' part.
        seconds: The models', at the last measured rates; 0 without a model's part, None where
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
        engine: `Engine.name` of what will run the models.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[Unit]] = {}
    for unit in units:
        why = tuple(sorted({lacking.why for lacking in unit.lacking}))
        alike.setdefault((unit.task.id, why), []).append(unit)
    return tuple(_line(folder, task, why, those, engine) for (task, why), those in alike.items())


def total(lines: Sequence[Line]) -> Line:
    """Return all lines as one."""
    return Line(
        task="all",
        why=(),
        units=sum(line.units for line in lines),
        scores=sum(line.scores for line in lines),
        cost=sum((line.cost for line in lines), Cost()),
        seconds=_sum([line.seconds for line in lines]),
    )


def _line(
    folder: DataFolder, task: str, why: tuple[str, ...], units: Sequence[Unit], engine: str
) -> Line:
    by_metrics: dict[tuple[str, tuple[str, ...]], list[Unit]] = {}
    for unit in units:
        for kind in unit.kinds:
            # The same metrics have the same pairs an example, so a few units tell for all of them.
            names = tuple(metric.name for metric in unit.needing(kind))
            by_metrics.setdefault((kind, names), []).append(unit)
    cost, seconds = Cost(), list[float | None]()
    for (kind, _), alike in by_metrics.items():
        own = cost_of_units(folder, alike, kind)
        cost += own
        seconds.append(_seconds(folder, alike[0].instruments.usable(kind), own, engine))
    scores = sum(len(unit.lacking) for unit in units)
    return Line(task, why, len(units), scores, cost, _sum(seconds))


def could_be_rounded(units: Sequence[Unit]) -> bool:
    """Return whether BARTScore is to be computed in float32 on a processor that is several times as
    quick in bfloat16.
    """
    models = {unit.instruments.usable(kind) for unit in units for kind in unit.kinds}
    exact = any(each.kind == BARTSCORE and each.dtype_name == "float32" for each in models)
    return exact and has_matrix_units() and resolve_device("auto") == "cpu"


def _sum(seconds: Sequence[float | None]) -> float | None:
    """Return the sum; None where one is not known: of some it would be taken for all."""
    measured = [share for share in seconds if share is not None]
    return sum(measured) if len(measured) == len(seconds) else None


def _seconds(folder: DataFolder, model: Instrument, cost: Cost, engine: str) -> float | None:
    if not cost.flops:
        return 0.0
    rate = last_rate(folder, model.fingerprint, engine)
    return cost.flops / rate if rate else None
