"""What all correctness metrics share: one cell of the confusion matrix per item.

An item is a one-hot row over the cells (gold i, predicted j), with one more predicted column than
there are labels: "unparsed". An output from which no label could be read is a prediction outside
the label set: it takes a recall away from its gold label and costs no other label any precision. It
is never given a class.

All correctness metrics of one reading have the same rows, so they can be stored and resampled once.

A label is read either by the project's own rules, or by the published IMHI script's (`IMHI_RULE`),
which knows no unparsed outputs and gives them a fallback label. The second reading exists to
compare with printed numbers, is a variant with its own name and identity, and leaves examples
without a raw output out.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from math import isqrt

import numpy as np

from scoring.errors import ScoringError
from scoring.extraction import EXTRACTION, IMHI_RULE, imhi_label
from scoring.instruments import Instruments
from scoring.metric import Identity, Metric
from scoring.segments import Segments
from scoring.statistics import ContingencyTable
from scoring.statistics.bootstrap import Bools, Floats
from scoring.tasks import Task


class ConfusionMetric(Metric):
    """A metric of the confusion matrix.

    Args:
        extraction: EXTRACTION, or IMHI_RULE for the variant that reads labels as the published
            script does.

    Attributes:
        extraction: How the labels are read.
    """

    group = "correctness"
    version = "3"
    measures: str
    limits: str

    def __init__(self, extraction: str = EXTRACTION) -> None:
        self.extraction = extraction
        if extraction == IMHI_RULE:
            self.name = f"{type(self).name}_imhi_rule"
            self.title = f"{type(self).title} (IMHI rule)"
            self.measures = (
                f"{type(self).measures} Labels are read as the benchmark's published script does."
            )
            self.limits = (
                "For comparison with printed numbers only: the script gives an output that names no"
                " label a fallback label, which can be right by luck."
            )

    def applies_to(self, task: Task) -> bool:
        """Return every task has labels; the published script's rule is declared for some."""
        return self.extraction == EXTRACTION or task.imhi_rule is not None

    def identity(self, instruments: Instruments) -> Identity:  # noqa: ARG002
        """Return how labels were read: there is no model and no text."""
        return Identity(self.name, self.version, self.extraction)

    def measure(self, segments: Segments, instruments: Instruments) -> Floats:  # noqa: ARG002
        """Return (n, L * (L + 1)) one-hot rows, row-major over (gold, predicted), "unparsed" last.

        Raises:
            ScoringError: A gold or predicted label is not one of the task's.
        """
        task = segments.task
        size = len(task.labels)
        column = {name: index for index, name in enumerate(task.label_names)}
        items = np.zeros((len(segments), size * (size + 1)))
        for row, label in self._predictions(segments):
            gold = _index(column, segments.examples[row].gold, task, row)
            predicted = size if label is None else _index(column, label, task, row)
            items[row, gold * (size + 1) + predicted] = 1.0
        return items

    def aggregate(self, sums: Floats, task: Task) -> Floats:
        """Return values of the summed confusion matrices."""
        cells = as_cells(sums, len(task.labels))
        return np.where(sums.sum(axis=-1) > 0, self.value(cells), np.nan)

    def table(self, task: Task) -> ContingencyTable | None:
        """Return the confusion matrix."""
        labels = len(task.labels)
        return ContingencyTable(
            lambda sums: as_cells(sums, labels),
            lambda cells: self.aggregate(cells.reshape(*cells.shape[:-2], -1), task),
            self.bounds,
        )

    @abstractmethod
    def value(self, cells: Floats) -> Floats:
        """Return values from confusion matrices.

        Args:
            cells: (..., L, L + 1) counts, the last column "unparsed".

        Returns:
            (...): NaN where undefined; what an empty matrix gives is not looked at.
        """

    def _predictions(self, segments: Segments) -> Iterator[tuple[int, str | None]]:
        """Yield (row, label or None for unparsed) of every example that has a value."""
        if self.extraction == IMHI_RULE:
            for row, output in enumerate(segments.outputs):
                # The script reads texts; of a label that was sent alone it has nothing to read.
                if output is not None:
                    yield row, imhi_label(segments.task, output)
        else:
            yield from enumerate(reading.label for reading in segments.readings)


def reads_by_script(metric: Metric) -> bool:
    """Return whether a metric reads labels from raw outputs as the published script does."""
    return isinstance(metric, ConfusionMetric) and metric.extraction == IMHI_RULE


def _index(column: dict[str, int], label: str, task: Task, row: int) -> int:
    # A label that is not the task's would land in some column all the same.
    if label not in column:
        raise ScoringError(
            f"{task.id}: example {row}: {label!r} is not one of the task's labels:"
            f" {', '.join(column)}"
        )
    return column[label]


def as_cells(sums: Floats, labels: int) -> Floats:
    """Map (..., L * (L + 1)) to (..., L, L + 1)."""
    return sums.reshape(*sums.shape[:-1], labels, labels + 1)


def parsed_items(items: Floats) -> Bools:
    """Return which one-hot rows hold a label that could be read: (..., n, k) -> (..., n)."""
    labels = (isqrt(1 + 4 * items.shape[-1]) - 1) // 2
    return np.asarray(as_cells(items, labels)[..., :labels].any(axis=(-2, -1)))


def hits(cells: Floats) -> Floats:
    """Return (..., L) rightly predicted examples of each label."""
    return np.diagonal(cells, axis1=-2, axis2=-1)
