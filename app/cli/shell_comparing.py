"""The researcher's commands: compare, platforms, generalization, and a release as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Benchmark, Data, released

comparing = typer.Typer()

Metric = Annotated[
    str | None, typer.Option(help="By which metric; the headline metric unless said.")
]


class TableOrJson(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"


Written = Annotated[TableOrJson, typer.Option("--format", help="table or json.")]


@comparing.command()
def compare(
    context: typer.Context,
    systems: Annotated[list[str], typer.Argument(help="Two systems or more, by name.")],
    task: Annotated[str | None, typer.Option(help="Only on this task.")] = None,
    benchmark: Benchmark = None,
    metric: Metric = None,
    written: Written = TableOrJson.table,
    data: Data = None,
) -> None:
    """Hold systems of the current release against each other: differences, intervals, p-values."""
    from app.cli.compare import print_comparison

    print_comparison(released(context, data), systems, benchmark, task, metric, written.value)


@comparing.command()
def platforms(
    context: typer.Context,
    benchmark: Benchmark = None,
    metric: Metric = None,
    written: Written = TableOrJson.table,
    data: Data = None,
) -> None:
    """Means over Reddit, Twitter and SMS tasks and over ways of annotation, and what they differ by."""
    from app.cli.platforms import print_platforms

    print_platforms(released(context, data), benchmark, metric, written.value)


@comparing.command()
def generalization(
    context: typer.Context,
    benchmark: Benchmark = None,
    metric: Metric = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Trained on x tested on, instead.")
    ] = False,
    written: Written = TableOrJson.table,
    data: Data = None,
) -> None:
    """Seen against unseen data, by what systems declare that they were trained on, and by protocols."""
    from app.cli.generalization import print_cross_dataset, print_generalization

    show = print_cross_dataset if cross else print_generalization
    show(released(context, data), benchmark, metric, written.value)


@comparing.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")],
    release: Annotated[
        int | None, typer.Option(help="An earlier release; the current one unless said.")
    ] = None,
    data: Data = None,
) -> None:
    """Write a release as Parquet and JSON, two files a table."""
    from app.cli.serving import current_release
    from submissions.releasing.release_files import export_release
    from submissions.store.release import ReleaseReader, release_path

    board = released(context, data)
    reader = (
        current_release(board) if release is None else ReleaseReader(release_path(board, release))
    )
    for path in export_release(reader, folder):
        typer.echo(str(path))
