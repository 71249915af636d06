"""The cells of a release's boards as the command line and the API show them.

A cell repeats where its system stands by its metric over all tasks, so that an array of cells alone
makes the table. `docs/json.md` is its documentation, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import OverallRow, TaskRow

Cell = dict[str, Any]
"""Field -> what a cell has of it."""

_MEASURED = (
    "value",
    "low",
    "high",
    "interval",
    "sd",
    "sd_prompts",
    "sd_seeds",
    "repetitions",
    "n",
    "n_given",
    "n_unparsed",
    "n_refused",
    "n_cut_off",
    "n_absent",
    "n_truncated",
    "judge_family",
    "signature",
    "why_blank",
)
"""What a release stores of a cell, besides whose and of which metric it is."""
CELL_FIELDS = (
    "release",
    "benchmark",
    "system",
    "version",
    "strategy",
    "trivial_baseline",
    "demonstration",
    "task",
    "metric",
    *_MEASURED,
    "checkpoint",
    "demonstration_checkpoint",
    "mean",
    "mean_low",
    "mean_high",
    "mean_sd",
    "mean_interval",
    "mean_signature",
    "rank",
    "rank_low",
    "rank_high",
    "cluster",
    "set_low",
    "set_high",
    "table_low",
    "table_high",
    "covered",
    "total",
)
TEXT_FIELDS = (
    "benchmark",
    "system",
    "version",
    "strategy",
    "task",
    "metric",
    "interval",
    "judge_family",
    "signature",
    "why_blank",
    "checkpoint",
    "mean_interval",
    "mean_signature",
)
_STORED = ("system", "metric", *_MEASURED)
_MEANS = {
    "value": "mean",
    "low": "mean_low",
    "high": "mean_high",
    "sd": "mean_sd",
    "interval": "mean_interval",
    "signature": "mean_signature",
    **{
        name: name
        for name in (
            *("rank", "rank_low", "rank_high", "cluster", "set_low", "set_high"),
            *("table_low", "table_high", "covered", "total"),
        )
    },
}
"""Column of a system's mean -> what a cell calls it."""
_AT_ONCE = 1_000
"""Cells that are read at a time."""


class BoardCells:
    """The cells of one release; what all of them share is read once.

    Args:
        reader: Of the release.
        means: What stands for the release's means over all tasks, such as those over some; None for
            these.
    """

    def __init__(self, reader: ReleaseReader, means: Iterable[OverallRow] | None = None) -> None:
        self._reader, self._release = reader, reader.release.number
        self._systems = {
            row.id: {
                "system": row.system,
                "version": row.version,
                "strategy": row.strategy,
                "trivial_baseline": row.trivial,
            }
            for row in reader.systems()
        }
        self._metrics = {
            (row.benchmark, row.name): {
                "checkpoint": row.checkpoint,
                "demonstration_checkpoint": row.demonstration,
            }
            for row in reader.metrics()
        }
        self._means = _released_means(reader) if means is None else _named_means(means)
        # So that a page of cells can be found, and its number told, without reading those before
        # it.
        self._counts = reader.cell_counts()

    def count(self, tasks: Sequence[TaskRow], metric: str | None) -> int:
        """Return how many cells `tasks` have, or how many of one metric."""
        return sum(self._count(task, metric) for task in tasks)

    def of(
        self, tasks: Sequence[TaskRow], metric: str | None, first: int = 0, most: int | None = None
    ) -> Iterator[Cell]:
        """Yield every cell of `tasks`, or those of one metric, in CELL_FIELDS' order.

        Args:
            tasks: Of the release.
            metric: Of its boards; None for each.
            first: How many are passed over.
            most: How many are made at most; None for all.
        """
        # A task is passed over as a whole where the page begins after it: none of its cells is
        # read.
        left = self.count(tasks, metric) if most is None else most
        for task in tasks:
            cells_of_task = self._count(task, metric)
            wanted = min(left, max(0, cells_of_task - first))
            yield from self._cells(task, metric, first, wanted)
            first, left = max(0, first - cells_of_task), left - wanted

    def _count(self, task: TaskRow, metric: str | None) -> int:
        return sum(
            count
            for (of, name), count in self._counts.items()
            if of == task.id and metric in (None, name)
        )

    def _cells(self, task: TaskRow, metric: str | None, first: int, wanted: int) -> Iterator[Cell]:
        shared = {
            "release": self._release,
            "benchmark": task.benchmark,
            "task": task.id,
            "demonstration": task.demonstration,
        }
        # Some at a time, so that a whole board is never in memory twice, and whoever writes it
        # out can step aside between.
        for start in range(first, first + wanted, _AT_ONCE):
            part = (start, min(_AT_ONCE, first + wanted - start))
            columns = self._reader.columns("cells", _STORED, part, task=task.id, metric=metric)
            for values in zip(*columns.values(), strict=True):
                stored = dict(zip(_STORED, values, strict=True))
                of, name = stored["system"], stored["metric"]
                cell = {
                    **shared,
                    **stored,
                    **self._systems[of],
                    **self._metrics[task.benchmark, name],
                    **self._means.get((of, name), _NO_MEAN),
                }
                # In the order of the fields whatever order they were put together in: the CSV has
                # it as its head.
                yield {field: cell[field] for field in CELL_FIELDS}


def _released_means(reader: ReleaseReader) -> dict[tuple[str, str], Cell]:
    # As columns and not as rows: on a board of a thousand systems an object a mean would take
    # longer than all else here.
    means = reader.columns("overall", ("system", "metric", *_MEANS))
    return {
        (of, metric): dict(zip(_MEANS.values(), values, strict=True))
        for of, metric, *values in zip(*means.values(), strict=True)
    }


def _named_means(rows: Iterable[OverallRow]) -> dict[tuple[str, str], Cell]:
    return {
        (row.system, row.metric): {name: getattr(row, column) for column, name in _MEANS.items()}
        for row in rows
    }


_NO_MEAN: Cell = {
    **dict.fromkeys(_MEANS.values()),
    "mean_interval": "",
    "mean_signature": "",
}
"""Nobody has a value of the metric."""
