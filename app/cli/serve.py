"""`reasonboard serve`: the site and the API."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import ChosenBoard, Port, board_command

commands = typer.Typer()


@board_command(commands)
def serve(
    board: ChosenBoard,
    port: Port = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
) -> None:
    """Serve the site on the current release."""
    from app.server.launch import serve as serve_site

    serve_site(board.folder.path, port=port, address=address)
