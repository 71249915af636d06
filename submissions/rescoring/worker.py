"""A worker: leases a group, scores it, commits it unit by unit, and goes on.

Several workers can run at once on one database. What keeps them apart is the lease, pushed on by a
heartbeat from a thread of its own (scoring may be busy in the model for longer than a lease lasts);
what makes it harmless when the lease fails is that a score is inserted once: a late commit changes
nothing. A unit is scored or it fails, as a whole; a failure is kept with its traceback and tried
again after everything else, `RETRIES` times, with time between the tries where it was for want of
memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from scoring.errors import ReasonBoardError
from submissions.progress import Report, unseen
from submissions.rescoring.engines.local import Engine
from submissions.rescoring.group import Outcome, score_group
from submissions.rescoring.heartbeat import heartbeat
from submissions.rescoring.pending import Group, Unit, Workplace, groups, outstanding, plan
from submissions.store.files.arrays import drop_partials
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import failures, forget_failures, record_failure
from submissions.store.scored.leases import (
    LEASE_SECONDS,
    leases,
    release_dead,
    release_leases,
    renew_leases,
    take_leases,
    worker_name,
)
from submissions.store.scored.scores import Run, commit_scores, recorded
from submissions.store.submitted.submissions import submissions
from submissions.wording import counted

logger = logging.getLogger(__name__)

SCORING = "scoring"
WAIT_SECONDS = 0.5
"""How long a run waits before it looks again, when other workers are at all that remains."""


Advance = Callable[[Group, str, float], None]


class UnitsFailed(ReasonBoardError):
    """Some units could not be scored; the others were."""


@dataclass(frozen=True)
class Worker:
    """One worker.

    Attributes:
        workplace: The data.
        engine: What runs the model.
        lease_seconds: After how long a silent worker is held for dead.
        name: Under which it leases.
    """

    workplace: Workplace
    engine: Engine
    lease_seconds: float = LEASE_SECONDS
    name: str = field(default_factory=worker_name)

    def step(
        self,
        units: Sequence[Unit],
        under: Callable[[], Run],
        advance: Advance,
    ) -> int:
        """Score the first group of `units` that can be leased.

        Args:
            units: What is outstanding.
            under: The run that the scores will name; asked for only when there is something to
                score.
            advance: Called with the group, what is being done, and the share of it that is.

        Returns:
            How many units were done, be it by failing; 0 when other workers are at all of them, or
            all of them rest.
        """
        # First, so that what a killed worker held can be taken now.
        release_dead(self.workplace.folder)
        held = {work for work, lease in leases(self.workplace.folder).items() if lease.live}
        resting = {key for key, failure in failures(self.workplace.folder).items() if failure.rests}
        free = [unit for unit in units if unit.work not in held and resting.isdisjoint(unit.keys)]
        # A group that others took meanwhile is empty when it is leased; the next may not be.
        for group in groups(free):
            with self._leased(group) as mine:
                if mine.units:
                    self._score(mine, under(), advance)
                    return len(mine.units)
        return 0

    @contextmanager
    def _leased(self, group: Group) -> Iterator[Group]:
        """Lease what of `group` nobody else has, for as long as it takes."""
        folder = self.workplace.folder
        with _renewed(folder, self.name, self.lease_seconds):
            taken = set(
                take_leases(
                    folder, [unit.work for unit in group.units], self.name, self.lease_seconds
                )
            )
            # Between the plan and the lease another worker may have finished it.
            yield Group(outstanding(folder, [unit for unit in group.units if unit.work in taken]))

    def _score(self, group: Group, under: Run, advance: Advance) -> None:
        for outcome in score_group(
            self.workplace.folder, group, self.engine, under, partial(advance, group)
        ):
            _settle(self.workplace.folder, outcome)


def _settle(folder: DataFolder, outcome: Outcome) -> None:
    unit = outcome.unit
    ids = {"submission": unit.submission.id, "task": unit.task.id, "metrics": len(unit.lacking)}
    made = {score.key for score in outcome.scores}
    commit_scores(folder, outcome.scores)
    forget_failures(folder, made)
    outcome.forget_partial(folder)
    lost = [key for key in unit.keys if key not in made]
    if not lost:
        logger.info("unit scored", extra={"ids": ids})
        return
    # A score under another key than was planned would be planned again for ever.
    reason = outcome.reason or "its scores were made under another identity than was planned"
    record_failure(folder, lost, reason, outcome.traceback)
    # Why stands in the database: an exception's words may hold a text.
    logger.warning("unit failed; `status --traces` says why", extra={"ids": ids})


@contextmanager
def _renewed(folder: DataFolder, worker: str, seconds: float) -> Iterator[None]:
    """Renew the worker's leases; give them back at the end."""
    try:
        with heartbeat("leases", seconds, lambda: renew_leases(folder, worker, seconds)):
            yield
    finally:
        release_leases(folder, worker)


def run(
    workplace: Workplace,
    units: Sequence[Unit],
    engine: Engine,
    under: Run,
    report: Report = unseen,
    lease_seconds: float = LEASE_SECONDS,
) -> None:
    """Score `units`, those that other workers are at included: it returns when nothing of them is
    left to do.

    Args:
        workplace: The data.
        units: From `plan`.
        engine: What runs the model.
        under: The run that the scores will name.
        report: Called as steps are done.
        lease_seconds: After how long a silent worker is held for dead.

    Raises:
        UnitsFailed: After all others were scored: which units failed every try, and why.
    """
    worker = Worker(workplace, engine, lease_seconds)
    total, reached = sum(unit.steps for unit in units), 0
    # Asked anew each time: other workers finish some of them.
    while waiting := outstanding(workplace.folder, units):
        done = total - sum(unit.steps for unit in waiting)

        def advance(group: Group, doing: str, share: float, done: int = done) -> None:
            nonlocal reached
            # All of it is told only once all of it is stored.
            reached = max(reached, min(total - 1, done + int(group.steps * share)))
            report(SCORING, reached, total, f"{group}: {doing}")

        if not worker.step(waiting, lambda: under, advance):
            time.sleep(WAIT_SECONDS)
    if units:
        report(SCORING, total, total)
    raise_failed(workplace.folder, units)


def raise_failed(folder: DataFolder, units: Sequence[Unit]) -> None:
    """Say which of `units` were given up.

    Raises:
        UnitsFailed: There are some.
    """
    given_up = {key: failure for key, failure in failures(folder).items() if failure.given_up}
    reasons = [
        f"{unit}: {next(given_up[key].reason for key in unit.keys if key in given_up)}"
        for unit in units
        if any(key in given_up for key in unit.keys)
    ]
    if reasons:
        raise UnitsFailed(
            "\n".join(
                [
                    (
                        f"{len(reasons)} of {counted(len(units), 'unit')} failed every try, the"
                        " others are stored:"
                    ),
                    *reasons,
                    (
                        "`reasonboard status --traces` shows where; once put right: `reasonboard"
                        " rescore --retry-failed`."
                    ),
                ]
            )
        )


def drop_left_overs(workplace: Workplace) -> None:
    """Drop partial values that nobody comes back for: a worker killed right after its commit leaves
    them.

    Those of a submission of which anything is pending, or that someone is at, stay.
    """
    folder = workplace.folder
    needed = {unit.submission.id for unit in plan(workplace)}
    needed |= {work.submission for work, lease in leases(folder).items() if lease.live}
    for submission in submissions(folder):
        # Another worker may be about to come back for a submission's values: one with the memory, or
        # with a model that is not here.
        if submission.id not in needed and _all_here(workplace, submission.benchmark):
            drop_partials(folder, f"{submission.id}.")


def _all_here(workplace: Workplace, benchmark: str) -> bool:
    """Return whether all models that a benchmark's scores are of can be used here."""
    if benchmark not in workplace.instruments:
        return False
    here = {model.kind for model in workplace.instruments[benchmark].models}
    return all(model.kind in here for model in recorded(workplace.folder, benchmark).models)
