"""Whether somebody is there who scores: signs of life, given by every process that does, and read
by whoever waits.

A sign is given three times in the term after which a process is held for dead, from a thread of its
own, so that it does not depend on the engine or on how long a group takes. A process of this
machine that was killed is known to be gone at once; one of another is held for dead when its term
is over. Programs from before there were signs give none: where scores were made and no sign was
ever given, nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from submissions.rescoring.heartbeat import heartbeat
from submissions.store.clock import parse
from submissions.store.database import StoreTrouble
from submissions.store.folder import DataFolder
from submissions.store.scored.leases import LEASE_SECONDS, is_gone, worker_name
from submissions.store.scored.workers import (
    RESCORE,
    WORKER,
    Sign,
    Traces,
    give_sign,
    sign_on,
    traces,
)
from submissions.store.submitted.submissions import Submission
from submissions.wording import ago

RUNNING, NONE, UNKNOWN = "running", "none", "cannot tell"
START = "a maintainer has to start `reasonboard worker`"


@dataclass(frozen=True)
class Presence:
    """Whether somebody scores.

    Attributes:
        state: RUNNING, NONE or UNKNOWN.
        alive: The processes that do, the last sign first.
        last: The youngest sign, of a living process or of a dead one; None where there was none.
        why_unknown: In words.
    """

    state: str
    alive: tuple[Sign, ...]
    last: Sign | None
    why_unknown: str = ""

    @property
    def sentence(self) -> str:
        """What people are told, without a full stop."""
        if self.state == UNKNOWN:
            return f"cannot tell whether a worker is running: {self.why_unknown}"
        if self.state == NONE:
            seen = "none was ever seen" if self.last is None else f"last seen {ago(self.last.age)}"
            return f"no worker is running: {START} ({seen})"
        return "; ".join(map(_told, self.alive))


def presence(folder: DataFolder) -> Presence:
    """Look for signs of life."""
    return presence_by(traces(folder))


def presence_by(left: Traces) -> Presence:
    """Tell from what processes leave behind."""
    alive = tuple(sign for sign in left.signs if sign.alive)
    last = left.signs[0] if left.signs else None
    if alive:
        return Presence(RUNNING, alive, last)
    why = _why_unknown(left)
    return Presence(UNKNOWN if why else NONE, (), last, why)


def waits_in_vain(workers: Presence, submission: Submission) -> str:
    """Return why a submission that waits would wait for ever, as far as anybody can tell.

    "" where somebody will come to it.
    """
    if any(_comes_to(sign, submission) for sign in workers.alive):
        return ""
    if workers.state != RUNNING:
        return workers.sentence
    running = ", ".join(dict.fromkeys(map(_command, workers.alive)))  # without hosts: teams read it
    return f"no worker that sees to it is running: {START} (there is only {running})"


def _comes_to(sign: Sign, submission: Submission) -> bool:
    """Return whether a process sees to a submission.

    All but a worker take what was there when they began.
    """
    if sign.kind == RESCORE or sign.benchmark not in ("", submission.benchmark):
        return False
    received = parse(submission.received_at).timestamp()
    return sign.kind == WORKER or received <= sign.started_at


def _why_unknown(left: Traces) -> str:
    if any(sign.ahead for sign in left.signs):
        return "the last sign of one is dated in the future; do the machines' clocks agree?"
    known = {_process(sign.worker) for sign in left.signs}
    if any(_process(worker) not in known and not is_gone(worker) for worker in left.holders):
        return "one of an earlier version is at work, which gives no signs of life"
    if left.scored and not left.signs:
        return "none has given a sign of life yet, and those of earlier versions give none"
    return ""


def _process(worker: str) -> str:
    return worker.rsplit("-", 1)[0]


def _told(sign: Sign) -> str:
    return f"{_command(sign)} {sign.version} on {sign.host}, seen {ago(sign.age)}"


def _command(sign: Sign) -> str:
    whose = f" --benchmark {sign.benchmark}" if sign.benchmark else ""
    return f"`reasonboard {sign.kind}{whose}`"


@contextmanager
def on_duty(
    folder: DataFolder, kind: str, benchmark: str | None = None, silent_after: float = LEASE_SECONDS
) -> Iterator[None]:
    """Give signs of life for as long as it takes.

    Args:
        folder: The data.
        kind: What the process does (`submissions.store.scored.workers`).
        benchmark: The only one that it sees to.
        silent_after: Seconds without a sign after which it is held for dead.
    """
    name = worker_name()
    sign_on(folder, name, kind, benchmark or "", silent_after)
    try:
        with heartbeat("sign of life", silent_after, lambda: give_sign(folder, name)):
            yield
    finally:
        with suppress(*StoreTrouble):  # then it is held for dead a little later
            give_sign(folder, name, ended=True)
