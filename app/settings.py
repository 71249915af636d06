"""Where the run-time data are, as the environment says: for the command line, the server and the site alike."""

from __future__ import annotations

import os
from pathlib import Path

from submissions.store.folder import DataFolder

PROGRAM = Path(__file__).resolve().parents[1]
DEFAULT_DATA = PROGRAM / "leaderboard_data" / "db"


def data_path() -> Path:
    """Return the folder that `REASONBOARD_DATA` names, or the checkout's own."""
    return Path(os.environ.get("REASONBOARD_DATA") or DEFAULT_DATA)


def data_folder() -> DataFolder:
    """Return the folder of run-time data, whether or not it is there yet."""
    return DataFolder(data_path())


def finish_takedowns(folder: DataFolder) -> list[str]:
    """Go on with takedowns that an earlier process left; return what of them is still not done, in words."""
    from submissions.store.takedowns import pending_takedowns

    if not pending_takedowns(folder):
        return []
    from submissions.takedown import complete

    return [one.told for one in complete(folder)]
