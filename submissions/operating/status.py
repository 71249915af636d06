"""What is pending, who is at it, what failed, and what each of them waits for.

The models are the recorded ones, whose files need not be at hand: looking must not fetch a
checkpoint. That `scoring.toml` names another is said; what it makes pending is for `reasonboard
rescore --dry-run` to say.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.tasks import Task
from submissions.keeping.verify import (
    AT_A_GLANCE,
    Verified,
    glance,
    last_verified,
    still_standing,
)
from submissions.operating.declaration_faults import DeclarationFault, declaration_faults
from submissions.receiving.repeated_references import VERSION
from submissions.rescoring.instruments import announced, unrecorded
from submissions.rescoring.pending import Unit, Workplace, plan
from submissions.rescoring.presence import Presence, presence
from submissions.store.files.damage import Damage
from submissions.store.folder import DataFolder
from submissions.store.released.ledger import ReleaseRecord, mark, release_records
from submissions.store.released.release import NoRelease, current_number
from submissions.store.scored.failures import RETRIES, Failure, failures
from submissions.store.scored.leases import Lease, Work, leases
from submissions.store.scored.scores import recorded_instruments
from submissions.store.submitted.declaration_checks import checked
from submissions.store.submitted.submissions import submissions
from submissions.store.submitted.takedowns import Takedown, pending_takedowns

PENDING, LEASED, FAILED = "pending", "leased", "failed"


@dataclass(frozen=True)
class UnitStatus:
    """How it stands with one unit.

    Attributes:
        state: PENDING, LEASED or FAILED (tried as often as it may be).
        unit: Which.
        waits_for: In words.
        failure: The last failed try, if there was one.
    """

    state: str
    unit: Unit
    waits_for: str
    failure: Failure | None


@dataclass(frozen=True)
class Status:
    """How it stands with the board.

    Attributes:
        release: The release that is served; None before the first.
        releases: How many there are.
        submissions: How many there are.
        scores: How many there are.
        unpinned: Benchmark with explanations -> kinds of model that `scoring.toml` names and that
            nothing was scored with yet.
        announced: Benchmark -> the models that `scoring.toml` names, where the scores are of
            another.
        flagged: Submissions' tasks whose explanations repeat references
            (`submissions.receiving.repeated_references`).
        units: All that lack a score.
        presence: Whether somebody scores.
        faults: Declarations and settings that cannot be used.
        damages: Files that are damaged, as far as a glance or the last `verify` found.
        verified: What the last `verify` found; None where there was none.
        takedowns: Those that are not finished.
        exposed: What of the data other users of the machine may read, by name.
    """

    release: ReleaseRecord | None
    releases: int
    submissions: int
    scores: int
    unpinned: Mapping[str, tuple[str, ...]]
    announced: Mapping[str, str]
    flagged: int
    units: tuple[UnitStatus, ...]
    presence: Presence
    faults: tuple[DeclarationFault, ...] = ()
    damages: tuple[Damage, ...] = ()
    verified: Verified | None = None
    takedowns: tuple[Takedown, ...] = ()
    exposed: tuple[str, ...] = ()

    def of(self, state: str) -> tuple[UnitStatus, ...]:
        """Return the units in `state`."""
        return tuple(unit for unit in self.units if unit.state == state)


def status(folder: DataFolder, tasks: Mapping[str, Task]) -> Status:
    """Look at everything once."""
    instruments = recorded_instruments(folder, (s.benchmark for s in submissions(folder)))
    workplace = Workplace(folder, tasks, instruments)
    explained = {task.benchmark for task in tasks.values() if task.explained}
    records, served = release_records(folder), _served(folder)
    held, failed = leases(folder), failures(folder)
    counts, verified = mark(folder), last_verified(folder)
    return Status(
        release=next((record for record in records if record.number == served), None),
        releases=counts.releases,
        submissions=counts.submissions,
        scores=counts.scores,
        unpinned={
            name: kinds
            for name in instruments
            if name in explained and (kinds := unrecorded(folder, name))
        },
        announced={name: model for name in instruments if (model := announced(folder, name))},
        flagged=sum(check.flagged for check in checked(folder, VERSION)),
        units=tuple(
            _unit_status(unit, held, [failed[key] for key in unit.keys if key in failed])
            for unit in plan(workplace)
        ),
        presence=presence(folder),
        faults=declaration_faults(folder),
        damages=_damages(folder, tasks, verified),
        verified=verified,
        takedowns=pending_takedowns(folder),
        exposed=tuple(path.name for path in folder.exposed()),
    )


def _damages(
    folder: DataFolder, tasks: Mapping[str, Task], verified: Verified | None
) -> tuple[Damage, ...]:
    """Return what a glance finds, and what `verify` found that a glance cannot see, as far as it is
    so still.
    """
    seen = glance(folder, tasks)
    # A file that both found is told once, as the glance sees it now.
    names = {damage.name for damage in seen}
    others = [known for known in (verified.damages if verified else ()) if known.name not in names]
    return (
        *seen,
        *still_standing(folder, [known for known in others if known.kind not in AT_A_GLANCE]),
    )


def _served(folder: DataFolder) -> int | None:
    try:
        return current_number(folder)
    except NoRelease:  # the glance says it
        return None


def _unit_status(unit: Unit, held: Mapping[Work, Lease], failed: Sequence[Failure]) -> UnitStatus:
    # A unit is as far from being scored as the score that failed most often.
    failure = max(failed, key=lambda attempt: attempt.tries, default=None)
    lease = held.get(unit.work)
    if lease is not None and lease.live:
        seconds = lease.expires_at - time.time()
        waits = f"worker {lease.worker}, held for dead if silent for {seconds:.0f} s more"
        return UnitStatus(LEASED, unit, waits, failure)
    if failure is not None and failure.given_up:
        return UnitStatus(
            FAILED,
            unit,
            "someone who puts it right, then `reasonboard rescore --retry-failed`",
            failure,
        )
    if lease is not None:
        return UnitStatus(
            PENDING, unit, f"a worker to take it over: {lease.worker} fell silent", failure
        )
    if failure is not None:
        return UnitStatus(PENDING, unit, f"try {failure.tries + 1} of {1 + RETRIES}", failure)
    why = ", ".join(sorted({lacking.why for lacking in unit.lacking}))
    return UnitStatus(PENDING, unit, f"a worker ({why})", None)
