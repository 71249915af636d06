"""`reasonboard variants`: variants of one base model held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from app.cli.tabulating import Sheet, print_json, print_sheet, with_interval

if TYPE_CHECKING:
    from submissions.releasing.comparing import Question
    from submissions.releasing.variants import VariantContrast
    from submissions.store.released.release import ReleaseReader

commands = typer.Typer()

HEADS = (
    "differ in",
    "first",
    "less second",
    "base model",
    "on",
    "difference",
    "p",
    "p, Holm",
    "posts",
)


@board_command(commands)
def variants(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    task: Annotated[str | None, typer.Option(help="Only on this task.")] = None,
    metric: TableMetric = None,
    written: Written = TableOrJson.table,
) -> None:
    """Hold variants of one base model against each other: chat and base, larger and smaller,
    instruction and completion, tuned and prompted, as declared.
    """
    from app.chosen import chosen_tasks, title, varied
    from submissions.releasing.comparing import CannotCompare
    from submissions.releasing.variants import compare_variants, variants_asked_for

    release = board.release
    tasks = chosen_tasks(release, benchmark, task, metric)
    boards = dict.fromkeys(row.benchmark for row in tasks)
    answers, left_out = [], {}
    for name in boards:
        own = [row for row in tasks if row.benchmark == name]
        try:
            question, pairs = variants_asked_for(release, release.systems(name), own, metric)
            answers.append((question, compare_variants(release, board.untouched, question, pairs)))
        except CannotCompare as error:
            left_out[name] = str(error)
    if not answers:
        raise CannotCompare("\n".join(left_out.values()))
    for name, why in left_out.items():
        typer.echo(f"{name} is left out: {why}", err=True)
    if written is TableOrJson.json:
        print_json(row for answer in answers for row in varied(release, *answer))
        return
    for question, contrasts in answers:
        if contrasts:
            heading = title(release, question.benchmark, question.metric)
            print_sheet(
                Sheet(heading, HEADS, list(_rows(contrasts)), _caption(release, question), keys=3)
            )
    if not any(contrasts for _, contrasts in answers):
        typer.echo(
            f"No two systems of {', '.join(row.benchmark for row, _ in answers)} are declared as variants of one base model: what"
            " they differ in is read from `base_model`, `parameters`, `method` and `strategy`."
        )


def _rows(contrasts: Sequence[VariantContrast]) -> Iterator[tuple[str, ...]]:
    from app.text import p_value

    for contrast in contrasts:
        pair, compared = contrast.pair, contrast.comparison
        ends = with_interval(compared.difference, compared.low, compared.high)
        yield (
            pair.differ,
            pair.first.system,
            pair.second.system,
            pair.base_models,
            compared.task or f"mean of {len(compared.tasks)}",
            ends or compared.interval,
            p_value(compared.p),
            p_value(compared.p_holm),
            f"{compared.posts:,}",
        )


def _caption(release: ReleaseReader, question: Question) -> str:
    from app.text import better

    (metric,) = [row for row in release.metrics(question.benchmark) if row.name == question.metric]
    invented = " Invented data." if any(task.demonstration for task in question.tasks) else ""
    return (
        f"Paired over posts, on the tasks that both have a value on. {better(metric)} Holm: over all"
        f" pairs shown. What teams do not declare may differ too.{invented} For research, not for"
        " diagnosis."
    )
