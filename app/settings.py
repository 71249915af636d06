"""Where the run-time data are, as the environment says: for the command line, the server and the
site alike.

Where nothing is said, a checkout keeps its board in itself, so that several of them do not meet in
one. An installed program keeps it where the system has a user's data (`~/.local/share/reasonboard`
on Linux, `$XDG_DATA_HOME` before it): not in the package, which an upgrade replaces, and not in the
working folder, since every command, from whatever folder and from cron, has to find the same board.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from submissions.store.folder import DataFolder

PROGRAM = Path(__file__).resolve().parents[1]


def data_path() -> Path:
    """Return the folder that `REASONBOARD_DATA` names, or the default one."""
    # Not `get(..., default)`: a variable that is set to nothing, as in an empty line of a unit
    # file, names no folder.
    return Path(os.environ.get("REASONBOARD_DATA") or default_data())


def default_data() -> Path:
    """Return the checkout's own folder, or that of the user's data where the
    program is installed.
    """
    # Only a checkout has it; a wheel installs the packages alone.
    if (PROGRAM / "pyproject.toml").is_file():
        return PROGRAM / "leaderboard_data" / "db"
    return user_data_path("reasonboard", appauthor=False)


def data_folder() -> DataFolder:
    """Return the folder of run-time data, whether or not it is there yet."""
    return DataFolder(data_path())


def finish_takedowns(folder: DataFolder) -> list[str]:
    """Go on with takedowns that an earlier process left; return what of them is still not done, in
    words.
    """
    from submissions.store.submitted.takedowns import pending_takedowns

    # Asked first because `submissions.life` loads much, and nearly always there is nothing to
    # finish.
    if not pending_takedowns(folder):
        return []
    from submissions.life.takedown import complete

    return [takedown.told for takedown in complete(folder)]
