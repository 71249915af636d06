"""`reasonboard check-declarations`: which explanations repeat references, for the maintainer alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoring.tasks import Task
from submissions.receiving.copying import RUN, check_declarations
from submissions.store.folder import DataFolder
from submissions.store.submissions import submissions
from submissions.wording import counted, noun_for


def declaration_lines(folder: DataFolder, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Check what has not been checked yet, and say what is flagged, now or earlier."""
    found = check_declarations(folder, tasks)
    called = {one.id: f"{one.system} {one.version}" for one in submissions(folder)}
    declared = {one.id: one.meta.trained_on for one in submissions(folder)}
    flagged = [one for one in found if one.flagged]
    for one in sorted(flagged, key=lambda check: -check.copied):
        trained_on = declared[one.submission]
        says = "nothing" if trained_on is None else ", ".join(trained_on) or "none of the data sets"
        yield (
            f"{called[one.submission]} ({one.submission}): {one.task}: {one.copied} of "
            f"{counted(one.explanations, 'explanation')} {noun_for(one.copied, 'repeats', 'repeat')} "
            f"{RUN} words or more of a reference (up to {one.longest}); declared training: {says}"
        )
    yield (
        f"{counted(len(found), 'task')} checked, {len(flagged)} flagged. Ask the team before you conclude anything; "
        "none of this is published."
    )
