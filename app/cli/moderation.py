"""Commands about single submissions: what waits for a maintainer, what is decided, the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, RemoteBoard, author, board_command, echo_lines
from scoring.errors import ReasonBoardError
from submissions.problems import shorten
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from app.cli.client import Answer, Server
    from submissions.store.folder import DataFolder
    from submissions.store.submitted.submissions import Submission

commands = typer.Typer()

Id = Annotated[str, typer.Argument(help="The submission's id.")]
Why = Annotated[str, typer.Option("--reason", help="Why: stands in the record.")]

NAME_LENGTH = 160
REASON_LENGTH = 500


@board_command(commands)
def review(
    board: ChosenBoard,
    seen: Annotated[
        str | None, typer.Option(help="First take this submission's copies off the list.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="With --seen: why; stands in the record.")
    ] = None,
) -> None:
    """List what waits for a maintainer: held submissions, copies of other teams'
    outputs, failures.
    """
    from submissions.life.decisions import mark_copy_seen

    # Nobody is to find in the record that something was seen, and not why it may stay.
    if (seen is None) != (reason is None):
        raise ReasonBoardError("--seen ID and --reason TEXT go together: give both, or neither")
    if seen is not None and reason is not None:
        mark_copy_seen(board.folder, _submission(board, seen), author(), reason)
    echo_lines(_review_lines(board))


@board_command(commands)
def approve(board: ChosenBoard, submission: Id, reason: Why = "reviewed") -> None:
    """Let a submission that is held stand on the board, if its team wants it there."""
    from submissions.life import decisions

    done = decisions.approve(board.folder, _submission(board, submission), author(), reason)
    state = "may be published" if done.consent else "is free; its team has not consented"
    typer.echo(f"{done.name}: {state}.")


@board_command(commands)
def hide(board: ChosenBoard, submission: Id, reason: Why) -> None:
    """Keep a submission off the board from the next release on, until it is approved."""
    from submissions.life import decisions

    # As it was: what is said depends on whether it was held already.
    before = _submission(board, submission)
    done = decisions.hold(board.folder, before, author(), reason)
    held = "was held already, for another reason until now" if before.held else "is held"
    served = (
        "The release that is served still has it: `reasonboard publish --reason ...`."
        if _is_served(board, done)
        else "It is not in the release that is served."
    )
    typer.echo(f"{done.name}: {held}. {served}")


def _is_served(board: ChosenBoard, submission: Submission) -> bool:
    """Return whether the served release lists a submission; where none can be read, say that it
    may.
    """
    from submissions.store.released.release import NoRelease, ReleaseDamaged
    from submissions.store.released.serving import current_release

    try:
        release = current_release(board.folder)
    except NoRelease:
        return False
    except ReleaseDamaged:
        return True
    # The release that is served is what readers see, whatever the database says by now.
    return any(row.id == submission.id for row in release.systems(submission.benchmark))


@board_command(commands)
def consent(board: ChosenBoard, submission: Id, server: RemoteBoard = None) -> None:
    """Let a submission be published, in its team's name."""
    from submissions.life import decisions

    if server is not None:
        _echo_described(_server(server).publish(submission))
        return
    done = decisions.consent(board.folder, _submission(board, submission), author())
    typer.echo(f"{done.name}: {done.held or 'will be in the next release'}.")


@board_command(commands)
def edit(
    board: ChosenBoard,
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
) -> None:
    """Change what is declared of a stored submission. Its name and version stay, and so do its
    outputs and scores.
    """
    from app.cli.editing import changes_from
    from submissions.life import decisions

    changes = changes_from(meta, settings or (), unset or ())
    if server is not None:
        _echo_described(_server(server).edit(submission, changes))
        return
    before = _submission(board, submission)
    after = decisions.edit_meta(board.folder, board.tasks, before, changes, author())
    if after.meta == before.meta:
        typer.echo(f"{after.name}: that is what it declares already; nothing is changed.")
    else:
        difference = decisions.difference(before.meta, after.meta)
        typer.echo(f"{after.name}: {difference}. The next release says so.")


@board_command(commands)
def withdraw(
    board: ChosenBoard,
    submission: Id,
    reason: Why,
    server: RemoteBoard = None,
) -> None:
    """Take a submission back: its outputs are deleted, a tombstone stays, the next release lacks
    it.
    """
    from submissions.life import takedown

    if server is not None:
        _echo_described(_server(server).withdraw(submission, reason))
        return
    done = takedown.withdraw(board.folder, _submission(board, submission), author(), reason)
    typer.echo(
        f"{done.name}: withdrawn; its outputs are deleted. `reasonboard publish` takes it off the "
        "board."
    )


@board_command(commands)
def redact(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="The task's id.")],
    example: Annotated[str, typer.Argument(help="The example's id, or the transcript's.")],
    reason: Why,
    submission: Annotated[
        str | None,
        typer.Option(help="Only what this submission says of it; else the post and all of it."),
    ] = None,
    post: Annotated[
        str | None,
        typer.Option(
            help="Of an example of several posts, only this one, by its source's id; else all."
        ),
    ] = None,
) -> None:
    """Delete a post and what every system wrote of it, or what one system wrote. Its label stays;
    it counts no more. Of a task of transcripts: delete a transcript.
    """
    from submissions.life import takedown

    if submission is not None and post is not None:
        raise ReasonBoardError("--submission and --post do not go together: give one of them")
    if submission is not None:
        own = _submission(board, submission)
        takedown.redact_output(board.folder, own, task, example, author(), reason)
        typer.echo(f"What {submission} says of {task} {example} is deleted.")
        return
    if task not in board.tasks and takedown.has_transcripts(board.folder, task):
        near = takedown.redact_transcript(board.folder, task, example, author(), reason)
        typer.echo(f"The transcript {example} of {task} is deleted, and what raters wrote of it.")
        if near:
            typer.echo(f"Nearly the same, and still here: {', '.join(near)}. Look at them.")
        return
    count = takedown.redact_example(
        board.folder, board.tasks, task, example, author(), reason, post
    )
    who = f"{counted(count, 'submission')} {noun_for(count, 'says', 'say')}"
    which = "The post" if post is None else f"The post {post}"
    typer.echo(f"{which} of {task} {example} is deleted, and what {who} of it.")
    for to_come in takedown.counterfactuals_to_come(board.folder, board.tasks):
        typer.echo(
            f"{to_come} is declared and not imported: delete what was made of the post from its CSV"
            " yourself; an import leaves it out."
        )


@board_command(commands)
def events(
    board: ChosenBoard,
    subject: Annotated[
        str | None, typer.Argument(help="Only about this: a submission's id, a team, ...")
    ] = None,
) -> None:
    """List who did what, when and why."""
    echo_lines(_event_lines(board.folder, subject))


def _submission(board: ChosenBoard, submission: str) -> Submission:
    from submissions.life.states import find_submission

    return find_submission(board.folder, submission)


def _server(url: str) -> Server:
    from app.cli.client import server_at

    return server_at(url)


def _echo_described(answer: Answer) -> None:
    from app.cli.remote import describe

    echo_lines(describe(answer))


def _review_lines(board: ChosenBoard) -> Iterator[str]:
    """Say what waits for a maintainer: held submissions, copies of others' outputs, failures."""
    from submissions.life.decisions import review_queue, unseen_copies
    from submissions.life.states import State, lives

    held = review_queue(board.folder)
    for submission in held:
        name = shorten(submission.name, NAME_LENGTH)
        why = shorten(submission.held, REASON_LENGTH)
        yield f"held: {submission.id} {submission.benchmark} {name} of {submission.team}: {why}"
    copies = unseen_copies(board.folder)
    for event in copies:
        yield f"copy: {event.subject} has {shorten(event.reason, REASON_LENGTH)} ({event.at})"
    failed = [life for life in lives(board.folder, board.tasks) if life.state is State.failed]
    for life in failed:
        name = shorten(life.submission.name, NAME_LENGTH)
        yield f"failed: {life.submission.id} {name}: {shorten(life.reason, REASON_LENGTH)}"
    if not (held or copies or failed):
        yield "Nothing waits for review."


def _event_lines(folder: DataFolder, subject: str | None) -> Iterator[str]:
    """Say who did what, when and why; oldest first."""
    from submissions.store.events import events

    for event in events(folder, subject):
        why = f": {shorten(event.reason, REASON_LENGTH)}" if event.reason else ""
        what = shorten(event.subject, NAME_LENGTH)
        yield f"{event.at}  {event.author}  {event.kind}  {what}{why}"
