"""`reasonboard releases`, `rollback` and `adopt`: the published releases, and which is served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, Reason, author, board_command, echo_lines
from app.grouping import grouped

if TYPE_CHECKING:
    from submissions.store.folder import DataFolder
    from submissions.store.released.ledger import ReleaseRecord

commands = typer.Typer()


@board_command(commands)
def releases(board: ChosenBoard) -> None:
    """List the releases, and which of them is served."""
    echo_lines(_lines(board.folder))


@board_command(commands)
def rollback(
    board: ChosenBoard,
    number: Annotated[int, typer.Argument(help="Of the release to serve again: see `releases`.")],
    reason: Reason,
) -> None:
    """Serve an earlier release again, or a later one. All stay; the next is compared with the one
    that is served.
    """
    from submissions.releasing import publish

    moved = publish.rollback(board.folder, number, author(), reason)
    typer.echo(
        f"Release {number} is served."
        if moved
        else f"Release {number} is the one that is served already."
    )


@board_command(commands)
def adopt(board: ChosenBoard, reason: Reason) -> None:
    """Take files of releases that the database does not know into its ledger, as they are."""
    from submissions.releasing import adopting

    adopted = adopting.adopt(board.folder, author(), reason)
    typer.echo(adopting.told_adopted(adopted))


def _lines(folder: DataFolder) -> Iterator[str]:
    """Yield a line a release, newest first, and under it a line each time it was gone back to."""
    from submissions.store.events import events
    from submissions.store.released.ledger import release_records
    from submissions.store.released.release import current_number

    records = release_records(folder)
    if not records:
        yield "Nothing is published yet."
        return
    served = current_number(folder)
    rollbacks = grouped(
        (event.subject, event) for event in events(folder) if event.kind == "rollback"
    )
    for record in reversed(records):
        yield _line(folder, record, record.number == served)
        for event in rollbacks.get(str(record.number), ()):
            yield f"        {event.at}  rolled back to by {event.author}: {event.reason}"
    yield "* is served"


def _line(folder: DataFolder, record: ReleaseRecord, is_served: bool) -> str:
    from submissions.store.released.release import release_path

    mark = "*" if is_served else " "
    # The ledger knows releases whose file is gone; `verify --repair` brings it back.
    missing = "" if release_path(folder, record.number).is_file() else "  (file missing)"
    against = f"after {record.previous}" if record.previous else "the first"
    return (
        f"{mark} {record.number:4}  {record.created_at}  {against:10} "
        f"{record.author}: {record.reason}{missing}"
    )
