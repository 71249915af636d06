"""`reasonboard tags`: what a maintainer says about examples, to break results down by it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Data, Reason, author, data_folder, declared_tasks
from submissions.wording import counted

commands = typer.Typer(
    help="Tags of examples, such as sarcasm: import them, list them.", no_args_is_help=True
)


@commands.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV with the columns task, example, tag.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Tag examples. The next release breaks every metric down by them. Tags that are there already change nothing."""
    from submissions.benchmarks.tags import import_tags

    folder = data_folder(context, data)
    done = import_tags(folder, declared_tasks(folder), file, author(), reason)
    typer.echo(f"{file}: {counted(done.rows, 'row')}, {counted(done.new, 'new tag')}.")


@commands.command("list")
def list_all(context: typer.Context, data: Data = None) -> None:
    """List the tags, and on how many examples of each task they are."""
    from submissions.benchmarks.tags import count_tags

    for (task, tag), count in count_tags(data_folder(context, data)).items():
        typer.echo(f"{task:32} {count:6} {tag}")
