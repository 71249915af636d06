"""What a board declares of its BERTScore model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Self

from scoring.bertscore.model import DEFAULT_CHECKPOINT, BertScoreModel
from scoring.bertscore.rescaling import RescalingBaseline
from scoring.declarations import Must, Number
from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import BERTSCORE


@dataclass(frozen=True)
class BertScoreSettings(InstrumentSettings):
    """A table `[bertscore.<benchmark>]`.

    Attributes:
        layer: Whose vectors are matched; the one that the authors recommend for the checkpoint if
            None.
        baseline: What values are rescaled by: precision, recall and F of unrelated texts, or a file
            as bert-score ships them, which lies beside the checkpoint's files, or, where its name
            begins with ./, beside the file that declares it; None for values as they are.
    """

    kind: ClassVar[str] = BERTSCORE
    usual: ClassVar[str] = DEFAULT_CHECKPOINT
    layer: Number | None = None
    baseline: Annotated[
        tuple[float, float, float] | str | None,
        Must(
            "it must be three numbers, precision, recall and F of unrelated texts, or a file's name"
        ),
    ] = None

    def instrument(self) -> BertScoreModel:
        """Return the model; nothing is loaded yet."""
        given = self.baseline
        baseline = Path(given) if isinstance(given, str) else given and RescalingBaseline(*given)
        return BertScoreModel(self.checkpoint, self.layer, baseline, self.device, self.dtype)

    def beside(self, folder: Path) -> Self:
        """Return the same with files named from `folder`."""
        moved = super().beside(folder)
        if not isinstance(self.baseline, str) or not self.baseline.startswith("./"):
            return moved
        return replace(moved, baseline=str(folder / self.baseline))
