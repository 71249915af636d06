"""The only cache of the site: reads of the release that is served, or of an earlier one that it
lists.

A release never changes, so what was read of it is kept under its file, number and time of writing,
and is never stale: a newly published release has another key. (Its time of writing is part of the
key because a data folder may be thrown away and filled anew, and then number 1 comes twice.)

What is kept is shared by all sessions and not copied: rows are frozen, and nobody changes a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from itertools import chain, product
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import pandas as pd
import streamlit as st

from app.at_once import variants_at_once
from app.grouping import grouped
from app.overview import Overview, overview_of
from app.paper.table import PaperChoice, PaperTable, paper_table
from app.reported import ReportedSystem, reported_systems
from app.settings import data_folder
from app.site.sheet.packed import PackedTable, packed
from app.site.tables.base import Table
from app.site.tables.board import FLIPS, NEAR_FLIPS, Beside, board_table, columns_by
from app.site.tables.board_frame import CELLS, BoardFrame, families, incomplete, make_board, means
from app.site.tables.board_sheet import DrawnBoard, board_sheet
from app.site.tables.side_by_side import ComparedAnswers, example_frame
from app.site.tables.side_by_side import nearly_alike as alike
from app.site.tables.task import DETAILS
from scoring.segments import Example
from scoring.statistics.bootstrap import Floats
from scoring.tasks import Task, Tasks
from submissions.declarations.settings import board_tasks
from submissions.rating.rubrics import rubric_headlines
from submissions.releasing.comparing import Comparison, Question, compare_systems
from submissions.releasing.itemwise import (
    RIGHTNESS,
    SENTENCES,
    Answers,
    Rights,
    answers,
    disagreement,
    item_scores,
    rights,
    sentence_spans,
)
from submissions.releasing.on_tasks import Chosen, rows_on_tasks, stated_rows
from submissions.releasing.own_family import FamilyMean, family_means
from submissions.releasing.variants import VariantContrast, compare_variants
from submissions.store.files.posts import PostStore
from submissions.store.released.release import NoRelease, ReleaseReader
from submissions.store.released.scored_rows import (
    MetricRow,
    OverallRow,
    ReleaseRow,
    SystemRow,
    TaskRow,
)
from submissions.store.released.serving import current_release, earlier_release, given_out

Asked = ParamSpec("Asked")
Rows = TypeVar("Rows")

FLIP_RATES = {"flip_rate": FLIPS, "flip_rate_near_posts": NEAR_FLIPS}
"""The metrics whose means stand on every board that has any -> their columns."""

_cached = st.cache_resource(show_spinner=False, max_entries=256)
_cached_large = st.cache_resource(show_spinner=False, max_entries=32)
"""For what may take megabytes: boards as they are looked at, texts of examples."""


@dataclass(frozen=True)
class Served:
    """The release that is served: what caches are keyed by, and what has to be said of it ("" for
    nothing).
    """

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
    # Not kept: this is what finds out that another release is served.
    current = _served(current_release(data_folder()))
    if number is None or number == release(current).number:
        return current
    if number not in releases(current):
        raise NoRelease(f"Release {number} is not listed by the current one")
    return _served(earlier_release(data_folder(), number))


def _served(reader: ReleaseReader) -> Served:
    return Served(str(reader.path), reader.path.stat().st_mtime_ns, reader.notice)


def releases(of: Served) -> list[int]:
    """Return the numbers of the releases that `of` lists and that are given out,
    the newest first.
    """
    own = release(of).number
    listed = {row.number for row in history(of)} - {own}
    return sorted({own, *given_out(data_folder(), listed)}, reverse=True)


@_cached
def release(of: Served) -> ReleaseRow:
    """Return the release itself."""
    return of.reader.release


def _read(
    read: Callable[Concatenate[ReleaseReader, Asked], Rows],
) -> Callable[Concatenate[Served, Asked], Rows]:
    """Return what a reader of releases reads, kept for each release."""

    @_cached
    @wraps(read)  # Streamlit tells kept functions apart by their names and sources
    def kept(of: Served, *asked: Asked.args, **named: Asked.kwargs) -> Rows:
        return read(of.reader, *asked, **named)

    return cast("Callable[Concatenate[Served, Asked], Rows]", kept)


tasks = _read(ReleaseReader.tasks)
scored_benchmarks = _read(ReleaseReader.scored_benchmarks)
metrics = _read(ReleaseReader.metrics)
systems = _read(ReleaseReader.systems)
overall = _read(ReleaseReader.overall)
breakdowns = _read(ReleaseReader.breakdowns)
counterfactuals = _read(ReleaseReader.counterfactuals)
drops = _read(ReleaseReader.drops)
reasoning = _read(ReleaseReader.reasoning)
confusions = _read(ReleaseReader.confusions)
platforms = _read(ReleaseReader.platforms)
protocols = _read(ReleaseReader.protocols)
participation = _read(ReleaseReader.participation)
generalization = _read(ReleaseReader.generalization)
cross_dataset = _read(ReleaseReader.cross_dataset)
validity = _read(ReleaseReader.validity)
rating_sets = _read(ReleaseReader.rating_sets)
agreement = _read(ReleaseReader.agreement)
contests = _read(ReleaseReader.contests)
validity_views = _read(ReleaseReader.validity_views)
on_scale = _read(ReleaseReader.on_scale)
anchored = _read(ReleaseReader.anchored)
strengths = _read(ReleaseReader.strengths)
preferences = _read(ReleaseReader.preferences)
stress_tests = _read(ReleaseReader.stress_tests)
papers = _read(ReleaseReader.papers)
printed = _read(ReleaseReader.reported)
claims = _read(ReleaseReader.claims)
rubric_boards = _read(ReleaseReader.rubric_boards)
rubric_systems = _read(ReleaseReader.rubric_systems)
rubric_values = _read(ReleaseReader.rubric_values)
rubric_contrasts = _read(ReleaseReader.rubric_contrasts)
rubric_agreement = _read(ReleaseReader.rubric_agreement)
history = _read(ReleaseReader.history)
changes = _read(ReleaseReader.changes)


@_cached
def family_means_of(of: Served, benchmark: str) -> tuple[FamilyMean, ...]:
    """Return means over judges, of systems that one of their own family judged."""
    scales = {row.name: row.scale for row in metrics(of, benchmark) if row.scale}
    cells = (cell for name in scales for cell in of.reader.cells(metric=name))
    own = {task.id for task in tasks(of) if task.benchmark == benchmark}
    return tuple(family_means((cell for cell in cells if cell.task in own), scales))


@_cached
def systems_by_id(of: Served, benchmark: str) -> dict[str, SystemRow]:
    """Return a board's systems, by id."""
    return {system.id: system for system in systems(of, benchmark)}


@_cached
def board(of: Served, benchmark: str, metric: str) -> BoardFrame:
    """Return one metric of every system on every task of a benchmark."""
    names = [task.id for task in tasks(of, benchmark)]
    # Task by task, so that the columns stand in the board's order whatever order the cells have.
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
        asked: What `view` was asked for, besides the release.
    """

    board: BoardFrame
    means: pd.DataFrame
    partial: pd.Series[bool]
    table: Table
    asked: tuple[str, str, tuple[str, ...], str, str | None, bool]


@_cached_large
def view(
    of: Served,
    benchmark: str,
    metric: str,
    names: tuple[str, ...],
    by: str,
    beside: str | None,
    ranked: bool,
) -> BoardView:
    """Return one metric of a benchmark, as it is looked at.

    Args:
        of: The release.
        benchmark: The benchmark.
        metric: The metric.
        names: The tasks that are looked at.
        by: What the columns are, "task" or "family".
        beside: A metric whose means stand beside; None for none.
        ranked: Whether ranks over these tasks are computed where the release does not state them.
    """
    rows = {row.name: row for row in metrics(of, benchmark)}
    whole = board(of, benchmark, metric)
    looked_at = [task for task in tasks(of) if task.id in names]
    of_tasks = (ranked_on if ranked else stated_on)(of, benchmark, metric, names)
    over_tasks = means(whole, list(names), of_tasks)
    other = None if beside is None else _beside(of, rows[beside], names)
    flips = {
        column: _beside(of, rows[name], names)
        for name, column in FLIP_RATES.items()
        if name in rows
        and name not in (metric, beside)
        and not set(names).isdisjoint(board(of, benchmark, name).columns)
    }
    shown = whole if by == "task" else families(whole, looked_at)
    columns = columns_by(by, looked_at, rows[metric])
    partial = incomplete(over_tasks)
    return BoardView(
        shown,
        over_tasks,
        partial,
        board_table(shown, over_tasks, partial, rows[metric], columns, other, flips),
        (benchmark, metric, names, by, beside, ranked),
    )


@_cached_large
def drawn_board(
    of: Served,
    asked: tuple[str, str, tuple[str, ...], str, str | None, bool],
    shown: tuple[str, ...],
    over: tuple[str, ...],
    sortable: tuple[str, ...],
    caption: str,
) -> PackedTable:
    """Return a board as it is sent to browsers, with all its rows.

    Args:
        of: The release.
        asked: See `BoardView`.
        shown: The columns, in order.
        over: What stands above the head of each.
        sortable: By which columns rows can be sorted.
        caption: What the table shows.
    """
    benchmark, metric, *_ = asked
    looked_at = view(of, *asked)
    rows = {row.name: row for row in metrics(of, benchmark)}
    beside = asked[4]
    drawn = DrawnBoard(
        looked_at.board,
        looked_at.means,
        looked_at.partial,
        looked_at.table,
        rows[metric],
        rows[beside] if beside else None,
        details(of, metric=metric),
    )
    above = dict(zip(shown, over, strict=True))
    return packed(board_sheet(drawn, shown, above, sortable, caption))


def _beside(of: Served, metric: MetricRow, names: Sequence[str]) -> Beside:
    """Return another metric's means over the tasks that are looked at."""
    whole = board(of, metric.benchmark, metric.name)
    shared = [name for name in whole.columns if name in names]
    stated = stated_on(of, metric.benchmark, metric.name, tuple(shared))
    return Beside(metric, means(whole, shared, stated))


@_cached
def stated_on(
    of: Served, benchmark: str, metric: str, names: tuple[str, ...]
) -> tuple[OverallRow, ...] | None:
    """Return what the release states of means and ranks over just these tasks; None where it states
    nothing.
    """
    return stated_rows(of.reader, Chosen(benchmark, metric, names))


@_cached_large
def ranked_on(
    of: Served, benchmark: str, metric: str, names: tuple[str, ...]
) -> tuple[OverallRow, ...]:
    """Return means and ranks over just these tasks, computed where the release does not state them.

    Raises:
        ReasonBoardError: A task's gold is not public, an array is missing, or the metric has
            changed since the release.
    """
    return rows_on_tasks(of.reader, data_folder(), Chosen(benchmark, metric, names))


@_cached
def task_board(of: Served, task: str, benchmark: str) -> BoardFrame:
    """Return every metric of every system on one task."""
    cells = pd.DataFrame(of.reader.columns("cells", CELLS, task=task))
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
    # Releases from before that column have nothing in it.
    return cells.assign(why_blank=cells["why_blank"].fillna(""))


@_cached
def signatures(of: Served, metric: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what makes a metric's values on some tasks comparable.

    Each signature once, blank cells passed over.
    """
    columns = (
        of.reader.columns("cells", ("signature", "value"), task=task, metric=metric).values()
        for task in names
    )
    cells = chain.from_iterable(zip(*both, strict=True) for both in columns)
    return tuple(dict.fromkeys(text for text, value in cells if value is not None))


@_cached
def headlines() -> dict[str, str]:
    """Return rubric -> the aspect that sums its others up."""
    return rubric_headlines(data_folder().path)


@_cached
def overview(of: Served) -> Overview:
    """Return all boards at a glance."""
    return overview_of(of.reader, headlines())


@_cached
def standing(
    of: Served, benchmark: str, metric: str, name: str
) -> tuple[SystemRow | None, OverallRow | None]:
    """Return a system, by its name, and its mean in one release; None where it has none."""
    for system in systems(of, benchmark):
        if system.system == name:
            own = (row for row in overall(of, benchmark, metric) if row.system == system.id)
            return system, next(own, None)
    return None, None


def declared_tasks() -> Tasks:
    """Return every declared task."""
    return _tasks_of(str(data_folder().path))


@_cached
def _tasks_of(data: str) -> Tasks:
    return board_tasks(Path(data))


def declared_task(row: TaskRow) -> Task | None:
    """Return the declaration that a release's task was made from; None where it was
    changed since.
    """
    # Another revision may have other labels and examples: they would be held against the wrong
    # scores.
    task = declared_tasks().get(row.id)
    return task if task is not None and task.revision == row.revision else None


@_cached
def not_imported(of: Served, benchmark: str) -> tuple[Task, ...]:
    """Return declared tasks of a benchmark that the release has nothing of, because their gold is
    not imported here.
    """
    released = {task.id for task in tasks(of, benchmark)}
    return tuple(
        task
        for task in declared_tasks().values()
        if task.benchmark == benchmark
        and not (task.superseded_by or task.counterfactual_of or task.id in released)
    )


@_cached
def reported(of: Served, benchmark: str, metric: str) -> list[ReportedSystem]:
    """Return what papers print of a benchmark, by what may stand beside one metric."""
    cells = of.reader.reported(benchmark)
    return reported_systems(papers(of), cells, metric) if cells else []


@_cached_large
def paper(
    of: Served,
    benchmark: str,
    names: tuple[str, ...],
    side_by_side: tuple[str, ...],
    ids: frozenset[str],
    reported: bool,
) -> PaperTable:
    """Return a table for a paper, whose tests take seconds.

    Args:
        of: The release.
        benchmark: The benchmark.
        names: The tasks.
        side_by_side: The metrics.
        ids: The systems.
        reported: Whether what papers print stands below.

    Raises:
        ReasonBoardError: It is too much, or a test is not possible.
    """
    rows = {row.name: row for row in metrics(of, benchmark)}
    choice = PaperChoice(
        benchmark,
        tuple(task for task in tasks(of) if task.id in names),
        tuple(rows[name] for name in side_by_side),
        ids,
        None if reported else frozenset(),
    )
    return paper_table(of.reader, data_folder(), choice)


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
    if declared is None or gold is None:
        return None
    given = answers(data_folder(), declared, system.outputs, gold)
    cells = of.reader.cells(system=system.id, task=task.id, metric=SENTENCES)
    spans = (sentence_spans(data_folder(), cell) for cell in cells if cell.array is not None)
    return given and replace(given, spans=next(spans, None))


@_cached
def nearly_alike(of: Served, benchmark: str, first: str, second: str) -> bool:
    """Return whether two systems, by id, give nearly the same answers.

    See `app.site.tables.side_by_side.nearly_alike`.
    """
    by_id = systems_by_id(of, benchmark)
    left, right = (
        [answered(of, task, by_id[name]) for task in tasks(of, benchmark)]
        for name in (first, second)
    )
    return alike(left, right)


@_cached
def scored(of: Served, task: TaskRow, system: str, metric: str) -> Floats | None:
    """Return one metric of one system on each example of a task; None where it has no value."""
    declared = declared_task(task)
    # A blank cell has no array; there is one cell at most that has.
    for cell in of.reader.cells(system=system, task=task.id, metric=metric):
        if declared and cell.array is not None:
            return item_scores(data_folder(), declared, metric, cell.array)
    return None


@dataclass(frozen=True)
class SideBySide:
    """Several systems' answers to several tasks.

    Attributes:
        tasks: Those whose examples may be looked at one by one.
        frame: Their examples, see `app.site.tables.side_by_side.example_frame`.
    """

    tasks: tuple[ComparedAnswers, ...]
    frame: pd.DataFrame


def wrong_reasoning(of: Served, task: str, system: str) -> dict[str, bool]:
    """Return example -> whether most raters found one system's reasoning wrong, of those rated."""
    votes: dict[str, tuple[int, int]] = {}
    for row in reasoning(of):
        if (row.task, row.system) == (task, system):
            raters, wrong = votes.get(row.example, (0, 0))
            votes[row.example] = raters + row.raters, wrong + row.wrong
    return {example: 2 * wrong > raters for example, (raters, wrong) in votes.items()}


@_cached_large
def side_by_side(
    of: Served, benchmark: str, names: tuple[str, ...], ids: tuple[str, ...], metric: str
) -> SideBySide:
    """Return what systems answered to each example, and what it scored.

    A task whose gold is not public, not here, or was corrected since, is left out.
    """
    by_id = systems_by_id(of, benchmark)
    compared_tasks = []
    for task in (task for task in tasks(of) if task.id in names):
        declared, gold = declared_task(task), examples(of, task)
        # Single examples tell their gold label, whatever else is hidden of them.
        if declared is not None and gold is not None and declared.gold_public:
            given = [answered(of, task, by_id[key]) for key in ids]
            compared_tasks.append(
                ComparedAnswers(
                    task.id,
                    gold,
                    given,
                    [scored(of, task, key, metric) for key in ids],
                    [wrong_reasoning(of, task.id, key) for key in ids],
                    task.labelled,
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
    """Return paired differences of systems by task, and on the mean over tasks where there are
    several.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    by_id = systems_by_id(of, benchmark)
    asked = tuple(task for task in tasks(of) if task.id in on)
    question = Question(benchmark, tuple(by_id[name] for name in names), asked, metric)
    return compare_systems(of.reader, data_folder(), question)


@_cached
def variants(
    of: Served, benchmark: str, metric: str, on: tuple[str, ...], ids: frozenset[str]
) -> tuple[VariantContrast, ...]:
    """Return variants of one base model among some systems, held against each other on a task, or
    on the mean over several.

    Raises:
        ReasonBoardError: It is too much, an array is missing, or the metric has changed since the
            release.
    """
    among = [system for system in systems(of, benchmark) if system.id in ids]
    asked = [task for task in tasks(of) if task.id in on]
    question, pairs = variants_at_once(of.reader, among, asked, metric)
    return compare_variants(of.reader, data_folder(), question, pairs)


@_cached
def shared_gold(of: Served) -> dict[str, tuple[int, int]]:
    """Return data set -> questions in both an expert set and one of ChatGPT's references, and how
    many labels differ.
    """
    public = (
        task
        for task in tasks(of)
        if (declared := declared_task(task)) is not None and declared.gold_public
    )
    by_author = grouped((task.reference_authors, task) for task in public)
    disagreements = {}
    # The expert sets are samples of the test sets, so that both have labels for some posts.
    for expert, other in product(by_author.get("expert", ()), by_author.get("chatgpt", ())):
        if expert.dataset == other.dataset:
            first, second = examples(of, expert), examples(of, other)
            if first is not None and second is not None:
                disagreements[expert.dataset] = disagreement(first, second)
    return disagreements


def search(task: Task, text: str) -> tuple[str, ...]:
    """Return examples whose post holds every word of `text`, best first. Not kept.

    What people look for is theirs.
    """
    return PostStore(data_folder().posts).search(task, text, limit=500)
