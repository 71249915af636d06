"""Per-post sums of stored scores, with posts numbered over all tasks of a board.

Tasks share posts, so what draws or swaps posts for several tasks at once needs one numbering of
them. A release lists it, as an array of numbers beside the scores' arrays: it is all that a
comparison needs to know of the posts, and it tells nothing about them. (A post's own id would: it
is a hash of the text, with which anyone who has a text could look it up.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scoring.metric import Metric
from scoring.segments import Example
from scoring.statistics import Estimator, TaskSums, post_sums
from scoring.statistics.bootstrap import Floats, Indices
from scoring.tasks import Task
from submissions.store.files.arrays import load_array, save_array
from submissions.store.folder import DataFolder


def number_posts(examples: Mapping[str, Sequence[Example]]) -> dict[str, Indices]:
    """Return number the distinct posts of a board.

    Args:
        examples: Task id -> its examples.

    Returns:
        Task id -> (n,) the post of each example; posts are numbered by sorted id.
    """
    # Sorted, so that a board's numbers do not depend on the order of its tasks.
    ids = sorted({example.post_id for task in examples.values() for example in task})
    numbers = {post_id: number for number, post_id in enumerate(ids)}
    return {
        name: np.array([numbers[example.post_id] for example in task])
        for name, task in examples.items()
    }


def save_numbers(folder: DataFolder, numbers: Indices) -> str:
    """Store a task's post numbers beside the scores' arrays; the array's name."""
    return save_array(folder, numbers[None, :, None].astype(np.float64))


def load_numbers(folder: DataFolder, array: str) -> Indices:
    """Return (n,) a task's post numbers.

    Raises:
        DamagedFile: They are missing or damaged.
    """
    return load_array(folder, array)[0, :, 0].astype(np.intp)


class PostSums:
    """Reads scores' arrays as sums by post.

    Args:
        folder: Where the arrays are.
        numbers: Task id -> (n,) the post of each example, numbered over all tasks.
    """

    def __init__(self, folder: DataFolder, numbers: Mapping[str, Indices]) -> None:
        self._folder = folder
        self._numbers = numbers
        self._sums: dict[tuple[str, str], Floats] = {}
        self._row_posts: dict[tuple[str, str, int], Floats] = {}
        self._counts: dict[frozenset[str], int] = {}

    @property
    def posts(self) -> int:
        """How many distinct posts the board has."""
        return 1 + max(int(numbers.max(initial=-1)) for numbers in self._numbers.values())

    def posts_of(self, tasks: Sequence[Task]) -> int:
        """Return how many distinct posts `tasks` have between them."""
        key = frozenset(task.id for task in tasks)
        if key not in self._counts:
            self._counts[key] = len(
                set[int]().union(*(self._numbers[name].tolist() for name in key))
            )
        return self._counts[key]

    def task_sums(self, task: Task, metric: Metric, arrays: Sequence[str | None]) -> TaskSums:
        """Return one task's sums of several systems on one metric, as the statistics take them.

        Args:
            task: The task.
            metric: The metric.
            arrays: Of each system's score; None where it has none, which has no value in any
                resample. One at least must be there.

        Raises:
            DamagedFile: An array is missing or damaged.
        """
        posts, local = np.unique(self._numbers[task.id], return_inverse=True)
        by_array = [None if array is None else self._of(task, array, local) for array in arrays]
        # Its shape is a present system's; zeros are "no value" to every metric.
        nothing = np.zeros_like(next(sums for sums in by_array if sums is not None)[:1])
        systems = tuple(nothing if sums is None else sums for sums in by_array)
        estimator = metric.estimator(task)
        rows = [
            None if array is None or estimator.table is None else self._rows(task, array, estimator)
            for array in arrays
        ]
        return TaskSums(systems, posts, estimator.value, estimator, rows)

    def _rows(self, task: Task, array: str, estimator: Estimator) -> Floats:
        """Return the posts of each row of the metric's table.

        Metrics that share an array and its rows share this.
        """
        sums = self._sums[task.id, array]
        key = (task.id, array, estimator.rows(sums[:, :1]))
        if key not in self._row_posts:
            assert estimator.table is not None  # noqa: S101  # the caller has looked
            self._row_posts[key] = estimator.table.row_posts(sums)
        return self._row_posts[key]

    def _of(self, task: Task, array: str, local: Indices) -> Floats:
        """Return (repetitions, posts, k) sums; metrics that share an array share this."""
        if (task.id, array) not in self._sums:
            self._sums[task.id, array] = post_sums(load_array(self._folder, array), local)
        return self._sums[task.id, array]


def compressed(tasks: Sequence[TaskSums]) -> list[TaskSums]:
    """Return `tasks` with only their own posts numbered, 0 to Q - 1.

    What compares systems on the same tasks then swaps and draws the same posts, whichever other
    tasks the board has.
    """
    numbers = np.unique(np.concatenate([task.posts for task in tasks]))
    return [replace(task, posts=np.searchsorted(numbers, task.posts)) for task in tasks]
