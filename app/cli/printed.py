"""What papers print, below what a command shows of a release: apart from what was scored, never
ranked, each row with its source and what keeps it from being comparable.

Below tables it stands unless `--no-reported` hides it. Among the rows for programs it stands where
`--reported` asks for it alone, so that no program that averages these takes a printed number for a
score; there each such row has a `reported`, which no other has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.tabulating import Sheet, number, print_sheet, with_deviation
from app.grouping import grouped
from scoring.errors import ReasonBoardError, nearest_or_all

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from app.reported import ReportedSystem
    from submissions.releasing.comparing import Question
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.reported_rows import ReportedRow
    from submissions.store.released.scored_rows import SystemRow, TaskRow

Reported = Annotated[
    bool | None,
    typer.Option(
        "--reported/--no-reported",
        help="What papers print of it: below tables unless hidden, in JSON where asked for.",
    ),
]
HEADS = ("reported system", "strategy")
SOURCE = "printed in"


def systems_printed(
    release: ReleaseReader, benchmark: str, metric: str, tasks: Iterable[TaskRow] | None = None
) -> list[ReportedSystem]:
    """Return what papers print that may stand beside a metric of a board, on some of its tasks or
    all.
    """
    from app.reported import reported_systems

    ids = None if tasks is None else [task.id for task in tasks]
    cells = [cell for cell in release.reported(benchmark) if ids is None or cell.task in ids]
    return reported_systems(release.papers(), cells, metric)


def print_by_task(
    release: ReleaseReader, tasks: Sequence[TaskRow], metric: str, called: str
) -> None:
    """Print what papers print of some tasks of a board, where they print anything.

    Args:
        release: That states it.
        tasks: Of one board.
        metric: A metric's name.
        called: What stands above for it.
    """
    board = tasks[0].benchmark
    ids = [task.id for task in tasks]
    systems = systems_printed(release, board, metric, tasks)
    rows = []
    for system in systems:
        of_tasks = [system.by_task.get(task) for task in ids]
        values = ["" if cell is None else with_deviation(cell.value, cell.sd) for cell in of_tasks]
        rows.append((*_named(system), *values, system.source))
    title = f"{board}: {called}, as papers print it"
    _print(title, _short(ids), rows, [cell for system in systems for cell in system.cells])


def print_by_part(
    release: ReleaseReader, benchmark: str, metric: str, parts: Iterable[str]
) -> None:
    """Print the means of what papers print over the tasks of each part, where they print each."""
    from app.reported import part_means

    ids = _tasks_of_parts(release, benchmark, parts)
    printed = list(part_means(systems_printed(release, benchmark, metric), ids))
    rows = [
        (*_named(system), *(number(means[part]) for part in ids), system.source)
        for system, means in printed
    ]
    inside = {task for tasks in ids.values() for task in tasks}
    cells = [cell for system, _ in printed for cell in system.cells if cell.task in inside]
    title = f"{benchmark}: {metric}, means of what papers print, where they print each task"
    _print(title, list(ids), rows, cells)


def stated_by_part(
    release: ReleaseReader, benchmark: str, metric: str, parts: Iterable[str]
) -> Iterator[dict[str, object]]:
    """Yield what `print_by_part` prints, a row a system and part with the fields of a scored one."""
    from app.reported import part_means
    from submissions.store.released.scored_rows import PlatformRow

    ids = _tasks_of_parts(release, benchmark, parts)
    for system, means in part_means(systems_printed(release, benchmark, metric), ids):
        for part, mean in means.items():
            if mean is not None:
                own = {"part": part, "reference": "", "value": mean, "n_tasks": len(ids[part])}
                beside = _beside(release, benchmark, metric, system)
                yield {**_blank(PlatformRow), **beside, **own, "caveat": system.caveats(ids[part])}


def _tasks_of_parts(
    release: ReleaseReader, benchmark: str, parts: Iterable[str]
) -> dict[str, list[str]]:
    from app.chosen import tasks_by_part

    by_part = tasks_by_part(release.tasks(benchmark), dict.fromkeys(parts))
    return {part: [task.id for task in tasks] for part, tasks in by_part.items() if tasks}


def print_crossing(release: ReleaseReader, benchmark: str, metric: str) -> None:
    """Print trained on x tested on, as papers print it, with what the same tables hold it
    against.
    """
    from app.reported import cited, crossed

    systems = systems_printed(release, benchmark, metric)
    papers = {system.paper.key: cited(system.paper) for system in systems}
    cells = crossed(cell for system in systems for cell in system.cells)
    tasks = list(dict.fromkeys(cell.task for cell in cells))
    rows = []
    for (trained_on, name, paper, table), printed in grouped(
        ((cell.trained_on, cell.system, cell.paper, cell.table), cell) for cell in cells
    ).items():
        values = {cell.task: with_deviation(cell.value, cell.sd) for cell in printed}
        shown = (values.get(task, "") for task in tasks)
        how = trained_on or printed[0].strategy
        rows.append((name, how, *shown, f"{papers[paper]}, {table}"))
    heads = [f"tested on {task}" for task in tasks]
    _print(f"{benchmark}: {metric}, tuned on one data set, as papers print it", heads, rows, cells)


def stated_crossing(
    release: ReleaseReader, benchmark: str, metric: str
) -> Iterator[dict[str, object]]:
    """Yield a row a printed cell of trained on x tested on, with the fields of a scored one."""
    from submissions.store.released.scored_rows import CrossDatasetRow

    for system in systems_printed(release, benchmark, metric):
        for cell in system.cells:
            if cell.trained_on:
                own = {
                    "trained_on": cell.trained_on,
                    "tested_on": cell.set,
                    "task": cell.task,
                    "value": cell.value,
                }
                beside = _beside(release, benchmark, metric, system)
                yield {**_blank(CrossDatasetRow), **beside, **own, "caveat": cell.caveat}


def chosen_lines(
    release: ReleaseReader, question: Question, asked: str | None
) -> list[ReportedSystem]:
    """Return the reported rows that systems are held against: all that have one of the tasks, or
    the one asked for; see `chosen_line`.
    """
    if asked is None:
        return systems_printed(release, question.benchmark, question.metric, question.tasks)
    return [chosen_line(release, question.benchmark, question.metric, question.tasks, asked)]


def chosen_line(
    release: ReleaseReader, benchmark: str, metric: str, tasks: Sequence[TaskRow], asked: str
) -> ReportedSystem:
    """Return the reported row that is asked for as the line to beat.

    Args:
        release: That states it.
        benchmark: Of which.
        metric: Beside which it stands.
        tasks: Of which it has one at least.
        asked: Its key, as addresses have it, or its system's name where one row alone has it.

    Raises:
        ReasonBoardError: No row is called so, or several are.
    """
    lines = systems_printed(release, benchmark, metric, tasks)
    by_key = {line.key: line for line in lines}
    called = [line for line in lines if asked in (line.key, line.system)]
    if len(called) == 1:
        return called[0]
    several = ", ".join(repr(line.key) for line in called)
    hint = f"it may be any of {several}" if called else nearest_or_all(asked, by_key)
    raise ReasonBoardError(
        f"--line {asked!r} is not one row that a paper prints of {metric} on these tasks of"
        f" {benchmark}; {hint}"
    )


def print_differences(
    release: ReleaseReader, question: Question, lines: Sequence[ReportedSystem]
) -> None:
    """Print systems less what papers print, task by task and without a test.

    Against a single row each system is held, against several the first alone.
    """
    from app.reported import less_reported

    ids = [task.id for task in question.tasks]
    rows = []
    for system in _held_against(question, lines):
        values = _values(release, question, system)
        for line in lines:
            shown = {
                less.task: f"{number(less.difference)} ({number(less.printed)})"
                for less in less_reported(values, line)
            }
            cells = (shown.get(task, "") for task in ids)
            rows.append((system.system, *_named(line), *cells, line.source))
    printed = [cell for line in lines for cell in line.cells if cell.task in ids]
    title = f"{question.benchmark}: {question.metric} less what papers print (as printed)"
    _print(title, _short(ids), rows, printed, first=("system",))


def stated_differences(
    release: ReleaseReader, question: Question, lines: Sequence[ReportedSystem]
) -> Iterator[dict[str, object]]:
    """Yield what `print_differences` prints, a row a task with the fields of a comparison."""
    from app.reported import less_reported
    from submissions.releasing.comparing import Comparison

    for system in _held_against(question, lines):
        values = _values(release, question, system)
        for line in lines:
            for less in less_reported(values, line):
                beside = _beside(release, question.benchmark, question.metric, line)
                del beside["system"], beside["system_id"]
                yield {
                    **_blank(Comparison),
                    **beside,
                    "first": system.system,
                    "first_id": system.id,
                    "second": line.title,
                    "second_id": "",
                    "task": less.task,
                    "tasks": [less.task],
                    "left_out": [],
                    "first_value": less.value,
                    "second_value": less.printed,
                    "difference": less.difference,
                    "wanted": None,
                    "posts_wanted": None,
                    "caveat": line.caveats([less.task]),
                }


def _held_against(question: Question, lines: Sequence[ReportedSystem]) -> Sequence[SystemRow]:
    return question.systems if len(lines) == 1 else question.systems[:1]


def _values(
    release: ReleaseReader, question: Question, system: SystemRow
) -> dict[str, float | None]:
    """Return a system's values by task, in the question's order."""
    cells = release.cells(system=system.id, metric=question.metric)
    values = {cell.task: cell.value for cell in cells}
    return {task.id: values.get(task.id) for task in question.tasks}


def _beside(
    release: ReleaseReader, benchmark: str, metric: str, system: ReportedSystem
) -> dict[str, object]:
    """Return what is said of a reported row beside its number, by the fields of a scored one."""
    from app.chosen import is_invented
    from app.reported import NOT_SCORED

    return {
        "release": release.release.number,
        "benchmark": benchmark,
        "demonstration": is_invented(release, benchmark),
        "system": system.system,
        "system_id": "",
        "metric": metric,
        "interval": NOT_SCORED,
        **system.stated,
    }


def _blank(kind: type[DataclassInstance]) -> dict[str, object]:
    """Return the fields of scored rows without values: what a printed number lacks is null."""
    return dict.fromkeys(field.name for field in fields(kind))


def _print(
    title: str,
    heads: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    cells: Iterable[ReportedRow],
    first: tuple[str, ...] = (),
) -> None:
    """Print rows of reported numbers with what is to be borne in mind, unless there are none."""
    from app.reported import NOT_SCORED, caveats_of

    if rows:
        lines = [NOT_SCORED, *(f"To mind: {caveat}." for caveat in caveats_of(cells))]
        names = (*first, *HEADS)
        print_sheet(Sheet(title, (*names, *heads, SOURCE), rows, "\n".join(lines), keys=len(names)))


def _named(system: ReportedSystem) -> tuple[str, str]:
    return system.system, system.strategy


def _short(tasks: Iterable[str]) -> list[str]:
    return [task.split("/", 1)[1] for task in tasks]
