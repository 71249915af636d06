"""Rows of `workers`: which processes score, and when each last gave a sign of life.

A lease says who is at a unit, and nothing of a worker that has nothing to do. This says that one is
there at all.
"""

from __future__ import annotations

import importlib.metadata
import platform
import time
from typing import NamedTuple

from submissions.store.database import looking, reading, writing
from submissions.store.folder import DataFolder
from submissions.store.scored.leases import holds, is_gone
from submissions.store.sqlite.library import sqlite_utils

WORKER, SCORE, RESCORE = "worker", "score", "rescore"
"""Kinds: scores what comes in; scores what was there when it began; scores a part of that."""


class Sign(NamedTuple):
    """The last sign of life of a process that scores.

    Attributes:
        worker: Its name, as in leases.
        kind: WORKER, SCORE or RESCORE.
        benchmark: The only one that it sees to; "" for all.
        version: Of the program.
        host: Where it runs.
        started_at: Seconds since 1970.
        seen_at: Seconds since 1970.
        silent_after: Seconds without a sign after which it is held for dead.
        ended: Whether it said that it ends.
    """

    worker: str
    kind: str
    benchmark: str
    version: str
    host: str
    started_at: float
    seen_at: float
    silent_after: float
    ended: bool = False

    @property
    def age(self) -> float:
        """Seconds since the sign."""
        return time.time() - self.seen_at

    @property
    def ahead(self) -> bool:
        """Whether it is dated in the future, by a clock that is not ours: then its age says
        nothing.
        """
        return not self.ended and self.age < -self.silent_after

    @property
    def alive(self) -> bool:
        """Whether it lives, as far as can be known."""
        # A sign from the future is a clock's fault, and proves no more than an old one.
        fresh = abs(self.age) <= self.silent_after
        return fresh and not self.ended and not is_gone(self.worker)


class Traces(NamedTuple):
    """What there is to score, and what processes that do so leave behind.

    Attributes:
        signs: Their last signs of life, the youngest first.
        holders: The names of those that have a unit.
        submissions: How many are stored.
        scored: Whether scores were ever made.
    """

    signs: tuple[Sign, ...]
    holders: tuple[str, ...]
    submissions: int
    scored: bool


def sign_on(
    folder: DataFolder, worker: str, kind: str, benchmark: str, silent_after: float
) -> None:
    """Note that a process begins, in place of dead ones of its kind: its sign is younger than
    theirs.
    """
    now = time.time()
    version = importlib.metadata.version("reasonboard")
    sign = Sign(worker, kind, benchmark, version, platform.node(), now, now, silent_after)
    # Dead ones are kept until somebody takes their place: else nobody could tell that one is
    # missing.
    past = [name.worker for name in signs(folder) if not (name.alive or name.ahead)]
    with writing(folder) as db:
        db.conn.executemany(
            "DELETE FROM workers WHERE worker = ? AND kind = ? AND benchmark = ?",
            [(name, kind, benchmark) for name in past],
        )
        db.conn.execute("INSERT INTO workers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sign)


def give_sign(folder: DataFolder, worker: str, *, ended: bool = False) -> None:
    """Note that a process lives, or that it ends now."""
    with writing(folder) as db:
        db.conn.execute(
            "UPDATE workers SET seen_at = ?, ended = ? WHERE worker = ?",
            (time.time(), ended, worker),
        )


def signs(folder: DataFolder) -> tuple[Sign, ...]:
    """Return the last sign of every process, the youngest first."""
    with reading(folder) as db:
        return _signs(db)


def traces(folder: DataFolder) -> Traces:
    """Return all from which one can tell whether somebody scores, by few looks: health asks for it
    all the time.
    """
    # Not `reading`: health must make no database, and wait for no lock.
    with looking(folder) as db:
        given = _signs(db)
        rows = db.conn.execute("SELECT worker, expires_at FROM leases").fetchall()
        (received, scored) = db.conn.execute(
            "SELECT (SELECT count(*) FROM submissions), EXISTS (SELECT 1 FROM runs)"
        ).fetchone()
    holders = tuple(worker for worker, expires_at in rows if holds(expires_at))
    return Traces(given, holders, received, bool(scored))


def _signs(db: sqlite_utils.Database) -> tuple[Sign, ...]:
    rows = db.conn.execute("SELECT * FROM workers ORDER BY seen_at DESC")
    return tuple(Sign(*row) for row in rows)
