"""What moved between two releases, and why: nothing on a board changes silently."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from scoring.statistics.rounding import equal
from submissions.declarations.meta import POOLED
from submissions.releasing.consequences import COUNTED, additions, consequences
from submissions.releasing.rank_changes import rank_changes
from submissions.store.release_rows import (
    CellRow,
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
        "changed value",
        "changed details",
        "new version",
        "older version",
        "removed system",
        "removed metric",
        "removed task",
        "corrected task",
        "changed training data",
        "changed protocol",
        "removed protocol",
        "changed validity",
        "removed validity",
    }
)

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
"""What stands beside a value and is part of the statement."""

COUNTS = ("published", "n_rows", "parse_rules", "outputs")
DECLARED = (
    "description",
    "base_model",
    "parameters",
    "method",
    "prompt_strategy",
    "links",
    "licence",
    *COUNTS,
)
"""What is stated of a system besides its training data; no value rests on it."""


def changes_between(
    before: ReleaseContent | None,
    after: ReleaseContent,
    withdrawn: Collection[tuple[str, str]] = (),
) -> tuple[ChangeRow, ...]:
    """All that differs, and why: nothing may differ between two releases without a row here.

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
    found = (*causes, *rank_changes(before, after, causes), *consequences(before, after))
    return found or tuple(additions(before, after))


def alterations(changes: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    """Those of `changes` that take back or alter what was stated.

    A release without any only adds: tasks, systems, values where there were blanks, and the ranks that follow. What
    should follow from other changes, and has none to follow from, alters too.
    """
    found = tuple(changes)
    causes = tuple(change for change in found if change.kind not in COUNTED)
    return (
        tuple(change for change in causes if change.kind in ALTERING and change.old != BLANK)
        if causes
        else found
    )


def _tasks(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    old = {task.id: task for task in before.tasks}
    new = {task.id: task for task in after.tasks}
    for task_id in sorted(old.keys() | new.keys()):
        benchmark = task_id.split("/", 1)[0]
        if task_id not in old:
            yield ChangeRow(
                "new task", benchmark, "", task_id, "", "", "", "imported since the last release"
            )
        elif task_id not in new:
            yield ChangeRow(
                "removed task",
                benchmark,
                "",
                task_id,
                "",
                "",
                "",
                "not declared (or faulty), not imported any more, or its posts are damaged",
            )
        elif old[task_id].revision != new[task_id].revision:
            revisions = (f"revision {old[task_id].revision}", f"revision {new[task_id].revision}")
            yield ChangeRow(
                "corrected task", benchmark, "", task_id, "", *revisions, "the task was corrected"
            )


def _metrics(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    boards = {metric.benchmark for metric in before.metrics} & {
        metric.benchmark for metric in after.metrics
    }
    old, new = (
        {(metric.benchmark, metric.name) for metric in one.metrics} for one in (before, after)
    )
    for benchmark, metric in sorted(old ^ new):
        if benchmark in boards and (benchmark, metric) in old:
            yield ChangeRow(
                "removed metric", benchmark, "", "", metric, "", "", "no longer computed"
            )
        elif benchmark in boards:
            yield ChangeRow(
                "new metric", benchmark, "", "", metric, "", "", "computed since the last release"
            )


_Name = tuple[str, str]


def _by_name(content: ReleaseContent) -> dict[_Name, SystemRow]:
    return {(system.benchmark, system.system): system for system in content.systems}


def _systems(
    before: ReleaseContent, after: ReleaseContent, withdrawn: Collection[tuple[str, str]]
) -> Iterator[ChangeRow]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        benchmark, system = name
        was, now = old.get(name), new.get(name)
        if was is None:
            assert now is not None  # noqa: S101  # it is in one of them
            yield ChangeRow("new system", benchmark, system, "", "", "", now.version, "submitted")
        elif now is None:
            yield ChangeRow(
                "removed system",
                benchmark,
                system,
                "",
                "",
                was.version,
                "",
                _why_gone(was, withdrawn),
            )
        elif was.version != now.version:
            fell_back = _fell_back(was, now, withdrawn)
            why = (
                f"{was.version}: {_why_gone(was, withdrawn)}"
                if fell_back
                else "a newer version was submitted"
            )
            kind = "older version" if fell_back else "new version"
            yield ChangeRow(kind, benchmark, system, "", "", was.version, now.version, why)
        else:
            yield from _declarations(was, now)


def _fell_back(was: SystemRow, now: SystemRow, withdrawn: Collection[tuple[str, str]]) -> bool:
    """Whether an older version stands again: times are in seconds, and two versions may come within one."""
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
    """What the team says of the same version in other words: by training data, seen and unseen are told apart."""
    old, new = _trained_on(was), _trained_on(now)
    if was.trained_on != now.trained_on:
        why = "the declaration was edited; seen and unseen data follow from it"
        yield ChangeRow("changed training data", now.benchmark, now.system, "", "", old, new, why)
    elif _meaning(was) != _meaning(now):
        why = (
            f"the same declaration ({', '.join(now.trained_on)}) is read anew, by the names that the tasks declare: "
            f"{_read_as(now)}; seen and unseen data follow from it"
        )
        yield ChangeRow("changed training data", now.benchmark, now.system, "", "", old, new, why)
    edited = [field for field in DECLARED if getattr(was, field) != getattr(now, field)]
    if edited:
        why = f"other {', '.join(edited).replace('_', ' ')}; no value rests on it"
        yield ChangeRow(
            "changed declaration", now.benchmark, now.system, "", "", was.version, now.version, why
        )


_Meaning = tuple[frozenset[str], frozenset[str]]
"""What a system was trained on, and the names that no task knows."""


def _meaning(system: SystemRow) -> _Meaning | None:
    """What a declaration was taken to mean: before names were read, each was a data set's own."""
    if system.trained_on is None:
        return None
    if system.training is None:
        return frozenset(system.trained_on), frozenset()
    found = system.training
    return frozenset([*found["datasets"], *found["others"]]), frozenset(found["unknown"])


def _trained_on(system: SystemRow) -> str:
    """A declaration by what it means."""
    if system.trained_on is None:
        return "undeclared"
    if system.training is None:
        return ", ".join(system.trained_on) or "none"
    return _read_as(system)


def _read_as(system: SystemRow) -> str:
    found = system.training
    known = [*found["datasets"], *found["others"]]
    unknown = [f"{name!r} (no task knows it: cannot tell)" for name in found["unknown"]]
    return ", ".join([*known, *unknown]) or "none"


def _values(
    before: ReleaseContent, after: ReleaseContent, withdrawn: Collection[tuple[str, str]]
) -> Iterator[ChangeRow]:
    old, new = _cells(before), _cells(after)
    systems = {system.id: system for content in (before, after) for system in content.systems}
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        if was.value is None and now.value is None:
            continue
        why = _why(was, now)
        if was.system != now.system:
            older = _fell_back(systems[was.system], systems[now.system], withdrawn)
            why = f"{'an older' if older else 'a newer'} version of the system"
        if not equal(was.value, now.value):
            yield ChangeRow("changed value", *key, _number(was.value), _number(now.value), why)
        else:
            parts = [
                field for field in DETAILS if _differ(getattr(was, field), getattr(now, field))
            ]
            if parts:
                numbers = (_number(was.value), _number(now.value))
                yield ChangeRow("changed details", *key, *numbers, f"{', '.join(parts)}: {why}")


def _differ(was: object, now: object) -> bool:
    """Whether two details differ; numbers by more than rounding."""
    if isinstance(was, float) and isinstance(now, float):
        return not equal(was, now)
    return was != now


def _cells(content: ReleaseContent) -> dict[tuple[str, str, str, str], CellRow]:
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
    old, new = ({protocol.id: protocol for protocol in one.protocols} for one in (before, after))
    boards = {task.benchmark for task in before.tasks}
    for name in sorted(old.keys() | new.keys()):
        benchmark = (new.get(name) or old[name]).benchmark
        if name not in new:
            yield ChangeRow(
                "removed protocol", benchmark, "", "", "", name, "", "no longer declared"
            )
        elif name not in old and benchmark in boards:
            yield ChangeRow(
                "new protocol", benchmark, "", "", "", "", name, "declared since the last release"
            )
        elif name in old and old[name] != new[name]:
            fields = [
                field
                for field, value in vars(new[name]).items()
                if value != getattr(old[name], field)
            ]
            yield ChangeRow(
                "changed protocol",
                benchmark,
                "",
                "",
                "",
                name,
                name,
                f"{', '.join(fields)} changed",
            )


def _tags(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """Tags that are new on a task, or on more or fewer of its examples."""
    old, new = _tagged(before), _tagged(after)
    for task, tag in sorted(old.keys() | new.keys()):
        was, now = old.get((task, tag), 0), new.get((task, tag), 0)
        if was != now:
            counts = (f"{counted(was, 'example')} with the tag {tag!r}", counted(now, "example"))
            yield ChangeRow(
                "changed tag", task.split("/", 1)[0], "", task, "", *counts, "a maintainer's tags"
            )


def _tagged(content: ReleaseContent) -> dict[tuple[str, str], int]:
    """(task, tag) -> on how many examples."""
    found: dict[tuple[str, str], int] = {}
    for row in content.breakdowns:
        if row.attribute == TAG:
            key = (row.task, row.attribute_value)
            found[key] = max(found.get(key, 0), row.n)
    return found


_Rated = tuple[str, str]
"""A set of ratings and a rated system, or "pooled"."""
_Figure = tuple[str, str, str]
"""Aspect, metric and measure."""


def _validity(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """Rated systems that are new or gone, and metrics whose validity on one has another value.

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
            yield ChangeRow("new validity", benchmark, system, "", "", "", ratings, why)
        elif key not in new and system != POOLED:
            why = _why_unstated(ratings, before, after)
            yield ChangeRow("removed validity", benchmark, system, "", "", ratings, "", why)
        elif key in old and key in new:
            follows = system == POOLED and _systems_of(ratings, old) != _systems_of(ratings, new)
            yield from _validity_of(
                old[key], new[key], "pooled validity" if follows else "changed validity"
            )


def _why_unstated(ratings: str, before: ReleaseContent, after: ReleaseContent) -> str:
    """Why a set's figures are gone: it is reported with others now, or its parts are, or nothing of it is left."""
    for one in after.rating_sets:
        if ratings in one.members:
            return f"part of {one.name} now ({one.author}: {one.reason})"
    there = {one.name for one in after.rating_sets}
    parts = [name for one in before.rating_sets if one.name == ratings for name in one.members]
    if there & set(parts):
        return f"no longer joined: {', '.join(parts)} are reported apart"
    return "its ratings are gone"


def _validity_of(
    old: Mapping[_Figure, ValidityRow], new: Mapping[_Figure, ValidityRow], kind: str
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
        numbers = (_number(was.value), _number(None if now is None else now.value))
        yield ChangeRow(
            kind, was.benchmark, was.system, "", metric, *numbers, why + _why_validity(was, now)
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
    found: dict[_Rated, dict[_Figure, ValidityRow]] = {}
    for row in content.validity:
        found.setdefault((row.ratings, row.system), {})[row.aspect, row.metric, row.measure] = row
    return found


def _systems_of(ratings: str, rated: Iterable[_Rated]) -> set[str]:
    return {system for name, system in rated if name == ratings}


def _number(value: float | None) -> str:
    return BLANK if value is None else f"{value:.6f}"
