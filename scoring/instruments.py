"""Models that metrics measure with.

A metric says by the name of a kind what it needs (`Metric.needs`), and a board says for each
benchmark which model of that kind is meant. An instrument is given (source, target) pairs of texts
and gives each pair some numbers; what the pairs are and what becomes of the numbers is the metric's.
So planning, costs, partial values, reuse, engines and signatures know of no metric and of no model.

An `Instrument` is a value: frozen, hashable, picklable, and cheap until its scorer is asked for.
A board's records have an instrument's identity and no scorer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from scoring.judging.values import JUDGE, Judging
from scoring.statistics.bootstrap import Floats

Pair = tuple[str, str]
"""What a model scores: the source, and the target that is scored under it."""

BARTSCORE = "bartscore"
"""The kind that gives the likelihood of a target given a source."""
NLI = "nli"
"""The kind that gives the probabilities that a source entails a target, or contradicts it."""
BERTSCORE = "bertscore"
"""The kind that matches the tokens of a target with those of a source."""
SIMILARITY = "similarity"
"""The kind that says how alike two texts are as wholes."""
TITLES = {
    BARTSCORE: "BARTScore",
    BERTSCORE: "BERTScore",
    NLI: "NLI",
    SIMILARITY: "sentence similarity",
}


def titled(kind: str) -> str:
    """Return what people call a kind of instrument."""
    if kind.startswith(JUDGE):
        return f"judge ({kind.removeprefix(JUDGE).replace('_', ' ')})"
    return TITLES.get(kind, kind)


@dataclass(frozen=True)
class ScoredRows:
    """Some pairs' numbers, as soon as they are known.

    Attributes:
        rows: (k,) positions in the input.
        values: (k, outputs) numbers, no NaN.
    """

    rows: NDArray[np.int64]
    values: Floats


class PairScorer(Protocol):
    """A loaded model."""

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield the numbers of pairs, batch by batch, in an order of its own; every row once."""


class InstrumentIdentity(Protocol):
    """An instrument as far as a score's identity goes: one that can be used, or a record of it."""

    @property
    def kind(self) -> str:
        """What metrics ask for it by."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that its numbers depend on besides the texts."""

    @property
    def max_tokens(self) -> int:
        """Tokens kept of a text; 0 where nothing is cut."""

    @property
    def dtype_name(self) -> str:
        """What the model computes in: float32 or bfloat16; "" where that is not known."""

    @property
    def judging(self) -> Judging | None:
        """Of a judge what it was asked, from which its metrics follow; None of any other."""


class Instrument(ABC):
    """A model that can be used.

    Attributes:
        kind: What metrics ask for it by, and the name of its tables in `scoring.toml`.
        outputs: Names of the numbers that it gives a pair.
        checkpoint: A hub name or a folder.
    """

    kind: str
    outputs: tuple[str, ...]
    checkpoint: str

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of all that its numbers depend on; needs its files, but no torch.

        Raises:
            CheckpointError: They cannot be had.
        """

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """Tokens kept of a text; 0 where nothing is cut."""

    @property
    @abstractmethod
    def dtype_name(self) -> str:
        """The arithmetic, "auto" resolved for this machine."""

    @property
    @abstractmethod
    def demonstration(self) -> bool:
        """Whether the checkpoint says of itself that it is a fixture."""

    @property
    def judging(self) -> Judging | None:
        """None: it is no judge."""
        return None

    @property
    def public_name(self) -> str:
        """The checkpoint's name without the folders of this machine."""
        # A release names it, and a path would tell of the machine.
        path = Path(self.checkpoint)
        return path.name if path.is_dir() else self.checkpoint

    @abstractmethod
    def on(self, device: str) -> Self:
        """Return the instrument for another process: it computes on `device` under the identity
        that it has here.
        """

    @abstractmethod
    def scorer(self) -> PairScorer:
        """Return the loaded model, which equal values share in a process.

        Raises:
            CheckpointError: It cannot be had.
            ScoringError: No such device or dtype on this machine.
        """

    @abstractmethod
    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return (tokens, floating-point operations) of scoring pairs, from the files alone."""

    @abstractmethod
    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many texts are cut, from the files alone."""

    def count_cut(self, pairs: Sequence[Pair]) -> int:
        """Return how many distinct texts are cut when these pairs are scored; of a model to which a
        text's partner leaves no less room, those that are too long alone.
        """
        return self.count_truncated(sorted({text for pair in pairs for text in pair}))


@dataclass(frozen=True, init=False)
class Instruments:
    """What the metrics of a benchmark measure with besides the texts: at most one of a kind.

    Attributes:
        models: By kind.
    """

    models: tuple[InstrumentIdentity, ...]

    def __init__(self, *models: InstrumentIdentity | None) -> None:
        present = [model for model in models if model is not None]
        if len({model.kind for model in present}) < len(present):
            raise ValueError("two instruments of one kind")
        object.__setattr__(self, "models", tuple(sorted(present, key=lambda model: model.kind)))

    def of(self, kind: str) -> InstrumentIdentity | None:
        """Return the instrument of a kind; None where there is none."""
        return next((model for model in self.models if model.kind == kind), None)

    def usable(self, kind: str) -> Instrument:
        """Return the instrument of a kind that can be used.

        Raises:
            ValueError: There is none, or only the record of one.
        """
        for model in self.models:
            if model.kind == kind and isinstance(model, Instrument):
                return model
        raise ValueError(f"a model is needed: instruments have no {kind} that can be used")


def model_key(model: InstrumentIdentity) -> tuple[Any, ...]:
    """Return what tells a model's values from another's."""
    return model.kind, model.fingerprint, model.max_tokens, model.dtype_name


def scores_of(instrument: Instrument, pairs: Sequence[Pair]) -> Floats:
    """Return (n, outputs) numbers of pairs, in their order."""
    values = np.empty((len(pairs), len(instrument.outputs)))
    if pairs:
        sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
        for done in instrument.scorer().stream(sources, targets):
            values[done.rows] = done.values
    return values


def kinds_of(instruments: Iterable[Instruments]) -> tuple[str, ...]:
    """Return the kinds that there are, in order."""
    return tuple(sorted({model.kind for each in instruments for model in each.models}))
