"""How often a team may change what it declares: each edit is checked, recorded and read by whoever
publishes next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from submissions.problems import TooOften
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission
from submissions.teams.accounts import Team
from submissions.teams.limits import edits_an_hour
from submissions.teams.quota import Quota

_EDITS = Quota(3600)


class TooManyEdits(TooOften):
    """A team has edited as often as it may for now."""


def count_edit(
    folder: DataFolder, team: Team, submission: Submission, changes: Mapping[str, Any]
) -> None:
    """Count an edit of a team, accepted or not; a maintainer's are not counted, nor is consent that
    is taken back.

    Args:
        folder: The data.
        team: Who edits.
        submission: Of what.
        changes: Key -> what is to be declared.

    Raises:
        TooManyEdits: It has edited as often as it may for now.
    """
    # To take consent back must always be possible, and an edit that changes nothing costs nothing.
    altered = _altered(submission, changes)
    if team.maintains or not altered or (altered == {"consent"} and changes["consent"] is False):
        return
    most = edits_an_hour(folder)
    seconds = _EDITS.wait(team.name, most)
    if seconds:
        raise TooManyEdits(
            f"The team's {most} edits within an hour are made: changed declarations, and consents"
            f" given. The next is possible in {seconds} s. Nothing was changed; a submission can be"
            " withdrawn, and consent to its publication be taken back by itself, at any time.",
            seconds,
        )


def _altered(submission: Submission, changes: Mapping[str, Any]) -> set[str]:
    """Return the keys that would have another value; a list and a tuple are one."""
    declared = asdict(submission.meta)
    return {
        key
        for key, value in changes.items()
        if json.dumps(value, default=str) != json.dumps(declared.get(key))
    }
