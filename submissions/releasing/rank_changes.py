"""Which ranks a release changed, and what caused it: the system's own mean, or who came, went or
passed.

A rank is one more than how many systems stand above, so it changes only where another system
crosses it; and of two systems whose means both stand, neither crosses the other. So what has a new
mean, or came, or went, is all that can have caused a change, and those of it that crossed are
named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scoring.statistics.rounding import equal
from submissions.releasing.by_name import ByName, MeanName, altered, told_number
from submissions.store.released.release_rows import ChangeKind, ChangeRow
from submissions.store.released.scored_rows import OverallRow
from submissions.wording import counted

NAMED = 3
"""Systems that crossed, and reasons of one of them, that are named; the others are counted."""
FOLLOWS = "it follows from the other changes of this release"


@dataclass(frozen=True)
class _Moved:
    """A system whose mean by one metric is another than before, or that came or went.

    Attributes:
        system: Its name.
        was: Its rank before; None for none.
        now: Its rank.
        why: Why its mean is another.
    """

    system: str
    was: int | None
    now: int | None
    why: str


def rank_changes(old: ByName, new: ByName, changes: Iterable[ChangeRow]) -> Iterator[ChangeRow]:
    """Yield a row a system and metric whose rank is another.

    Args:
        old: What is served.
        new: What is to be.
        changes: What was found of systems and values, which ranks follow from.
    """
    causes = _Causes(changes)
    moved: dict[tuple[str, str], list[_Moved]] = {}
    for key in sorted(old.means.keys() | new.means.keys()):
        benchmark, system, metric = key
        was, now = old.means.get(key), new.means.get(key)
        # Only who moved, came or went can have crossed anybody.
        if why := causes.of(key, was, now):
            first, last = (None if row is None else row.rank for row in (was, now))
            moved.setdefault((benchmark, metric), []).append(_Moved(system, first, last, why))
    for (benchmark, system, metric), was, now in altered(old.means, new.means):
        if was.rank != now.rank:
            reasons = _causes(was, now, moved.get((benchmark, metric), ()), system) or [FOLLOWS]
            why = "; ".join([_mean(was, now), *reasons])
            ranks = (_rank(was.rank), _rank(now.rank))
            yield ChangeRow(ChangeKind.RANK, benchmark, system, "", metric, *ranks, why)


class _Causes:
    """Why means moved, by what else a release changed."""

    def __init__(self, changes: Iterable[ChangeRow]) -> None:
        self._there: dict[tuple[str, str], str] = {}
        self._values: dict[MeanName, dict[str, None]] = {}
        for row in changes:
            if row.kind == ChangeKind.NEW_SYSTEM:
                self._there[row.benchmark, row.system] = "new"
            elif row.kind == ChangeKind.REMOVED_SYSTEM:
                self._there[row.benchmark, row.system] = row.why
            elif row.kind == ChangeKind.VALUE:
                key = (row.benchmark, row.system, row.metric)
                self._values.setdefault(key, {})[row.why] = None

    def of(self, key: MeanName, was: OverallRow | None, now: OverallRow | None) -> str:
        """Return why a system's mean is another than before; "" where it is not."""
        if was is None or now is None:
            return self._there.get(key[:2], "new" if was is None else "no mean any more")
        # A mean over other tasks is another mean, whatever its value.
        if was.covered != now.covered or was.total != now.total:
            covers = f"covers {now.covered} of {counted(now.total, 'task')}, "
            counts = f"{was.covered} of {was.total} before"
            return "; ".join([covers + counts, *self._whys(key)])
        if was.value == now.value or equal(was.value, now.value):
            return ""
        return "; ".join(self._whys(key)) or "its mean moved"

    def _whys(self, key: MeanName) -> list[str]:
        whys = list(self._values.get(key, ()))
        more = len(whys) - NAMED
        return [*whys[:NAMED], *([f"{counted(more, 'more reason')}"] if more > 0 else [])]


def _causes(was: OverallRow, now: OverallRow, moved: Sequence[_Moved], system: str) -> list[str]:
    """Return what caused a rank to change.

    The system's own values, who stands above it now, and who no longer does.
    """
    own = [f"its own values: {move.why}" for move in moved if move.system == system]
    if was.rank is None or now.rank is None:
        return own
    # Who stood above before as well changed nothing.
    came = [move for move in moved if _above(move.now, now) and not _above(move.was, was)]
    went = [move for move in moved if _above(move.was, was) and not _above(move.now, now)]
    crossed = (("now above it", came), ("no longer above it", went))
    return [*own, *(f"{head}: {_names(of)}" for head, of in crossed if of)]


def _above(rank: int | None, own: OverallRow) -> bool:
    """Return whether what has this rank stands above one that has a rank."""
    return rank is not None and own.rank is not None and rank < own.rank


def _names(moved: Sequence[_Moved]) -> str:
    named = ", ".join(f"{move.system} ({move.why})" for move in moved[:NAMED])
    return named + (f" and {len(moved) - NAMED:,} more" if len(moved) > NAMED else "")


def _mean(was: OverallRow, now: OverallRow) -> str:
    over = f"over {now.covered} of {counted(now.total, 'task')}"
    if equal(was.value, now.value):
        return f"{told_number(now.value)} as before {over}"
    return f"{told_number(was.value)} -> {told_number(now.value)} {over}"


def _rank(rank: int | None) -> str:
    return "unranked" if rank is None else str(rank)
