"""Engines for tests of what models are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scoring.instruments import Instrument, Pair
from scoring.statistics.bootstrap import Floats
from submissions.rescoring.engines.local import LocalEngine, Rows


@dataclass(frozen=True)
class Listing(LocalEngine):
    """Keeps what it is left to score, and stops half-way through a kind as a killed process does.

    Attributes:
        asked: Kind of model and pair, in order; nothing of the kind that it stops at.
        stops_at: That kind; "" for none.
    """

    asked: list[tuple[str, Pair]] = field(default_factory=list)
    stops_at: str = ""

    def scored(self, model: Instrument, pairs: Sequence[Pair]) -> Iterator[tuple[Rows, Floats]]:
        """As the local engine, having noted what is asked."""
        if model.kind == self.stops_at:
            yield from super().scored(model, pairs[: len(pairs) // 2])
            raise KeyboardInterrupt
        self.asked.extend((model.kind, pair) for pair in pairs)
        yield from super().scored(model, pairs)
