"""`reasonboard tags`: what a maintainer says about examples, to break results down by it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, Reason, author, board_command
from submissions.wording import counted

commands = typer.Typer(
    help="Tags of examples, such as sarcasm: import them, list them.", no_args_is_help=True
)


@board_command(commands, "import")
def import_file(
    board: ChosenBoard,
    file: Annotated[Path, typer.Argument(help="A CSV with the columns task, example, tag.")],
    reason: Reason,
) -> None:
    """Tag examples. The next release breaks every metric down by them. Tags that are there already
    change nothing.
    """
    from submissions.benchmarks.tags import import_tags

    done = import_tags(board.folder, board.tasks, file, author(), reason)
    typer.echo(f"{file}: {counted(done.rows, 'row')}, {counted(done.new, 'new tag')}.")


@board_command(commands, "list")
def list_all(board: ChosenBoard) -> None:
    """List the tags, and on how many examples of each task they are."""
    from submissions.benchmarks.tags import count_tags

    for (task, tag), count in count_tags(board.folder).items():
        typer.echo(f"{task:32} {count:6} {tag}")
