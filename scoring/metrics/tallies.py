"""How answers are counted: what a row of a correctness metric's statistics holds.

Of a task that takes one label a row is one cell of the confusion matrix. Of one that takes several
it is the example's labels: those right, those of the gold, those answered, and whether it is an
example, right as a whole, and parsed, with its Jaccard index. `Margins` are read of either's sums
(`scoring.metrics.margins`), so that an F1 is one formula for both.

An output of which no answer could be read names no label: it takes a recall away from its gold
labels, and costs no label any precision. Where the gold is "none" it is wrong all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from scoring.answers import ONE, SEVERAL
from scoring.errors import ScoringError
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task

Answers = Mapping[int, str | None]
"""Row -> answer, None for unparsed; a row that is not in it has no value."""


def table_rows(task: Task, golds: Sequence[str], answers: Answers) -> Floats:
    """Return (n, L * (L + 1)) one-hot rows, row-major over (gold, answer), "unparsed" last.

    Raises:
        ScoringError: An answer is not one of the task's labels.
    """
    size = len(task.labels)
    column = {name: index for index, name in enumerate(task.label_names)}
    items = np.zeros((len(golds), size * (size + 1)))
    for row, label in answers.items():
        gold = _index(column, golds[row], task, row)
        answered = size if label is None else _index(column, label, task, row)
        items[row, gold * (size + 1) + answered] = 1.0
    return items


def set_rows(task: Task, golds: Sequence[str], answers: Answers) -> Floats:
    """Return (n, 3L + 4) rows: L labels right, L of the gold, L answered, then 1, whether all is
    right, whether it was parsed, and the Jaccard index, 1 where neither side has a label.

    Raises:
        ScoringError: An answer has a label that is not one of the task's.
    """
    size = len(task.labels)
    column = {name: index for index, name in enumerate(task.label_names)}
    items = np.zeros((len(golds), 3 * size + 4))
    for row, answer in answers.items():
        gold = _marked(column, golds[row], task, row)
        answered = _marked(column, answer, task, row)
        right, either = gold * answered, np.maximum(gold, answered).sum()
        alike = right.sum() / either if either else float(answer is not None)
        ends = (1.0, float(answer == golds[row]), float(answer is not None), alike)
        items[row] = np.concatenate([right, gold, answered, ends])
    return items


ROWS: Mapping[str, Callable[[Task, Sequence[str], Answers], Floats]] = {
    ONE: table_rows,
    SEVERAL: set_rows,
}
"""What a task takes for an answer -> how its answers are counted."""


def as_cells(sums: Floats, labels: int) -> Floats:
    """Map (..., L * (L + 1)) to (..., L, L + 1)."""
    return sums.reshape(*sums.shape[:-1], labels, labels + 1)


def _index(column: Mapping[str, int], label: str, task: Task, row: int) -> int:
    # A label that is not the task's would land in some column all the same.
    if label not in column:
        raise ScoringError(
            f"{task.id}: example {row}: {label!r} is not one of the task's labels:"
            f" {', '.join(column)}"
        )
    return column[label]


def _marked(column: Mapping[str, int], answer: str | None, task: Task, row: int) -> Floats:
    """Return (L,) 1 for each of an answer's labels."""
    marks = np.zeros(len(column))
    for label in () if answer is None else task.labels_of(answer):
        marks[_index(column, label, task, row)] = 1.0
    return marks
