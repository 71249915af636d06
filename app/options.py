"""What the commands share: options, the data folder, the declared tasks, who runs the command."""

from __future__ import annotations

import getpass
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from scoring.tasks import Task
    from submissions.store.folder import DataFolder

DEFAULT_DATA = Path(__file__).resolve().parents[1] / "leaderboard_data" / "db"

notes = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of run-time data [env: REASONBOARD_DATA; default: leaderboard_data/db]."),
]
Benchmark = Annotated[str | None, typer.Option(help="Only this benchmark: imhi, imhi-expert, mental-llm or demo.")]
Reason = Annotated[str, typer.Option(help="Why: stands in the record.")]
Checkpoint = Annotated[
    str | None, typer.Option(help="BARTScore model instead of scoring.toml's: a hub name or a folder.")
]
Weights = Annotated[Path | None, typer.Option(help="ParaBank2 weights (.pth) to load over the checkpoint.")]


class EngineName(StrEnum):
    """Where the model runs."""

    local = "local"
    processes = "processes"
    ray = "ray"


def data_folder(context: typer.Context, data: Path | None) -> DataFolder:
    """The data folder, made ready: said after the command, before it, in the environment, or the default."""
    from submissions.store.database import prepare
    from submissions.store.folder import DataFolder

    environment = os.environ.get("REASONBOARD_DATA")
    path = data or context.obj or (Path(environment) if environment else DEFAULT_DATA)
    folder = DataFolder(path)
    prepare(folder)
    return folder


def declared_tasks() -> dict[str, Task]:
    """Every declared task."""
    from scoring.tasks import load_tasks
    from submissions.settings import DECLARATIONS

    return load_tasks(DECLARATIONS / "tasks")


def author() -> str:
    """Who runs the command, for the record."""
    try:
        return os.environ.get("REASONBOARD_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"
