"""`reasonboard compare`: systems held against each other, as a table for people or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
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
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval
from submissions.wording import counted

if TYPE_CHECKING:
    from app.text import Names
    from submissions.releasing.comparing import Comparison, Question

commands = typer.Typer()

HEADS = ("A", "B", "on", "A's value", "B's value", "A - B (95% interval)", "p", "p, Holm", "posts")


@board_command(commands)
def compare(
    board: ChosenBoard,
    systems: Annotated[list[str], typer.Argument(help="Two systems or more, by name.")],
    task: Annotated[str | None, typer.Option(help="Only on this task.")] = None,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    written: Written = TableOrJson.table,
) -> None:
    """Hold systems of the current release against each other: differences, intervals, p-values."""
    from submissions.releasing.comparing import ask, compare_systems

    release = board.release
    question = ask(release, systems, benchmark=benchmark, task=task, metric=metric)
    comparisons = compare_systems(release, board.untouched, question)
    names = {system.id: system.system for system in question.systems}
    if written is TableOrJson.json:
        print_json(_fields(release.release.number, question, names, comparisons))
        return
    metrics = {metric.name: metric.title for metric in release.metrics(question.benchmark)}
    name = metrics.get(question.metric, question.metric)
    title = f"{question.benchmark}: {name}, release {release.release.number}"
    rows = [_row(names, comparison) for comparison in comparisons]
    print_sheet(Sheet(title, HEADS, rows, " ".join(_notes(question, comparisons)), keys=3))


def _row(names: Names, comparison: Comparison) -> tuple[str, ...]:
    """Return the cells under HEADS."""
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
    )


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
            "kind shown here."
        )
    if any(task.demonstration for task in question.tasks):
        yield "Invented data."
    yield "For research, not for diagnosis."


def _fields(
    release: int, question: Question, names: Names, comparisons: Iterable[Comparison]
) -> Iterator[dict[str, object]]:
    """Yield each comparison for programs: named, the ids beside the names."""
    invented = any(task.demonstration for task in question.tasks)
    for comparison in comparisons:
        yield {
            "release": release,
            "benchmark": question.benchmark,
            **asdict(comparison),
            "first": names[comparison.first],
            "second": names[comparison.second],
            "first_id": comparison.first,
            "second_id": comparison.second,
            "demonstration": invented,
        }
