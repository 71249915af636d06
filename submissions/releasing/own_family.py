"""Means over a benchmark's judges by one rubric, with and without those of the judged system's own
family: judges favour their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from scoring.judging.families import OWN
from submissions.store.released.scored_rows import CellRow


@dataclass(frozen=True)
class FamilyMean:
    """A system's mean over judges.

    Attributes:
        system: Its id.
        task: The task's id.
        scale: Rubric and aspect: "mentallama/overall".
        judges: How many judges there are.
        of_family: Of them, those of its own family.
        mean: Over all judges of their means.
        without: Over those of other families, or of none that can be told; None where no judge is
            left.
    """

    system: str
    task: str
    scale: str
    judges: int
    of_family: int
    mean: float
    without: float | None


def family_means(cells: Iterable[CellRow], scales: Mapping[str, str]) -> Iterator[FamilyMean]:
    """Yield the means of systems that a judge of their own family judged; of no others.

    Args:
        cells: Of judges' metrics.
        scales: Metric -> whose ratings its values are, "" of none.
    """
    by_scale: dict[tuple[str, str, str], list[CellRow]] = {}
    for cell in cells:
        if cell.value is not None and scales.get(cell.metric):
            key = (cell.system, cell.task, scales[cell.metric])
            by_scale.setdefault(key, []).append(cell)
    for (system, task, scale), own in by_scale.items():
        values = [cell.value for cell in own if cell.value is not None]
        others = [c.value for c in own if c.value is not None and c.judge_family != OWN]
        if len(others) < len(values):
            yield FamilyMean(
                system,
                task,
                scale,
                len(values),
                len(values) - len(others),
                float(np.mean(values)),
                float(np.mean(others)) if others else None,
            )
