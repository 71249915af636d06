"""`reasonboard publish`: what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from submissions.releasing.publish import Proposal, Published, told_pending
from submissions.store.release_rows import ChangeRow
from submissions.wording import counted, noun_for

SHOWN = 40
NOTHING = "Nothing to publish: no submission with consent to publication has been scored."


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


def print_proposal(found: Proposal) -> None:
    """Say what `publish` would do."""
    for name, count in found.systems.items():
        typer.echo(f"{name}: {counted(count, 'system')}")
    _list(found.changes)
    _say_blank(found.blank)
    if pending := told_pending(found.pending, found.unmeasured):
        typer.echo(f"Pending, and refused without --allow-pending: {pending}.")
    if found.needs:
        typer.echo(f"A reason is needed: {found.needs}")
    if found.number is not None:
        typer.echo(
            f"Release {found.number} would be made: {counted(len(found.changes), 'change')}. Nothing was published."
        )
    elif found.served is not None:
        typer.echo(f"Nothing moved since release {found.served}: none would be made.")
    else:
        typer.echo(NOTHING)


def _say_blank(blank: Mapping[str, int]) -> None:
    for name, count in blank.items():
        cells = f"{counted(count, 'cell')} {noun_for(count, 'is', 'are')} blank"
        typer.echo(f"{name}: {cells}, not scored yet: `reasonboard score --benchmark {name}`.")


def _list(changes: Sequence[ChangeRow]) -> None:
    for change in changes[:SHOWN]:
        typer.echo(describe(change))
    if len(changes) > SHOWN:
        typer.echo(f"... and {len(changes) - SHOWN} more; the release lists them all")


def describe(change: ChangeRow) -> str:
    """One change in one line."""
    where = " ".join(
        part for part in (change.benchmark, change.system, change.task, change.metric) if part
    )
    moved = f": {change.old or '-'} -> {change.new or '-'}" if change.old or change.new else ""
    told = f"{where}{moved}".removeprefix(": ")
    return f"{change.kind}: {told} ({change.why})" if told else f"{change.kind} ({change.why})"
