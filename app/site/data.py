"""The only cache of the site: reads of the release that is served, or of an earlier one that it lists.

A release never changes, so what was read of it is kept under its file, number and time of writing, and is never
stale: a newly published release has another key. (Its time of writing is part of the key because a data folder may be
thrown away and filled anew, and then number 1 comes twice.)

What is kept is shared by all sessions and not copied: rows are frozen, and nobody changes a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app.settings import data_folder
from app.site.tables.base import Table
from app.site.tables.board import Beside, board_table, columns_by
from app.site.tables.board_frame import CELLS, BoardFrame, families, incomplete, make_board, means
from app.site.tables.side_by_side import ComparedAnswers, example_frame
from app.site.tables.side_by_side import nearly_alike as alike
from app.site.tables.task import DETAILS
from scoring.metric import Floats
from scoring.segments import Example
from scoring.tasks import Task
from submissions.declarations.settings import board_tasks
from submissions.rating.rubrics import usable_rubrics
from submissions.releasing.comparing import Comparison, Question, compare_systems
from submissions.releasing.itemwise import (
    RIGHTNESS,
    Answers,
    Rights,
    answers,
    disagreement,
    item_scores,
    rights,
)
from submissions.releasing.reported import ReportedCell, board_reported
from submissions.store.files.posts import PostStore
from submissions.store.released.release import NoRelease, ReleaseReader
from submissions.store.released.release_rows import (
    AgreementRow,
    BreakdownRow,
    ChangeRow,
    ConfusionRow,
    CrossDatasetRow,
    GeneralizationRow,
    HistoryRow,
    MetricContestRow,
    MetricRow,
    OverallRow,
    ParticipationRow,
    PlatformRow,
    ProtocolRow,
    RatingSetRow,
    ReleaseRow,
    RubricRow,
    SystemRow,
    TaskRow,
    ValidityRow,
)
from submissions.store.released.serving import current_release, earlier_release, given_out

_cached = st.cache_resource(show_spinner=False, max_entries=256)
_cached_large = st.cache_resource(show_spinner=False, max_entries=32)
"""For what may take megabytes: boards as they are looked at, texts of examples."""


@dataclass(frozen=True)
class Served:
    """The release that is served: what caches are keyed by, and what has to be said of it ("" for nothing)."""

    path: str
    written: int
    notice: str = ""

    @property
    def reader(self) -> ReleaseReader:
        """Reads it."""
        return ReleaseReader(Path(self.path))


def served(number: int | None = None) -> Served:
    """Return the release that is served now, or release `number`, which it must list.

    Raises:
        NoRelease: There is none.
    """
    current = _served(current_release(data_folder()))
    if number is None or number == release(current).number:
        return current
    if number not in releases(current):
        raise NoRelease(f"Release {number} is not listed by the current one")
    return _served(earlier_release(data_folder(), number))


def _served(reader: ReleaseReader) -> Served:
    return Served(str(reader.path), reader.path.stat().st_mtime_ns, reader.notice)


def releases(of: Served) -> list[int]:
    """Return the numbers of the releases that `of` lists and that are given out, the newest first."""
    own = release(of).number
    listed = {row.number for row in history(of)} - {own}
    return sorted({own, *given_out(data_folder(), listed)}, reverse=True)


@_cached
def release(of: Served) -> ReleaseRow:
    """Return the release itself."""
    return of.reader.release


@_cached
def tasks(of: Served) -> tuple[TaskRow, ...]:
    """Return every board's tasks."""
    return of.reader.tasks()


@_cached
def scored_benchmarks(of: Served) -> frozenset[str]:
    """Return the boards on which anything has a value."""
    return of.reader.scored_benchmarks()


@_cached
def metrics(of: Served, benchmark: str) -> tuple[MetricRow, ...]:
    """Return a board's metrics, in the order in which they are shown."""
    return of.reader.metrics(benchmark)


@_cached
def systems(of: Served, benchmark: str) -> tuple[SystemRow, ...]:
    """Return a board's systems."""
    return of.reader.systems(benchmark)


@_cached
def overall(of: Served, benchmark: str, metric: str) -> tuple[OverallRow, ...]:
    """Return one metric's means over a board's tasks."""
    return of.reader.overall(benchmark, metric)


@_cached
def board(of: Served, benchmark: str, metric: str) -> BoardFrame:
    """Return one metric of every system on every task of a benchmark."""
    names = [task.id for task in tasks(of) if task.benchmark == benchmark]
    parts = [
        pd.DataFrame(of.reader.columns("cells", CELLS, task=task, metric=metric)) for task in names
    ]
    return make_board(
        systems(of, benchmark), overall(of, benchmark, metric), pd.concat(parts), names
    )


@dataclass(frozen=True)
class BoardView:
    """A board as it is looked at: by tasks or families, over all tasks or some.

    Attributes:
        board: The cells.
        means: Over the tasks that are looked at.
        partial: Which systems leave out some of them.
        table: Everything that can be shown.
    """

    board: BoardFrame
    means: pd.DataFrame
    partial: pd.Series[bool]
    table: Table


@_cached_large
def view(
    of: Served,
    benchmark: str,
    metric: str,
    names: tuple[str, ...],
    by: str,
    beside: str | None,
    part: str | None,
) -> BoardView:
    """Return one metric of a benchmark, as it is looked at.

    Args:
        of: The release.
        benchmark: The benchmark.
        metric: The metric.
        names: The tasks that are looked at.
        by: What the columns are, "task" or "family".
        beside: A metric whose means stand beside; None for none.
        part: The platform whose tasks these are, where they are all of one platform's.
    """
    rows = {row.name: row for row in metrics(of, benchmark)}
    whole = board(of, benchmark, metric)
    looked_at = [task for task in tasks(of) if task.id in names]
    over_tasks = means(
        whole, list(names), part_means(of, benchmark, metric, part) if part else None
    )
    other = None
    if beside is not None:
        other_board = board(of, benchmark, beside)
        beside_part = part_means(of, benchmark, beside, part) if part else None
        shared = [name for name in other_board.columns if name in names]
        other = Beside(rows[beside], means(other_board, shared, beside_part))
    shown = whole if by == "task" else families(whole, looked_at)
    columns = columns_by(by, looked_at, rows[metric])
    partial = incomplete(over_tasks)
    return BoardView(
        shown,
        over_tasks,
        partial,
        board_table(shown, over_tasks, partial, rows[metric], columns, other),
    )


def part_means(of: Served, benchmark: str, metric: str, part: str) -> pd.DataFrame | None:
    """Return what the release states of the mean over one platform's tasks."""
    rows = [
        row for row in platforms(of, benchmark, metric) if (row.part, row.reference) == (part, "")
    ]
    numbers = [(row.system, row.value, row.low, row.high) for row in rows]
    return (
        pd.DataFrame(numbers, columns=["system", "value", "low", "high"]).set_index("system")
        if numbers
        else None
    )


@_cached
def task_board(of: Served, task: str, benchmark: str) -> BoardFrame:
    """Return every metric of every system on one task."""
    cells = pd.DataFrame(of.reader.columns("cells", (*CELLS, "metric"), task=task))
    names = [metric.name for metric in metrics(of, benchmark)]
    return make_board(systems(of, benchmark), (), cells, names, by="metric")


@_cached
def details(
    of: Served, task: str | None = None, metric: str | None = None, system: str | None = None
) -> pd.DataFrame:
    """Return cells with their counts, signatures and reasons for blanks."""
    cells = pd.DataFrame(
        of.reader.columns("cells", DETAILS, task=task, metric=metric, system=system)
    )
    return cells.assign(why_blank=cells["why_blank"].fillna(""))


@_cached
def signatures(of: Served, metric: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what makes a metric's values on some tasks comparable.

    Each signature once, blank cells passed over.
    """
    distinct: dict[str, None] = {}
    for task in names:
        cells = of.reader.columns("cells", ("signature", "value"), task=task, metric=metric)
        distinct |= {
            text: None for text, value in zip(*cells.values(), strict=True) if value is not None
        }
    return tuple(distinct)


@_cached
def breakdowns(of: Served, task: str) -> tuple[BreakdownRow, ...]:
    """Return results by attribute on one task."""
    return of.reader.breakdowns(task)


@_cached
def confusions(of: Served, task: str, system: str) -> tuple[ConfusionRow, ...]:
    """Return one system's answers on one task."""
    return of.reader.confusions(task, system)


@_cached
def platforms(of: Served, benchmark: str, metric: str) -> tuple[PlatformRow, ...]:
    """Return means over platforms and kinds of annotation, and their contrasts."""
    return of.reader.platforms(benchmark, metric)


@_cached
def protocols(of: Served, benchmark: str) -> tuple[ProtocolRow, ...]:
    """Return the declared generalization protocols."""
    return of.reader.protocols(benchmark)


@_cached
def participation(of: Served, protocol: str) -> tuple[ParticipationRow, ...]:
    """Return which systems take part in a protocol."""
    return of.reader.participation(protocol)


@_cached
def generalization(of: Served, benchmark: str, metric: str) -> tuple[GeneralizationRow, ...]:
    """Return seen against unseen data."""
    return of.reader.generalization(benchmark, metric)


@_cached
def cross_dataset(of: Served, benchmark: str, metric: str) -> tuple[CrossDatasetRow, ...]:
    """Return trained on x tested on."""
    return of.reader.cross_dataset(benchmark, metric)


@_cached
def validity(of: Served) -> tuple[ValidityRow, ...]:
    """Return how far metrics go along with people."""
    return of.reader.validity()


@_cached
def rating_sets(of: Served) -> tuple[RatingSetRow, ...]:
    """Return the sets of ratings that figures are of."""
    return of.reader.rating_sets()


@_cached
def agreement(of: Served) -> tuple[AgreementRow, ...]:
    """Return how far raters agree."""
    return of.reader.agreement()


@_cached
def rubrics(of: Served) -> tuple[RubricRow, ...]:
    """Return what people rated."""
    return of.reader.rubrics()


@_cached
def headlines() -> dict[str, str]:
    """Return rubric -> the aspect that sums its others up."""
    return {name: rubric.headline for name, rubric in usable_rubrics(data_folder().path).items()}


@_cached
def contests(of: Served) -> tuple[MetricContestRow, ...]:
    """Return which metrics differ in how far they go along with people."""
    return of.reader.contests()


@_cached
def standing(
    of: Served, benchmark: str, metric: str, name: str
) -> tuple[SystemRow | None, OverallRow | None]:
    """Return a system, by its name, and its mean in one release; None where it has none."""
    system = next((row for row in systems(of, benchmark) if row.system == name), None)
    means = (
        row
        for row in overall(of, benchmark, metric)
        if system is not None and row.system == system.id
    )
    return system, next(means, None)


def ranks(of: Served, benchmark: str, metric: str, name: str) -> dict[str, int | None]:
    """Return a system's rank in one release, and the ranks that the tests allow."""
    _, mean = standing(of, benchmark, metric, name)
    if mean is None:
        return {"rank": None, "low": None, "high": None}
    return {"rank": mean.rank, "low": mean.rank_low, "high": mean.rank_high}


@_cached
def history(of: Served) -> tuple[HistoryRow, ...]:
    """Return the releases up to this one."""
    return of.reader.history()


@_cached
def changes(of: Served) -> tuple[ChangeRow, ...]:
    """Return what the release changed."""
    return of.reader.changes()


def declared_tasks() -> Mapping[str, Task]:
    """Return every declared task."""
    return _tasks_of(str(data_folder().path))


@_cached
def _tasks_of(data: str) -> Mapping[str, Task]:
    return board_tasks(Path(data))


def declared_task(row: TaskRow) -> Task | None:
    """Return the declaration that a release's task was made from; None where it was changed since."""
    task = declared_tasks().get(row.id)
    return task if task is not None and task.revision == row.revision else None


@_cached
def not_imported(of: Served, benchmark: str) -> tuple[Task, ...]:
    """Return declared tasks of a benchmark that the release has nothing of, because their gold is not imported here."""
    released = {task.id for task in tasks(of)}
    every = (
        task
        for task in declared_tasks().values()
        if task.benchmark == benchmark and task.superseded_by is None
    )
    return tuple(task for task in every if task.id not in released)


@_cached
def reported(benchmark: str, metric: str) -> tuple[ReportedCell, ...]:
    """Return what papers print of a benchmark, by one metric."""
    cells = board_reported(data_folder().path)[0]
    return tuple(
        cell for cell in cells if cell.task.split("/")[0] == benchmark and cell.metric == metric
    )


@_cached_large
def examples(of: Served, task: TaskRow) -> tuple[Example, ...] | None:  # noqa: ARG001 (part of the key)
    """Return a task's gold, with its posts.

    None where it is not here, or is not what the release was scored on.
    """
    declared, store = declared_task(task), PostStore(data_folder().posts)
    return store.examples(declared) if declared is not None and store.has(declared) else None


@_cached_large
def answered(of: Served, task: TaskRow, system: SystemRow) -> Answers | None:
    """Return what one system answered on each example of a task.

    None where it has left the task out.
    """
    declared, gold = declared_task(task), examples(of, task)
    return (
        answers(data_folder(), declared, system.outputs, gold)
        if declared is not None and gold is not None
        else None
    )


@_cached
def nearly_alike(of: Served, benchmark: str, first: str, second: str) -> bool:
    """Return whether two systems, by id, give nearly the same answers.

    See `app.site.tables.side_by_side.nearly_alike`.
    """
    by_id = {system.id: system for system in systems(of, benchmark)}
    board_tasks = [task for task in tasks(of) if task.benchmark == benchmark]
    left, right = (
        [answered(of, task, by_id[name]) for task in board_tasks] for name in (first, second)
    )
    return alike(left, right)


@_cached
def scored(of: Served, task: TaskRow, system: str, metric: str) -> Floats | None:
    """Return one metric of one system on each example of a task; None where it has no value."""
    declared = declared_task(task)
    cells = [
        cell
        for cell in of.reader.cells(system=system, task=task.id, metric=metric)
        if cell.array is not None
    ]
    return (
        item_scores(data_folder(), declared, metric, str(cells[0].array))
        if declared and cells
        else None
    )


@dataclass(frozen=True)
class SideBySide:
    """Several systems' answers to several tasks.

    Attributes:
        tasks: Those whose examples may be looked at one by one.
        frame: Their examples, see `app.site.tables.side_by_side.example_frame`.
    """

    tasks: tuple[ComparedAnswers, ...]
    frame: pd.DataFrame


@_cached_large
def side_by_side(
    of: Served, benchmark: str, names: tuple[str, ...], ids: tuple[str, ...], metric: str
) -> SideBySide:
    """Return what systems answered to each example, and what it scored.

    A task whose gold is not public, not here, or was corrected since, is left out.
    """
    by_id = {system.id: system for system in systems(of, benchmark)}
    compared_tasks = []
    for task in (task for task in tasks(of) if task.id in names):
        declared, gold = declared_task(task), examples(of, task)
        if declared is not None and gold is not None and declared.gold_public:
            given = [answered(of, task, by_id[key]) for key in ids]
            compared_tasks.append(
                ComparedAnswers(
                    task.id, gold, given, [scored(of, task, key, metric) for key in ids]
                )
            )
    return SideBySide(tuple(compared_tasks), example_frame(compared_tasks))


@_cached
def right_by_example(of: Served, task: TaskRow) -> Rights | None:
    """Return which examples of a task each system got right.

    None where the task was corrected since.
    """
    declared = declared_task(task)
    return (
        None
        if declared is None
        else rights(data_folder(), declared, of.reader.cells(task=task.id, metric=RIGHTNESS))
    )


@_cached
def compared(
    of: Served, benchmark: str, metric: str, names: tuple[str, ...], on: tuple[str, ...]
) -> tuple[Comparison, ...]:
    """Return paired differences of systems by task, and on the mean over tasks where there are several.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    by_id = {system.id: system for system in systems(of, benchmark)}
    asked = tuple(task for task in tasks(of) if task.id in on)
    question = Question(benchmark, tuple(by_id[name] for name in names), asked, metric)
    return compare_systems(of.reader, data_folder(), question)


@_cached
def shared_gold(of: Served) -> dict[str, tuple[int, int]]:
    """Return data set -> questions in both an expert set and one of ChatGPT's references, and how many labels differ."""
    disagreements: dict[str, tuple[int, int]] = {}
    rows = [
        task
        for task in tasks(of)
        if (declared := declared_task(task)) is not None and declared.gold_public
    ]
    for expert in (row for row in rows if row.reference_authors == "expert"):
        for other in (
            row
            for row in rows
            if (row.reference_authors, row.dataset) == ("chatgpt", expert.dataset)
        ):
            gold = [examples(of, row) for row in (expert, other)]
            if gold[0] is not None and gold[1] is not None:
                disagreements[expert.dataset] = disagreement(gold[0], gold[1])
    return disagreements


def search(task: Task, text: str) -> tuple[str, ...]:
    """Return examples whose post holds every word of `text`, best first. Not kept.

    What people look for is theirs.
    """
    return PostStore(data_folder().posts).search(task, text, limit=500)
