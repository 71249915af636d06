"""`reasonboard check-declarations`: which explanations repeat references, for maintainers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from app.cli.options import Data, data_folder, declared_tasks, echo_lines
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scoring.tasks import Task
    from submissions.store.folder import DataFolder

commands = typer.Typer()


@commands.command()
def check_declarations(context: typer.Context, data: Data = None) -> None:
    """Look for explanations that repeat references of the test sets. For you alone: nothing of it is published."""
    folder = data_folder(context, data)
    echo_lines(_lines(folder, declared_tasks(folder)))


def _lines(folder: DataFolder, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Check what has not been checked yet, and say what is flagged, now or earlier."""
    from submissions.receiving import repeated_references
    from submissions.store.submitted.submissions import submissions

    checks = repeated_references.check_declarations(folder, tasks)
    by_id = {submission.id: submission for submission in submissions(folder)}
    flagged = [check for check in checks if check.flagged]
    for check in sorted(flagged, key=lambda check: -check.copied):
        submission = by_id[check.submission]
        yield (
            f"{submission.system} {submission.version} ({submission.id}): {check.task}: "
            f"{check.copied} of {counted(check.explanations, 'explanation')} "
            f"{noun_for(check.copied, 'repeats', 'repeat')} {repeated_references.RUN} words or more of a "
            f"reference (up to {check.longest}); "
            f"declared training: {_declared(submission.meta.trained_on)}"
        )
    yield (
        f"{counted(len(checks), 'task')} checked, {len(flagged)} flagged. Ask the team before you "
        "conclude anything; none of this is published."
    )


def _declared(trained_on: tuple[str, ...] | None) -> str:
    if trained_on is None:
        return "nothing"
    return ", ".join(trained_on) or "none of the data sets"
