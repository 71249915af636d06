"""How answers are counted: what a row of statistics holds, and how summed rows are read.

Of a task that takes one label a row is one cell of the confusion matrix (`AnswerTable`); of one
that takes several it is the example's labels (`LabelSets`). Either gives, of any sum, what each
label has of hits, gold examples and answers, so that F1 is one formula for both.

An output of which no answer could be read names no label: it takes a recall away from its gold
labels, and costs no label any precision. Where the gold is "none" it is wrong all the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from scoring.answers import ONE, SEVERAL
from scoring.errors import ScoringError
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task


class AnswerTally(ABC):
    """Summed rows, read.

    Args:
        sums: (..., k) sums of rows.
        labels: How many the task has: L.

    Attributes:
        sums: As given.
        labels: As given.
    """

    def __init__(self, sums: Floats, labels: int) -> None:
        self.sums, self.labels = sums, labels

    @staticmethod
    @abstractmethod
    def rows(task: Task, golds: Sequence[str], answers: Mapping[int, str | None]) -> Floats:
        """Return (n, k) rows.

        Args:
            task: Whose answers they are.
            golds: (n,) the gold answers.
            answers: Row -> answer, None for unparsed; a row that is not in it has no value.

        Raises:
            ScoringError: An answer has a label that is not one of the task's.
        """

    @property
    @abstractmethod
    def hits(self) -> Floats:
        """(..., L) examples of which each label is rightly an answer's."""

    @property
    @abstractmethod
    def gold(self) -> Floats:
        """(..., L) examples that have each label."""

    @property
    @abstractmethod
    def answered(self) -> Floats:
        """(..., L) examples that were given each label."""

    @property
    @abstractmethod
    def total(self) -> Floats:
        """(...) examples."""

    @property
    @abstractmethod
    def right(self) -> Floats:
        """(...) examples whose answer is the gold's, label by label."""

    @property
    @abstractmethod
    def parsed(self) -> Floats:
        """(...) examples of which an answer could be read."""

    @property
    @abstractmethod
    def alike(self) -> Floats:
        """(...) sums of the examples' Jaccard indices: labels in both over labels in either."""


class AnswerTable(AnswerTally):
    """The confusion matrix of a task that takes one label: L * (L + 1) cells, row-major over (gold,
    answer), "unparsed" last.
    """

    @staticmethod
    def rows(task: Task, golds: Sequence[str], answers: Mapping[int, str | None]) -> Floats:
        """Return one-hot rows."""
        size = len(task.labels)
        column = {name: index for index, name in enumerate(task.label_names)}
        items = np.zeros((len(golds), size * (size + 1)))
        for row, label in answers.items():
            gold = _index(column, golds[row], task, row)
            answered = size if label is None else _index(column, label, task, row)
            items[row, gold * (size + 1) + answered] = 1.0
        return items

    @property
    def cells(self) -> Floats:
        """(..., L, L + 1) counts, the last column "unparsed"."""
        return as_cells(self.sums, self.labels)

    @property
    def hits(self) -> Floats:
        """The diagonal."""
        return np.diagonal(self.cells, axis1=-2, axis2=-1)

    @property
    def gold(self) -> Floats:
        """Each row's sum."""
        return np.asarray(self.cells.sum(axis=-1))

    @property
    def answered(self) -> Floats:
        """Each column's sum, but the last."""
        return np.asarray(self.cells[..., :-1].sum(axis=-2))

    @property
    def total(self) -> Floats:
        """All cells."""
        return np.asarray(self.sums.sum(axis=-1))

    @property
    def right(self) -> Floats:
        """All of the diagonal."""
        return np.asarray(self.hits.sum(axis=-1))

    @property
    def parsed(self) -> Floats:
        """All columns but the last."""
        return np.asarray(self.cells[..., :-1].sum(axis=(-2, -1)))

    @property
    def alike(self) -> Floats:
        """Of one label on each side: the right ones."""
        return self.right


class LabelSets(AnswerTally):
    """The labels of a task that takes several: L hits, L of the gold, L of the answers, then
    examples, those right, those parsed, and the examples' Jaccard indices.
    """

    @staticmethod
    def rows(task: Task, golds: Sequence[str], answers: Mapping[int, str | None]) -> Floats:
        """Return rows of an example each; without labels on both sides its Jaccard index is 1."""
        size = len(task.labels)
        column = {name: index for index, name in enumerate(task.label_names)}
        items = np.zeros((len(golds), 3 * size + 4))
        for row, answer in answers.items():
            gold = _marked(column, golds[row], task, row)
            answered = _marked(column, answer, task, row)
            either = np.maximum(gold, answered).sum()
            hits = gold * answered
            alike = hits.sum() / either if either else float(answer is not None)
            ends = (1.0, float(answer == golds[row]), float(answer is not None), alike)
            items[row] = np.concatenate([hits, gold, answered, ends])
        return items

    def _part(self, number: int) -> Floats:
        return self.sums[..., number * self.labels : (number + 1) * self.labels]

    @property
    def hits(self) -> Floats:
        """The first L."""
        return self._part(0)

    @property
    def gold(self) -> Floats:
        """The second L."""
        return self._part(1)

    @property
    def answered(self) -> Floats:
        """The third L."""
        return self._part(2)

    @property
    def total(self) -> Floats:
        """The fourth number from the end."""
        return self.sums[..., -4]

    @property
    def right(self) -> Floats:
        """The third from the end."""
        return self.sums[..., -3]

    @property
    def parsed(self) -> Floats:
        """The second from the end."""
        return self.sums[..., -2]

    @property
    def alike(self) -> Floats:
        """The last."""
        return self.sums[..., -1]


TALLIES: Mapping[str, type[AnswerTally]] = {ONE: AnswerTable, SEVERAL: LabelSets}
"""What a task takes for an answer -> how its answers are counted."""


def tally(sums: Floats, task: Task) -> AnswerTally:
    """Return summed rows of a task, read."""
    return TALLIES[task.answers.takes](sums, len(task.labels))


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
