"""What moved between two releases, and why: nothing on a board changes silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from scoring.statistics.rounding import equal
from submissions.declarations.meta import POOLED
from submissions.releasing.by_name import BLANK, ByName, Figure, SystemName, altered, told_number
from submissions.releasing.consequences import COUNTED, additions, consequences
from submissions.releasing.rank_changes import rank_changes
from submissions.store.released.rated_rows import ValidityRow
from submissions.store.released.release_rows import UNSTATED, ChangeKind, ChangeRow, ReleaseContent
from submissions.store.released.scored_rows import CellRow, SystemRow
from submissions.wording import counted

Withdrawn = Collection[tuple[str, str]]
"""(benchmark, "system version") of what was taken back."""

ALTERING = frozenset(
    {
        ChangeKind.VALUE,
        ChangeKind.DETAILS,
        ChangeKind.NEW_VERSION,
        ChangeKind.OLDER_VERSION,
        ChangeKind.REMOVED_SYSTEM,
        ChangeKind.REMOVED_METRIC,
        ChangeKind.REMOVED_TASK,
        ChangeKind.CORRECTED_TASK,
        ChangeKind.TRAINING,
        ChangeKind.PROTOCOL,
        ChangeKind.REMOVED_PROTOCOL,
        ChangeKind.VALIDITY,
        ChangeKind.REMOVED_VALIDITY,
    }
)

PRINTED = frozenset({"papers", "reported", "claims"})
"""Tables of what papers print."""
CORRECTED = PRINTED | {"rubric_values"}
"""Tables of which another number is a correction; what else is stated of transcripts follows from the
values."""
ADDED_ALONE = CORRECTED | {
    "stress_tests",
    "rubric_boards",
    "rubric_systems",
    "rubric_contrasts",
    "rubric_agreement",
}
"""Tables whose rows follow from nothing else."""

_NAMING = ("id", "benchmark", "system", "version", "task", "metric")
"""What a system or a cell is found by."""
DETAILS = (
    "signature",
    "identity",
    "low",
    "high",
    "n",
    "n_absent",
    "n_unparsed",
    "sd",
    "repetitions",
)
"""What stands beside a value and is part of the statement; other columns of a cell say what lies
behind it.
"""


def changes_between(
    before: ReleaseContent | None,
    after: ReleaseContent,
    withdrawn: Withdrawn = (),
) -> tuple[ChangeRow, ...]:
    """Return all that differs, and why: nothing may differ between two releases without a row here.

    Systems are compared by name, whatever the version: a new version that moves a value is a change
    with a reason.

    Args:
        before: What is served; None for nothing.
        after: What is to be.
        withdrawn: (benchmark, "system version") of what was taken back since.
    """
    if before is None:
        # The first release changes all of nothing, by the same rules.
        before = ReleaseContent((), (), (), (), (), (), ())
    old, new = ByName(before), ByName(after)
    causes = (
        *_tasks(old, new),
        *_metrics(old, new),
        *_systems(old, new, withdrawn),
        *_values(old, new, withdrawn),
        *_come_and_gone(old, new),
        *_behind(old, new),
        *_protocols(old, new),
        *_tags(old, new),
        *_validity(old, new),
    )
    changes = (*causes, *rank_changes(old, new, causes), *consequences(old, new))
    # New rows of a table go without saying where something else says why they came.
    return changes or tuple(additions(old, new))


def alterations(changes: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    """Return those of `changes` that take back or alter what was stated.

    A release without any only adds: tasks, systems, values where there were blanks, and the ranks
    that follow. What should follow from other changes, and has none to follow from, alters too;
    nothing follows from what lies behind values that stand, nor do stress tests or what papers
    print follow from anything: they come by themselves, when nothing else is to be done.
    """
    listed = tuple(
        change for change in changes if change.kind != ChangeKind.BASIS and not _adds_rows(change)
    )
    # What is counted follows from what is listed.
    causes = tuple(change for change in listed if change.kind not in COUNTED)
    if not causes:
        return listed
    # What a paper prints follows from nothing either, nor does how transcripts are rated: another
    # number is a correction.
    return tuple(
        change
        for change in listed
        if (change.kind in ALTERING and change.old != BLANK) or _corrects(change)
    )


def _adds_rows(change: ChangeRow) -> bool:
    """Return whether it is nothing but new rows of a table that follows from nothing."""
    return (
        change.kind == ChangeKind.TABLE
        and change.details["table"] in ADDED_ALONE
        and not change.details["gone"]
    )


def _corrects(change: ChangeRow) -> bool:
    return change.kind == ChangeKind.TABLE and change.details["table"] in CORRECTED


def _tasks(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    for task_id in sorted(old.tasks.keys() | new.tasks.keys()):
        benchmark = task_id.split("/", 1)[0]
        was, now = old.tasks.get(task_id), new.tasks.get(task_id)
        if was is None:
            why = "imported since the last release"
            yield ChangeRow(ChangeKind.NEW_TASK, benchmark, task=task_id, why=why)
        elif now is None:
            why = "not declared (or faulty), not imported any more, or its posts are damaged"
            yield ChangeRow(ChangeKind.REMOVED_TASK, benchmark, task=task_id, why=why)
        elif was.revision != now.revision:
            yield ChangeRow(
                ChangeKind.CORRECTED_TASK,
                benchmark,
                task=task_id,
                old=f"revision {was.revision}",
                new=f"revision {now.revision}",
                why="the task was corrected",
            )


def _metrics(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    # The columns of a board that is new, or gone, go without saying.
    boards = {name for name, _ in old.metrics} & {name for name, _ in new.metrics}
    for benchmark, metric in sorted(old.metrics.keys() ^ new.metrics.keys()):
        if benchmark not in boards:
            continue
        gone = (benchmark, metric) in old.metrics
        kind = ChangeKind.REMOVED_METRIC if gone else ChangeKind.NEW_METRIC
        why = "no longer computed" if gone else "computed since the last release"
        yield ChangeRow(kind, benchmark, metric=metric, why=why)


def _systems(old: ByName, new: ByName, withdrawn: Withdrawn) -> Iterator[ChangeRow]:
    for name in sorted(old.systems.keys() | new.systems.keys()):
        was, now = old.systems.get(name), new.systems.get(name)
        if was is None:
            version = new.systems[name].version
            yield ChangeRow(ChangeKind.NEW_SYSTEM, *name, new=version, why="submitted")
        elif now is None:
            why = _why_gone(was, withdrawn)
            yield ChangeRow(ChangeKind.REMOVED_SYSTEM, *name, old=was.version, why=why)
        elif was.version != now.version:
            yield _other_version(was, now, withdrawn)
        else:
            yield from _declarations(was, now)


def _other_version(was: SystemRow, now: SystemRow, withdrawn: Withdrawn) -> ChangeRow:
    kind, why = ChangeKind.NEW_VERSION, "a newer version was submitted"
    # An older version that stands again takes something back, and needs a reason.
    if _fell_back(was, now, withdrawn):
        kind, why = ChangeKind.OLDER_VERSION, f"{was.version}: {_why_gone(was, withdrawn)}"
    return ChangeRow(kind, now.benchmark, now.system, old=was.version, new=now.version, why=why)


def _fell_back(was: SystemRow, now: SystemRow, withdrawn: Withdrawn) -> bool:
    """Return whether an older version stands again.

    Times are in seconds, and two versions may come within one.
    """
    return now.received_at < was.received_at or _is_withdrawn(was, withdrawn)


def _is_withdrawn(system: SystemRow, withdrawn: Withdrawn) -> bool:
    return (system.benchmark, f"{system.system} {system.version}") in withdrawn


def _why_gone(system: SystemRow, withdrawn: Withdrawn) -> str:
    if _is_withdrawn(system, withdrawn):
        return "withdrawn"
    return "held back by a maintainer, or publication is no longer consented to"


def _declarations(was: SystemRow, now: SystemRow) -> Iterator[ChangeRow]:
    """Yield what the team says of the same version in other words.

    By training data, seen and unseen are told apart.
    """
    why = ""
    if was.trained_on != now.trained_on:
        why = "the declaration was edited"
    # A task may have come, or an alias, by which the same words mean something else.
    elif _meaning(was) != _meaning(now):
        why = (
            f"the same declaration ({', '.join(now.trained_on)}) is read anew, by the names that"
            f" the tasks declare: {_read_as(now)}"
        )
    name = (now.benchmark, now.system)
    if why:
        why += "; seen and unseen data follow from it"
        meant = (_trained_on(was), _trained_on(now))
        yield ChangeRow(ChangeKind.TRAINING, *name, old=meant[0], new=meant[1], why=why)
    # What it was trained on is told above.
    edited = _other_columns(was, now, (*_NAMING, "trained_on", "training"))
    if edited:
        why = f"other {', '.join(edited).replace('_', ' ')}; no value rests on it"
        versions = (was.version, now.version)
        yield ChangeRow(ChangeKind.DECLARATION, *name, old=versions[0], new=versions[1], why=why)


def _other_columns(was: Any, now: Any, naming: Iterable[str] = _NAMING) -> list[str]:
    """Return the columns in which two rows differ, apart from those that they are found by, and
    that state nothing.
    """
    apart = {*naming, *UNSTATED["cells"], *UNSTATED["systems"]}
    names = (field.name for field in fields(now) if field.name not in apart)
    return [name for name in names if getattr(was, name) != getattr(now, name)]


_Meaning = tuple[frozenset[str], frozenset[str]]
"""What a system was trained on, and the names that no task knows."""


def _meaning(system: SystemRow) -> _Meaning | None:
    """Return what a declaration was taken to mean.

    Before names were read, each was a data set's own.
    """
    if system.trained_on is None:
        return None
    if system.training is None:
        return frozenset(system.trained_on), frozenset()
    training = system.training
    return frozenset([*training["datasets"], *training["others"]]), frozenset(training["unknown"])


def _trained_on(system: SystemRow) -> str:
    """Return a declaration by what it means."""
    if system.trained_on is None:
        return "undeclared"
    if system.training is None:
        return ", ".join(system.trained_on) or "none"
    return _read_as(system)


def _read_as(system: SystemRow) -> str:
    training = system.training
    known = [*training["datasets"], *training["others"]]
    unknown = [f"{name!r} (no task knows it: cannot tell)" for name in training["unknown"]]
    return ", ".join([*known, *unknown]) or "none"


def _values(old: ByName, new: ByName, withdrawn: Withdrawn) -> Iterator[ChangeRow]:
    """Yield a row a value that is other, or that other details stand beside."""
    for key, was, now in altered(old.cells, new.cells):
        why, numbers = _why(was, now), (told_number(was.value), told_number(now.value))
        if was.system != now.system:
            # That another version answers is why, whatever was measured otherwise besides.
            older = _fell_back(old.ids[was.system], new.ids[now.system], withdrawn)
            why = f"{'an older' if older else 'a newer'} version of the system"
        stated = _stated_otherwise(was, now)
        if not equal(was.value, now.value):
            yield ChangeRow(ChangeKind.VALUE, *key, *numbers, why)
        # A value that is other has a row already, and its details go with it.
        elif stated:
            details = {"fields": stated, "reason": why}
            yield ChangeRow(
                ChangeKind.DETAILS, *key, *numbers, f"{', '.join(stated)}: {why}", details
            )


def _behind(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield a row a system of what lies behind values that stand."""
    behind: dict[SystemName, Counter[str]] = {}
    for key, was, now in altered(old.cells, new.cells):
        if equal(was.value, now.value) and was.system == now.system:
            # Hashes, runs, arrays: what a rescoring changes without moving a value.
            columns = set(_other_columns(was, now)) - set(_stated_otherwise(was, now))
            behind.setdefault(key[:2], Counter()).update(columns)
    for name, counts in behind.items():
        if counts:
            named = ", ".join(
                f"{column} of {counted(counts[column], 'cell')}" for column in sorted(counts)
            )
            yield ChangeRow(ChangeKind.BASIS, *name, why=f"other only in {named}")


def _come_and_gone(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield a row a cell that is in one release alone while its system, task and metric stand.

    No row of theirs says so.
    """
    systems = old.systems.keys() & new.systems.keys()
    tasks = old.tasks.keys() & new.tasks.keys()
    metrics = old.metrics.keys() & new.metrics.keys()
    for key in sorted(old.cells.keys() ^ new.cells.keys()):
        benchmark, _, task, metric = key
        # Who came or went has a row that says so of all its cells.
        if key[:2] not in systems or task not in tasks or (benchmark, metric) not in metrics:
            continue
        if key in old.cells:
            value = told_number(old.cells[key].value)
            yield ChangeRow(ChangeKind.VALUE, *key, value, BLANK, "no longer stated")
        else:
            value = told_number(new.cells[key].value)
            yield ChangeRow(ChangeKind.VALUE, *key, BLANK, value, "not stated before")


def _stated_otherwise(was: CellRow, now: CellRow) -> list[str]:
    """Return the details beside a value that differ; numbers by more than rounding, beside a blank
    none.
    """
    if now.value is None:
        return []
    changed = _other_columns(was, now)
    pairs = ((name, getattr(was, name), getattr(now, name)) for name in DETAILS if name in changed)
    return [
        name
        for name, old, new in pairs
        if not (isinstance(old, float) and isinstance(new, float) and equal(old, new))
    ]


def _why(was: CellRow, now: CellRow) -> str:
    if was.value is None:
        return f"was blank: {was.why_blank}"
    if now.value is None:
        return f"is blank: {now.why_blank}"
    # The identity names what was measured otherwise; the signature is made of it and says less.
    parts = [name for name in now.identity if was.identity.get(name) != now.identity[name]]
    if parts:
        return f"identity: {', '.join(parts)} changed"
    if was.signature != now.signature:
        return f"signature: {was.signature} -> {now.signature}"
    return "scored again under the same identity"


def _protocols(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    boards = {task.benchmark for task in old.tasks.values()}
    for name in sorted(old.protocols.keys() | new.protocols.keys()):
        was, now = old.protocols.get(name), new.protocols.get(name)
        if now is None:
            board, why = old.protocols[name].benchmark, "no longer declared"
            yield ChangeRow(ChangeKind.REMOVED_PROTOCOL, board, old=name, why=why)
        # The protocols of a board that is new go without saying.
        elif was is None and now.benchmark in boards:
            why = "declared since the last release"
            yield ChangeRow(ChangeKind.NEW_PROTOCOL, now.benchmark, new=name, why=why)
        elif was is not None and was != now:
            why = f"{', '.join(_other_columns(was, now, ('id',)))} changed"
            yield ChangeRow(ChangeKind.PROTOCOL, now.benchmark, old=name, new=name, why=why)


def _tags(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield tags that are new on a task, or on more or fewer of its examples."""
    for task, tag in sorted(old.tagged.keys() | new.tagged.keys()):
        was, now = (content.tagged.get((task, tag), 0) for content in (old, new))
        if was != now:
            yield ChangeRow(
                ChangeKind.TAG,
                task.split("/", 1)[0],
                task=task,
                old=f"{counted(was, 'example')} with the tag {tag!r}",
                new=counted(now, "example"),
                why="a maintainer's tags",
            )


def _validity(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield rated systems that are new or gone, and metrics whose validity on one has another
    value.

    A line a metric, however many of its figures changed. The pooled figures of a set that has
    gained or lost a system follow from that, as ranks follow from values.
    """
    tasks = (*old.tasks.values(), *new.tasks.values())
    invented = {task.benchmark for task in tasks if task.demonstration}
    for key in sorted(old.rated.keys() | new.rated.keys()):
        ratings, system = key
        was, now = old.rated.get(key), new.rated.get(key)
        # All rows of a set are of one benchmark.
        benchmark = next(iter((was or new.rated[key]).values())).benchmark
        if was is not None and now is not None:
            # Pooled figures of other systems are other figures, and none of them was altered.
            moved = system == POOLED and _systems_of(ratings, old) != _systems_of(ratings, new)
            kind = ChangeKind.POOLED_VALIDITY if moved else ChangeKind.VALIDITY
            yield from _validity_of(was, now, kind)
        elif was is None and system != POOLED:
            why = "invented ratings" if benchmark in invented else "rated by people"
            yield ChangeRow(ChangeKind.NEW_VALIDITY, benchmark, system, new=ratings, why=why)
        elif system != POOLED:
            why = _why_unstated(ratings, old, new)
            yield ChangeRow(ChangeKind.REMOVED_VALIDITY, benchmark, system, old=ratings, why=why)


def _why_unstated(ratings: str, old: ByName, new: ByName) -> str:
    """Return why a set's figures are gone.

    It is reported with others now, or its parts are, or nothing of it is left.
    """
    for rating_set in new.rating_sets.values():
        if ratings in rating_set.members:
            return f"part of {rating_set.name} now ({rating_set.author}: {rating_set.reason})"
    parts = old.rating_sets[ratings].members if ratings in old.rating_sets else []
    if new.rating_sets.keys() & set(parts):
        return f"no longer joined: {', '.join(parts)} are reported apart"
    return "its ratings are gone"


def _validity_of(
    old: Mapping[Figure, ValidityRow], new: Mapping[Figure, ValidityRow], kind: ChangeKind
) -> Iterator[ChangeRow]:
    moved: dict[str, list[tuple[ValidityRow, ValidityRow | None]]] = {}
    for figure, was in old.items():
        now = new.get(figure)
        if now is None or not equal(was.value, now.value):
            moved.setdefault(was.metric, []).append((was, now))
    for metric in sorted(moved):
        # The first that has a value stands for all: a blank would tell nothing of what moved.
        was, now = min(
            moved[metric], key=lambda pair: (pair[0].value is None, pair[0].aspect, pair[0].measure)
        )
        figures = counted(len(moved[metric]), "figure")
        why = f"{figures} changed, first {was.measure} with {was.aspect!r} ({was.ratings}): "
        yield ChangeRow(
            kind,
            was.benchmark,
            was.system,
            metric=metric,
            old=told_number(was.value),
            new=told_number(None if now is None else now.value),
            why=why + _why_validity(was, now),
        )


def _why_validity(was: ValidityRow, now: ValidityRow | None) -> str:
    if now is None:
        return "no longer stated"
    if now.value is None:
        return f"is blank: {now.why_blank}"
    if was.value is None:
        return f"was blank: {was.why_blank}"
    return "other ratings, texts or identity" if was.signature != now.signature else "computed anew"


def _systems_of(ratings: str, content: ByName) -> set[str]:
    return {system for name, system in content.rated if name == ratings}
