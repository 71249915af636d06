"""`reasonboard figure`: a figure of the current release, as SVG or PDF for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, TableMetric, board_command, notes
from app.cli.papers import named_by
from app.cli.printed import chosen_line
from scoring.errors import ReasonBoardError, nearest_or_all

if TYPE_CHECKING:
    from app.figures.drawing import FigureFormat
    from app.figures.points import Picture
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import MetricRow, OverallRow, TaskRow

commands = typer.Typer()


class FigureKind(StrEnum):
    """What a figure shows."""

    means = "means"
    scatter = "scatter"
    failures = "failures"


@board_command(commands)
def figure(
    board: ChosenBoard,
    kind: Annotated[
        FigureKind,
        typer.Argument(
            help="means: a row a system; scatter: one metric against another; failures: tags and"
            " attributes by the drop that goes with them."
        ),
    ],
    output: Annotated[Path, typer.Option(help="The file to make: its name ends in .svg or .pdf.")],
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    against: Annotated[
        str | None, typer.Option(help="Of a scatter: the metric that goes up.")
    ] = None,
    tasks: Annotated[
        str | None,
        typer.Option(help="Means over these tasks alone, with commas between."),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(help="Of means: a row that a paper prints, as a line; key or system's name."),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(help="Of failures: of this system, by name; of all together unless said."),
    ] = None,
    width: Annotated[float, typer.Option(min=2, max=20, help="In inches.")] = 6.3,
) -> None:
    """Draw the current release for a paper; needs the extra `figures`."""
    from app.figures.drawing import drawn

    ending = _ending(output)
    _refuse_misplaced(kind, against=against, tasks=tasks, line=line, system=system)
    if kind is FigureKind.failures:
        picture = _failures(board.release, benchmark, metric, system)
    else:
        picture = _means(board, benchmark, metric, against, tasks, line)
    content, unwritten = drawn(picture, ending, width)
    try:
        # Exclusively: a figure that somebody has touched up is not written over.
        with output.open("xb") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise ReasonBoardError(f"{output} is there already; name another, or move it") from error
    for warning in unwritten:
        notes.print(f"WARNING: {warning}", style="yellow", markup=False)
    typer.echo(f"{output}: {picture.title}")


def _ending(output: Path) -> FigureFormat:
    from app.figures.drawing import FigureFormat

    name = output.suffix.removeprefix(".").lower()
    if name not in list(FigureFormat):
        raise ReasonBoardError(
            f"--output {output} ends in neither .{' nor .'.join(FigureFormat)}, by which the format is"
            " chosen"
        )
    return FigureFormat(name)


def _refuse_misplaced(kind: FigureKind, **given: str | None) -> None:
    """Refuse what the kind of figure does not have, and name what it needs."""
    has = {
        FigureKind.means: ("tasks", "line"),
        FigureKind.scatter: ("tasks", "against"),
        FigureKind.failures: ("system",),
    }[kind]
    misplaced = [f"--{name}" for name, value in given.items() if value and name not in has]
    if misplaced:
        raise ReasonBoardError(
            f"a figure of {kind} has no {', '.join(misplaced)}; it has"
            f" {', '.join(f'--{name}' for name in has)}"
        )
    if kind is FigureKind.scatter and not given["against"]:
        raise ReasonBoardError("a scatter is of two metrics: name the one that goes up, --against")


def _means(
    board: ChosenBoard,
    benchmark: str | None,
    metric: str | None,
    against: str | None,
    named: str | None,
    line: str | None,
) -> Picture:
    """Return the means of one metric, or of two against each other."""
    from app.chosen import tasks_of_one_board
    from app.figures.points import means_picture, scatter_picture

    release = board.release
    names = named_by("--tasks", named)
    tasks = (
        tasks_of_one_board(release, benchmark, names, metric)
        if names
        else release.tasks(_board(release, benchmark))
    )
    across = _metric(release, tasks, metric)
    means = _rows(board, tasks, across, chosen=bool(names))
    if against is not None:
        up = _metric(release, tasks, against)
        others = _rows(board, tasks, up, chosen=bool(names))
        return scatter_picture(release, (across, up), (means, others))
    ids = _covered(release, tasks, across)
    beaten = None
    if line is not None:
        beaten = chosen_line(release, across.benchmark, across.name, tasks, line)
    return means_picture(release, across, means, beaten, ids)


def _failures(
    release: ReleaseReader, benchmark: str | None, metric: str | None, system: str | None
) -> Picture:
    """Return where systems fail: of the headline metric of most of the board's parts unless another
    is named.
    """
    from app.chosen import refuse_unknown
    from app.figures.points import drops_picture

    board = _board(release, benchmark)
    systems = {row.system: row.id for row in release.systems(board)}
    if system is not None and system not in systems:
        raise ReasonBoardError(
            f"no system of {board} is called {system!r}; {nearest_or_all(system, systems)}"
        )
    rows = release.drops(board, system=systems[system] if system else "")
    parts = [row.metric for row in rows]
    if not parts:
        raise ReasonBoardError(
            f"no task of {board} has attributes or tags on ten examples or more in this release, of"
            " which a system has a value"
        )
    refuse_unknown(release, "metric of a drop", metric, dict.fromkeys(parts))
    by = metric or max(dict.fromkeys(parts), key=parts.count)
    own = [row for row in rows if row.metric == by]
    return drops_picture(release, _named(release, board, by), own, system or "all systems together")


def _board(release: ReleaseReader, benchmark: str | None) -> str:
    """Return the one board that a figure is of."""
    from app.chosen import chosen_boards

    boards = chosen_boards(release, benchmark)
    if len(boards) > 1:
        raise ReasonBoardError(
            f"a figure is of one board: say which of {', '.join(boards)} with --benchmark"
        )
    return boards[0]


def _metric(release: ReleaseReader, tasks: Sequence[TaskRow], name: str | None) -> MetricRow:
    from submissions.store.released.scored_rows import common_headline

    return _named(release, tasks[0].benchmark, name or common_headline(tasks))


def _named(release: ReleaseReader, board: str, name: str) -> MetricRow:
    rows = {row.name: row for row in release.metrics(board)}
    if name not in rows:
        raise ReasonBoardError(f"{board} has no metric {name!r}; {nearest_or_all(name, rows)}")
    return rows[name]


def _rows(
    board: ChosenBoard, tasks: Sequence[TaskRow], metric: MetricRow, *, chosen: bool
) -> Sequence[OverallRow]:
    """Return a metric's means over the chosen tasks, or the release's over all."""
    if not chosen:
        return board.release.overall(metric.benchmark, metric.name)
    from submissions.releasing.on_tasks import Chosen, rows_on_tasks

    names = tuple(task.id for task in tasks)
    on = Chosen(metric.benchmark, metric.name, names)
    return rows_on_tasks(board.release, board.untouched, on)


def _covered(release: ReleaseReader, tasks: Sequence[TaskRow], metric: MetricRow) -> list[str]:
    """Return the tasks on which anybody has a value, which means are over."""
    valued = {cell.task for cell in release.cells(metric=metric.name) if cell.value is not None}
    return [task.id for task in tasks if task.id in valued]
