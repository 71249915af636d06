"""What a board declares of its BARTScore model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator

from scoring.bartscore.model import DEFAULT_CHECKPOINT, BartModel
from scoring.declarations import Must, Text
from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import BARTSCORE


def _is_torch(runtime: str) -> str:
    """Refuse a runtime that there was once."""
    if runtime != "torch":
        raise ValueError(
            f"is {runtime!r}; torch is the only one now; take the line out. Scores that OpenVINO"
            " made (dtype:float32/openvino) stay in the releases that hold them, and become"
            " pending under torch"
        )
    return runtime


@dataclass(frozen=True)
class BartSettings(InstrumentSettings):
    """A table `[bartscore.<benchmark>]`.

    Attributes:
        weights: A ParaBank2 `.pth` loaded over the checkpoint; None for none.
        runtime: "torch": there was another once.
    """

    kind: ClassVar[str] = BARTSCORE
    usual: ClassVar[str] = DEFAULT_CHECKPOINT
    weights: Annotated[
        Path | None,
        BeforeValidator(lambda given: given if str(given).strip() else 0),
        Must("it must be text"),
    ] = None
    runtime: Annotated[Text, AfterValidator(_is_torch)] = "torch"

    def instrument(self) -> BartModel:
        """Return the model; nothing is loaded yet."""
        return BartModel(self.checkpoint, self.weights, self.device, self.dtype)

    def beside(self, folder: Path) -> Self:
        """Return the same with files named from `folder`."""
        return replace(super().beside(folder), weights=self.weights and folder / self.weights)

    def with_checkpoint(self, checkpoint: str | None, weights: Path | None) -> BartSettings:
        """Return the same with another checkpoint, or with other weights loaded over it, where they
        are given.
        """
        if checkpoint is None:
            return self if weights is None else replace(self, weights=weights)
        return replace(self, checkpoint=checkpoint, weights=weights)
