"""What the maintainer pins: tasks, which BARTScore model each benchmark is scored with, who the
board is cited as.

Much of it is shipped with the program, in `leaderboard_data/`. What a board declares for itself
lies in its data folder, called the same, and stands before what is shipped: tasks, protocols,
rubrics, prompts and reported tables a file at a time, `scoring.toml` a benchmark at a time,
`limits.toml` a value at a time. So an upgrade of the program brings what is new in it and touches
nothing of the board's, and a backup of the board has all of the board's.

Whose a board is, only the data folder can say: `board.toml`; without it tables are cited as
ReasonBoard's.

    [citation]
    authors = ["Lovelace, Ada", "The Example Board"]    # "Last, First" for a person; anything else is taken as it stands
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from scoring.bartscore import BartModel
from scoring.declarations import Must, Text, fitted, table_of, text_of
from scoring.errors import ReasonBoardError
from scoring.tasks import Tasks, read_tasks

DECLARATIONS = Path(__file__).resolve().parents[2] / "leaderboard_data"
SCORING = DECLARATIONS / "scoring.toml"
TINY_CHECKPOINT = DECLARATIONS / "checkpoints" / "tiny-bart"
BOARD = "board.toml"
NOBODY_ELSE = ("ReasonBoard",)
"""Who a board is cited as that says nothing."""


class SettingsError(ReasonBoardError):
    """`scoring.toml`, or another file of settings, cannot be used."""


def declared_in(data: Path, kind: str) -> tuple[Path, Path]:
    """Return the folders that declarations of a kind ("tasks") are read from: the board's own, then
    the shipped one.
    """
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
    # The board's own file may name one benchmark and leave the others to what is shipped.
    return load_settings(benchmark, *([own] if own.is_file() else []), DECLARATIONS / SCORING.name)


def cited_authors(data: Path) -> tuple[str, ...]:
    """Return who the board is cited as whose data lie in `data`.

    Raises:
        SettingsError: Every fault of its `board.toml`.
    """
    path = data / BOARD
    if not path.is_file():
        return NOBODY_ELSE
    table = table_of(text_of(path, SettingsError), str(path), SettingsError)
    return fitted(BoardSettings, table, str(path), SettingsError).citation.authors


@dataclass(frozen=True)
class Citation:
    """How a board is cited.

    Attributes:
        authors: "Last, First" for a person; anything else is taken as it stands.
    """

    authors: Annotated[
        tuple[Text, ...],
        Field(min_length=1),
        Must("it must be a list of at least one name"),
    ]


@dataclass(frozen=True)
class BoardSettings:
    """What `board.toml` says: how the board is cited."""

    citation: Citation


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
class ScoringSettings:
    """One benchmark's model.

    Attributes:
        checkpoint: Hub name, or a local folder.
        weights: A ParaBank2 `.pth` loaded over it; None for none.
        dtype: "float32" or "bfloat16": part of every score's identity, so never left to the
            machine.
        device: "auto", "cpu", "cuda", ...
        runtime: "torch": there was another once.
    """

    checkpoint: Text
    weights: Annotated[
        Path | None,
        BeforeValidator(lambda given: given if str(given).strip() else 0),
        Must("it must be text"),
    ] = None
    dtype: Text = "float32"
    device: Text = "auto"
    runtime: Annotated[Text, AfterValidator(_is_torch)] = "torch"

    def model(self) -> BartModel:
        """Return the model; nothing is loaded yet."""
        return BartModel(self.checkpoint, self.weights, self.device, self.dtype)

    def with_checkpoint(self, checkpoint: str | None, weights: Path | None) -> ScoringSettings:
        """Return the same with another checkpoint, or with other weights loaded over it, where they
        are given.
        """
        if checkpoint is None:
            return self if weights is None else replace(self, weights=weights)
        return replace(self, checkpoint=checkpoint, weights=weights)


def load_settings(benchmark: str, *paths: Path) -> ScoringSettings:
    """Return the settings of `benchmark`: its own `[bartscore.<benchmark>]` table, else
    `[bartscore.default]`.

    Args:
        benchmark: Whose.
        paths: Files of settings. The first that has either table counts; the last has to have the
            default.

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
    settings = fitted(ScoringSettings, given, f"{path}: {name}", SettingsError)
    # Beside the file that says so, wherever the program is started from.
    own, weights = settings.checkpoint.startswith("./"), settings.weights
    return replace(
        settings,
        checkpoint=str(path.parent / settings.checkpoint) if own else settings.checkpoint,
        weights=weights and path.parent / weights,
    )
