"""What the commands share: options, the data folder, the served release, the declared tasks."""

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
from submissions.store.folder import DataFolder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scoring.tasks import Task
    from submissions.store.released.release import ReleaseReader

notes = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of run-time data \\[env: REASONBOARD_DATA; default: leaderboard_data/db of a "
        "checkout, else the user's data folder].",
    ),
]
Benchmark = Annotated[
    str | None,
    typer.Option(help="Only this benchmark, as `reasonboard benchmark list` names it."),
]
Reason = Annotated[str, typer.Option(help="Why: stands in the record.")]
TableMetric = Annotated[
    str | None, typer.Option("--metric", help="By which metric; the headline metric unless said.")
]
Port = Annotated[int, typer.Option(help="Port of the site.")]
RemoteBoard = Annotated[
    str | None,
    typer.Option(
        "--server", help="Address of a board on the network; the team's token: REASONBOARD_TOKEN."
    ),
]


class NoSuchBoard(ReasonBoardError):
    """`--data` names a folder that is not there."""


class TableOrJson(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"


Written = Annotated[TableOrJson, typer.Option("--format", help="table or json.")]


def data_folder(context: typer.Context, data: Path | None) -> DataFolder:
    """Return the data folder, made ready: its database migrated, takedowns that were left finished.

    It is named after the command, before it, in the environment, or is the default.

    Raises:
        NoSuchBoard: `--data` names none, and no new one is wanted.
    """
    from submissions.store.database import prepare

    folder = untouched_folder(context, data)
    _ask_before_creating(context, data, folder.path)
    prepare(folder)
    for unfinished in finish_takedowns(folder):
        typer.echo(f"WARNING: {unfinished}", err=True)
    return folder


def untouched_folder(context: typer.Context, data: Path | None) -> DataFolder:
    """Return the data folder as it is: nothing is written, and nothing needs to be writable."""
    return DataFolder(data or context.obj or data_path())


def served_release(context: typer.Context, data: Path | None) -> ReleaseReader:
    """Return a reader of the release that is served; warn where it stands in for a damaged one.

    Raises:
        ReasonBoardError: Nothing is published, or no release is whole.
    """
    return release_in(untouched_folder(context, data))


def release_in(folder: DataFolder) -> ReleaseReader:
    """Return a reader of the release that is served from `folder`: see `served_release`."""
    from submissions.store.released.serving import current_release

    release = current_release(folder)
    if release.notice:
        notes.print(f"WARNING: {release.notice}", style="yellow", markup=False)
    return release


def _ask_before_creating(context: typer.Context, data: Path | None, path: Path) -> None:
    """Ask whether a folder that `--data` names is to be made: it may be a slip of the fingers.

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
    command = context.command_path.partition(" ")[2]
    raise NoSuchBoard(
        f"there is no board at {path}, and nothing was made. Is it a slip? For a new board there: "
        f"`reasonboard --create {command} ... --data {path}`, or make the folder first."
    )


def declared_tasks(folder: DataFolder) -> dict[str, Task]:
    """Return every task by id, the board's own and the shipped ones; warn of those that a fault leaves out."""
    from submissions.declarations.settings import board_tasks

    tasks = board_tasks(folder.path)
    for fault in tasks.faults:
        if fault.disables:
            notes.print(
                f"WARNING: {fault.path} is faulty, and {fault.id} left out; "
                "`reasonboard status` says why.",
                style="yellow",
                markup=False,
            )
    return tasks


def author() -> str:
    """Return who runs the command, for the record."""
    try:
        return os.environ.get("REASONBOARD_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"


def echo_lines(lines: Iterable[str]) -> None:
    """Write each line to standard output as it comes."""
    for line in lines:
        typer.echo(line)
