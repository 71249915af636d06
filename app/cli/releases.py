"""`reasonboard releases`, `rollback` and `adopt`: the published releases, and which is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Data, Reason, author, data_folder, echo_lines

if TYPE_CHECKING:
    from submissions.store.events import Event
    from submissions.store.folder import DataFolder
    from submissions.store.released.ledger import ReleaseRecord

commands = typer.Typer()


@commands.command()
def releases(context: typer.Context, data: Data = None) -> None:
    """List the releases, and which of them is served."""
    echo_lines(_lines(data_folder(context, data)))


@commands.command()
def rollback(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Of the release to serve again: see `releases`.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Serve an earlier release again, or a later one. All stay; the next is compared with the one that is served."""
    from submissions.releasing import publish

    moved = publish.rollback(data_folder(context, data), number, author(), reason)
    typer.echo(
        f"Release {number} is served."
        if moved
        else f"Release {number} is the one that is served already."
    )


@commands.command()
def adopt(context: typer.Context, reason: Reason, data: Data = None) -> None:
    """Take files of releases that the database does not know into its ledger, as they are."""
    from submissions.releasing import adopting

    adopted = adopting.adopt(data_folder(context, data), author(), reason)
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
    rollbacks: dict[str, list[Event]] = {}
    for event in events(folder):
        if event.kind == "rollback":
            rollbacks.setdefault(event.subject, []).append(event)
    for record in reversed(records):
        yield _line(folder, record, record.number == served)
        yield from _rollback_lines(rollbacks.get(str(record.number), ()))
    yield "* is served"


def _line(folder: DataFolder, record: ReleaseRecord, is_served: bool) -> str:
    from submissions.store.released.release import release_path

    mark = "*" if is_served else " "
    missing = "" if release_path(folder, record.number).is_file() else "  (file missing)"
    against = f"after {record.previous}" if record.previous else "the first"
    return (
        f"{mark} {record.number:4}  {record.created_at}  {against:10} "
        f"{record.author}: {record.reason}{missing}"
    )


def _rollback_lines(rollbacks: Sequence[Event]) -> Iterator[str]:
    for event in rollbacks:
        yield f"        {event.at}  rolled back to by {event.author}: {event.reason}"
