"""`reasonboard export`: a release as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Data, echo_lines, release_in, untouched_folder

commands = typer.Typer()


@commands.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")],
    release: Annotated[
        int | None, typer.Option(help="An earlier release; the current one unless said.")
    ] = None,
    data: Data = None,
) -> None:
    """Write a release as Parquet and JSON, two files a table."""
    from submissions.releasing.release_files import export_release
    from submissions.store.released.release import ReleaseReader, release_path

    board = untouched_folder(context, data)
    reader = release_in(board) if release is None else ReleaseReader(release_path(board, release))
    echo_lines(map(str, export_release(reader, folder)))
