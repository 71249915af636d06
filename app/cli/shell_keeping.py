"""The commands that keep a board: backup, restore, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Data, author, data_folder, declared_tasks, notes, released
from scoring.errors import ReasonBoardError

keeping = typer.Typer()

Backup = Annotated[Path, typer.Argument(help="Folder of the backup, best on another disk.")]


@keeping.command()
def backup(
    context: typer.Context,
    folder: Backup,
    keep: Annotated[
        int,
        typer.Option(
            min=1,
            help="Snapshots to keep, this one included; texts taken down since live on in older ones.",
        ),
    ] = 1,
    data: Data = None,
) -> None:
    """Copy the board into a backup while it serves and scores: what is new of it, and all is read back."""
    from app.cli.keeping import backup_lines
    from app.cli.watching import watched
    from submissions.keeping.backup import backup as back_up

    board = released(context, data)
    if board.database.is_file():  # else there is nothing to back up, and nothing to make
        board = data_folder(context, data)
    with watched(notes) as report:
        made = back_up(board, folder, keep, report)
    for line in backup_lines(made):
        typer.echo(line)
    if made.lacking:
        raise ReasonBoardError(
            "the backup is whole but for these files, and older snapshots are kept; `reasonboard verify --repair`, then "
            "back up again"
        )


@keeping.command()
def restore(
    context: typer.Context,
    folder: Backup,
    at: Annotated[
        str | None, typer.Option(help="Which snapshot, by its time; the newest unless said.")
    ] = None,
    data: Data = None,
) -> None:
    """Make a board from a backup in an empty data folder (`--data`), and verify it. Nothing is written over."""
    from app.cli.keeping import verified_lines
    from app.cli.watching import watched
    from submissions.keeping.restore import restore as bring_back
    from submissions.wording import counted

    board = released(context, data)
    with watched(notes) as report:
        snapshot, found = bring_back(folder, board, declared_tasks(), at, report)
    for line in verified_lines(found):
        typer.echo(line)
    _require_whole(len(found.damages))
    typer.echo(
        f"{board.path}: restored as it was at {snapshot.at}, {counted(len(snapshot.files), 'file')}."
    )
    typer.echo("Takedowns that were made since have to be made again.")


@keeping.command()
def verify(
    context: typer.Context,
    mend: Annotated[
        bool, typer.Option("--repair", help="Repair what can be: from a backup, or made again.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="With --repair: a backup to take whole files from."),
    ] = None,
    daily: Annotated[
        bool,
        typer.Option(
            "--daily",
            help="As servers and workers do it: unless it was done within a day, last of all processes, not while somebody "
            "scores.",
        ),
    ] = False,
    data: Data = None,
) -> None:
    """Read all that the board keeps against what it should be, and say what is damaged and what repairs it."""
    from app.cli.keeping import verified_lines
    from app.cli.watching import watched
    from submissions.keeping.daily import verify_daily, yield_to_others
    from submissions.keeping.repair import Repairing, repair
    from submissions.keeping.verify import verify as look

    folder, tasks = data_folder(context, data), declared_tasks()
    done: tuple[str, ...] = ()
    with watched(notes) as report:
        if daily:
            yield_to_others()
        found = verify_daily(folder, tasks, report) if daily else look(folder, tasks, report)
        if found is None:
            typer.echo("Nothing is done: all was read within a day, or is being read.")
            return
        if mend and found.damages:
            doing = Repairing(folder, tasks, author(), source, report=report)
            done, found = repair(doing, found)
    for line in (*done, *verified_lines(found)):
        typer.echo(line)
    _require_whole(len(found.damages))


def _require_whole(damages: int) -> None:
    from submissions.wording import counted

    if damages:
        raise ReasonBoardError(
            f"{counted(damages, 'thing')} damaged; each line above names what repairs it"
        )
