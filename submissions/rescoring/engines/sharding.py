"""Several processes that hold the model, and one that hands them pairs and collects the values.

What they run on differs (a process a device of this machine, an actor a node of a Ray cluster); how
work is cut, handed out, and handed out again when a process dies, is here, once. A shard is pairs
that stand together when ordered by source, so that most sources are encoded in one place only, and
is cut by the length of its texts. There are several shards for each process, so that none waits
long for the last.

A process that dies costs the shard that it was at: another gets it. Where there is no room for a
new process, the others do its work. A shard that ends its process `DEATHS` times is to
blame itself, and said so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError
from scoring.instruments import Instrument, Pair
from scoring.statistics.bootstrap import Floats
from submissions.rescoring.engines.local import KeepingEngine

SHARDS_EACH = 8
"""Shards for each process, when there is little to do."""
SHARD_CHARACTERS = 400_000
"""Characters of a shard, when there is much: about 100,000 tokens."""
DEATHS = 3


class Died(Exception):
    """A process ended before it gave its values back."""


class ModelProcess(ABC):
    """One process that holds the model: what an engine shards over."""

    @abstractmethod
    def submit(
        self, model: Instrument, sources: Sequence[str], targets: Sequence[str]
    ) -> Future[Floats]:
        """Score pairs there. The future raises `Died` when the process ended first."""

    @abstractmethod
    def revive(self) -> bool:
        """Start another process in place of one that died; False where there is no room for one any
        more.
        """

    @abstractmethod
    def close(self) -> None:
        """End the process."""


def pass_on(
    running: Future[Floats],
    answer: Future[Floats],
    in_our_terms: Callable[[BaseException], BaseException],
) -> None:
    """Give what became of one future to another, errors in the engine's own terms."""
    error = running.exception()
    if error is None:
        answer.set_result(running.result())
    else:
        answer.set_exception(in_our_terms(error))


@dataclass(frozen=True)
class _Shard:
    """Rows to be scored, and how many processes ended while they were at them."""

    rows: NDArray[np.int64]
    deaths: int = 0


@dataclass(frozen=True)
class ShardedEngine(KeepingEngine):
    """Scores at several places at once.

    Attributes:
        places: Where.
        label: `Engine.name`: an engine and what it runs on.
    """

    places: Sequence[ModelProcess]
    label: str

    @property
    def name(self) -> str:
        """See `Engine.name`."""
        return self.label

    def prepare(self, model: Instrument) -> None:
        """See `Engine.prepare`."""
        wait(
            [place.submit(model, (), ()) for place in self.places]
        )  # what fails here fails again below

    def scored(
        self, model: Instrument, pairs: Sequence[Pair]
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Yield every shard's rows and values, as they come."""
        waiting = deque(_Shard(rows) for rows in shards(pairs, len(self.places)))
        idle, busy = list(self.places), dict[Future[Floats], tuple[ModelProcess, _Shard]]()
        while waiting or busy:
            while waiting and idle:
                place, shard = idle.pop(), waiting.popleft()
                sides = [[pairs[row][side] for row in shard.rows.tolist()] for side in (0, 1)]
                busy[place.submit(model, sides[0], sides[1])] = (place, shard)
            for done in wait(busy, return_when=FIRST_COMPLETED).done:
                place, shard = busy.pop(done)
                try:
                    yield shard.rows, done.result()
                except Died:
                    # First in the queue, so that a shard that kills is found before much is
                    # computed.
                    waiting.appendleft(_once_more(shard))
                    if not place.revive():
                        continue
                idle.append(place)
            if not idle and not busy:
                raise ScoringError(
                    "the last process died, and there is no room for another: start again later"
                )


def shards(pairs: Sequence[Pair], places: int) -> list[NDArray[np.int64]]:
    """Cut `pairs` into rows of about equal length, those of one source together.

    Args:
        pairs: (source, target).
        places: How many processes there are.
    """
    if not pairs:
        return []
    # By source, so that it is encoded in one place.
    order = sorted(range(len(pairs)), key=lambda row: pairs[row])
    length = np.cumsum([len(pairs[row][0]) + len(pairs[row][1]) for row in order])
    wanted = max(-(-int(length[-1]) // SHARD_CHARACTERS), min(len(pairs), places * SHARDS_EACH))
    cuts = np.searchsorted(length, np.arange(1, wanted) * length[-1] / wanted)
    return [rows for rows in np.split(np.array(order, dtype=np.int64), cuts) if len(rows)]


def _once_more(shard: _Shard) -> _Shard:
    if shard.deaths + 1 >= DEATHS:
        raise ScoringError(
            f"{DEATHS} processes in a row ended while they scored the same {len(shard.rows)} pairs:"
            " probably they were killed for the memory they took. Use fewer processes, or places"
            " with more memory."
        )
    return _Shard(shard.rows, shard.deaths + 1)
