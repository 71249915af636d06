"""Looks at the whole of a board once a day, beside its work: whether what nobody opens is still
what was written.

It is done by a process of its own (`reasonboard verify --daily`) that yields to all others of the
machine, and that stands still as long as somebody scores, though for a day at most: a board that is
always busy is looked at all the same. Of several that would, one does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.keeping.verify import Verified, last_verified, verify
from submissions.progress import Report, unseen
from submissions.store.clock import ago
from submissions.store.database import StoreTrouble
from submissions.store.files.damage import A_DAY
from submissions.store.folder import DataFolder, held
from submissions.store.scored.leases import leases

# The highest number, which is the lowest priority, that `nice` knows.
LOWEST = 19
LOOK_SECONDS = 5.0


class BeingVerified(ReasonBoardError):
    """Another process is at it."""


def yield_to_others() -> None:
    """Have every other process of the machine run before this one."""
    with suppress(OSError):  # a machine that has no such thing
        os.nice(LOWEST)


def is_due(folder: DataFolder) -> bool:
    """Return whether nobody has looked at the whole of a board for a day.

    A look that a wrong clock dated ahead is none.
    """
    last = last_verified(folder)
    return last is None or not ago(A_DAY) < last.at < ago(-A_DAY)


def verify_daily(
    folder: DataFolder, tasks: Mapping[str, Task], report: Report = unseen
) -> Verified | None:
    """Look at the whole of everything, unless somebody did within a day or is at it.

    Returns:
        What was found; None where nothing was to be done.
    """

    def leave_it() -> None:
        raise BeingVerified

    with suppress(BeingVerified), held(folder.files, leave_it):
        if is_due(folder):
            return verify(folder, tasks, report, Yielding(folder).pause)
    return None


@dataclass
class Yielding:
    """Stands still while somebody scores.

    Attributes:
        folder: The data.
        sleep: Waits so many seconds.
        left: For how long it may stand still altogether, in seconds.
    """

    folder: DataFolder
    sleep: Callable[[float], None] = time.sleep
    left: float = A_DAY

    def pause(self) -> None:
        """Return once nobody scores, or its patience is over."""
        while self.left > 0 and self._somebody_scores():
            self.sleep(LOOK_SECONDS)
            self.left -= LOOK_SECONDS

    def _somebody_scores(self) -> bool:
        try:
            return any(lease.live for lease in leases(self.folder).values())
        except StoreTrouble:
            return True
