"""Builds a release, says what moved against the one before, and switches to it.

A release that takes back or alters something needs a person and a reason. One that only adds (new
systems, values where there were blanks) may be made without either, which is what lets a worker
publish; after a rollback not even that, since what was rolled back would come straight back.

A release is immutable, so one that would be blank where scores are only not there yet is refused
unless that is what somebody wants. Pending is every cell of a system that would stand in it
(public, its newest version, under the current identities), once anything of its benchmark is scored
or somebody is at it. A benchmark that was imported and never scored does not hold the others up:
all of it is blank, and that is said. Nor does what has failed for good, or a metric whose model no
run has recorded yet, which has no column.

One publisher at a time builds: a second one waits for the first, or is told of it, and then finds
what is left to say. What a release states is read before the write lock is taken, since that takes
a while; the release is dated when the reading began, and what is declared, consented to or
submitted since stands in the next one. What was taken out since must not stand in it: once the lock
is held, the number of decisions that do so (`TAKING_OUT`: withdrawals, holds, redactions, ratings
taken back) has to be what it was before the reading, every listed system has to be public still,
and no takedown may be half done; else everything is read again.

The order of steps makes a crash harmless: the file is complete, aside, before the database names
it; the database names it before it gets its name; and it has its name before readers are switched.
What a crash prevented is made up for by the next call of `publish`
(`submissions.releasing.adopting`). No file of a release is ever written over.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace

from scoring.errors import ReasonBoardError
from scoring.tasks import TasksById
from submissions.life.takedown import TakedownIncomplete, complete, withdrawn_systems
from submissions.progress import Report, unseen
from submissions.releasing.adopting import refuse_unknown, settle, settle_under_lock
from submissions.releasing.changes import alterations, changes_between
from submissions.releasing.content import DAMAGED, Draft, content_of, draft
from submissions.store.clock import now
from submissions.store.database import StoreTrouble, reading, writing
from submissions.store.events import count_takings_out, takings_out
from submissions.store.files.damage import FROM_BACKUP, REPAIR
from submissions.store.folder import DataFolder, held, sha256_of
from submissions.store.redacted import as_kept
from submissions.store.released.ledger import (
    ReleaseRecord,
    read_records,
    record_release,
    record_rollback,
    recorded_current,
    release_records,
)
from submissions.store.released.release import (
    NoRelease,
    ReleaseDamaged,
    ReleaseReader,
    current_number,
    place_release,
    release_path,
    switch_to,
    write_release,
)
from submissions.store.released.release_rows import ChangeRow, HistoryRow, ReleaseContent
from submissions.store.released.scored_rows import ReleaseRow
from submissions.store.released.serving import checked_release, current_release, lists_withdrawn
from submissions.store.sqlite.library import sqlite_utils
from submissions.store.submitted.submissions import all_public
from submissions.store.submitted.takedowns import any_pending
from submissions.wording import counted, noun_for

ADDED = "new scores only"

logger = logging.getLogger(__name__)
# Each begins anew because something was stored meanwhile: on a board that busy a person decides.
ATTEMPTS = 5
REMOVED = "withdrawn systems are removed"
FELL_BACK = f"{REMOVED}; older versions stand again"


@dataclass(frozen=True)
class Published:
    """What `publish` did.

    Attributes:
        number: The release that is served now; None when there is nothing to publish.
        new: Whether it was made by this call.
        changes: What it changed.
        blank: Benchmark -> cells of it that are blank because they are not scored yet.
    """

    number: int | None
    new: bool
    changes: tuple[ChangeRow, ...] = ()
    blank: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """What `publish` would do now.

    Attributes:
        number: The release that it would make; None where it would make none.
        served: The one that is served.
        systems: Benchmark -> how many systems it would list.
        changes: What it would change.
        blank: Benchmark -> cells that would be blank because they are not scored yet.
        pending: Those of them for which it would be refused.
        unmeasured: Metrics whose values of rated texts are pending.
        needs: Why it would be refused without a reason; "" where none is needed.
    """

    number: int | None
    served: int | None
    systems: Mapping[str, int]
    changes: tuple[ChangeRow, ...]
    blank: Mapping[str, int]
    pending: Mapping[str, int]
    unmeasured: int
    needs: str


class ReasonNeeded(ReasonBoardError):
    """The release would alter what is served."""


class ScoresPending(ReasonBoardError):
    """The release would be blank where scores are only not there yet."""


class DecisionsGoOn(ReasonBoardError):
    """What may be public changed whenever a release of it was built."""


class BeingPublished(ReasonBoardError):
    """Another process is building a release."""


class NoSuchRelease(ReasonBoardError):
    """There is no such release to go back to, or its file is not what was published."""


def publish(
    folder: DataFolder,
    tasks: TasksById,
    author: str,
    reason: str | None = None,
    *,
    allow_pending: bool = False,
    wait: bool = True,
    report: Report = unseen,
) -> Published:
    """Make a release of everything that may be public, unless it would state what the served one
    states.

    Args:
        folder: The data.
        tasks: The declared tasks.
        author: Who publishes.
        reason: Why; stands in the release. May be left out for a release that only adds.
        allow_pending: Whether cells may be blank that are only not scored yet: a release never
            changes again.
        wait: Whether to wait for another process that is building a release.
        report: Called as work is done.

    Raises:
        BeingPublished: Another process is at it, and `wait` is false.
        ReasonNeeded: No reason is given, and something served would be altered.
        ScoresPending: Scores are pending, and blanks in their place were not allowed.
        DecisionsGoOn: What may be public changed whenever a release of it was built.
        UnknownReleases: There are files of releases that the working database does not know.
    """

    def waiting() -> None:
        if not wait:
            raise BeingPublished("another process is building a release just now")
        report("publishing: waiting for another process that is building a release", 0, 0)

    with held(folder.releases, waiting):
        kept = None if reason is None else as_kept(folder, reason)
        return _publish_alone(folder, tasks, author, kept, allow_pending, report)


def _publish_alone(
    folder: DataFolder,
    tasks: TasksById,
    author: str,
    reason: str | None,
    allow_pending: bool,
    report: Report,
) -> Published:
    refuse_unknown(folder, release_records(folder))  # before the work of hours, and again below
    for _ in range(ATTEMPTS):
        if unfinished := complete(folder):
            raise TakedownIncomplete(
                "not published, because a takedown is not finished:"
                f" {'; '.join(takedown.told for takedown in unfinished)}"
            )
        before = _Before(now(), takings_out(folder))
        report("publishing: reading the scores", 0, 0)
        made_from = draft(folder, tasks)
        if not allow_pending:
            refuse_pending(made_from.pending, made_from.unmeasured)
        content = content_of(made_from, report)
        report("publishing: comparing with the release that is served", 0, 0)
        try:
            published = _publish(made_from, author, reason, content, before, report)
        # Whatever ended it, Ctrl-C too: what it wrote must not lie about as if it were on its
        # way.
        except BaseException:
            with suppress(*StoreTrouble):  # then whoever publishes next settles it
                settle(folder)
            raise
        if published is not None:
            return replace(published, blank=made_from.blank) if published.new else published
    raise DecisionsGoOn(
        "not published: while the release was built, something was withdrawn, held, redacted or"
        f" otherwise taken out of what may be public, {ATTEMPTS} times over, or a takedown cannot"
        " be finished (`reasonboard status` says so). Publish again."
    )


@dataclass(frozen=True)
class _Before:
    """The time, and the number of decisions that take something out, before what a release states
    is read.
    """

    at: str
    takings_out: int


def _publish(
    made_from: Draft,
    author: str,
    reason: str | None,
    content: ReleaseContent,
    before: _Before,
    report: Report,
) -> Published | None:
    """Publish `content`, unless something was taken out of what may be public since it was read:
    None then.
    """
    folder = made_from.folder
    with writing(folder) as db:  # concurrent publishers wait for each other, and decisions for them
        listed = (system.id for system in content.systems)
        taken_out = count_takings_out(db) != before.takings_out or not all_public(db, listed)
        if taken_out or any_pending(db):
            return None
        settle_under_lock(folder, read_records(db))
        refuse_unknown(folder, read_records(db))
        step = _step_to(folder, db, content)
        if step.nothing_new:
            # A crash may have come between the record and the switch.
            if step.same is not None:
                _serve(folder, step.same)
            return Published(step.current, new=False)
        if not reason and (needed := _why_reason_needed(step, made_from.damaged)):
            raise ReasonNeeded(needed)
        record = ReleaseRecord(
            number=step.number,
            created_at=step.not_before(before.at),
            author=author,
            reason=reason or _own_reason(step),
            previous=step.current,
            sha256="",
            content=content.digest(),
        )
        report(f"publishing: writing release {record.number}", 0, 0)
        # The hash is of the finished file, so the record is complete only after it.
        digest = write_recorded(folder, record, content, step.changes, step.records)
        record_release(db, replace(record, sha256=digest))
    # After the transaction: a name that the ledger does not have would stop every publisher.
    place_release(folder, record.number)
    _serve(folder, record.number)
    ids = {"release": record.number, "changes": len(step.changes)}
    logger.info("release published", extra={"ids": ids})
    return Published(record.number, new=True, changes=step.changes)


def write_recorded(
    folder: DataFolder,
    record: ReleaseRecord,
    content: ReleaseContent,
    changes: Sequence[ChangeRow],
    before: Sequence[ReleaseRecord],
) -> str:
    """Write the release of a record aside.

    Args:
        folder: The data.
        record: What the ledger says, or will say, of it.
        content: What it states.
        changes: What it changes.
        before: The records of all releases before it.

    Returns:
        sha256 of the file.
    """
    version = importlib.metadata.version("reasonboard")
    stated = (record.number, record.created_at, record.author, record.reason)
    history = [HistoryRow(r.number, r.created_at, r.author, r.reason) for r in (*before, record)]
    return write_release(
        folder, ReleaseRow(*stated, record.previous, version), content, changes, history
    )


def propose(folder: DataFolder, tasks: TasksById, report: Report = unseen) -> Proposal:
    """Return what `publish` would do now. Nothing is recorded or served.

    What was computed is kept for the publishing itself.

    Raises:
        UnknownReleases: There are files of releases that the working database does not know.
    """
    refuse_unknown(folder, release_records(folder))
    report("reading the scores", 0, 0)
    made_from = draft(folder, tasks)
    content = content_of(made_from, report)
    with reading(folder) as db:
        step = _step_to(folder, db, content)
    return Proposal(
        number=None if step.nothing_new else step.number,
        served=step.current,
        systems={board.benchmark: len(board.systems) for board in made_from.boards},
        changes=step.changes,
        blank=made_from.blank,
        pending=made_from.pending,
        unmeasured=made_from.unmeasured,
        needs="" if step.nothing_new else _why_reason_needed(step, made_from.damaged),
    )


def told_pending(pending: Mapping[str, int], unmeasured: int) -> str:
    """Return what is pending, in words; "" where nothing is."""
    parts = [f"{counted(count, 'score')} of {name}" for name, count in pending.items()]
    parts += (
        [f"{counted(unmeasured, 'metric')} on the texts that people rated"] if unmeasured else []
    )
    return ", ".join(parts)


def refuse_pending(pending: Mapping[str, int], unmeasured: int) -> None:
    """Ask before a release is made that has blanks for good where scores are only not there yet.

    Raises:
        ScoresPending: There are some.
    """
    if waiting := told_pending(pending, unmeasured):
        raise ScoresPending(
            f"not published, because scores are pending: {waiting}. Their cells would be blank in"
            " this release for good. Wait for `reasonboard score` or the worker (`reasonboard"
            " status` says how far they are), or publish with the blanks: `reasonboard publish"
            " --allow-pending`. `--dry-run` shows what would be published."
        )


@dataclass(frozen=True)
class _Step:
    """From the release that is served to what would be stated now.

    Attributes:
        records: Of all releases, the oldest first.
        current: The one that is served.
        same: The one that is served, where it states the same.
        blank: Whether there is nothing to state.
        changes: What would change.
        gone: (benchmark, system) of what its team has withdrawn.
        lost: Whether the one that is served is damaged, and the changes are those since the last
            good one.
    """

    records: tuple[ReleaseRecord, ...]
    current: int | None
    same: int | None
    blank: bool
    changes: tuple[ChangeRow, ...] = ()
    gone: Set[tuple[str, str]] = frozenset()
    lost: bool = False

    @property
    def nothing_new(self) -> bool:
        return self.same is not None or self.blank

    @property
    def number(self) -> int:
        return self.records[-1].number + 1 if self.records else 1

    def not_before(self, time: str) -> str:
        """Return `time`, or the last release's where a clock was put back since.

        Releases are dated in their order.
        """
        return max([time, *(record.created_at for record in self.records)])

    @property
    def rolled_back(self) -> bool:
        return bool(self.records) and self.current != self.records[-1].number


def _step_to(folder: DataFolder, db: sqlite_utils.Database, content: ReleaseContent) -> _Step:
    records, current = read_records(db), recorded_current(db)
    serving = next((record for record in records if record.number == current), None)
    # By content and not by changes: what states the same is no new release, whoever asks.
    if serving is not None and serving.content == content.digest():
        return _Step(records, current, serving.number, blank=False)
    # An empty board as release 1 would be cited for good.
    values = (row.value for rows in (content.cells, content.rubric_values) for row in rows)
    if all(value is None for value in values):
        return _Step(records, current, None, blank=True)
    before, lost = _served_content(folder, serving.number) if serving else (None, False)
    gone = withdrawn_systems(folder, before) if before else frozenset()
    return _Step(
        records,
        current,
        None,
        blank=False,
        changes=tuple(changes_between(before, content, gone)),
        gone=gone,
        lost=lost,
    )


def _served_content(folder: DataFolder, number: int) -> tuple[ReleaseContent | None, bool]:
    """Return what the served release states.

    Of a damaged one what stands in for it states, if anything does, and True.
    """
    try:
        return checked_release(folder, release_path(folder, number)).content(), False
    except ReleaseDamaged:
        with suppress(NoRelease):
            return current_release(folder).content(), True
        return None, True


def _why_reason_needed(step: _Step, damaged: Set[str]) -> str:
    """Return why a person has to say why; "" of what only adds, or takes away what its team
    withdrew.

    Args:
        step: What would change.
        damaged: Tasks that are left out because their posts are damaged.
    """
    if step.lost:
        return (
            f"releases/{step.current}.db, which is served, is damaged, so nobody can tell what"
            " would be altered of it: repair it (`reasonboard verify --repair`), or go on without"
            ' it and say why, `reasonboard publish --reason "..."`.'
        )
    if step.rolled_back:
        return (
            "The release that is served was rolled back to, so publishing may bring back what was"
            ' taken back: say why, `reasonboard publish --reason "..."`.'
        )
    altered = [
        change
        for change in alterations(step.changes)
        if (change.benchmark, change.system) not in step.gone
    ]
    if not altered:
        return ""
    shown = [
        " ".join(filter(None, (c.kind, c.system, c.task, c.metric, c.old, "->", c.new)))
        for c in altered[:3]
    ]
    return (
        f"{len(altered)} of {counted(len(step.changes), 'change')}"
        f" {noun_for(len(altered), 'alters', 'alter')} what is served"
        f" ({'; '.join(shown)}{'; ...' if len(altered) > 3 else ''}){_through_damage(altered, damaged)}:"
        ' say why, `reasonboard publish --reason "..."`.'
    )


def _own_reason(step: _Step) -> str:
    """Return the reason that stands in a release for which nobody has to give one."""
    if any(change.kind == "older version" for change in step.changes):
        return FELL_BACK
    return REMOVED if step.gone else ADDED


def _through_damage(altered: Sequence[ChangeRow], damaged: Set[str]) -> str:
    """Return what of that follows from damage alone, and what repairs it.

    A person decides whether to wait for that.
    """
    cells = sum(DAMAGED in change.why for change in altered)
    tasks = sum(change.kind == "removed task" and change.task in damaged for change in altered)
    losses = [f"{counted(cells, 'value')}, which {REPAIR} makes again"] if cells else []
    losses += [f"{counted(tasks, 'task')}, which {FROM_BACKUP} brings back"] if tasks else []
    if not losses:
        return ""
    return (
        f". Lost through damaged files alone: {'; '.join(losses)}. Then nothing of that moves."
        " Nothing that is served moves without a reason; to publish as it is"
    )


def rollback(folder: DataFolder, number: int, author: str, reason: str) -> bool:
    """Serve release `number` again; the later ones stay, and the next release is compared with this
    one.

    Returns:
        Whether another was served before.

    Raises:
        NoSuchRelease: It was never published, or its file is missing or damaged.
    """
    with writing(folder) as db:
        settle_under_lock(folder, read_records(db))
        records = {record.number: record for record in read_records(db)}
        if number not in records:
            listed = ", ".join(map(str, records)) or "none"
            raise NoSuchRelease(f"there is no release {number}; there are: {listed}")
        _check_file(folder, records[number])
        # A takedown wins against a rollback too.
        if lists_withdrawn(folder, ReleaseReader(release_path(folder, number))):
            raise NoSuchRelease(
                f"release {number} lists a system that was withdrawn since, and is served no more;"
                " publish anew"
            )
        moved = recorded_current(db) != number
        if moved:
            record_rollback(db, number, author, reason)
    _serve(folder, number)
    return moved


def _check_file(folder: DataFolder, record: ReleaseRecord) -> None:
    path = release_path(folder, record.number)
    if not path.is_file():
        raise NoSuchRelease(
            f"{path} is missing: restore it from a download of release {record.number}"
        )
    digest = sha256_of(path)
    if digest != record.sha256:
        raise NoSuchRelease(
            f"{path} is not what was published as release {record.number} (sha256 {digest[:12]},"
            f" published {record.sha256[:12]}): restore it from a download"
        )


def _serve(folder: DataFolder, number: int) -> None:
    if current_number(folder) != number:
        switch_to(folder, number)
