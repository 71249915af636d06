"""`reasonboard compare`: systems held against each other, as a table for people or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import (
    Benchmark,
    ChosenBoard,
    TableMetric,
    TableOrJson,
    Written,
    board_command,
)
from app.cli.printed import Reported, chosen_lines, print_differences, stated_differences
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval
from submissions.wording import counted

if TYPE_CHECKING:
    from app.text import Names
    from submissions.releasing.comparing import Comparison, Question

commands = typer.Typer()

HEADS = ("A", "B", "on", "A's value", "B's value", "A - B (95% interval)", "p", "p, Holm", "posts")
POWER_HEADS = ("detectable", "posts for A - B")


@board_command(commands)
def compare(
    board: ChosenBoard,
    systems: Annotated[list[str], typer.Argument(help="Two systems or more, by name.")],
    task: Annotated[str | None, typer.Option(help="Only on this task.")] = None,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    wanted: Annotated[
        float | None,
        typer.Option(help="A difference: how many posts would it take to show it?"),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(
            help="Each system less this one row that a paper prints, by its key or system's name."
        ),
    ] = None,
    reported: Reported = None,
    written: Written = TableOrJson.table,
) -> None:
    """Hold systems of the current release against each other: differences, intervals, p-values."""
    from app.chosen import compared
    from scoring.errors import ReasonBoardError
    from submissions.releasing.comparing import ask, compare_systems

    if wanted is not None and not 0 < wanted < inf:
        raise ReasonBoardError(f"--wanted {wanted:g} is no difference: a number above 0, e.g. .02")
    if line is not None and reported is False:
        raise ReasonBoardError("--line asks for what --no-reported hides: say one of the two")
    release = board.release
    question = ask(release, systems, benchmark=benchmark, task=task, metric=metric)
    lines = [] if reported is False else chosen_lines(release, question, line)
    comparisons = compare_systems(release, board.untouched, question)
    names = {system.id: system.system for system in question.systems}
    if written is TableOrJson.json:
        printed = stated_differences(release, question, lines) if reported or line else ()
        print_json(chain(compared(release, question, comparisons, wanted), printed))
        return
    metrics = {metric.name: metric.title for metric in release.metrics(question.benchmark)}
    name = metrics.get(question.metric, question.metric)
    title = f"{question.benchmark}: {name}, release {release.release.number}"
    rows = [_row(names, comparison, wanted) for comparison in comparisons]
    heads = (*HEADS, *POWER_HEADS, *(() if wanted is None else (f"posts for {wanted:g}",)))
    print_sheet(Sheet(title, heads, rows, " ".join(_notes(question, comparisons)), keys=3))
    print_differences(release, question, lines)


def _row(names: Names, comparison: Comparison, wanted: float | None) -> tuple[str, ...]:
    """Return the cells under HEADS, POWER_HEADS and what is wanted."""
    from app.text import p_value

    difference = (
        with_interval(comparison.difference, comparison.low, comparison.high)
        # Why there is no difference stands where the difference would.
        if comparison.difference is not None
        else comparison.interval
    )
    return (
        names[comparison.first],
        names[comparison.second],
        comparison.task or f"mean of {counted(len(comparison.tasks), 'task')}",
        number(comparison.first_value),
        number(comparison.second_value),
        difference,
        p_value(comparison.p),
        p_value(comparison.p_holm),
        str(comparison.posts),
        number(comparison.detectable),
        _count(comparison.posts_needed),
        *(() if wanted is None else (_count(comparison.posts_for(wanted)),)),
    )


def _count(posts: int | None) -> str:
    return "" if posts is None else f"{posts:,}"


def _notes(question: Question, comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Say what the figures are over, and how they were tested."""
    for comparison in comparisons:
        if not comparison.task and comparison.left_out and comparison.tasks:
            over = counted(len(comparison.tasks), "task")
            which = ", ".join(comparison.tasks)
            yield f"The mean of {over} is over {which}: the others lack a value."
    # Comparisons without a test have none.
    permutations = max((comparison.permutations for comparison in comparisons), default=0)
    if permutations:
        yield (
            f"p: {permutations:,} permutations over posts, two-sided; Holm: over the tests of one "
            "kind shown here. Detectable: the smallest true difference that these posts show, at "
            ".05 with a power of 80%; posts for a difference: how many of this kind it would take."
        )
    if any(task.demonstration for task in question.tasks):
        yield "Invented data."
    yield "For research, not for diagnosis."
