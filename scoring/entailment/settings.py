"""What a board declares of its NLI model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scoring.declarations import Text
from scoring.entailment.model import DEFAULT_NLI, NliModel
from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import NLI


@dataclass(frozen=True)
class NliSettings(InstrumentSettings):
    """A table `[nli.<benchmark>]`.

    Attributes:
        labels: What the model's outputs are, in their order; empty where the checkpoint says it.
    """

    kind: ClassVar[str] = NLI
    usual: ClassVar[str] = DEFAULT_NLI
    labels: tuple[Text, ...] = ()

    def instrument(self) -> NliModel:
        """Return the model; nothing is loaded yet."""
        return NliModel(self.checkpoint, self.labels, self.device, self.dtype)
