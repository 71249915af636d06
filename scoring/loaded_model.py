"""What instruments share whose model is loaded into a process of ours."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any, Generic, Self, TypeVar, cast

from scoring.bartscore.devices import resolve_dtype
from scoring.instruments import Instrument, PairScorer

Scorer = TypeVar("Scorer", bound=PairScorer)

_loading = Lock()


class LoadedModel(Instrument, Generic[Scorer]):
    """A frozen dataclass whose equal values share one scorer in a process.

    Attributes:
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16".
    """

    device: str
    dtype: str

    @abstractmethod
    def load(self) -> Scorer:
        """Load the model.

        Raises:
            CheckpointError: The checkpoint cannot be had or does not fit.
            ScoringError: No such device or dtype on this machine.
        """

    def scorer(self) -> Scorer:
        """Return the scorer, loaded on the first call; errors are those of `load`."""
        with _loading:
            loaded: Scorer = _loaded(self)
            return loaded

    def on(self, device: str) -> Self:
        """Return the model for another process, computing on `device` under the identity that it
        has here.
        """
        placed: Self = replace(cast("Any", self), device=device, dtype=self.dtype_name)
        return placed

    @property
    def dtype_name(self) -> str:
        """The arithmetic, "auto" resolved for this machine."""
        return resolve_dtype(self.dtype, self.device)


@cache
def _loaded(model: LoadedModel[Any]) -> Any:
    return model.load()
