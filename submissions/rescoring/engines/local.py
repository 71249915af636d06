"""What an engine is, and the one that runs the model here, in this process.

An engine is given unique (source, target) pairs and the values that an interrupted run left, and
returns all values. It hands back what it has at least every `KEEP_SECONDS`, and when it is stopped,
so that a crash costs no more than that. Only the caller writes: an engine never sees the database.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.instruments import Instrument, Pair
from scoring.statistics.bootstrap import Floats

KEEP_SECONDS = 20.0

Rows = Sequence[int] | NDArray[np.int64]


class Engine(Protocol):
    """Scores pairs somewhere."""

    @property
    def name(self) -> str:
        """What rates are measured for: an engine and what it runs on."""

    def prepare(self, model: Instrument) -> None:
        """Load the model wherever it will run, so that the time that scoring takes is that of
        scoring.
        """

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        """Fill the rows of `values` that have NaN.

        Args:
            model: What to score with.
            pairs: (source, target), unique.
            values: (n, outputs) what is known already, NaN elsewhere.
            keep: Called with the values so far, at least every `KEEP_SECONDS` and before an
                exception leaves.
            advance: Called with the number of pairs done since the last call.

        Returns:
            (n, outputs) what the model says of each pair, no NaN.
        """


class Keeper:
    """The values of an engine's call: filled batch by batch, handed back on time, and when it ends
    too early.
    """

    def __init__(self, values: Floats, keep: Callable[[Floats], None], seconds: float) -> None:
        self.values = values.copy()
        self.todo = np.flatnonzero(np.isnan(values).any(axis=1))
        self._keep, self._seconds, self._kept_at = keep, seconds, time.monotonic()

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not np.isnan(self.values[self.todo]).any(axis=1).all():
            self._keep(self.values)

    def fill(self, rows: Rows, values: Floats) -> None:
        """Take the values of some `rows`, which are positions among `todo`."""
        self.values[self.todo[rows]] = values
        if time.monotonic() - self._kept_at > self._seconds:
            self._keep(self.values)
            self._kept_at = time.monotonic()


@dataclass(frozen=True)
class KeepingEngine(ABC):
    """An engine that hands back what it has on time.

    Attributes:
        keep_seconds: See `KEEP_SECONDS`.
    """

    keep_seconds: float = field(default=KEEP_SECONDS, kw_only=True)

    @abstractmethod
    def scored(self, model: Instrument, pairs: Sequence[Pair]) -> Iterator[tuple[Rows, Floats]]:
        """Yield places among `pairs` and their values, as they come."""

    def score(
        self,
        model: Instrument,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        """See `Engine.score`."""
        with Keeper(values, keep, self.keep_seconds) as keeper:
            advance(len(pairs) - len(keeper.todo))
            for rows, scored in self.scored(model, [pairs[i] for i in keeper.todo.tolist()]):
                keeper.fill(rows, scored)
                advance(len(rows))
        return keeper.values


@dataclass(frozen=True)
class LocalEngine(KeepingEngine):
    """Scores in this process, on the device that the model names."""

    @property
    def name(self) -> str:
        """See `Engine.name`."""
        return "local"

    def prepare(self, model: Instrument) -> None:
        """See `Engine.prepare`."""
        model.scorer()

    def scored(self, model: Instrument, pairs: Sequence[Pair]) -> Iterator[tuple[Rows, Floats]]:
        """Yield batch by batch, as the model has them."""
        sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
        for done in model.scorer().stream(sources, targets):
            yield done.rows, done.values
