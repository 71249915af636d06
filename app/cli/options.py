"""What the commands share: options, the data folder, the served release, the declared tasks."""

from __future__ import annotations

import getpass
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from app.settings import data_path, finish_takedowns
from scoring.errors import ReasonBoardError
from submissions.store.folder import DataFolder

if TYPE_CHECKING:
    from scoring.tasks import Tasks
    from submissions.store.released.release import ReleaseReader

notes = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help=(
            "Folder of run-time data \\[env: REASONBOARD_DATA; default: leaderboard_data/db of a "
            "checkout, else the user's data folder]."
        ),
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


class Format(StrEnum):
    """How cells are written."""

    table = "table"
    csv = "csv"
    json = "json"


class TableOrJson(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"


Written = Annotated[TableOrJson, typer.Option("--format", help="table or json.")]


class ChosenBoard:
    """The board that a command is about: its folder is named after the command, before it, in the
    environment, or the default.
    """

    def __init__(self, context: typer.Context, data: Path | None) -> None:
        # `--data` may stand before the command's name too, where `root` keeps it in the context.
        self._context, self._named = context, data or context.obj

    @property
    def untouched(self) -> DataFolder:
        """Its folder as it is: nothing is written, and nothing needs to be writable."""
        return DataFolder(self._named or data_path())

    @cached_property
    def folder(self) -> DataFolder:
        """Its folder, made ready: its database migrated, takedowns that were left finished.

        Raises:
            NoSuchBoard: `--data` names none, and no new one is wanted.
        """
        from submissions.store.database import prepare

        # Asked for on first use, so that a command that is refused for its arguments makes no
        # folder.
        folder = self.untouched
        self._ask_before_creating(folder.path)
        prepare(folder)
        for unfinished in finish_takedowns(folder):
            typer.echo(f"WARNING: {unfinished}", err=True)
        return folder

    @cached_property
    def tasks(self) -> Tasks:
        """Every task by id, the board's own and the shipped ones; what a fault leaves out is warned
        of.
        """
        from submissions.declarations.settings import board_tasks

        tasks = board_tasks(self.untouched.path)
        for fault in tasks.faults:
            if fault.disables:
                _warn(
                    f"{fault.path} is faulty, and {fault.id} left out; `reasonboard status` says"
                    " why."
                )
        return tasks

    def read_anew(self) -> ChosenBoard:
        """Return the same board with its declarations as they are now."""
        return ChosenBoard(self._context, self._named)

    @cached_property
    def release(self) -> ReleaseReader:
        """A reader of the release that is served; where that stands in for a damaged one, a warning
        says so.

        Raises:
            ReasonBoardError: Nothing is published, or no release is whole.
        """
        from submissions.store.released.serving import current_release

        release = current_release(self.untouched)
        if release.notice:
            _warn(release.notice)
        return release

    def _ask_before_creating(self, path: Path) -> None:
        """Ask whether a folder that `--data` names is to be made: it may be a slip of the fingers.

        Raises:
            NoSuchBoard: Nobody is there to be asked, and `--create` was not said; or the answer is
                no.
        """
        # The default folder is made without asking: nobody can have misspelled it.
        if not self._named or path.exists() or self._context.find_root().params.get("create"):
            return
        question = f"There is no board at {path}. Make a new one there?"
        # A script must not hang at a question, nor make a board by a slip.
        if sys.stdin.isatty() and typer.confirm(question, err=True):
            return
        command = self._context.command_path.partition(" ")[2]
        raise NoSuchBoard(
            f"there is no board at {path}, and nothing was made. Is it a slip? For a new board"
            f" there: `reasonboard --create {command} ... --data {path}`, or make the folder first."
        )


Act = TypeVar("Act", bound=Callable[..., None])


def board_command(group: typer.Typer, name: str | None = None) -> Callable[[Act], Act]:
    """Have a group of commands carry a function out as a command that has `--data`, and is given
    that board first.

    Args:
        group: Of commands.
        name: The command's; the function's unless said.
    """

    def register(act: Act) -> Act:
        def command(context: typer.Context, data: Data = None, **options: Any) -> None:
            act(ChosenBoard(context, data), **options)

        # Typer makes the options from the signature: the board's place is taken by what it is made
        # of.
        own = inspect.signature(command, eval_str=True).parameters
        asked = list(inspect.signature(act, eval_str=True).parameters.values())[1:]
        parameters = [own["context"], *asked, own["data"]]
        command.__name__, command.__doc__ = act.__name__, act.__doc__
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        group.command(name)(command)
        return act

    return register


def _warn(text: str) -> None:
    notes.print(f"WARNING: {text}", style="yellow", markup=False)


def require_new_folder(folder: Path) -> None:
    """Refuse to write among files that are there already.

    Raises:
        ReasonBoardError: It is no folder, or not an empty one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ReasonBoardError(f"{folder} is there already; name a new or an empty folder: --out")


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
