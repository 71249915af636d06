"""How often one system answered what: a matrix of gold labels by answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from submissions.store.released.scored_rows import ConfusionRow, TaskRow

UNPARSED = "unparsed"


@dataclass(frozen=True)
class Confusion:
    """How often one system answered what.

    Attributes:
        counts: Rows: gold labels; columns: answers, "unparsed" last.
        shares: Each row of `counts` over its sum; NaN in a row without examples.
        runs: How many runs are added up in `counts`.
    """

    counts: pd.DataFrame
    shares: pd.DataFrame
    runs: int = 1

    @property
    def added_up(self) -> str:
        """What is said of the counts; "" of a single run."""
        return f"{self.runs} runs added up" if self.runs > 1 else ""


def confusion(task: TaskRow, rows: Sequence[ConfusionRow]) -> Confusion:
    """Return the matrix over the task's labels in their declared order."""
    names = [label["name"] for label in task.labels]
    counts = pd.DataFrame(0, index=names, columns=[*names, UNPARSED])
    for row in rows:
        counts.loc[row.gold, row.predicted] = row.n
    runs = round(int(counts.to_numpy().sum()) / task.size) if task.size else 1
    return Confusion(
        counts, counts.div(counts.sum(axis=1).where(lambda n: n > 0), axis=0), max(1, runs)
    )
