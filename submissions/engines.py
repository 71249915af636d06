"""What runs the model for a unit: here, in this process.

An engine is given unique (source, target) pairs and the values that an interrupted run left, and returns all
values. It hands back what it has at least every `KEEP_SECONDS`, so that a crash costs no more than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scoring.metric import BartIdentity, Floats

KEEP_SECONDS = 20.0

Pair = tuple[str, str]


class Engine(Protocol):
    """Scores pairs somewhere."""

    def score(
        self,
        model: BartIdentity,
        pairs: Sequence[Pair],
        values: Floats,
        keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:
        """Fill the NaN among `values`.

        Args:
            model: What to score with.
            pairs: (source, target), unique.
            values: (n,) what is known already, NaN elsewhere.
            keep: Called with the values so far, at least every `KEEP_SECONDS`.
            advance: Called with the number of pairs done since the last call.

        Returns:
            (n,) nats a token, no NaN.
        """  # fmt: skip


@dataclass(frozen=True)
class LocalEngine:
    """Scores in this process, on the device that the model names."""

    keep_seconds: float = KEEP_SECONDS

    def score(
        self, model: BartIdentity, pairs: Sequence[Pair], values: Floats, keep: Callable[[Floats], None],
        advance: Callable[[int], None],
    ) -> Floats:  # fmt: skip
        """See `Engine.score`."""
        values = values.copy()
        todo = np.flatnonzero(np.isnan(values))
        advance(len(pairs) - len(todo))
        sources, targets = ([pairs[int(i)][side] for i in todo] for side in (0, 1))
        last_kept = time.monotonic()
        for done in model.scorer().stream(sources, targets):
            values[todo[done.rows]] = done.values
            advance(len(done.rows))
            if time.monotonic() - last_kept > self.keep_seconds:
                keep(values)
                last_kept = time.monotonic()
        return values
