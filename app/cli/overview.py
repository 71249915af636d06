"""`reasonboard overview`: all boards of the current release at a glance, and each family of tasks
across them.

The JSON is one object: `release`, `boards` (a row a benchmark) and `tasks` (a row a task).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, TableOrJson, Written, board_command
from app.cli.tabulating import Sheet, number, print_sheet, reasons, with_interval
from app.grouping import grouped
from app.summing_up import LOWER

if TYPE_CHECKING:
    from app.overview import BoardOverview, RankedSystem, TaskOverview, ValuedSystem

commands = typer.Typer()


@board_command(commands)
def overview(
    board: ChosenBoard,
    family: Annotated[
        str | None, typer.Option(help="Only this family of tasks, as they declare it.")
    ] = None,
    format: Written = TableOrJson.table,
) -> None:
    """Show the best of every board, and families of tasks across benchmarks."""
    from dataclasses import replace

    from app.chosen import refuse_unknown
    from app.overview import overview_of, stated_overview
    from submissions.rating.rubrics import rubric_headlines

    release = board.release
    whole = overview_of(release, rubric_headlines(board.untouched.path))
    refuse_unknown(release, "family", family, dict.fromkeys(task.family for task in whole.tasks))
    shown = replace(
        whole, tasks=tuple(task for task in whole.tasks if family in (None, task.family))
    )
    if format is TableOrJson.json:
        sys.stdout.write(json.dumps(stated_overview(shown), indent=1, ensure_ascii=False) + "\n")
        return
    if family is None:
        print_sheet(_leaders_sheet(shown.boards, shown.release))
        print_sheet(_validation_sheet(shown.boards))
    families = grouped(((task.demonstration, task.family), task) for task in shown.tasks)
    for (invented, name), tasks in families.items():
        print_sheet(_family_sheet(f"{name}{' (invented data)' if invented else ''}", tasks))


def _leaders_sheet(boards: Sequence[BoardOverview], release: int) -> Sheet:
    rows = [
        (
            _marked(board),
            board.metric_title,
            _rank(placed),
            f"{placed.system}{' *' if placed == board.trivial else ''}",
            with_interval(placed.value, placed.low, placed.high),
        )
        for board in boards
        for placed in (*board.leaders, *filter(None, [board.trivial]))
    ]
    blank = reasons((board.benchmark, board.why_blank) for board in boards)
    return Sheet(
        f"All boards, release {release}",
        ("benchmark", "by", "rank", "system", "mean"),
        rows,
        "\n".join(
            [
                "the first systems of each board that cover all of its tasks; rank (ranks that"
                " paired tests at .05 allow), baselines counted; mean over the board's own tasks"
                " and 95% interval; * the best trivial baseline. Means of two benchmarks are of"
                " different tasks: hold none against another.",
                *blank,
            ]
        ),
    )


def _marked(board: BoardOverview) -> str:
    return f"{board.benchmark}{' (invented data)' if board.demonstration else ''}"


def _rank(placed: RankedSystem) -> str:
    if placed.rank_low is None:
        return f"{placed.rank}"
    return f"{placed.rank} ({placed.rank_low} to {placed.rank_high})"


def _validation_sheet(boards: Sequence[BoardOverview]) -> Sheet:
    rows = []
    for board in boards:
        of = board.validation
        said = (
            (
                with_interval(of.value, of.low, of.high)
                + (f", {LOWER}" if of.lower_is_better else ""),
                number(of.words),
                f"{of.ratings}: {of.aspect} of {of.system}",
                f"{of.n}/{of.n_rated}",
            )
            if of.metric
            else (f"not validated: {of.why_blank}", "", "", "")
        )
        rows.append((_marked(board), of.title, *said))
    return Sheet(
        "How far explanation metrics can be believed",
        ("benchmark", "metric", "r with people", "word count", "whose ratings", "texts"),
        rows,
        "of each board's explanation metrics the one whose worst Pearson correlation within a"
        " rated system is the best, and that worst one, with its 95% interval: the best of many is"
        " flattered. Where lower is better, below 0 is the right way. Word count: on the same"
        " texts. `reasonboard validity` has all.",
    )


def _family_sheet(title: str, tasks: Sequence[TaskOverview]) -> Sheet:
    rows = [
        (
            task.task,
            task.metric_title,
            ", ".join(row.system for row in task.best),
            _value(task.best),
            ", ".join(row.system for row in task.trivial),
            _value(task.trivial),
            str(task.n),
        )
        for task in tasks
    ]
    return Sheet(
        title,
        ("task", "by", "best system", "value", "best trivial baseline", "its value", "n"),
        rows,
        "\n".join(
            [
                "each task by its own metric, 95% interval; no mean over tasks: neither metrics nor"
                " examples are alike. n: examples of the task.",
                *_blanks(tasks),
            ]
        ),
    )


def _value(best: Sequence[ValuedSystem]) -> str:
    return with_interval(best[0].value, best[0].low, best[0].high) if best else ""


def _blanks(tasks: Sequence[TaskOverview]) -> Iterator[str]:
    """Say why tasks have no best system, and values no interval."""
    from app.text import no_interval

    yield from reasons((task.task, task.why_blank) for task in tasks)
    yield from reasons(
        (row.system, no_interval(row.value, row.interval))
        for task in tasks
        for row in (*task.best[:1], *task.trivial[:1])
    )
