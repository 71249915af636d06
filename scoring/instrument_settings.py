"""What a board declares of the models that its benchmarks are scored with.

Apart from `scoring.instruments`, since what computes needs none of the libraries that read
declarations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

from scoring.declarations import Text
from scoring.instruments import Instrument


@dataclass(frozen=True)
class InstrumentSettings(ABC):
    """What one table of `scoring.toml` says: which model of a kind a benchmark is scored with.

    Attributes:
        kind: What metrics ask for it by.
        usual: The checkpoint of whoever names none.
        checkpoint: Hub name, or a local folder.
        dtype: "float32" or "bfloat16": part of every score's identity, so never left to the
            machine.
        device: "auto", "cpu", "cuda", ...
    """

    kind: ClassVar[str]
    usual: ClassVar[str]
    checkpoint: Text
    dtype: Text = "float32"
    device: Text = "auto"

    @abstractmethod
    def instrument(self) -> Instrument:
        """Return the model; nothing is loaded yet."""

    def beside(self, folder: Path) -> Self:
        """Return the same with files named from `folder`: where what declares them lies."""
        if not self.checkpoint.startswith("./"):
            return self
        return replace(self, checkpoint=str(folder / self.checkpoint))
