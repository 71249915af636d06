"""`reasonboard export`: a release as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, board_command, echo_lines

commands = typer.Typer()


@board_command(commands)
def export(
    board: ChosenBoard,
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")],
    release: Annotated[
        int | None, typer.Option(help="An earlier release; the current one unless said.")
    ] = None,
) -> None:
    """Write a release as Parquet and JSON, two files a table."""
    from submissions.releasing.release_files import export_release
    from submissions.store.released.release import ReleaseReader, release_path

    reader = (
        board.release if release is None else ReleaseReader(release_path(board.untouched, release))
    )
    echo_lines(map(str, export_release(reader, folder)))
