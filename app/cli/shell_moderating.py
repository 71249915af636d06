"""Commands about single submissions: review, approve, hide, consent, edit, withdraw, redact, events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Data, RemoteBoard, author, data_folder, declared_tasks
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from submissions.store.folder import DataFolder
    from submissions.store.submissions import Submission

moderating = typer.Typer()

Id = Annotated[str, typer.Argument(help="The submission's id.")]
Why = Annotated[str, typer.Option("--reason", help="Why: stands in the record.")]


@moderating.command()
def review(
    context: typer.Context,
    seen: Annotated[
        str | None, typer.Option(help="First take this submission's copies off the list.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="With --seen: why; stands in the record.")
    ] = None,
    data: Data = None,
) -> None:
    """List what waits for a maintainer: held submissions, copies of other teams' outputs, failures."""
    from app.cli.moderating import review_lines
    from scoring.errors import ReasonBoardError
    from submissions.life import mark_copy_seen

    folder = data_folder(context, data)
    if (seen is None) != (reason is None):
        raise ReasonBoardError("--seen ID and --reason TEXT go together: give both, or neither")
    if seen is not None and reason is not None:
        mark_copy_seen(folder, _found(folder, seen), author(), reason)
    _echo(review_lines(folder, declared_tasks()))


@moderating.command()
def approve(
    context: typer.Context, submission: Id, reason: Why = "reviewed", data: Data = None
) -> None:
    """Let a submission that is held stand on the board, if its team wants it there."""
    from submissions import life

    folder = data_folder(context, data)
    done = life.approve(folder, _found(folder, submission), author(), reason)
    typer.echo(
        f"{done.name}: {'may be published' if done.consent else 'is free; its team has not consented'}."
    )


@moderating.command()
def hide(context: typer.Context, submission: Id, reason: Why, data: Data = None) -> None:
    """Keep a submission off the board from the next release on, until it is approved."""
    from submissions import life

    folder = data_folder(context, data)
    done = life.hold(folder, _found(folder, submission), author(), reason)
    typer.echo(
        f"{done.name}: is held. The release that is served still has it: `reasonboard publish --reason ...`."
    )


@moderating.command()
def consent(
    context: typer.Context, submission: Id, server: RemoteBoard = None, data: Data = None
) -> None:
    """Let a submission be published, in its team's name."""
    from submissions import life

    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe

        _echo(describe(server_at(server).publish(submission)))
        return
    folder = data_folder(context, data)
    done = life.consent(folder, _found(folder, submission), author())
    typer.echo(f"{done.name}: {done.held or 'will be in the next release'}.")


@moderating.command()
def edit(
    context: typer.Context,
    submission: Id,
    meta: Annotated[
        Path | None,
        typer.Option(help="A file like submission.toml; what it does not name stays as it is."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE, the value as in submission.toml. Several times."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(help="A key to declare nothing of. Several times.")
    ] = None,
    server: RemoteBoard = None,
    data: Data = None,
) -> None:
    """Change what is declared of a stored submission. Its name and version stay, and so do its outputs and scores."""
    from app.cli.editing import changes_from
    from submissions import life

    changes = changes_from(meta, settings or (), unset or ())
    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe

        _echo(describe(server_at(server).edit(submission, changes)))
        return
    folder = data_folder(context, data)
    own = _found(folder, submission)
    done = life.edit_meta(folder, declared_tasks(), own, changes, author())
    same = done.meta == own.meta
    typer.echo(
        f"{done.name}: that is what it declares already; nothing is changed."
        if same
        else f"{done.name}: {life.difference(own.meta, done.meta)}. The next release says so."
    )


@moderating.command()
def withdraw(
    context: typer.Context,
    submission: Id,
    reason: Why,
    server: RemoteBoard = None,
    data: Data = None,
) -> None:
    """Take a submission back: its outputs are deleted, a tombstone stays, the next release lacks it."""
    from submissions import takedown

    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe

        _echo(describe(server_at(server).withdraw(submission, reason)))
        return
    folder = data_folder(context, data)
    done = takedown.withdraw(folder, _found(folder, submission), author(), reason)
    typer.echo(
        f"{done.name}: withdrawn; its outputs are deleted. `reasonboard publish` takes it off the board."
    )


@moderating.command()
def redact(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="The task's id.")],
    example: Annotated[str, typer.Argument(help="The example's id.")],
    reason: Why,
    submission: Annotated[
        str | None,
        typer.Option(help="Only what this submission says of it; else the post and all of it."),
    ] = None,
    data: Data = None,
) -> None:
    """Delete a post and what every system wrote of it, or what one system wrote. Its label stays; it counts no more."""
    from submissions import takedown

    folder = data_folder(context, data)
    if submission is not None:
        takedown.redact_output(folder, _found(folder, submission), task, example, author(), reason)
        typer.echo(f"What {submission} says of {task} {example} is deleted.")
        return
    said = takedown.redact_example(folder, declared_tasks(), task, example, author(), reason)
    told = f"{counted(said, 'submission')} {noun_for(said, 'says', 'say')}"
    typer.echo(f"The post of {task} {example} is deleted, and what {told} of it.")


@moderating.command()
def events(
    context: typer.Context,
    subject: Annotated[
        str | None, typer.Argument(help="Only about this: a submission's id, a team, ...")
    ] = None,
    data: Data = None,
) -> None:
    """List who did what, when and why."""
    from app.cli.moderating import event_lines

    _echo(event_lines(data_folder(context, data), subject))


def _found(folder: DataFolder, submission: str) -> Submission:
    from submissions.life import find_submission

    return find_submission(folder, submission)


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
