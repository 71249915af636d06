"""Systems held against each other, on demand: difference, interval and p-value, per task and over
tasks.

All of it comes from a release and the arrays that it lists, so whoever has downloaded these gets
the same numbers. The tests are those behind the board's rank intervals and clusters (same
permutations, same seed, same posts), so a comparison over a metric's tasks cannot contradict them.

A mean is compared over the tasks on which both systems have a value, and says which. Where several
tests are made at once, Holm's correction is over all that are of one kind: those of tasks, and
those of means.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from scoring.errors import ReasonBoardError, ScoringError, nearest
from scoring.metric import Metric
from scoring.metrics import stored_metric
from scoring.score import SEED
from scoring.statistics import (
    Difference,
    Interval,
    compare,
    detectable_difference,
    holm_of_tested,
    posts_needed,
)
from scoring.statistics.bootstrap import Indices
from scoring.statistics.power import REACH
from scoring.tasks import Label, Task
from submissions.releasing.coverage import thin_cells
from submissions.releasing.named_alike import named_alike
from submissions.releasing.post_sums import PostSums, compressed, load_numbers
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import CellRow, SystemRow, TaskRow, common_headline


class CannotCompare(ReasonBoardError):
    """What is to be compared is not in the release."""


@dataclass(frozen=True)
class Question:
    """What is to be compared, all of one board.

    Attributes:
        benchmark: The board.
        systems: At least two, distinct.
        tasks: On which.
        metric: By which.
    """

    benchmark: str
    systems: tuple[SystemRow, ...]
    tasks: tuple[TaskRow, ...]
    metric: str


@dataclass(frozen=True)
class Comparison:
    """System A less system B, on a task or on the mean over tasks.

    Attributes:
        first: A's submission id.
        second: B's.
        task: The task; "" for the mean over `tasks`.
        tasks: Those that both have a value on, of those asked for.
        left_out: Those that one of them has none on, or whose gold is not public: the release then
            holds no values by example.
        metric: The metric.
        first_value: A's; None where there is none.
        second_value: B's.
        difference: first_value - second_value.
        low: Lower end of the difference's 95% interval.
        high: Upper end.
        interval: How it was made, or why there is none.
        p: Two-sided, from permutations; None without a difference.
        p_holm: Adjusted for all tests of the comparison that are of the same kind.
        permutations: How many.
        posts: Distinct posts compared on.
        detectable: The smallest true difference that these posts detect, at .05 with a power of
            80%; None without an interval.
        posts_needed: How many posts it would take to detect the observed difference; None without
            one.
        signature: Of A's value (B's is the same but for the system).
    """

    first: str
    second: str
    task: str
    tasks: tuple[str, ...]
    left_out: tuple[str, ...]
    metric: str
    first_value: float | None
    second_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    interval: str
    p: float | None
    p_holm: float | None
    permutations: int
    posts: int
    detectable: float | None
    posts_needed: int | None
    signature: str

    def posts_for(self, wanted: float) -> int | None:
        """Return how many posts it would take to detect a difference of `wanted`.

        See `scoring.statistics.power`.
        """
        return posts_for(self.detectable, self.posts, wanted)


def posts_for(detectable: float | None, posts: int, wanted: float) -> int | None:
    """Return how many posts it would take to detect a difference of `wanted` where `posts` posts
    detect `detectable`; None where that is not known, or no number is enough.
    """
    return None if detectable is None else posts_needed(detectable / REACH, posts, wanted)


def ask(
    release: ReleaseReader,
    names: Sequence[str],
    *,
    benchmark: str | None = None,
    task: str | None = None,
    metric: str | None = None,
) -> Question:
    """Find what a person means.

    Args:
        release: Where.
        names: Systems, by name in any case, or by submission id.
        benchmark: The board; may be left out where only one has all the systems.
        task: Only this task; all of the board's unless said.
        metric: The headline metric unless said.

    Raises:
        CannotCompare: With everything that is wrong, and the nearest names.
    """
    tasks = release.tasks()
    faults = [
        *_unknown("task", task, [row.id for row in tasks]),
        *_unknown("benchmark", benchmark, dict.fromkeys(row.benchmark for row in tasks)),
        *_unknown("metric", metric, dict.fromkeys(row.name for row in release.metrics())),
    ]
    if not faults and task is not None and benchmark not in (None, task.split("/", 1)[0]):
        faults.append(f"task {task!r} is not of benchmark {benchmark!r}")
    wanted = benchmark or (None if task is None else task.split("/", 1)[0])
    boards = [wanted] if wanted else list(dict.fromkeys(row.benchmark for row in tasks))
    systems, unclear = _systems(release, names, boards)
    # Where the board is not known, who is on it cannot be either.
    faults += [] if any(fault.startswith(("task", "benchmark")) for fault in faults) else unclear
    if faults:
        raise CannotCompare("\n".join(faults))
    board = systems[0].benchmark
    chosen = tuple(row for row in tasks if row.benchmark == board and task in (None, row.id))
    question = Question(
        board,
        systems,
        chosen,
        # Tasks may have other headlines; one metric is compared, so the one that most have.
        metric or common_headline(chosen),
    )
    return replace(question, tasks=with_metric(release, question))


def compare_systems(
    release: ReleaseReader, folder: DataFolder, question: Question
) -> tuple[Comparison, ...]:
    """Return every pair on every task, and, where several tasks are asked for, on the mean over
    those that both cover.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    pairs = list(combinations(question.systems, 2))
    on_tasks = [_Test(pair, (task,), task.id) for pair in pairs for task in question.tasks]
    over_tasks = [_Test(pair, question.tasks, "") for pair in pairs]
    board = _Arrays(release, folder, question)
    # A core each: their matrix products are too narrow to gain from several. The longest begin
    # first.
    with threadpool_limits(limits=1), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        means = pool.map(board.compare, over_tasks if len(question.tasks) > 1 else ())
        by_task = pool.map(board.compare, on_tasks)
        return (*_adjusted(by_task), *_adjusted(means))


def compare_with(
    release: ReleaseReader, folder: DataFolder, question: Question, first: SystemRow
) -> tuple[Comparison, ...]:
    """Return one system against each other of the question: on its task, or, where it has several,
    on their mean. Holm's correction is over just these tests.

    Args:
        release: Where.
        folder: Where the release's arrays are.
        question: With at least one task.
        first: Who is held against the others.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    others = [system for system in question.systems if system.id != first.id]
    return compare_pairs(release, folder, question, [(first, other) for other in others])


def compare_pairs(
    release: ReleaseReader,
    folder: DataFolder,
    question: Question,
    pairs: Iterable[tuple[SystemRow, SystemRow]],
) -> tuple[Comparison, ...]:
    """Return chosen pairs of the question's systems, in their order: on its task, or, where it has
    several, on their mean. Holm's correction is over just these tests.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    task = question.tasks[0].id if len(question.tasks) == 1 else ""
    board = _Arrays(release, folder, question)
    tests = [_Test(pair, question.tasks, task) for pair in pairs]
    with threadpool_limits(limits=1), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return _adjusted(pool.map(board.compare, tests))


class _Test(NamedTuple):
    """Two systems on some tasks; `task` is what the result is called by."""

    pair: tuple[SystemRow, SystemRow]
    tasks: tuple[TaskRow, ...]
    task: str


class _Arrays:
    """A question's scores, read from the release's arrays."""

    def __init__(self, release: ReleaseReader, folder: DataFolder, question: Question) -> None:
        self._name = question.metric
        ids = {task.id for task in question.tasks}
        scored = [cell for cell in release.cells(metric=question.metric) if cell.task in ids]
        valued = [cell for cell in scored if cell.value is not None]
        # A task whose gold is private has values, and no array that would tell it.
        cells = [cell for cell in valued if cell.array is not None]
        if valued and not cells:
            raise CannotCompare(
                f"the gold of {', '.join(sorted({cell.task for cell in valued}))} is not public, so"
                " the release holds no values by example, which tests need; the values and their"
                " intervals stand on the board"
            )
        self._cells = {(cell.system, cell.task): cell for cell in cells}
        self._thin = thin_cells(scored)
        self._values = {(cell.system, cell.task): cell.value for cell in valued}
        self._metric = same_version(release, question.metric, cells)
        self._sums = PostSums(folder, released_numbers(release, folder, question.tasks))

    def compare(self, test: _Test) -> Comparison:
        """Return the two systems on a task, or on the mean over those that both cover."""
        pair, tasks, task_id = test
        # Asked about one task, a thin answer is an answer; in a mean it would lead the board.
        covered = self._cells.keys() if task_id else self._cells.keys() - self._thin
        # The same tasks for both, or the difference would be one of tasks.
        both = [task for task in tasks if all((system.id, task.id) in covered for system in pair)]
        difference = self._difference(pair, both) if both else self._nothing(pair, tasks)
        first = next(
            (cell for task in both if (cell := self._cells.get((pair[0].id, task.id)))), None
        )
        named = "+".join(task.id for task in both)
        return Comparison(
            first=pair[0].id,
            second=pair[1].id,
            task=task_id,
            tasks=tuple(task.id for task in both),
            left_out=tuple(task.id for task in tasks if task not in both),
            metric=self._name,
            first_value=difference.first,
            second_value=difference.second,
            difference=difference.difference,
            low=difference.interval.low,
            high=difference.interval.high,
            interval=_seeded(difference),
            p=difference.p,
            p_holm=None,
            permutations=difference.permutations,
            posts=difference.posts,
            detectable=detectable_difference(difference.spread),
            posts_needed=posts_needed(difference.spread, difference.posts, difference.difference),
            signature=(
                ""
                if first is None
                else first.signature.replace(f"task:{first.task}", f"task:{named}")
            ),
        )

    def _difference(self, pair: Sequence[SystemRow], tasks: Sequence[TaskRow]) -> Difference:
        arrays = {
            task.id: [self._cells[system.id, task.id].array for system in pair] for task in tasks
        }
        sums = [
            self._sums.task_sums(released_task(task), self._metric, arrays[task.id])
            for task in tasks
        ]
        # The board's seed and posts, so that the p-value is the one its clusters rest on.
        return compare(compressed(sums), np.random.default_rng(SEED))

    def _nothing(self, pair: Sequence[SystemRow], tasks: Sequence[TaskRow]) -> Difference:
        """Return a difference without a value: there is no task that both have one on.

        On a single task, the value of the one that has one stands in it.
        """
        first, second = (
            self._values.get((system.id, tasks[0].id)) if len(tasks) == 1 else None
            for system in pair
        )
        hidden = first is not None and second is not None
        why = (
            "no values by example: the task's gold is not public"
            if hidden
            else "no task that both have a value on"
        )
        return Difference(first, second, None, Interval.none(why), None, 0, 0)


def released_numbers(
    release: ReleaseReader, folder: DataFolder, tasks: Sequence[TaskRow]
) -> dict[str, Indices]:
    """Return task id -> the post of each example, as the release numbers them.

    Raises:
        CannotCompare: The release does not list them.
    """
    if not all(task.post_numbers for task in tasks):
        raise CannotCompare(
            f"release {release.release.number} is from before releases listed what a comparison"
            " needs; publish anew"
        )
    return {task.id: load_numbers(folder, task.post_numbers) for task in tasks}


def same_version(release: ReleaseReader, name: str, cells: Iterable[CellRow]) -> Metric:
    """Return the metric, if it is what the release was computed with.

    Raises:
        CannotCompare: It is not.
    """
    metric = _known_metric(release, name)
    published = sorted({str(cell.identity.get("version")) for cell in cells})
    if metric is not None and set(published) <= {metric.version}:
        return metric
    here = "not known here" if metric is None else f"of version {metric.version} here"
    raise CannotCompare(
        f"{name} is {here}, and release {release.release.number} was computed with version "
        f"{', '.join(published)}: use the software of that release, or score and publish anew"
    )


def _known_metric(release: ReleaseReader, name: str) -> Metric | None:
    row = next(row for row in release.metrics() if row.name == name)
    try:
        return stored_metric(name, row.low_bound, row.high_bound)
    except ScoringError:
        return None


def _seeded(difference: Difference) -> str:
    drawn = "" if difference.interval.low is None else f", seed {SEED}"
    return difference.interval.method + drawn


def _adjusted(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Return the comparisons with Holm's correction over those that have a p-value."""
    compared = list(comparisons)
    corrected = holm_of_tested([comparison.p for comparison in compared])
    return tuple(
        replace(comparison, p_holm=p) for comparison, p in zip(compared, corrected, strict=True)
    )


def released_task(row: TaskRow) -> Task:
    """Return the task as the release states it: what was scored on, whatever is declared by now."""
    labels = tuple(Label(label["name"], label["title"]) for label in row.labels)
    stated = {"labels": labels, "references": row.reference_authors}
    return Task(**named_alike(row, Task) | stated)


def _systems(
    release: ReleaseReader, names: Sequence[str], boards: Sequence[str]
) -> tuple[tuple[SystemRow, ...], list[str]]:
    """Return the systems called so, all of one board, or what is wrong."""
    too_few = [f"two or more different systems are needed, not: {', '.join(names) or 'none'}"]
    # Twice the same name is a slip that a difference of 0 would hide.
    if len(set(names)) < max(2, len(names)):
        return (), too_few
    called = {board: [_called(release.systems(board), name) for name in names] for board in boards}
    having = [board for board, matches in called.items() if all(matches)]
    if len(having) > 1:
        return (), [f"{', '.join(having)} all have these systems: say which board with --benchmark"]
    if not having:
        return (), _strangers(release, names, boards)
    if unclear := list(_unclear(names, called[having[0]])):
        return (), unclear
    systems = tuple(matches[0] for matches in called[having[0]])
    return (
        (systems, []) if len({system.id for system in systems}) == len(systems) else ((), too_few)
    )


def _called(rows: Sequence[SystemRow], name: str) -> tuple[SystemRow, ...]:
    """Return those whose id or name is just that.

    Where there is none, those whose name is that in another case.
    """
    # "LLaMA" and "Llama" may be two systems of a board: who writes one of them means that one.
    exact = tuple(row for row in rows if name in (row.id, row.system))
    return exact or tuple(row for row in rows if name.casefold() in (row.id, row.system.casefold()))


def _unclear(names: Sequence[str], called: Sequence[Sequence[SystemRow]]) -> Iterator[str]:
    for name, matches in zip(names, called, strict=True):
        if len(matches) > 1:
            meant = ", ".join(f"{row.system!r} ({row.id})" for row in matches)
            yield (
                f"system {name!r} may be any of {meant}: write the name as it stands there, or"
                " the id"
            )


def _strangers(release: ReleaseReader, names: Sequence[str], boards: Sequence[str]) -> list[str]:
    rows = [row for board in boards for row in release.systems(board)]
    known = dict.fromkeys(row.system for row in rows)
    unknown = [
        fault
        for name in names
        if not _called(rows, name)
        for fault in _unknown("system", name, known)
    ]
    return unknown or [
        f"no board has all of these systems ({', '.join(names)}); boards are not compared"
    ]


def with_metric(release: ReleaseReader, question: Question) -> tuple[TaskRow, ...]:
    """Return the question's tasks that the metric is computed on."""
    scored = {cell.task for cell in release.cells(metric=question.metric)}
    tasks = tuple(task for task in question.tasks if task.id in scored)
    if not tasks:
        raise CannotCompare(
            f"{question.metric} is not computed on {', '.join(task.id for task in question.tasks)}"
        )
    return tasks


def _unknown(what: str, name: str | None, known: Iterable[str]) -> Iterator[str]:
    listed = list(known)
    if name is not None and name not in listed:
        hint = nearest(name, listed)
        yield (
            f"{what} {name!r} is not in the release; "
            + (f"{hint} " if hint else "")
            + f"It has: {', '.join(listed)}"
        )
