"""What the maintainer pins: which BARTScore model each benchmark is scored with, and who the board is cited as.

The models stand in `leaderboard_data/scoring.toml`. Whose a board is, is an installation's business: `board.toml` in the
data folder may say it, and without it tables are cited as ReasonBoard's.

    [citation]
    authors = ["Lovelace, Ada", "The Example Board"]    # "Last, First" for a person; anything else is taken as it stands
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.declarations import TABLE, TEXT, TEXTS, Fields, Form, table_of, text_of
from scoring.errors import ReasonBoardError

DECLARATIONS = Path(__file__).resolve().parents[1] / "leaderboard_data"
SCORING = DECLARATIONS / "scoring.toml"
TINY_CHECKPOINT = DECLARATIONS / "checkpoints" / "tiny-bart"
_MODEL = Fields(
    "model", {"checkpoint": TEXT}, {"weights": TEXT, "dtype": TEXT, "device": TEXT, "runtime": TEXT}
)
BOARD = "board.toml"
NOBODY_ELSE = ("ReasonBoard",)
"""Who a board is cited as that says nothing."""
_BOARD = Fields("setting", {"citation": TABLE})
_SOME = Form("it must be a list of at least one name", lambda value: TEXTS.fits(value) and value)
_CITATION = Fields("setting", {"authors": _SOME})

_TORCH_ALONE = (
    "runtime: torch is the only one now; take the line out. Scores that OpenVINO made (dtype:float32/openvino) stay in "
    "the releases that hold them, and become pending under torch"
)


class SettingsError(ReasonBoardError):
    """`scoring.toml`, or another file of settings, cannot be used."""


def cited_authors(data: Path) -> tuple[str, ...]:
    """Who the board is cited as whose data lie in `data`.

    Raises:
        SettingsError: Every fault of its `board.toml`.
    """
    path = data / BOARD
    if not path.is_file():
        return NOBODY_ELSE
    table = table_of(text_of(path, SettingsError), str(path), SettingsError)
    faults = list(_BOARD.faults(table)) or list(_CITATION.faults(table["citation"]))
    if faults:
        raise SettingsError("\n".join(f"{path}: {fault}" for fault in faults))
    return tuple(table["citation"]["authors"])


@dataclass(frozen=True)
class ScoringSettings:
    """One benchmark's model.

    Attributes:
        checkpoint: Hub name, or a local folder.
        weights: A ParaBank2 `.pth` loaded over it; None for none.
        dtype: "float32" or "bfloat16": part of every score's identity, so never left to the machine.
        device: "auto", "cpu", "cuda", ...
    """

    checkpoint: str
    weights: Path | None = None
    dtype: str = "float32"
    device: str = "auto"

    def model(self) -> BartModel:
        """The model; nothing is loaded yet."""
        return BartModel(self.checkpoint, self.weights, self.device, self.dtype)

    def with_checkpoint(self, checkpoint: str | None, weights: Path | None) -> ScoringSettings:
        """The same with another checkpoint, or with other weights loaded over it, where they are given."""
        if checkpoint is None:
            return self if weights is None else replace(self, weights=weights)
        return replace(self, checkpoint=checkpoint, weights=weights)


def load_settings(benchmark: str, path: Path = SCORING) -> ScoringSettings:
    """The settings of `benchmark`: its own `[bartscore.<benchmark>]` table, else `[bartscore.default]`.

    Raises:
        SettingsError: No such table, or every fault of it.
    """
    tables = table_of(text_of(path, SettingsError), str(path), SettingsError).get("bartscore")
    if not isinstance(tables, dict) or "default" not in tables:
        raise SettingsError(f"{path}: needs a table [bartscore.default]")
    name = benchmark if benchmark in tables else "default"
    faults = [f"{path}: [bartscore.{name}]: {fault}" for fault in _MODEL.faults(tables[name])]
    if isinstance(tables[name], dict) and tables[name].get("runtime", "torch") != "torch":
        faults.append(f"{path}: [bartscore.{name}]: {_TORCH_ALONE}")
    if faults:
        raise SettingsError("\n".join(faults))
    table = {key: value for key, value in tables[name].items() if key != "runtime"}
    if table["checkpoint"].startswith("./"):
        table["checkpoint"] = str(path.parent / table["checkpoint"])
    if "weights" in table:
        table["weights"] = path.parent / table["weights"]
    return ScoringSettings(**table)
