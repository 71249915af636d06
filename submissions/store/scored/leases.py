"""Rows of `leases`: which worker is at which unit.

A lease is a promise with an end. A worker pushes the end on while it lives (its heartbeat); one
that was killed cannot, and another takes the unit over: when the lease ends, or at once where both
are of one machine, which knows that the process is gone (a person who kills a run and starts it
again should not have to wait).

A lease saves work, it does not guard the scores: should two workers ever score the same unit (a
clock that jumped, a machine that slept), the later commit changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from submissions.store.database import fetch, writing
from submissions.store.folder import DataFolder

# Of a worker that was killed, others take over within a minute.
LEASE_SECONDS = 60.0
FARTHEST = 2 * LEASE_SECONDS
"""Seconds ahead from which on an end is no promise but a wrong clock: no lease is longer than half
of it.
"""


class Work(NamedTuple):
    """What is leased: one submission's one task."""

    submission: str
    task: str


class Lease(NamedTuple):
    """Who has a unit, and until when (seconds since 1970) unless the heartbeat goes on."""

    work: Work
    worker: str
    expires_at: float

    @property
    def live(self) -> bool:
        """Whether it still holds."""
        return holds(self.expires_at)


def holds(expires_at: float) -> bool:
    """Return whether a lease that ends then (seconds since 1970) still holds."""
    return 0 < expires_at - time.time() <= FARTHEST


def worker_name() -> str:
    """Return a name for this process as a worker: process, machine, and chance."""
    # Chance, because a number of a process is given again once it has ended.
    return f"{os.getpid()}@{_machine()}-{secrets.token_hex(3)}"


def release_dead(folder: DataFolder) -> None:
    """Give back what workers of this machine have whose process is gone."""
    for (worker,) in fetch(folder, "SELECT DISTINCT worker FROM leases"):
        if is_gone(worker):
            release_leases(folder, worker)


def is_gone(worker: str) -> bool:
    """Return whether a worker is known to be dead: of this machine, where its
    process runs no more.
    """
    process, _, rest = worker.partition("@")
    return rest.rsplit("-", 1)[0] == _machine() and not _runs(int(process))


@cache
def _machine() -> str:
    """Return where process numbers mean the same: the machine, and the container if this is one."""
    # Containers count their processes each from 1, often under the same host name.
    space = Path("/proc/self/ns/pid")
    seen = f"{platform.node()} {space.readlink() if space.is_symlink() else ''}"
    return hashlib.sha256(seen.encode()).hexdigest()[:8]


def _runs(process: int) -> bool:
    try:
        # Signal 0 does nothing, and fails where there is no such process.
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # someone else's, but it runs
        return True
    return True


def take_leases(
    folder: DataFolder, wanted: Iterable[Work], worker: str, seconds: float
) -> tuple[Work, ...]:
    """Lease those of `wanted` that nobody has, or whose lease has expired, or ends where no clock
    that is right ends it.

    Returns:
        What `worker` has now, in the order wanted.
    """
    taken = []
    with writing(folder) as db:
        now = time.time()
        for work in wanted:
            got = db.conn.execute(
                "INSERT INTO leases (submission, task, worker, expires_at) VALUES (?, ?, ?, ?) ON"
                " CONFLICT DO UPDATE SET worker = excluded.worker, expires_at ="
                " excluded.expires_at "
                # What ends too far ahead was dated by a wrong clock, and would be held for years.
                "WHERE NOT leases.expires_at BETWEEN ? AND ? RETURNING submission",
                (*work, worker, now + seconds, now, now + FARTHEST),
            ).fetchall()
            if got:
                taken.append(work)
    return tuple(taken)


def renew_leases(folder: DataFolder, worker: str, seconds: float) -> tuple[Work, ...]:
    """Return the heartbeat: push on the end of all that `worker` has.

    Returns:
        What it has still: less than it took where another worker held it for dead.
    """
    with writing(folder) as db:
        rows = db.conn.execute(
            "UPDATE leases SET expires_at = ? WHERE worker = ? RETURNING submission, task",
            (time.time() + seconds, worker),
        ).fetchall()
        return tuple(Work(*row) for row in rows)


def release_leases(folder: DataFolder, worker: str) -> None:
    """Give back all that `worker` has."""
    with writing(folder) as db:
        db.conn.execute("DELETE FROM leases WHERE worker = ?", (worker,))


def leases(folder: DataFolder) -> dict[Work, Lease]:
    """Return all leases, expired ones included."""
    rows = fetch(folder, "SELECT submission, task, worker, expires_at FROM leases")
    stored = (Lease(Work(submission, task), *held) for submission, task, *held in rows)
    return {lease.work: lease for lease in stored}
