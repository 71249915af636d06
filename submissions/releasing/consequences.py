"""What follows from the changes of a release: means, rank intervals and the tables that are made of
values.

They are counted, not listed: one new system moves the rank intervals of hundreds. But they are
always said, so that nothing that a release states can differ from the one before without a line;
and where nothing else changed, they are no consequence but the change itself, and need a reason
(`changes.alterations`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

from submissions.releasing.by_name import ByName
from submissions.store.released.release_rows import ChangeKind, ChangeRow, ReleaseContent
from submissions.store.released.scored_rows import OverallRow
from submissions.wording import counted

COUNTED = frozenset({ChangeKind.MEANS, ChangeKind.TABLE})
"""The kinds of change that are counted, not listed."""

LISTED = frozenset({"systems", "cells", "overall", "protocols"})
"""Tables whose every difference `changes` lists, or this module counts as means."""

_OF_MEANS = {
    "mean": "means",
    "interval of a mean": "intervals of means",
    "deviation of a mean over runs": "deviations of means over runs",
    "rank interval or cluster": "rank intervals or clusters",
    "basis of a mean": "bases of means",
}
"""What is counted of means, and its plural."""

_DOUBT = (
    "rank_low",
    "rank_high",
    "cluster",
    "set_low",
    "set_high",
    "table_low",
    "table_high",
)
"""What shows the doubt about a rank."""


def consequences(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield a row a board whose means, their intervals or ranks' moved, and a row a table of which
    rows are gone or other.
    """
    yield from _means(old, new)
    yield from (row for row, gone in _tables(old, new) if gone)


def additions(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    """Yield a row a table that has rows it had not.

    What new systems bring, and worth a line where there are none.
    """
    yield from (row for row, _ in _tables(old, new))


def _tables(old: ByName, new: ByName) -> Iterator[tuple[ChangeRow, int]]:
    """Yield each table that differs, and how many of its rows are gone."""
    # Of both releases: a row of the old one names systems that may be gone.
    names = old.names | new.names
    for table in (field.name for field in fields(ReleaseContent) if field.name not in LISTED):
        was, now = (_rows(getattr(content, table), names) for content in (old.content, new.content))
        # As bags, so that equal rows count as often as they stand there.
        gone, added = (was - now).total(), (now - was).total()
        if gone or added:
            row = ChangeRow(
                ChangeKind.TABLE,
                old=counted(was.total(), "row"),
                new=counted(now.total(), "row"),
                why=f"{table}: {gone:,} rows gone or other, {added:,} in place",
                details={"table": table, "gone": gone, "new": added},
            )
            yield row, gone


def _means(old: ByName, new: ByName) -> Iterator[ChangeRow]:
    named = old.metrics.keys() & new.metrics.keys()
    # A system that is new or gone has its row; its means would be counted a second time.
    systems = {key[:2] for key in old.means} & {key[:2] for key in new.means}
    counts: dict[str, Counter[str]] = {}
    for key in old.means.keys() | new.means.keys():
        benchmark, system, metric = key
        if (benchmark, system) in systems and (benchmark, metric) in named:
            moved = _moved(old.means.get(key), new.means.get(key))
            counts.setdefault(benchmark, Counter()).update(moved)
    for benchmark in sorted(counts):
        counted_kinds = counts[benchmark]
        parts = [
            counted(counted_kinds[noun], noun, many)
            for noun, many in _OF_MEANS.items()
            if counted_kinds[noun]
        ]
        if parts:
            why = f"{' and '.join(parts)}, over all metrics"
            yield ChangeRow(ChangeKind.MEANS, benchmark, why=why)


def _moved(was: OverallRow | None, now: OverallRow | None) -> Iterator[str]:
    """Yield what is other of a mean; that its rank is, has a row of its own."""
    if was is None or now is None or was.value != now.value:
        yield "mean"
    elif (was.low, was.high, was.interval) != (now.low, now.high, now.interval):
        yield "interval of a mean"
    elif was.sd != now.sd:
        yield "deviation of a mean over runs"
    elif (was.covered, was.total, was.signature) != (now.covered, now.total, now.signature):
        yield "basis of a mean"
    # A changed rank has a row of its own, which says why.
    if was is None or now is None or was.rank != now.rank:
        return
    if any(getattr(was, name) != getattr(now, name) for name in _DOUBT):
        yield "rank interval or cluster"


def _rows(rows: Sequence[Any], names: dict[str, str]) -> Counter[str]:
    """Return the rows as texts, systems by their names.

    A new version with the same results has the same rows.
    """
    counts: Counter[str] = Counter()
    for row in rows:
        content = dict(vars(row))
        if "system" in content:
            content["system"] = names.get(content["system"], content["system"])
        counts[json.dumps(content, sort_keys=True, default=asdict)] += 1
    return counts
