"""Repairs what `verify` found: from a backup, where one is named, else by making it again from what
is whole.

An array follows from a submission's outputs: its unit is scored again, and where the values come
out the same to the last bit nothing on the board moves. Where they do not, on another machine for
instance, the new score stands in for the old one, and that is noted. A release follows from the
scores, as long as they are those that it states; a file of outputs or of posts follows from
nothing, and only a backup has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.instruments import Instruments
from scoring.metrics import metrics_with
from scoring.tasks import Task
from submissions.keeping.backup import object_path, snapshots
from submissions.keeping.verify import (
    ARRAY,
    CURRENT,
    OUTPUTS,
    POSTS,
    RELEASE,
    TAKEN_DOWN,
    TEXTS,
    Verified,
    verify,
)
from submissions.life.takedown import withdrawn_systems
from submissions.progress import Report, unseen
from submissions.releasing.changes import changes_between
from submissions.releasing.content import content_of, draft
from submissions.releasing.post_sums import save_numbers
from submissions.releasing.publish import write_recorded
from submissions.rescoring.engines.local import Engine, LocalEngine
from submissions.rescoring.group import Advance, Outcome, score_group
from submissions.rescoring.instruments import find_models
from submissions.rescoring.pending import Group, Lacking, Unit
from submissions.rescoring.provenance import provenance
from submissions.store.files.arrays import array_path
from submissions.store.files.damage import Damage
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder, replace_file, sha256_of
from submissions.store.released.ledger import ReleaseRecord, release_records
from submissions.store.released.release import (
    NoRelease,
    ReleaseReader,
    release_path,
    replace_release,
    switch_to,
)
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.scored.references import (
    ReferredFiles,
    correct_digest,
    forget_rated_values,
    references,
    substitute_scores,
)
from submissions.store.scored.scores import Score, ScoreKey, finish_run, scores, start_run
from submissions.store.submitted.submissions import submissions
from submissions.store.submitted.takedowns import redacted_posts
from submissions.wording import counted

WHY = "its array was damaged, and came out otherwise when it was scored again"


@dataclass(frozen=True)
class Repairing:
    """What a repair needs.

    Attributes:
        folder: The data.
        tasks: The declared tasks.
        author: In whose name.
        source: A backup to take files from; None for none.
        engine: What runs models.
        report: Called as work is done.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    author: str
    source: Path | None = None
    engine: Engine | None = None
    report: Report = unseen


def repair(doing: Repairing, verified: Verified) -> tuple[tuple[str, ...], Verified]:
    """Repair what can be repaired of what `verify` found.

    Returns:
        What was done, a line each; and what `verify` finds now.

    Raises:
        BackupError: `source` is no backup.
    """
    done = list(_from_backup(doing, verified.damages)) if doing.source else []
    # Files from a backup may have put right what the rest would otherwise compute for hours.
    left = verified.damages if not done else verify(doing.folder, doing.tasks, doing.report).damages
    done += _come_back(doing, [damage for damage in left if damage.kind == TAKEN_DOWN])
    done += _arrays(doing, [damage for damage in left if damage.kind == ARRAY])
    done += _releases(doing, [damage for damage in left if damage.kind == RELEASE])
    done += _current(doing, [damage for damage in left if damage.kind == CURRENT])
    return tuple(done), verify(doing.folder, doing.tasks, doing.report)


def _from_backup(doing: Repairing, damages: Sequence[Damage]) -> Iterator[str]:
    """Put whole files in the place of damaged ones."""
    source = doing.source
    assert source is not None  # noqa: S101  (the caller asks)
    # Posts have no digest in the database; the newest backup has what was last imported.
    newest = snapshots(source)[-1].files
    wanted = references(doing.folder.database)
    for damage in damages:
        digest = _digest_of(damage, wanted) or newest.get(damage.name)
        if damage.kind not in (OUTPUTS, ARRAY, TEXTS, RELEASE, POSTS) or digest is None:
            continue
        kept = object_path(source, digest)
        # A backup may be damaged itself.
        if kept.is_file() and sha256_of(kept) == digest:
            yield (
                f"{damage.name}: taken from the"
                f" backup{_put_back(doing.folder, damage, kept.read_bytes())}"
            )


def _digest_of(damage: Damage, wanted: ReferredFiles) -> str | None:
    if damage.kind == RELEASE:
        return wanted.releases.get(int(damage.key))
    return None if damage.kind == POSTS else damage.key


def _put_back(folder: DataFolder, damage: Damage, content: bytes) -> str:
    """Put a file in its place; of posts, without what was redacted after the backup was made: a
    takedown stands.

    Returns:
        What to say of that.
    """
    if damage.kind != POSTS:
        replace_file(folder.path / damage.name, content)
        return ""
    name = Path(damage.name).name
    # The backup may be older than a takedown.
    again = PostStore(folder.posts).put_back(name, content, redacted_posts(folder))
    return f"; {counted(again, 'post')} redacted again" if again else ""


def _come_back(doing: Repairing, damages: Sequence[Damage]) -> Iterator[str]:
    """Redact again what was redacted, and is there all the same."""
    store = PostStore(doing.folder.posts)
    again = store.standing(redacted_posts(doing.folder)) if damages else {}
    store.redact(again)
    for path, here in again.items():
        yield f"posts/{path.name}: {counted(len(here), 'post')} redacted again"


def _arrays(doing: Repairing, damages: Sequence[Damage]) -> Iterator[str]:
    if not damages:
        return
    wanted = references(doing.folder.database)
    broken = {damage.key for damage in damages}
    for digest in (
        broken - wanted.arrays
    ):  # of posts or of redacted scores, which are made again; or nobody's
        array_path(doing.folder, digest).unlink(missing_ok=True)
    # Several scores may share an array: each of their units is scored again.
    keys = {key for digest in broken for key in wanted.scored.get(digest, ())}
    yield from _scored_again(doing, keys)
    rated = [key for digest in broken for key in wanted.rated.get(digest, ())]
    if rated:
        forget_rated_values(doing.folder, rated)
        yield (
            f"{counted(len(rated), 'metric')} on rated texts: measured again by `reasonboard score`"
            " or a worker"
        )
    # Post numbers are arrays of a board and not of a score; they follow from the gold alone.
    for board in draft(doing.folder, doing.tasks).boards:
        for numbers in board.post_numbers.values():
            save_numbers(doing.folder, numbers)


def _scored_again(doing: Repairing, keys: set[ScoreKey]) -> Iterator[str]:
    """Score the units of damaged arrays again, with the metrics and models that they were scored
    with.
    """
    stored = {score.key: score for score in scores(doing.folder, keys)}
    units = tuple(_units(doing, tuple(stored.values())))
    # Told before hours of scoring, not after.
    for key in sorted(keys - {key for unit in units for key in unit.keys}):
        yield (
            f"{stored[key].signature} of {key.submission}: cannot be made again, because"
            " scoring.toml names another model, or the metric is of an earlier version; only a"
            " backup has its array"
        )
    if not units:
        return
    # Only now: a repair that scores nothing must not load a model.
    engine = doing.engine or LocalEngine()
    run = start_run(doing.folder, doing.author, "repair of damaged arrays", provenance(engine.name))
    for unit in units:
        advance = _silent(doing.report)
        for outcome in score_group(doing.folder, Group((unit,)), engine, run, advance):
            yield _settle(doing, stored, outcome)
    finish_run(doing.folder, run)


def _silent(report: Report) -> Advance:
    def advance(doing: str, share: float) -> None:
        report("repairing arrays", int(100 * share), 100, doing)

    return advance


def _units(doing: Repairing, stored: Sequence[Score]) -> Iterator[Unit]:
    """Yield the units of scores that can be made here.

    Others' identities are no longer computed, or need another model.
    """
    named = {item.id: item for item in submissions(doing.folder)}
    models = find_models(
        doing.folder,
        {doing.tasks[s.task].benchmark for s in stored if s.task in doing.tasks},
        doing.tasks,
    )
    lacking: dict[tuple[str, str], list[Lacking]] = {}
    for score in stored:
        task = doing.tasks.get(score.task)
        if task is None or task.revision != score.task_revision:
            continue
        instruments = models.instruments.get(task.benchmark, Instruments())
        known = {each.name: each for each in metrics_with(instruments)}
        metric = known.get(score.identity.metric)
        # Without its model the metric's identity cannot even be told.
        if metric is None or not metric.can_measure(instruments):
            continue
        # Under another identity it would be another score, and not this one's array.
        if metric.identity(instruments).key == score.identity.key:
            lacks = Lacking(metric, score.key, "its array is damaged")
            lacking.setdefault((score.submission, task.id), []).append(lacks)
    for (submission, task_id), metrics in lacking.items():
        task = doing.tasks[task_id]
        instruments = models.instruments.get(task.benchmark, Instruments())
        yield Unit(named[submission], task, tuple(metrics), instruments)


def _settle(doing: Repairing, stored: Mapping[ScoreKey, Score], outcome: Outcome) -> str:
    if outcome.reason:
        return f"{outcome.unit}: cannot be scored again: {outcome.reason}"
    # The same bytes have the same digest: the row stands, and nothing on the board moves.
    other = [score for score in outcome.scores if score.array != stored[score.key].array]
    substitute_scores(doing.folder, other, doing.author, WHY)
    outcome.forget_partial(doing.folder)
    same = len(outcome.scores) - len(other)
    settled = f"{outcome.unit}: {counted(same, 'array')} as before"
    return f"{settled}, {counted(len(other), 'score')} made again" if other else settled


def _releases(doing: Repairing, damages: Sequence[Damage]) -> Iterator[str]:
    """Write releases again whose content follows from the scores as they are."""
    records = {record.number: record for record in release_records(doing.folder)}
    broken = sorted(int(damage.key) for damage in damages if int(damage.key) in records)
    if not broken:
        return
    content = content_of(draft(doing.folder, doing.tasks), doing.report)
    for number in broken:
        record = records[number]
        # Rewritten with other content it would be another release under an old number.
        if record.content != content.digest():
            yield (
                f"releases/{number}.db: what it states no longer follows from the scores; take it"
                " from a backup (`reasonboard verify --repair --from BACKUP`), or from a download,"
                f" whose sha256 must be {record.sha256}; or publish anew"
            )
            continue
        try:
            before = _content_of(doing.folder, record.previous)
        except NoRelease as error:
            yield f"releases/{number}.db: what it changed cannot be told: {error}"
            continue
        gone = withdrawn_systems(doing.folder, before) if before else frozenset()
        # A release lists those before it, not those since.
        earlier = [records[other] for other in sorted(records) if other < number]
        changes = changes_between(before, content, gone)
        digest = write_recorded(doing.folder, record, content, changes, earlier)
        replace_release(doing.folder, number)
        yield (
            f"releases/{number}.db: written again from the ledger and the"
            f" scores{_noted(doing, record, digest)}"
        )


def _content_of(folder: DataFolder, number: int | None) -> ReleaseContent | None:
    return None if number is None else ReleaseReader(release_path(folder, number)).content()


def _noted(doing: Repairing, record: ReleaseRecord, digest: str) -> str:
    if digest == record.sha256:
        return ", byte for byte"
    why = f"it was damaged; sha256 {record.sha256[:12]} before, the same content"
    correct_digest(doing.folder, record.number, digest, doing.author, why)
    return ", with the same content and another sha256"


def _current(doing: Repairing, damages: Sequence[Damage]) -> Iterator[str]:
    served = references(doing.folder.database).current
    # The database is the record; the file is only what readers look at.
    if damages and served is not None and release_path(doing.folder, served).is_file():
        switch_to(doing.folder, served)
        yield f"releases/current: names release {served} again"
