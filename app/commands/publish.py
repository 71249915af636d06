"""`reasonboard publish`: what moved."""

from __future__ import annotations

import typer

from submissions.releasing.publish import Published
from submissions.store.release_rows import ChangeRow
from submissions.wording import counted

SHOWN = 40


def print_published(published: Published) -> None:
    """Say which release is served, and list what it changed."""
    if published.number is None:
        typer.echo("Nothing to publish: no submission with consent to publication has been scored.")
    elif not published.new:
        typer.echo(f"Nothing moved since release {published.number}; it stays the current one.")
    else:
        for change in published.changes[:SHOWN]:
            typer.echo(describe(change))
        if len(published.changes) > SHOWN:
            typer.echo(f"... and {len(published.changes) - SHOWN} more; the release lists them all")
        typer.echo(
            f"Release {published.number} is published: {counted(len(published.changes), 'change')}."
        )


def describe(change: ChangeRow) -> str:
    """One change in one line."""
    where = " ".join(
        part for part in (change.benchmark, change.system, change.task, change.metric) if part
    )
    moved = f": {change.old or '-'} -> {change.new or '-'}" if change.old or change.new else ""
    told = f"{where}{moved}".removeprefix(": ")
    return f"{change.kind}: {told} ({change.why})" if told else f"{change.kind} ({change.why})"
