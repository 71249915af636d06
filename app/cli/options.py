"""What the commands share: options, the data folder, the declared tasks, who runs the command."""

from __future__ import annotations

import getpass
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.settings import data_path, finish_takedowns
from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from scoring.tasks import Task
    from submissions.store.folder import DataFolder

notes = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of run-time data [env: REASONBOARD_DATA; default: leaderboard_data/db].",
    ),
]
Benchmark = Annotated[
    str | None, typer.Option(help="Only this benchmark: imhi, imhi-expert, mental-llm or demo.")
]
Reason = Annotated[str, typer.Option(help="Why: stands in the record.")]
Checkpoint = Annotated[
    str | None,
    typer.Option(help="BARTScore model instead of scoring.toml's: a hub name or a folder."),
]
Weights = Annotated[
    Path | None, typer.Option(help="ParaBank2 weights (.pth) to load over the checkpoint.")
]


RemoteBoard = Annotated[
    str | None,
    typer.Option(
        "--server", help="Address of a board on the network; the team's token: REASONBOARD_TOKEN."
    ),
]


class NoSuchBoard(ReasonBoardError):
    """`--data` names a folder that is not there."""


class TeamRole(StrEnum):
    """What a team may do; `submissions.teams.Role` by the same names."""

    member = "member"
    annotator = "annotator"
    maintainer = "maintainer"


class EngineName(StrEnum):
    """Where the model runs."""

    local = "local"
    processes = "processes"
    ray = "ray"


def data_folder(context: typer.Context, data: Path | None) -> DataFolder:
    """The data folder, made ready: said after the command, before it, in the environment, or the default."""
    from submissions.store.database import prepare

    folder = released(context, data)
    _ask_before_creating(context, data, folder.path)
    prepare(folder)
    for told in finish_takedowns(folder):
        typer.echo(f"WARNING: {told}", err=True)
    return folder


def _ask_before_creating(context: typer.Context, data: Path | None, path: Path) -> None:
    """A folder that `--data` names and that is not there may be a slip, and would become a board of its own.

    Raises:
        NoSuchBoard: Nobody is there to be asked, and `--create` was not said; or the answer is no.
    """
    root = context.find_root()
    named = data is not None or context.obj is not None
    if not named or path.exists() or root.params.get("create"):
        return
    if sys.stdin.isatty() and typer.confirm(
        f"There is no board at {path}. Make a new one there?", err=True
    ):
        return
    raise NoSuchBoard(
        f"there is no board at {path}, and nothing was made. Is it a slip? For a new board there: `reasonboard --create "
        f"{context.command_path.partition(chr(32))[2]} ... --data {path}`, or make the folder first."
    )


def released(context: typer.Context, data: Path | None) -> DataFolder:
    """The same as it is, for who only reads the release: nothing is written, and nothing needs to be writable."""
    from submissions.store.folder import DataFolder

    return DataFolder(data or context.obj or data_path())


def declared_tasks() -> dict[str, Task]:
    """Every declared task; of those with a faulty declaration it is said that they are left out."""
    from scoring.tasks import read_tasks
    from submissions.settings import DECLARATIONS

    tasks = read_tasks(DECLARATIONS / "tasks")
    for fault in tasks.faults:
        if fault.disables:
            notes.print(
                f"WARNING: {fault.path} is faulty, and {fault.id} left out; `reasonboard status` says why.",
                style="yellow",
                markup=False,
            )
    return tasks


def author() -> str:
    """Who runs the command, for the record."""
    try:
        return os.environ.get("REASONBOARD_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"
