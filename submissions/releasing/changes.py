"""What moved between two releases, and why: nothing on a board changes silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from scoring.statistics.rounding import equal
from submissions.declarations.meta import POOLED
from submissions.releasing.consequences import COUNTED, additions, consequences
from submissions.releasing.rank_changes import rank_changes
from submissions.store.released.release_rows import (
    UNSTATED,
    CellRow,
    ChangeKind,
    ChangeRow,
    ReleaseContent,
    SystemRow,
    ValidityRow,
)
from submissions.wording import counted

BLANK = "blank"
TAG = "tag"
"""The attribute under which a release breaks results down by a maintainer's tags."""

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
"""What stands beside a value and is part of the statement; other columns of a cell say what lies behind it."""


def changes_between(
    before: ReleaseContent | None,
    after: ReleaseContent,
    withdrawn: Collection[tuple[str, str]] = (),
) -> tuple[ChangeRow, ...]:
    """Return all that differs, and why: nothing may differ between two releases without a row here.

    Systems are compared by name, whatever the version: a new version that moves a value is a change with a reason.

    Args:
        before: What is served; None for nothing.
        after: What is to be.
        withdrawn: (benchmark, "system version") of what was taken back since.
    """
    if before is None:
        before = ReleaseContent((), (), (), (), (), (), ())
    causes = (
        *_tasks(before, after),
        *_metrics(before, after),
        *_systems(before, after, withdrawn),
        *_values(before, after, withdrawn),
        *_protocols(before, after),
        *_tags(before, after),
        *_validity(before, after),
    )
    changes = (*causes, *rank_changes(before, after, causes), *consequences(before, after))
    return changes or tuple(additions(before, after))


def alterations(changes: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    """Return those of `changes` that take back or alter what was stated.

    A release without any only adds: tasks, systems, values where there were blanks, and the ranks that follow. What
    should follow from other changes, and has none to follow from, alters too; nothing follows from what lies behind
    values that stand.
    """
    listed = tuple(change for change in changes if change.kind != ChangeKind.BASIS)
    causes = tuple(change for change in listed if change.kind not in COUNTED)
    return (
        tuple(change for change in causes if change.kind in ALTERING and change.old != BLANK)
        if causes
        else listed
    )


def _tasks(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    old = {task.id: task for task in before.tasks}
    new = {task.id: task for task in after.tasks}
    for task_id in sorted(old.keys() | new.keys()):
        benchmark = task_id.split("/", 1)[0]
        if task_id not in old:
            why = "imported since the last release"
            yield ChangeRow(ChangeKind.NEW_TASK, benchmark, task=task_id, why=why)
        elif task_id not in new:
            why = "not declared (or faulty), not imported any more, or its posts are damaged"
            yield ChangeRow(ChangeKind.REMOVED_TASK, benchmark, task=task_id, why=why)
        elif old[task_id].revision != new[task_id].revision:
            yield ChangeRow(
                ChangeKind.CORRECTED_TASK,
                benchmark,
                task=task_id,
                old=f"revision {old[task_id].revision}",
                new=f"revision {new[task_id].revision}",
                why="the task was corrected",
            )


def _metrics(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    boards = {metric.benchmark for metric in before.metrics} & {
        metric.benchmark for metric in after.metrics
    }
    old, new = (
        {(metric.benchmark, metric.name) for metric in content.metrics}
        for content in (before, after)
    )
    for benchmark, metric in sorted(old ^ new):
        if benchmark not in boards:
            continue
        gone = (benchmark, metric) in old
        kind = ChangeKind.REMOVED_METRIC if gone else ChangeKind.NEW_METRIC
        why = "no longer computed" if gone else "computed since the last release"
        yield ChangeRow(kind, benchmark, metric=metric, why=why)


_Name = tuple[str, str]
"""A benchmark, and a system's name on it."""
_Key = tuple[str, str, str, str]
"""The same, a task and a metric: what names a cell."""


def _by_name(content: ReleaseContent) -> dict[_Name, SystemRow]:
    return {(system.benchmark, system.system): system for system in content.systems}


def _systems(
    before: ReleaseContent, after: ReleaseContent, withdrawn: Collection[tuple[str, str]]
) -> Iterator[ChangeRow]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield ChangeRow(ChangeKind.NEW_SYSTEM, *name, new=new[name].version, why="submitted")
        elif name not in new:
            was = old[name]
            why = _why_gone(was, withdrawn)
            yield ChangeRow(ChangeKind.REMOVED_SYSTEM, *name, old=was.version, why=why)
        elif old[name].version != new[name].version:
            yield _other_version(old[name], new[name], withdrawn)
        else:
            yield from _declarations(old[name], new[name])


def _other_version(
    was: SystemRow, now: SystemRow, withdrawn: Collection[tuple[str, str]]
) -> ChangeRow:
    kind, why = ChangeKind.NEW_VERSION, "a newer version was submitted"
    if _fell_back(was, now, withdrawn):
        kind, why = ChangeKind.OLDER_VERSION, f"{was.version}: {_why_gone(was, withdrawn)}"
    return ChangeRow(kind, now.benchmark, now.system, old=was.version, new=now.version, why=why)


def _fell_back(was: SystemRow, now: SystemRow, withdrawn: Collection[tuple[str, str]]) -> bool:
    """Return whether an older version stands again.

    Times are in seconds, and two versions may come within one.
    """
    return (
        now.received_at < was.received_at
        or (was.benchmark, f"{was.system} {was.version}") in withdrawn
    )


def _why_gone(system: SystemRow, withdrawn: Collection[tuple[str, str]]) -> str:
    gone = (system.benchmark, f"{system.system} {system.version}") in withdrawn
    return (
        "withdrawn"
        if gone
        else "held back by a maintainer, or publication is no longer consented to"
    )


def _declarations(was: SystemRow, now: SystemRow) -> Iterator[ChangeRow]:
    """Yield what the team says of the same version in other words.

    By training data, seen and unseen are told apart.
    """
    retrained = ChangeRow(
        ChangeKind.TRAINING,
        now.benchmark,
        now.system,
        old=_trained_on(was),
        new=_trained_on(now),
        why="the declaration was edited; seen and unseen data follow from it",
    )
    if was.trained_on != now.trained_on:
        yield retrained
    elif _meaning(was) != _meaning(now):
        why = (
            f"the same declaration ({', '.join(now.trained_on)}) is read anew, by the names that the tasks declare: "
            f"{_read_as(now)}; seen and unseen data follow from it"
        )
        yield replace(retrained, why=why)
    edited = [
        column for column in _other_columns(was, now) if column not in ("trained_on", "training")
    ]
    if edited:
        why = f"other {', '.join(edited).replace('_', ' ')}; no value rests on it"
        yield ChangeRow(
            ChangeKind.DECLARATION,
            now.benchmark,
            now.system,
            old=was.version,
            new=now.version,
            why=why,
        )


def _other_columns(was: Any, now: Any, naming: Iterable[str] = _NAMING) -> list[str]:
    """Return the columns in which two rows differ, apart from those that they are found by, and that state nothing."""
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


def _values(
    before: ReleaseContent, after: ReleaseContent, withdrawn: Collection[tuple[str, str]]
) -> Iterator[ChangeRow]:
    """Yield a row a value that is other, or that other details stand beside.

    And a row a system of what lies behind them.
    """
    old, new = _cells(before), _cells(after)
    systems = {system.id: system for content in (before, after) for system in content.systems}
    behind: dict[_Name, Counter[str]] = {}
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        if was == now:
            continue
        why = _why(was, now)
        if was.system != now.system:
            older = _fell_back(systems[was.system], systems[now.system], withdrawn)
            why = f"{'an older' if older else 'a newer'} version of the system"
        columns, numbers = _other_columns(was, now), (_number(was.value), _number(now.value))
        stated = [
            column_name
            for column_name in DETAILS
            if column_name in columns and _stated_otherwise(was, now, column_name)
        ]
        if not equal(was.value, now.value):
            yield ChangeRow(ChangeKind.VALUE, *key, *numbers, why)
        elif stated:
            details = {"fields": stated, "reason": why}
            yield ChangeRow(
                ChangeKind.DETAILS, *key, *numbers, f"{', '.join(stated)}: {why}", details
            )
        if equal(was.value, now.value) and was.system == now.system:
            behind.setdefault(key[:2], Counter()).update(set(columns) - set(stated))
    yield from _come_and_gone(before, after)
    for name, counts in behind.items():
        if counts:
            named = ", ".join(
                f"{column} of {counted(counts[column], 'cell')}" for column in sorted(counts)
            )
            why = f"other only in {named}"
            yield ChangeRow(ChangeKind.BASIS, *name, why=why)


def _come_and_gone(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """Yield a row a cell that is in one release alone while its system, task and metric stand.

    No row of theirs says so.
    """
    old, new = _cells(before), _cells(after)
    systems = _by_name(before).keys() & _by_name(after).keys()
    tasks = {task.id for task in before.tasks} & {task.id for task in after.tasks}
    metrics = _metric_names(before) & _metric_names(after)
    for key in sorted(old.keys() ^ new.keys()):
        benchmark, _, task, metric = key
        if key[:2] not in systems or task not in tasks or (benchmark, metric) not in metrics:
            continue
        if key in old:
            value = _number(old[key].value)
            yield ChangeRow(ChangeKind.VALUE, *key, value, BLANK, "no longer stated")
        else:
            value = _number(new[key].value)
            yield ChangeRow(ChangeKind.VALUE, *key, BLANK, value, "not stated before")


def _metric_names(content: ReleaseContent) -> set[tuple[str, str]]:
    return {(metric.benchmark, metric.name) for metric in content.metrics}


def _stated_otherwise(was: CellRow, now: CellRow, column: str) -> bool:
    """Return whether a detail beside a value differs; numbers by more than rounding."""
    old, new = getattr(was, column), getattr(now, column)
    rounded = isinstance(old, float) and isinstance(new, float) and equal(old, new)
    return now.value is not None and not rounded


def _cells(content: ReleaseContent) -> dict[_Key, CellRow]:
    names = {system.id: (system.benchmark, system.system) for system in content.systems}
    return {(*names[cell.system], cell.task, cell.metric): cell for cell in content.cells}


def _why(was: CellRow, now: CellRow) -> str:
    if was.value is None:
        return f"was blank: {was.why_blank}"
    if now.value is None:
        return f"is blank: {now.why_blank}"
    parts = [name for name in now.identity if was.identity.get(name) != now.identity[name]]
    if parts:
        return f"identity: {', '.join(parts)} changed"
    if was.signature != now.signature:
        return f"signature: {was.signature} -> {now.signature}"
    return "scored again under the same identity"


def _protocols(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    old, new = (
        {protocol.id: protocol for protocol in content.protocols} for content in (before, after)
    )
    boards = {task.benchmark for task in before.tasks}
    for name in sorted(old.keys() | new.keys()):
        benchmark = (new.get(name) or old[name]).benchmark
        if name not in new:
            yield ChangeRow(
                ChangeKind.REMOVED_PROTOCOL, benchmark, old=name, why="no longer declared"
            )
        elif name not in old and benchmark in boards:
            why = "declared since the last release"
            yield ChangeRow(ChangeKind.NEW_PROTOCOL, benchmark, new=name, why=why)
        elif name in old and old[name] != new[name]:
            changed = ", ".join(_other_columns(old[name], new[name], ("id",)))
            yield ChangeRow(
                ChangeKind.PROTOCOL, benchmark, old=name, new=name, why=f"{changed} changed"
            )


def _tags(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """Yield tags that are new on a task, or on more or fewer of its examples."""
    old, new = _tagged(before), _tagged(after)
    for task, tag in sorted(old.keys() | new.keys()):
        was, now = old.get((task, tag), 0), new.get((task, tag), 0)
        if was != now:
            yield ChangeRow(
                ChangeKind.TAG,
                task.split("/", 1)[0],
                task=task,
                old=f"{counted(was, 'example')} with the tag {tag!r}",
                new=counted(now, "example"),
                why="a maintainer's tags",
            )


def _tagged(content: ReleaseContent) -> dict[tuple[str, str], int]:
    """Return (task, tag) -> on how many examples."""
    counts: dict[tuple[str, str], int] = {}
    for row in content.breakdowns:
        if row.attribute == TAG:
            key = (row.task, row.attribute_value)
            counts[key] = max(counts.get(key, 0), row.n)
    return counts


_Rated = tuple[str, str]
"""A set of ratings and a rated system, or "pooled"."""
_Figure = tuple[str, str, str]
"""Aspect, metric and measure."""


def _validity(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """Yield rated systems that are new or gone, and metrics whose validity on one has another value.

    A line a metric, however many of its figures changed. The pooled figures of a set that has gained or lost a system
    follow from that, as ranks follow from values.
    """
    old, new = _rated(before), _rated(after)
    invented = {
        task.benchmark
        for content in (before, after)
        for task in content.tasks
        if task.demonstration
    }
    for key in sorted(old.keys() | new.keys()):
        ratings, system = key
        rows = (new.get(key) or old[key]).values()
        benchmark = next(iter(rows)).benchmark
        if key not in old and system != POOLED:
            why = "invented ratings" if benchmark in invented else "rated by people"
            yield ChangeRow(ChangeKind.NEW_VALIDITY, benchmark, system, new=ratings, why=why)
        elif key not in new and system != POOLED:
            why = _why_unstated(ratings, before, after)
            yield ChangeRow(ChangeKind.REMOVED_VALIDITY, benchmark, system, old=ratings, why=why)
        elif key in old and key in new:
            follows = system == POOLED and _systems_of(ratings, old) != _systems_of(ratings, new)
            kind = ChangeKind.POOLED_VALIDITY if follows else ChangeKind.VALIDITY
            yield from _validity_of(old[key], new[key], kind)


def _why_unstated(ratings: str, before: ReleaseContent, after: ReleaseContent) -> str:
    """Return why a set's figures are gone.

    It is reported with others now, or its parts are, or nothing of it is left.
    """
    for rating_set in after.rating_sets:
        if ratings in rating_set.members:
            return f"part of {rating_set.name} now ({rating_set.author}: {rating_set.reason})"
    names = {rating_set.name for rating_set in after.rating_sets}
    parts = [
        name
        for rating_set in before.rating_sets
        if rating_set.name == ratings
        for name in rating_set.members
    ]
    if names & set(parts):
        return f"no longer joined: {', '.join(parts)} are reported apart"
    return "its ratings are gone"


def _validity_of(
    old: Mapping[_Figure, ValidityRow], new: Mapping[_Figure, ValidityRow], kind: ChangeKind
) -> Iterator[ChangeRow]:
    moved: dict[str, list[tuple[ValidityRow, ValidityRow | None]]] = {}
    for figure, was in old.items():
        now = new.get(figure)
        if now is None or not equal(was.value, now.value):
            moved.setdefault(was.metric, []).append((was, now))
    for metric in sorted(moved):
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
            old=_number(was.value),
            new=_number(None if now is None else now.value),
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


def _rated(content: ReleaseContent) -> dict[_Rated, dict[_Figure, ValidityRow]]:
    by_set: dict[_Rated, dict[_Figure, ValidityRow]] = {}
    for row in content.validity:
        by_set.setdefault((row.ratings, row.system), {})[row.aspect, row.metric, row.measure] = row
    return by_set


def _systems_of(ratings: str, rated: Iterable[_Rated]) -> set[str]:
    return {system for name, system in rated if name == ratings}


def _number(value: float | None) -> str:
    return BLANK if value is None else f"{value:.6f}"
