"""Instruments without a model: numbers of a pair that tell which pair it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.instruments import Instrument, Pair, ScoredRows
from scoring.judging.instrument import JUDGES

PerPair = Callable[[str, str], tuple[float, ...]]


@dataclass(frozen=True)
class PerPairScorer:
    """Scores a pair at a time."""

    numbers: PerPair

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield a row a pair, the last first."""
        for row in reversed(range(len(sources))):
            numbers = self.numbers(sources[row], targets[row])
            yield ScoredRows(np.array([row]), np.array([numbers], dtype=float))


@dataclass(frozen=True)
class PerPairInstrument(Instrument):
    """An instrument that is a function of two texts."""

    numbers: PerPair
    kind: str = "bartscore"
    outputs: tuple[str, ...] = ("log_likelihood",)
    checkpoint: str = "per-pair"
    fingerprint: str = "f" * 64
    max_tokens: int = 512
    dtype_name: str = "bfloat16"
    demonstration: bool = False

    def on(self, device: str) -> PerPairInstrument:  # noqa: ARG002
        """Return it: it runs anywhere."""
        return self

    def scorer(self) -> PerPairScorer:
        """Return what applies the function."""
        return PerPairScorer(self.numbers)

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return a token and an operation a character."""
        length = float(sum(len(text) for pair in pairs for text in pair))
        return length, length

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many are longer than 200 characters."""
        return sum(len(text) > 200 for text in texts)


def _levels(source: str, target: str) -> tuple[float, ...]:
    """Four aspects' levels from 0 to 3; of a short target one has none."""
    levels = tuple(float(length % 4) for length in (len(source), len(target), 7, len(target) // 4))
    return (*levels, 1.0, 1.0, float(len(target) > 20), 1.0)


JUDGING = tuple(
    PerPairInstrument(_levels, judge.kind, judge.outputs, max_tokens=0, dtype_name="")
    for judge in JUDGES
)
"""A judge of each kind."""
