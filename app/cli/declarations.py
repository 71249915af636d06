"""`reasonboard check-declarations`: which explanations repeat references, for maintainers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from app.cli.options import ChosenBoard, board_command, echo_lines
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@board_command(commands)
def check_declarations(board: ChosenBoard) -> None:
    """Look for explanations that repeat references of the test sets. For you alone: nothing of it
    is published.
    """
    echo_lines(_lines(board))


def _lines(board: ChosenBoard) -> Iterator[str]:
    """Check what has not been checked yet, and say what is flagged, now or earlier."""
    from submissions.receiving import repeated_references
    from submissions.store.submitted.submissions import submissions

    checks = repeated_references.check_declarations(board.folder, board.tasks)
    by_id = {submission.id: submission for submission in submissions(board.folder)}
    flagged = [check for check in checks if check.flagged]
    for check in sorted(flagged, key=lambda check: -check.copied):
        submission = by_id[check.submission]
        yield (
            f"{submission.system} {submission.version} ({submission.id}): {check.task}:"
            f" {check.copied} of {counted(check.explanations, 'explanation')}"
            f" {noun_for(check.copied, 'repeats', 'repeat')} {repeated_references.RUN} words or"
            f" more of a reference (up to {check.longest}); declared training:"
            f" {_declared(submission.meta.trained_on)}"
        )
    yield (
        f"{counted(len(checks), 'task')} checked, {len(flagged)} flagged. Ask the team before you "
        "conclude anything; none of this is published."
    )


def _declared(trained_on: tuple[str, ...] | None) -> str:
    if trained_on is None:
        return "nothing"
    return ", ".join(trained_on) or "none of the data sets"
