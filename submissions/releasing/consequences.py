"""What follows from the changes of a release: means, rank intervals and the tables that are made of values.

They are counted, not listed: one new system moves the rank intervals of hundreds. But they are always said, so that
nothing that a release states can differ from the one before without a line; and where nothing else changed, they are
no consequence but the change itself, and need a reason (`changes.alterations`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from submissions.store.release_rows import ChangeKind, ChangeRow, OverallRow, ReleaseContent
from submissions.wording import counted

COUNTED = frozenset({ChangeKind.MEANS, ChangeKind.TABLE})
"""The kinds of change that are counted, not listed."""

LISTED = frozenset({"systems", "cells", "overall", "protocols"})
"""Tables whose every difference `changes` lists, or this module counts as means."""

_Doubt = tuple[int | None, int | None, int | None]


def consequences(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """A row a board whose means, their intervals or ranks' moved, and a row a table of which rows are gone or other."""
    yield from _means(before, after)
    yield from (row for row, gone in _tables(before, after) if gone)


def additions(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    """A row a table that has rows it had not: what new systems bring, and worth a line where there are none."""
    yield from (row for row, _ in _tables(before, after))


def _tables(before: ReleaseContent, after: ReleaseContent) -> Iterator[tuple[ChangeRow, int]]:
    """Each table that differs, and how many of its rows are gone."""
    names = _names(before) | _names(after)
    for table in (field.name for field in fields(ReleaseContent) if field.name not in LISTED):
        old, new = (_rows(getattr(content, table), names) for content in (before, after))
        gone, added = (old - new).total(), (new - old).total()
        if gone or added:
            row = ChangeRow(
                ChangeKind.TABLE,
                old=counted(old.total(), "row"),
                new=counted(new.total(), "row"),
                why=f"{table}: {gone:,} rows gone or other, {added:,} in place",
                details={"table": table, "gone": gone, "new": added},
            )
            yield row, gone


def _means(before: ReleaseContent, after: ReleaseContent) -> Iterator[ChangeRow]:
    old, new = means_by_name(before), means_by_name(after)
    values: Counter[str] = Counter()
    intervals: Counter[str] = Counter()
    doubts: Counter[str] = Counter()
    bases: Counter[str] = Counter()
    for key in old.keys() & new.keys():
        was, now = old[key], new[key]
        values[now.benchmark] += was.value != now.value
        intervals[now.benchmark] += was.value == now.value and _interval(was) != _interval(now)
        doubts[now.benchmark] += was.rank == now.rank and _doubt(was) != _doubt(now)
        bases[now.benchmark] += (was.value, was.rank) == (now.value, now.rank) and (
            _basis(was) != _basis(now)
        )
    named = _named_metrics(before) & _named_metrics(after)
    systems = {key[:2] for key in old} & {key[:2] for key in new}
    for benchmark, system, metric in old.keys() ^ new.keys():
        values[benchmark] += (benchmark, system) in systems and (benchmark, metric) in named
    for benchmark in sorted(values):
        moved, other, doubted = values[benchmark], intervals[benchmark], doubts[benchmark]
        based = bases[benchmark]
        told = [counted(moved, "mean")] if moved else []
        told += [counted(other, "interval of a mean", "intervals of means")] if other else []
        told += (
            [counted(doubted, "rank interval or cluster", "rank intervals or clusters")]
            if doubted
            else []
        )
        told += [counted(based, "basis of a mean", "bases of means")] if based else []
        if told:
            why = f"{' and '.join(told)}, over all metrics"
            yield ChangeRow(ChangeKind.MEANS, benchmark, why=why)


def _named_metrics(content: ReleaseContent) -> set[tuple[str, str]]:
    return {(metric.benchmark, metric.name) for metric in content.metrics}


def means_by_name(content: ReleaseContent) -> dict[tuple[str, str, str], OverallRow]:
    """(benchmark, system's name, metric) -> its mean."""
    names = {system.id: system.system for system in content.systems}
    return {(row.benchmark, names[row.system], row.metric): row for row in content.overall}


def _interval(row: OverallRow) -> tuple[float | None, float | None, str]:
    return row.low, row.high, row.interval


def _basis(row: OverallRow) -> tuple[int, int, str]:
    return row.covered, row.total, row.signature


def _doubt(row: OverallRow) -> _Doubt:
    return row.rank_low, row.rank_high, row.cluster


def _names(content: ReleaseContent) -> dict[str, str]:
    return {system.id: system.system for system in content.systems}


def _rows(rows: Sequence[Any], names: dict[str, str]) -> Counter[str]:
    """The rows as texts, systems by their names: a new version with the same results has the same rows."""
    found: Counter[str] = Counter()
    for row in rows:
        content = asdict(row)
        if "system" in content:
            content["system"] = names.get(content["system"], content["system"])
        found[json.dumps(content, sort_keys=True)] += 1
    return found
