"""`reasonboard serve`: the site and the API."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import Data, Port, data_folder

commands = typer.Typer()


@commands.command()
def serve(
    context: typer.Context,
    port: Port = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "localhost",
    data: Data = None,
) -> None:
    """Serve the site on the current release."""
    from app.server.launch import serve as serve_site

    serve_site(data_folder(context, data).path, port=port, address=address)
