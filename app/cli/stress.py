"""`reasonboard stress`: which metrics rank a real explanation above one spoilt on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import (
    Benchmark,
    ChosenBoard,
    TableOrJson,
    Written,
    board_command,
    notes,
)
from app.cli.tabulating import Sheet, print_json, print_sheet

if TYPE_CHECKING:
    from submissions.rating.stress import Stressed

commands = typer.Typer()


@board_command(commands)
def stress(
    board: ChosenBoard,
    system: Annotated[
        str, typer.Argument(help="Whose explanations are spoilt; its latest version's.")
    ],
    benchmark: Benchmark = None,
    task: Annotated[str | None, typer.Option(help="Only on this task.")] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Try metrics that need a model too; that takes long.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of what the perturbations draw.")] = 0,
    written: Written = TableOrJson.table,
) -> None:
    """Say which explanation metrics rank a real explanation above one spoilt on purpose.

    A share of pairs, with ties as losses; no ratings are needed. Nothing is stored.
    """
    from app.cli.watching import watched
    from submissions.rating.stress import StressRequest, stress_system

    request = StressRequest(system, benchmark, task, model, seed)
    with watched(notes) as report:
        outcomes = stress_system(
            board.folder, board.tasks, request, lambda said: report("perturbing", 0, 0, said)
        )
    if written is TableOrJson.json:
        print_json(_fields(outcomes))
        return
    for stressed in outcomes:
        print_sheet(_sheet(stressed))


def _sheet(stressed: Stressed) -> Sheet:
    """Return a row a perturbation, a column a metric."""
    from scoring.metrics import METRICS
    from scoring.stress import CONSTANT, PERTURBATIONS, RANDOM

    titles = {metric.name: metric.title for metric in METRICS}
    titles |= {CONSTANT: "(constant)", RANDOM: "(random)"}
    share = {(each.metric, each.perturbation): each.share for each in stressed.wins}
    metrics = list(dict.fromkeys(each.metric for each in stressed.wins))
    rows = [
        (
            perturbation.title,
            *(_share(share.get((metric, perturbation.name))) for metric in metrics),
        )
        for perturbation in PERTURBATIONS
    ]
    heads = ("Instead of the real explanation", *(titles.get(metric, metric) for metric in metrics))
    title = f"{stressed.benchmark}: explanations of {stressed.submission.name}"
    return Sheet(title, heads, rows, " ".join(_notes(stressed)), numbers=1)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def _notes(stressed: Stressed) -> Iterator[str]:
    posts = max(each.posts for each in stressed.wins)
    yield (
        "Share of pairs in which a metric values the real explanation higher; a tie is a loss."
        f" {posts:,} posts at most, of {', '.join(stressed.tasks)}, with explanations whose label"
        " is right."
    )
    yield "Of Words, the longer text counts as better."
    if stressed.missing:
        yield f"Left out: {stressed.missing}"
    yield "For research, not for diagnosis."


def _fields(outcomes: tuple[Stressed, ...]) -> Iterator[dict[str, object]]:
    """Yield each share for programs, all tasks together and each task."""
    for stressed in outcomes:
        named = {
            "benchmark": stressed.benchmark,
            "system": stressed.submission.system,
            "version": stressed.submission.version,
        }
        for task, wins in (("", stressed.wins), *stressed.by_task.items()):
            for each in wins:
                fields = asdict(each)
                perturbation_version = fields.pop("version")
                yield {
                    **named,
                    "task": task,
                    **fields,
                    "perturbation_version": perturbation_version,
                }
