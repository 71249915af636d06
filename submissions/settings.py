"""What the maintainer pins: which BARTScore model each benchmark is scored with (`leaderboard_data/scoring.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.errors import ReasonBoardError

DECLARATIONS = Path(__file__).resolve().parents[1] / "leaderboard_data"
TINY_CHECKPOINT = DECLARATIONS / "checkpoints" / "tiny-bart"


class SettingsError(ReasonBoardError):
    """`scoring.toml` cannot be used."""


@dataclass(frozen=True)
class ScoringSettings:
    """One benchmark's model.

    Attributes:
        checkpoint: Hub name, or a local folder.
        weights: A ParaBank2 `.pth` loaded over it; None for none.
        dtype: "float32" or "bfloat16": part of every score's identity, so never left to the machine.
        device: "auto", "cpu", "cuda", ...
        runtime: "torch", or "openvino" for CPUs: part of every score's identity too.
    """

    checkpoint: str
    weights: Path | None = None
    dtype: str = "float32"
    device: str = "auto"
    runtime: str = "torch"

    def model(self) -> BartModel:
        """The model; nothing is loaded yet."""
        return BartModel(self.checkpoint, self.weights, self.device, self.dtype, self.runtime)

    def with_checkpoint(self, checkpoint: str | None, weights: Path | None) -> ScoringSettings:
        """The same with another checkpoint, or with other weights loaded over it, where they are given."""
        if checkpoint is None:
            return self if weights is None else replace(self, weights=weights)
        return replace(self, checkpoint=checkpoint, weights=weights)


def load_settings(benchmark: str, path: Path = DECLARATIONS / "scoring.toml") -> ScoringSettings:
    """The settings of `benchmark`: its own `[bartscore.<benchmark>]` table, else `[bartscore.default]`.

    Raises:
        SettingsError: No such table, an unknown key, or a key of the wrong type.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["bartscore"]
        table = dict(tables.get(benchmark, tables["default"]))
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: needs a table [bartscore.default] ({error})") from error
    unknown = set(table) - {"checkpoint", "weights", "dtype", "device", "runtime"}
    if unknown or not isinstance(table.get("checkpoint"), str):
        raise SettingsError(
            f"{path}: [bartscore.{benchmark}] needs `checkpoint` and may have `weights`, `dtype`, `device` and "
            f"`runtime`; it has {', '.join(table)}"
        )
    if table["checkpoint"].startswith("./"):
        table["checkpoint"] = str(path.parent / table["checkpoint"])
    if "weights" in table:
        table["weights"] = path.parent / table["weights"]
    return ScoringSettings(**table)
