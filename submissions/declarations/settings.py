"""What the maintainer pins: tasks, which BARTScore model each benchmark is scored with, who the board is cited as.

Much of it is shipped with the program, in `leaderboard_data/`. What a board declares for itself lies in its data folder,
called the same, and stands before what is shipped: tasks, protocols, rubrics and reported tables a file at a time,
`scoring.toml` a benchmark at a time, `limits.toml` a value at a time. So an upgrade of the program brings what is new in
it and touches nothing of the board's, and a backup of the board has all of the board's.

Whose a board is, only the data folder can say: `board.toml`; without it tables are cited as ReasonBoard's.

    [citation]
    authors = ["Lovelace, Ada", "The Example Board"]    # "Last, First" for a person; anything else is taken as it stands
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scoring.bartscore import BartModel
from scoring.declarations import TABLE, TEXT, TEXTS, Fields, Form, table_of, text_of
from scoring.errors import ReasonBoardError
from scoring.tasks import Tasks, read_tasks

DECLARATIONS = Path(__file__).resolve().parents[2] / "leaderboard_data"
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


def declared_in(data: Path, kind: str) -> tuple[Path, Path]:
    """Return the folders that declarations of a kind ("tasks") are read from: the board's own, then the shipped one."""
    return data / kind, DECLARATIONS / kind


def board_tasks(data: Path) -> Tasks:
    """Return every task that can be used on the board whose data lie in `data`."""
    return read_tasks(*declared_in(data, "tasks"))


def board_settings(benchmark: str, data: Path) -> ScoringSettings:
    """Return how a benchmark of the board is scored whose data lie in `data`.

    Raises:
        SettingsError: As `load_settings`.
    """
    own = data / SCORING.name
    return load_settings(benchmark, *([own] if own.is_file() else []), DECLARATIONS / SCORING.name)


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


def load_settings(benchmark: str, *paths: Path) -> ScoringSettings:
    """Return the settings of `benchmark`: its own `[bartscore.<benchmark>]` table, else `[bartscore.default]`.

    Args:
        benchmark: Whose.
        paths: Files of settings. The first that has either table counts; the last has to have the default.

    Raises:
        SettingsError: No such table, or every fault of it.
    """
    for path in paths:
        tables = table_of(text_of(path, SettingsError), str(path), SettingsError).get("bartscore")
        if not isinstance(tables, dict) or (path == paths[-1] and "default" not in tables):
            raise SettingsError(f"{path}: needs a table [bartscore.default]")
        for name in (benchmark, "default"):
            if name in tables:
                return _settings(tables[name], f"[bartscore.{name}]", path)
    raise SettingsError(f"no file of settings was named for {benchmark}")


def _settings(given: object, name: str, path: Path) -> ScoringSettings:
    """Return what one table of a file says."""
    faults = [f"{path}: {name}: {fault}" for fault in _MODEL.faults(given)]
    table = dict(given) if isinstance(given, dict) else {}
    if table.pop("runtime", "torch") != "torch":
        faults.append(f"{path}: {name}: {_TORCH_ALONE}")
    if faults:
        raise SettingsError("\n".join(faults))
    if table["checkpoint"].startswith("./"):
        table["checkpoint"] = str(path.parent / table["checkpoint"])
    if "weights" in table:
        table["weights"] = path.parent / table["weights"]
    return ScoringSettings(**table)
