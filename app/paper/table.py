"""What a table for a paper says, however it is written.

Metrics stand side by side by task, and beside several tasks their mean. In each column the best of
the systems chosen is marked, and so is whoever is not significantly worse: tests of the best against
each other one, by the tests behind the board's ranks (`submissions.releasing.comparing`), with
Holm's correction over a column's. Who answers too few of a task's examples
(`submissions.releasing.coverage`) has a value there that is marked as such and never the best. What
papers report stands apart and enters neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.reported import ReportedSystem, caveats_of, reported_systems
from scoring.errors import ReasonBoardError, nearest
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import LEVEL
from submissions.store.released.release import ReleaseReader
from submissions.store.released.reported_rows import PaperRow
from submissions.store.released.scored_rows import (
    CellRow,
    MetricRow,
    OverallRow,
    SystemRow,
    TaskRow,
)

MOST = 60
"""Systems that a table has at most: every one of a column is tested against its best."""


@dataclass(frozen=True)
class PaperChoice:
    """What a table is to have, all of one board.

    Attributes:
        benchmark: The board.
        tasks: In the order of the columns.
        metrics: Side by side within a task.
        systems: Only these, by id; None for all.
        reported: The names of reported systems that stand below; None for all.
    """

    benchmark: str
    tasks: tuple[TaskRow, ...]
    metrics: tuple[MetricRow, ...]
    systems: frozenset[str] | None = None
    reported: frozenset[str] | None = None


@dataclass(frozen=True)
class PaperColumn:
    """One metric on a task, or on the mean over several.

    Attributes:
        metric: The metric.
        tasks: One, or those that the mean is over.
        untested: Why nobody is held against the best here; "" where that was done.
    """

    metric: MetricRow
    tasks: tuple[TaskRow, ...]
    untested: str = ""

    @property
    def title(self) -> str:
        """What stands above."""
        return self.tasks[0].title if len(self.tasks) == 1 else "Mean"


@dataclass(frozen=True)
class Entry:
    """A value of a table.

    Attributes:
        value: As it was scored or printed.
        low: Lower end of its 95% interval; None without one.
        high: Upper end.
        sd: Over runs; None with fewer than two.
        best: Whether nobody in its column has a better one.
        level: Whether it is not the best, and not significantly worse.
        thin: Whether too few of the examples were answered for it to count.
    """

    value: float
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    best: bool = False
    level: bool = False
    thin: bool = False


@dataclass(frozen=True)
class PaperLine:
    """A row: a system, by column.

    Attributes:
        name: As it is called.
        source: The key of the paper whose numbers these are; "" for what was scored here.
        entries: None where there is no value.
    """

    name: str
    source: str
    entries: tuple[Entry | None, ...]


@dataclass(frozen=True)
class PaperTable:
    """A table.

    Attributes:
        benchmark: The board.
        release: The release's number.
        date: Its day.
        columns: By task, the means last.
        systems: Best first, by the first column of means, or the first column.
        baselines: Trivial ones.
        reported: As papers print them.
        papers: Those, by key.
        caveats: What keeps what they print from being comparable.
        permutations: Of each test; 0 where nobody was tested.
        signatures: Of all values.
    """

    benchmark: str
    release: int
    date: str
    columns: tuple[PaperColumn, ...]
    systems: tuple[PaperLine, ...]
    baselines: tuple[PaperLine, ...]
    reported: tuple[PaperLine, ...]
    papers: Mapping[str, PaperRow]
    caveats: tuple[str, ...]
    permutations: int
    signatures: tuple[str, ...]

    @property
    def tasks(self) -> tuple[TaskRow, ...]:
        """Those of the columns, each once."""
        return tuple({task.id: task for column in self.columns for task in column.tasks}.values())

    @property
    def metrics(self) -> tuple[MetricRow, ...]:
        """Those of the columns, each once."""
        return tuple({column.metric.name: column.metric for column in self.columns}.values())

    @property
    def lines(self) -> Iterator[PaperLine]:
        """All rows."""
        yield from (*self.systems, *self.baselines, *self.reported)


def chosen_of(
    release: ReleaseReader,
    tasks: Sequence[TaskRow],
    metrics: Iterable[str],
    systems: Iterable[str],
    *,
    reported: bool,
) -> PaperChoice:
    """Return a choice by names.

    Args:
        release: Where.
        tasks: At least one, all of one board.
        metrics: Names of the board's; none for the headline metric of most tasks.
        systems: Names or ids of the board's, in any case, and of reported systems; none for all.
        reported: Whether reported systems stand below.

    Raises:
        ReasonBoardError: With every name that the board does not have.
    """
    from submissions.store.released.scored_rows import common_headline

    board = tasks[0].benchmark
    of_board = {row.name: row for row in release.metrics(board)}
    names = tuple(dict.fromkeys(metrics)) or (common_headline(tasks),)
    faults = [_unknown("metric", name, of_board) for name in names if name not in of_board]
    wanted = {name.casefold(): name for name in systems}
    rows = release.systems(board)
    printed = {cell.system for cell in release.reported(board)} if reported else set()
    known = {row.id: row.system for row in rows}
    called = {name.casefold() for name in (*known, *known.values(), *printed)}
    everybody = list(dict.fromkeys((*known.values(), *printed)))
    faults += [
        _unknown("system", name, everybody) for low, name in wanted.items() if low not in called
    ]
    if faults:
        raise ReasonBoardError("\n".join(faults))
    ids = frozenset(row.id for row in rows if {row.id, row.system.casefold()} & wanted.keys())
    named = frozenset(name for name in printed if not wanted or name.casefold() in wanted)
    chosen = tuple(of_board[name] for name in names)
    return PaperChoice(board, tuple(tasks), chosen, ids if wanted else None, named)


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    hint = nearest(name, list(known))
    return f"{what} {name!r} is not on the board; {hint + ' ' if hint else ''}it has: {', '.join(known)}"


def paper_table(release: ReleaseReader, folder: DataFolder, choice: PaperChoice) -> PaperTable:
    """Make a table.

    Args:
        release: Whose values.
        folder: Where the release's arrays are, for tests.
        choice: What it has.

    Raises:
        ReasonBoardError: There are more than MOST systems, or none of the metrics is on the tasks.
    """
    rows = [
        row
        for row in release.systems(choice.benchmark)
        if choice.systems is None or row.id in choice.systems
    ]
    if len(rows) > MOST:
        raise ReasonBoardError(
            f"{len(rows)} systems are more than a table for a paper has: choose at most {MOST}"
        )
    filled = [_filled(release, folder, column, rows) for column in _columns(release, choice)]
    if not filled:
        raise ReasonBoardError(
            f"{', '.join(row.name for row in choice.metrics)}: on none of the tasks chosen, "
            f"{', '.join(task.id for task in choice.tasks)}"
        )
    columns = tuple(column.column for column in filled)
    lines = [_Scored(row, tuple(column.entries.get(row.id) for column in filled)) for row in rows]
    lines = _ordered([line for line in lines if any(line.entries)], columns)
    papers = {paper.key: paper for paper in release.papers()}
    printed = list(_reported(release, choice))
    reported = tuple(_printed_line(by_metric, columns) for by_metric in printed)
    return PaperTable(
        choice.benchmark,
        release.release.number,
        release.release.created_at[:10],
        columns,
        tuple(line.line for line in lines if not line.system.trivial),
        tuple(line.line for line in lines if line.system.trivial),
        reported,
        {line.source: papers[line.source] for line in reported},
        caveats_of(c for row in printed for system in row.values() for c in system.cells),
        max(column.permutations for column in filled),
        tuple(signature for column in filled for signature in column.signatures),
    )


def _columns(release: ReleaseReader, choice: PaperChoice) -> Iterator[PaperColumn]:
    counts = release.cell_counts()
    means: dict[str, tuple[TaskRow, ...]] = {
        metric.name: tuple(task for task in choice.tasks if (task.id, metric.name) in counts)
        for metric in choice.metrics
    }
    for task in choice.tasks:
        for metric in choice.metrics:
            if task in means[metric.name]:
                yield PaperColumn(metric, (task,))
    for metric in choice.metrics:
        if len(means[metric.name]) > 1:
            yield PaperColumn(metric, means[metric.name])


@dataclass(frozen=True)
class _Filled:
    """A column with its entries, by system."""

    column: PaperColumn
    entries: Mapping[str, Entry]
    signatures: tuple[str, ...]
    permutations: int = 0


@dataclass(frozen=True)
class _Scored:
    """A system of the board in its row."""

    system: SystemRow
    entries: tuple[Entry | None, ...]

    @property
    def line(self) -> PaperLine:
        return PaperLine(self.system.system, "", self.entries)


def _filled(
    release: ReleaseReader, folder: DataFolder, column: PaperColumn, systems: Sequence[SystemRow]
) -> _Filled:
    """Return a column with its best marked, and who is not significantly worse."""
    from submissions.releasing.comparing import CannotCompare

    filled = _Filled(column, {}, ())
    try:
        on = _on_task if len(column.tasks) == 1 else _on_mean
        filled = _with_best(on(release, folder, column, systems))
        return _tested(release, folder, filled, systems)
    except CannotCompare as error:
        return replace(filled, column=replace(column, untested=str(error)))


def _on_task(
    release: ReleaseReader,
    folder: DataFolder,  # noqa: ARG001
    column: PaperColumn,
    systems: Sequence[SystemRow],
) -> _Filled:
    from submissions.releasing.coverage import thin_cells

    (task,) = column.tasks
    cells = release.cells(task=task.id, metric=column.metric.name)
    thinly = thin_cells(cells)
    ids = {row.id for row in systems}
    valued = [cell for cell in cells if cell.system in ids and cell.value is not None]
    entries = {
        cell.system: replace(entry, thin=(cell.system, task.id) in thinly)
        for cell in valued
        if (entry := _entry(cell))
    }
    return _Filled(column, entries, tuple(cell.signature for cell in valued))


def _on_mean(
    release: ReleaseReader, folder: DataFolder, column: PaperColumn, systems: Sequence[SystemRow]
) -> _Filled:
    """Return the means of those systems that have every task of the column: others would be of
    other tasks.
    """
    from submissions.releasing.on_tasks import Chosen, rows_on_tasks

    tasks = tuple(task.id for task in column.tasks)
    rows = rows_on_tasks(
        release, folder, Chosen(column.tasks[0].benchmark, column.metric.name, tasks)
    )
    ids = {row.id for row in systems}
    complete = [row for row in rows if row.system in ids and row.covered == len(tasks)]
    entries = {row.system: entry for row in complete if (entry := _entry(row))}
    return _Filled(column, entries, ())


def _entry(row: CellRow | OverallRow) -> Entry | None:
    return None if row.value is None else Entry(row.value, row.low, row.high, row.sd)


def _with_best(filled: _Filled) -> _Filled:
    """Mark the best; of equal ones each, and none of a metric that neither end of is better."""
    from scoring.statistics.rounding import canonical

    higher = filled.column.metric.higher_is_better
    counting = [name for name, entry in filled.entries.items() if not entry.thin]
    if higher is None or not counting:
        return filled
    values = np.array([filled.entries[name].value for name in counting])
    signed = canonical(values if higher else -values)
    best = {name for name, value in zip(counting, signed, strict=True) if value == signed.max()}
    entries = {name: replace(entry, best=name in best) for name, entry in filled.entries.items()}
    return replace(filled, entries=entries)


def _tested(
    release: ReleaseReader, folder: DataFolder, filled: _Filled, systems: Sequence[SystemRow]
) -> _Filled:
    """Mark who is not significantly worse than the best; of several, than the first of them."""
    from submissions.releasing.comparing import CannotCompare, Question, compare_with

    column = filled.column
    counting = [row for row in systems if (e := filled.entries.get(row.id)) and not e.thin]
    best = [row for row in counting if filled.entries[row.id].best]
    if not best or len(counting) < 2:
        return filled
    question = Question(
        column.tasks[0].benchmark, tuple(counting), column.tasks, column.metric.name
    )
    compared = compare_with(release, folder, question, best[0])
    # A difference over some of the tasks says nothing of a mean over all of them.
    if missing := sorted({task for comparison in compared for task in comparison.left_out}):
        raise CannotCompare(
            f"the release holds no values by example of {', '.join(missing)}, which tests need"
        )
    entries = dict(filled.entries)
    for comparison in compared:
        entry = entries[comparison.second]
        level = comparison.p_holm is not None and comparison.p_holm >= LEVEL
        entries[comparison.second] = replace(entry, level=level and not entry.best)
    return replace(filled, entries=entries, permutations=max(c.permutations for c in compared))


def _ordered(lines: Sequence[_Scored], columns: Sequence[PaperColumn]) -> list[_Scored]:
    """Return rows best first by the first column of means, or the first; blanks last."""
    by = next((at for at, column in enumerate(columns) if len(column.tasks) > 1), 0)
    sign = 1 if columns[by].metric.higher_is_better is False else -1

    def place(line: _Scored) -> tuple[bool, float, str]:
        entry = line.entries[by]
        return (entry is None, 0.0 if entry is None else sign * entry.value, line.system.system)

    return sorted(lines, key=place)


def _reported(
    release: ReleaseReader, choice: PaperChoice
) -> Iterator[Mapping[str, ReportedSystem]]:
    """Yield what papers print on the chosen tasks, by metric: a row a system of a paper; one that
    says two things of a system has two.
    """
    tasks = {task.id for task in choice.tasks}
    cells = [
        cell
        for cell in release.reported(choice.benchmark)
        if cell.task in tasks and (choice.reported is None or cell.system in choice.reported)
    ]
    rows: dict[tuple[str, ...], list[dict[str, ReportedSystem]]] = {}
    for metric in choice.metrics:
        for system in reported_systems(release.papers(), cells, metric.name):
            first = system.cells[0]
            whose = (first.paper, first.system, first.strategy, first.trained_on)
            of_system = rows.setdefault(whose, [])
            free = next((row for row in of_system if metric.name not in row), None)
            if free is None:
                of_system.append({metric.name: system})
            else:
                free[metric.name] = system
    for of_system in rows.values():
        yield from of_system


def _printed_line(
    by_metric: Mapping[str, ReportedSystem], columns: Sequence[PaperColumn]
) -> PaperLine:
    any_of = next(iter(by_metric.values()))
    name = f"{any_of.system}, {any_of.strategy}" if any_of.strategy else any_of.system
    entries = tuple(_printed(by_metric.get(column.metric.name), column) for column in columns)
    return PaperLine(name, any_of.paper.key, entries)


def _printed(system: ReportedSystem | None, column: PaperColumn) -> Entry | None:
    if system is None:
        return None
    if len(column.tasks) > 1:
        mean = system.mean([task.id for task in column.tasks])
        return None if mean is None else Entry(mean)
    cell = system.by_task.get(column.tasks[0].id)
    return None if cell is None else Entry(cell.value, sd=cell.sd)
