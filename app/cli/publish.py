"""`reasonboard publish`: makes a release and says what moved, or what would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, author, board_command, notes
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from submissions.releasing.publish import Proposal, Published
    from submissions.store.released.release_rows import ChangeRow

commands = typer.Typer()

SHOWN = 40
NOTHING = "Nothing to publish: no submission with consent to publication has been scored."


@board_command(commands)
def publish(
    board: ChosenBoard,
    reason: Annotated[
        str | None,
        typer.Option(help="Why: stands in the release. Needed unless the release only adds."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be published, moved and is pending; publish nothing.",
        ),
    ] = False,
    allow_pending: Annotated[
        bool, typer.Option("--allow-pending", help="Leave blank for good what is not scored yet.")
    ] = False,
) -> None:
    """Make a release, print what moved, and switch the site to it. Refused while scores are
    pending.
    """
    from app.cli.watching import watched
    from submissions.releasing import publish as publishing

    if dry_run:
        with watched(notes) as report:
            proposal = publishing.propose(board.folder, board.tasks, report)
        _print_proposal(proposal)
        return
    with watched(notes) as report:
        published = publishing.publish(
            board.folder, board.tasks, author(), reason, allow_pending=allow_pending, report=report
        )
    print_published(published)


def print_published(published: Published) -> None:
    """Say which release is served, and list what it changed."""
    if published.number is None:
        typer.echo(NOTHING)
    elif not published.new:
        typer.echo(f"Nothing moved since release {published.number}; it stays the current one.")
    else:
        _list(published.changes)
        _say_blank(published.blank)
        typer.echo(
            f"Release {published.number} is published: {counted(len(published.changes), 'change')}."
        )


def _print_proposal(proposal: Proposal) -> None:
    """Say what `publish` would do."""
    from submissions.releasing.publish import told_pending

    for name, count in proposal.systems.items():
        typer.echo(f"{name}: {counted(count, 'system')}")
    _list(proposal.changes)
    _say_blank(proposal.blank)
    if pending := told_pending(proposal.pending, proposal.unmeasured):
        typer.echo(f"Pending, and refused without --allow-pending: {pending}.")
    if proposal.needs:
        typer.echo(f"A reason is needed: {proposal.needs}")
    if proposal.number is not None:
        changes = counted(len(proposal.changes), "change")
        typer.echo(f"Release {proposal.number} would be made: {changes}. Nothing was published.")
    elif proposal.served is not None:
        typer.echo(f"Nothing moved since release {proposal.served}: none would be made.")
    else:
        typer.echo(NOTHING)


def _say_blank(blank: Mapping[str, int]) -> None:
    for name, count in blank.items():
        cells = f"{counted(count, 'cell')} {noun_for(count, 'is', 'are')} blank"
        typer.echo(f"{name}: {cells}, not scored yet: `reasonboard score --benchmark {name}`.")


def _list(changes: Sequence[ChangeRow]) -> None:
    for change in changes[:SHOWN]:
        typer.echo(_change_line(change))
    if len(changes) > SHOWN:
        typer.echo(f"... and {len(changes) - SHOWN} more; the release lists them all")


def _change_line(change: ChangeRow) -> str:
    parts = (change.benchmark, change.system, change.task, change.metric)
    where = " ".join(part for part in parts if part)
    moved = f": {change.old or '-'} -> {change.new or '-'}" if change.old or change.new else ""
    # Some kinds of change are of no place, and begin with what moved.
    what = f"{where}{moved}".removeprefix(": ")
    return f"{change.kind}: {what} ({change.why})" if what else f"{change.kind} ({change.why})"
