"""`reasonboard status`: what is served, pending, leased and failed; or how one submission is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, RemoteBoard, board_command, echo_lines
from app.grouping import grouped
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from submissions.operating.status import Status, UnitStatus

commands = typer.Typer()

SHOWN = 20
# Units of one failure mostly differ in their task alone, so a few tell what they are.
NAMED = 4


@board_command(commands)
def status(
    board: ChosenBoard,
    submission: Annotated[
        str | None, typer.Argument(help="Of this submission alone, by its id.")
    ] = None,
    server: RemoteBoard = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="With --server: until it is scored or has failed.")
    ] = False,
    traces: Annotated[
        bool, typer.Option("--traces", help="Write out where each failed unit failed.")
    ] = False,
) -> None:
    """Say what is served, pending, leased by a worker, failed, and what each waits for; or how one
    submission is.
    """
    if server is not None:
        echo_lines(_remote_lines(server, submission, wait))
    elif submission is not None:
        echo_lines(_submission_lines(board, submission))
    else:
        from submissions.operating.status import status as status_of

        echo_lines(_status_lines(status_of(board.folder, board.tasks), traces))


def _remote_lines(server: str, submission: str | None, wait: bool) -> Iterator[str]:
    """Say how a submission is on a board on the network.

    Raises:
        BadParameter: No submission is named.
        ReasonBoardError: The server refuses, or does not answer.
    """
    from app.cli.client import server_at
    from app.cli.remote import describe, follow

    board = server_at(server)
    if submission is None:
        raise typer.BadParameter(
            "--server needs the id of a submission: `reasonboard status ID --server URL`"
        )
    return describe(follow(board, submission) if wait else board.show(submission))


def _submission_lines(board: ChosenBoard, submission: str) -> Iterator[str]:
    """Say how it stands with one submission."""
    from submissions.life.states import find_submission, life_of

    life = life_of(board.folder, board.tasks, find_submission(board.folder, submission))
    name = f"{life.submission.name} ({submission})"
    yield f"{name}: {life.state}, {life.done} of {counted(life.total, 'score')}"
    if life.reason:
        yield f"    {life.reason}"
    yield f"    its team's next step: {life.next_step}"


def _status_lines(status: Status, traces: bool) -> Iterator[str]:
    """Say what is served, and what the units that lack a score wait for: failed ones first.

    Args:
        status: What is known.
        traces: Whether to write out where each failed unit failed.
    """
    from submissions.operating.status import FAILED, LEASED, PENDING

    yield f"release:      {_served(status)}"
    yield f"submissions:  {status.submissions}"
    yield f"scores:       {status.scores}"
    yield f"worker:       {status.presence.sentence}"
    for state in (PENDING, LEASED, FAILED):
        yield f"{state + ':':13} {counted(len(status.of(state)), 'unit')}"
    yield f"files:        {_files(status)}"
    yield from (f"damaged:      {damage}" for damage in status.damages)
    yield from _safety_lines(status)
    for fault in status.faults:
        yield from fault.lines
    if status.flagged:
        yield f"flagged:      {status.flagged}; `reasonboard check-declarations` says which"
    yield from _model_lines(status)
    # All that failed, since somebody has to act on each; of what is pending a few tell enough.
    yield from _unit_lines(status.of(FAILED), traces)
    yield from _unit_lines(status.of(LEASED), traces)
    yield from _unit_lines(status.of(PENDING), traces, SHOWN)


def _served(status: Status) -> str:
    release = status.release
    if release is None:
        return "none yet"
    reason = f", {release.reason}"
    return f"{release.number} of {status.releases}, {release.created_at}{reason}"


def _files(status: Status) -> str:
    """Say what is known of whether they are whole."""
    last = status.verified
    damaged = f"{counted(len(status.damages), 'damaged file')}; " if status.damages else ""
    if last is None:
        return f"{damaged}never read as a whole (`reasonboard verify`)"
    then = counted(len(last.damages), "damage") if last.damages else "whole"
    return f"{damaged}{then} when they were read at {last.at} (`reasonboard verify`)"


def _safety_lines(status: Status) -> Iterator[str]:
    """Say what is open to others, and what should be gone and is not."""
    if status.exposed:
        yield (
            f"exposed:      other users of this machine may read {', '.join(status.exposed)}; "
            "its owner can end that: `chmod go-rwx`"
        )
    for takedown in status.takedowns:
        yield (
            f"takedown:     {takedown.subject}, asked for at {takedown.asked_at}, is not finished; "
            "every command, worker and server goes on with it when it starts"
        )


def _model_lines(status: Status) -> Iterator[str]:
    """Say which boards have no model yet, and which are to have another."""
    from scoring.instruments import titled

    for name, kinds in status.unpinned.items():
        titles = ", ".join(map(titled, kinds))
        yield (
            f"{name}: no model is recorded yet for {titles}; `reasonboard score` records "
            "scoring.toml's"
        )
    for name, model in status.announced.items():
        yield (
            f"{name}: scoring.toml names {model}; the scores are of another. "
            "`reasonboard rescore --dry-run` plans it"
        )


def _unit_lines(
    units: Sequence[UnitStatus], traces: bool, most: int | None = None
) -> Iterator[str]:
    """Say what units wait for: those that wait for the same thing are one entry, `most` at most."""
    kinds = _kinds(units)
    for kind in kinds[:most]:
        yield from _kind_lines(kind, traces)
    if most is not None and len(kinds) > most:
        yield f"... and {counted(sum(map(len, kinds[most:])), 'more unit')} pending"


def _kinds(units: Sequence[UnitStatus]) -> list[list[UnitStatus]]:
    """Group units that wait for the same thing after the same failure, in order of their first."""
    failed = (
        (unit.failure.tries, unit.failure.reason) if unit.failure else (0, "") for unit in units
    )
    waiting = zip((unit.waits_for for unit in units), failed, strict=True)
    return list(grouped(zip(waiting, units, strict=True)).values())


def _kind_lines(kind: Sequence[UnitStatus], traces: bool) -> Iterator[str]:
    """Say what units wait for: how many they are, the first NAMED of them, and how they failed."""
    first = kind[0]
    scores = sum(len(unit.unit.lacking) for unit in kind)
    waiting = (
        f"{counted(scores, 'score')} {noun_for(scores, 'waits', 'wait')} for {first.waits_for}"
    )
    if len(kind) == 1:
        yield f"{first.state}: {first.unit}: {waiting}"
    else:
        systems = counted(len({unit.unit.submission.id for unit in kind}), "submission")
        tasks = counted(len({unit.unit.task.id for unit in kind}), "task")
        yield f"{first.state}: {counted(len(kind), 'unit')} ({systems}, {tasks}): {waiting}"
        more = f", and {len(kind) - NAMED:,} more" if len(kind) > NAMED else ""
        yield f"    {', '.join(str(unit.unit) for unit in kind[:NAMED])}{more}"
    failures = [unit.failure for unit in kind if unit.failure is not None]
    if failures:
        # Their traces are alike; the last one is of the software that runs now.
        last = max(failures, key=lambda failure: failure.failed_at)
        yield f"    {counted(last.tries, 'try', 'tries')}, last at {last.failed_at}: {last.reason}"
        if traces:
            yield from (f"    {line}" for line in last.traceback.rstrip().splitlines())
