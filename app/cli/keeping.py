"""`reasonboard backup`, `restore` and `verify`: keep a board, and what was done and noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, author, board_command, echo_lines, notes
from scoring.errors import ReasonBoardError
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from submissions.keeping.backup import BackedUp
    from submissions.keeping.verify import Verified

commands = typer.Typer()

Backup = Annotated[Path, typer.Argument(help="Folder of the backup, best on another disk.")]

SHOWN = 50


@board_command(commands)
def backup(
    board: ChosenBoard,
    folder: Backup,
    keep: Annotated[
        int,
        typer.Option(
            min=1,
            help="Snapshots to keep, this one included; texts taken down since live on in older "
            "ones.",
        ),
    ] = 1,
) -> None:
    """Copy the board into a backup while it serves and scores: what is new of it, and all is read
    back.
    """
    from app.cli.watching import watched
    from submissions.keeping.backup import backup as back_up

    # A board that is not there yet has nothing to back up, and nothing is made.
    own = board.folder if board.untouched.database.is_file() else board.untouched
    with watched(notes) as report:
        made = back_up(own, folder, keep, report)
    echo_lines(_backup_lines(made))
    # The exit status says it too: a nightly backup is watched by a program.
    if made.lacking:
        raise ReasonBoardError(
            "the backup is whole but for these files, and older snapshots are kept; "
            "`reasonboard verify --repair`, then back up again"
        )


@board_command(commands)
def restore(
    board: ChosenBoard,
    folder: Backup,
    at: Annotated[
        str | None, typer.Option(help="Which snapshot, by its time; the newest unless said.")
    ] = None,
) -> None:
    """Make a board from a backup in an empty data folder (`--data`), and verify it. Nothing is
    written over.
    """
    from app.cli.watching import watched
    from submissions.keeping.restore import restore as bring_back

    with watched(notes) as report:
        snapshot, verified = bring_back(folder, board.untouched, at, report)
    echo_lines(_verified_lines(verified))
    _require_whole(verified)
    files = counted(len(snapshot.files), "file")
    typer.echo(f"{board.untouched.path}: restored as it was at {snapshot.at}, {files}.")
    # A backup knows nothing of what was asked for after it: only people can bring that back.
    typer.echo("Takedowns that were made since have to be made again.")


@board_command(commands)
def verify(
    board: ChosenBoard,
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
            help="As servers and workers do it: unless it was done within a day, last of all "
            "processes, not while somebody scores.",
        ),
    ] = False,
) -> None:
    """Read all that the board keeps against what it should be, and say what is damaged and what
    repairs it.
    """
    from app.cli.watching import watched
    from submissions.keeping.daily import verify_daily, yield_to_others
    from submissions.keeping.repair import Repairing, repair
    from submissions.keeping.verify import verify as read_all

    repaired: tuple[str, ...] = ()
    with watched(notes) as report:
        # Before anything is read, or reading would already slow the others down.
        if daily:
            yield_to_others()
        verified = (verify_daily if daily else read_all)(board.folder, board.tasks, report)
        if verified is None:
            typer.echo("Nothing is done: all was read within a day, or is being read.")
            return
        if mend and verified.damages:
            repairing = Repairing(board.folder, board.tasks, author(), source, report=report)
            repaired, verified = repair(repairing, verified)
    echo_lines(repaired)
    echo_lines(_verified_lines(verified))
    _require_whole(verified)


def _backup_lines(made: BackedUp) -> Iterator[str]:
    """Say what was copied, and what could not be."""
    for name in made.lacking:
        yield f"{name}: missing or damaged on the board, and not in the backup"
    if made.clock_is_behind:
        yield (
            f"The newest snapshot is dated {made.newest}, and this machine's clock says"
            f" {made.clock}: one of the two was wrong. The snapshot of now is dated {made.at},"
            " after it, so that `restore` takes it; set the clock if it is this one that is wrong."
        )
    dropped = f", {counted(made.dropped, 'older snapshot')} dropped" if made.dropped else ""
    yield (
        f"The board as it was at {made.at}: {counted(made.files, 'file')}, "
        f"{made.copied:,} of them new; read back{dropped}."
    )


def _verified_lines(verified: Verified) -> Iterator[str]:
    """Say what is damaged, and what repairs it; then what nothing refers to."""
    for damage in verified.damages:
        yield str(damage)
    if verified.orphans:
        number = len(verified.orphans)
        yield (
            f"{counted(number, 'file')} {noun_for(number, 'is', 'are')} referred to by nothing, "
            "which is harmless:"
        )
        yield from (f"    {name}" for name in verified.orphans[:SHOWN])
        if number > SHOWN:
            yield f"    ... and {number - SHOWN} more"
    whole = (
        "not all of it is whole" if verified.damages else "all that the board refers to is whole"
    )
    yield f"{counted(verified.looked_at, 'file')} read at {verified.at}: {whole}."


def _require_whole(verified: Verified) -> None:
    if verified.damages:
        raise ReasonBoardError(
            f"{counted(len(verified.damages), 'thing')} damaged; each line above names what "
            "repairs it"
        )
