"""What a board declares of its sentence encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import SIMILARITY
from scoring.similarity.model import PACKAGED, SimilarityModel


@dataclass(frozen=True)
class SimilaritySettings(InstrumentSettings):
    """A table `[similarity.<benchmark>]`."""

    kind: ClassVar[str] = SIMILARITY
    usual: ClassVar[str] = PACKAGED

    def instrument(self) -> SimilarityModel:
        """Return the model; nothing is loaded yet."""
        return SimilarityModel(self.checkpoint, self.device, self.dtype)
