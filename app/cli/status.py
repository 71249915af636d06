"""`reasonboard status`: how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scoring.tasks import Task
from submissions.life import find_submission, life_of
from submissions.status import FAILED, LEASED, PENDING, Status, UnitStatus
from submissions.store.folder import DataFolder
from submissions.wording import counted, noun_for

SHOWN = 20
NAMED = 4


def status_lines(status: Status, traces: bool) -> Iterator[str]:
    """What is served, and what the units that lack a score wait for: failed ones first.

    Units that wait for the same thing are one entry, with how many they are and the first NAMED; at most SHOWN entries
    of the pending.

    Args:
        status: What was found.
        traces: Whether to write out where each failed unit failed.
    """
    release = status.release
    served = (
        "none yet"
        if release is None
        else f"{release.number} of {status.releases}, {release.created_at}"
    )
    yield f"release:      {served}" + (f", {release.reason}" if release else "")
    yield f"submissions:  {status.submissions}"
    yield f"scores:       {status.scores}"
    yield f"worker:       {status.presence.sentence}"
    for state in (PENDING, LEASED, FAILED):
        yield f"{state + ':':13} {counted(len(status.of(state)), 'unit')}"
    yield f"files:        {_files(status)}"
    yield from (f"damaged:      {damage}" for damage in status.damages)
    yield from _safety_lines(status)
    for fault in status.faults:
        yield from fault.lines
    if status.flagged:
        yield f"flagged:      {status.flagged}; `reasonboard check-declarations` says which"
    for name in status.unpinned:
        yield f"{name}: no BARTScore model is recorded yet; `reasonboard score` records scoring.toml's"
    for name, model in status.announced.items():
        yield f"{name}: scoring.toml names {model}; the scores are of another. `reasonboard rescore --dry-run` plans it"
    for state in (FAILED, LEASED, PENDING):
        kinds = _kinds(status.of(state))
        for kind in kinds[: SHOWN if state == PENDING else None]:
            yield from _kind_lines(kind, traces)
        if state == PENDING and len(kinds) > SHOWN:
            yield f"... and {counted(sum(map(len, kinds[SHOWN:])), 'more unit')} pending"


def _files(status: Status) -> str:
    """What is known of whether they are whole."""
    last = status.verified
    found = f"{counted(len(status.damages), 'damaged file')}; " if status.damages else ""
    if last is None:
        return f"{found}never read as a whole (`reasonboard verify`)"
    then = counted(len(last.damages), "damage") if last.damages else "whole"
    return f"{found}{then} when they were read at {last.at} (`reasonboard verify`)"


def _safety_lines(status: Status) -> Iterator[str]:
    """What is open to others, and what should be gone and is not."""
    if status.exposed:
        yield (
            f"exposed:      other users of this machine may read {', '.join(status.exposed)}; its owner can end that: "
            "`chmod go-rwx`"
        )
    for takedown in status.takedowns:
        yield (
            f"takedown:     {takedown.subject}, asked for at {takedown.asked_at}, is not finished; every command, worker "
            "and server goes on with it when it starts"
        )


def submission_lines(
    folder: DataFolder, tasks: Mapping[str, Task], submission: str
) -> Iterator[str]:
    """How it stands with one submission."""
    found = life_of(folder, tasks, find_submission(folder, submission))
    yield f"{found.submission.name} ({submission}): {found.state}, {found.done} of {counted(found.total, 'score')}"
    if found.reason:
        yield f"    {found.reason}"
    yield f"    its team's next step: {found.next_step}"


def _kinds(units: Sequence[UnitStatus]) -> list[list[UnitStatus]]:
    """Units that wait for the same thing, after the same failure if any, in the order of their first."""
    kinds: dict[tuple[str, int, str], list[UnitStatus]] = {}
    for found in units:
        tries, reason = (found.failure.tries, found.failure.reason) if found.failure else (0, "")
        kinds.setdefault((found.waits_for, tries, reason), []).append(found)
    return list(kinds.values())


def _kind_lines(kind: Sequence[UnitStatus], traces: bool) -> Iterator[str]:
    first, scores = kind[0], sum(len(one.unit.lacking) for one in kind)
    waiting = (
        f"{counted(scores, 'score')} {noun_for(scores, 'waits', 'wait')} for {first.waits_for}"
    )
    if len(kind) == 1:
        yield f"{first.state}: {first.unit}: {waiting}"
    else:
        systems = counted(len({one.unit.submission.id for one in kind}), "submission")
        tasks = counted(len({one.unit.task.id for one in kind}), "task")
        yield f"{first.state}: {counted(len(kind), 'unit')} ({systems}, {tasks}): {waiting}"
        more = f", and {len(kind) - NAMED:,} more" if len(kind) > NAMED else ""
        yield f"    {', '.join(str(one.unit) for one in kind[:NAMED])}{more}"
    failures = [one.failure for one in kind if one.failure is not None]
    if failures:
        last = max(failures, key=lambda one: one.failed_at)
        yield f"    {counted(last.tries, 'try', 'tries')}, last at {last.failed_at}: {last.reason}"
        if traces:
            yield from (f"    {line}" for line in last.traceback.rstrip().splitlines())
