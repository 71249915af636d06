"""`reasonboard status`: how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoring.tasks import Task
from submissions.life import find_submission, life_of
from submissions.status import FAILED, LEASED, PENDING, Status, UnitStatus
from submissions.store.folder import DataFolder

SHOWN = 20


def status_lines(status: Status, traces: bool) -> Iterator[str]:
    """What is served, and every unit that lacks a score: failed ones first, at most SHOWN of the pending.

    Args:
        status: What was found.
        traces: Whether to write out where each failed unit failed.
    """
    release = status.release
    served = "none yet" if release is None else f"{release.number} of {status.releases}, {release.created_at}"
    yield f"release:      {served}" + (f", {release.reason}" if release else "")
    yield f"submissions:  {status.submissions}"
    yield f"scores:       {status.scores}"
    for state in (PENDING, LEASED, FAILED):
        yield f"{state + ':':13} {len(status.of(state))} units"
    if status.flagged:
        yield f"flagged:      {status.flagged}; `reasonboard check-declarations` says which"
    for name in status.unpinned:
        yield f"{name}: no BARTScore model is recorded yet; `reasonboard score` records scoring.toml's"
    for name, model in status.announced.items():
        yield f"{name}: scoring.toml names {model}; the scores are of another. `reasonboard rescore --dry-run` plans it"
    for state in (FAILED, LEASED, PENDING):
        units = status.of(state)
        for unit in units[: SHOWN if state == PENDING else None]:
            yield from _unit_lines(unit, traces)
        if state == PENDING and len(units) > SHOWN:
            yield f"... and {len(units) - SHOWN} more pending"


def submission_lines(folder: DataFolder, tasks: Mapping[str, Task], submission: str) -> Iterator[str]:
    """How it stands with one submission."""
    found = life_of(folder, tasks, find_submission(folder, submission))
    yield f"{found.submission.name} ({submission}): {found.state}, {found.done} of {found.total} scores"
    if found.reason:
        yield f"    {found.reason}"
    yield f"    its team's next step: {found.next_step}"


def _unit_lines(found: UnitStatus, traces: bool) -> Iterator[str]:
    yield f"{found.state}: {found.unit}: {len(found.unit.lacking)} scores wait for {found.waits_for}"
    if found.failure is not None:
        tries = "try" if found.failure.tries == 1 else "tries"
        yield f"    {found.failure.tries} {tries}, last at {found.failure.failed_at}: {found.failure.reason}"
        if traces:
            yield from (f"    {line}" for line in found.failure.traceback.rstrip().splitlines())
