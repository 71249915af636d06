"""Where systems fail: tags and attributes of a board's tasks, by the drop that goes with them.

A part is the examples of a task with one value of an attribute, or with one tag; its drop is by how
much the task's headline metric is worse on the part than on the other examples: the others' value
less the part's, or the part's less the others' where lower values are better. Over the systems of
the board that are no trivial baselines and have a value on both sides the mean drop is stated, and
each system's own. Holm's correction is over all parts of the board, for the mean and for each
system apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.metric import Metric
from scoring.metrics import metric as metric_named
from scoring.score import SEED
from scoring.segments import Example
from scoring.statistics import holm_of_tested
from scoring.statistics.bootstrap import Floats, numbered
from scoring.statistics.drops import Drop, Split, drop
from scoring.tasks import Task
from submissions.releasing.coverage import CurrentScores
from submissions.store.files.arrays import load_array
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import DropRow
from submissions.store.scored.scores import FEWEST
from submissions.store.submitted.submissions import Submission

EVERY_SYSTEM = ""
"""The system of a row that is the mean over them."""


@dataclass(frozen=True)
class TaskPart:
    """Some examples of a task, beside its others; those whose post was redacted are neither.

    Attributes:
        task: The task.
        attribute: By what they are chosen.
        value: By which value of it.
        places: Those of part and rest among the task's examples.
        inside: Whether each is one of the part.
        posts: The post of each.
    """

    task: Task
    attribute: str
    value: str
    places: tuple[int, ...]
    inside: tuple[bool, ...]
    posts: tuple[str, ...]

    @property
    def large_enough(self) -> bool:
        """Whether part and rest have as many examples as a value takes."""
        return FEWEST <= sum(self.inside) <= len(self.inside) - FEWEST


def parts_of(task: Task, asked: Sequence[Example], attribute: str) -> Iterator[TaskPart]:
    """Yield the parts by the values of one attribute.

    Args:
        task: The task.
        asked: Its examples, with the attribute.
        attribute: Its name.
    """
    places = tuple(place for place, example in enumerate(asked) if not example.redacted)
    given = [asked[place].attributes.get(attribute) for place in places]
    posts = tuple(asked[place].post_id for place in places)
    for value in sorted({value for value in given if value is not None}):
        inside = tuple(each == value for each in given)
        yield TaskPart(task, attribute, value, places, inside, posts)


def drop_rows(
    folder: DataFolder,
    parts: Sequence[TaskPart],
    systems: Sequence[Submission],
    scores: CurrentScores,
) -> Iterator[DropRow]:
    """Yield the drops of a board: of its systems together, and of each.

    Args:
        folder: Where the arrays are.
        parts: Of all of its tasks.
        systems: The board's; trivial baselines have no drop.
        scores: The board's current ones.
    """
    able = [system for system in systems if not system.trivial]
    rows: dict[str, list[DropRow]] = {}
    for part in parts:
        if part.large_enough:
            for row in _rows_of(folder, part, able, scores):
                rows.setdefault(row.system, []).append(row)
    for own in rows.values():
        corrected = holm_of_tested([row.p for row in own])
        yield from (replace(row, p_holm=p) for row, p in zip(own, corrected, strict=True))


def _rows_of(
    folder: DataFolder, part: TaskPart, systems: Sequence[Submission], scores: CurrentScores
) -> Iterator[DropRow]:
    metric = metric_named(part.task.headline)
    items = _items(folder, part.task, systems, scores)
    if not items:
        return
    posts = numbered(np.array(part.posts))
    split = Split.draw(np.array(part.inside), posts, SEED)
    values = {
        system: split.values(
            of_system[:, part.places], lambda sums: metric.aggregate(sums, part.task)
        )
        for system, of_system in items.items()
    }
    sign = -1.0 if metric.higher_is_better is False else 1.0
    together = drop(split, list(values.values()), SEED, sign=sign)
    yield _row(part, metric, EVERY_SYSTEM, together)
    for system, of_system in values.items():
        yield _row(part, metric, system, drop(split, [of_system], SEED, sign=sign))


def _items(
    folder: DataFolder, task: Task, systems: Sequence[Submission], scores: CurrentScores
) -> Mapping[str, Floats]:
    """Return system -> the statistics of its headline score; those without a value are left out."""
    headline = {system.id: scores.get((system.id, task.id, task.headline)) for system in systems}
    return {
        system: load_array(folder, score.array)
        for system, score in headline.items()
        if score is not None and score.value is not None
    }


def _row(part: TaskPart, metric: Metric, system: str, dropped: Drop) -> DropRow:
    n = sum(part.inside)
    return DropRow(
        benchmark=part.task.benchmark,
        task=part.task.id,
        system=system,
        metric=metric.name,
        attribute=part.attribute,
        attribute_value=part.value,
        value=dropped.value,
        low=dropped.interval.low,
        high=dropped.interval.high,
        inside=dropped.part,
        outside=dropped.rest,
        interval=dropped.interval.method,
        n=n,
        n_rest=len(part.inside) - n,
        systems=dropped.systems,
        p=dropped.p,
        p_holm=None,
        why_blank="no value on one side" if dropped.value is None else "",
    )
