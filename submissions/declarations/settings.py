"""What the maintainer pins: tasks, which models each benchmark is scored with, who the
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

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from scoring.declarations import Must, Text, fitted, table_of, text_of
from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.instrument_settings import InstrumentSettings
from scoring.instruments import BARTSCORE
from scoring.judging.values import JUDGE, named_kind
from scoring.kinds import is_kind, kinds, settings_of
from scoring.tasks import Tasks, read_tasks

DECLARATIONS = Path(__file__).resolve().parents[2] / "leaderboard_data"
SCORING = DECLARATIONS / "scoring.toml"
TINY_CHECKPOINT = DECLARATIONS / "checkpoints" / "tiny-bart"
BOARD = "board.toml"
DEFAULT = "default"
NO_MODEL = "none"
"""The checkpoint by which a board says that a benchmark has no model of a kind."""
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
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


def board_settings(benchmark: str, data: Path) -> dict[str, InstrumentSettings]:
    """Return what a benchmark of the board is scored with, by kind; the board's data lie in `data`.

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


def load_settings(benchmark: str, *paths: Path) -> dict[str, InstrumentSettings]:
    """Return what `benchmark` is scored with, by kind: its own `[<kind>.<benchmark>]` table, else
    `[<kind>.default]`. Of judges by one rubric it may be a list, `[[judge_ctrs.<benchmark>]]`, in
    which all but one have a `name`.

    Args:
        benchmark: Whose.
        paths: Files of settings. Of each kind the first that has either table counts; one whose
            checkpoint is "none" says that the benchmark has none.

    Raises:
        SettingsError: Every fault of a table; a kind that there is not; a file without a table of
            BARTScore's where none before has one.
    """
    settings: dict[str, InstrumentSettings] = {}
    settled = set[str]()
    for path in paths:
        tables = table_of(text_of(path, SettingsError), str(path), SettingsError)
        _check_kinds(tables, path)
        if path == paths[-1] and DEFAULT not in tables.get(BARTSCORE, {}):
            raise SettingsError(f"{path}: needs a table [{BARTSCORE}.{DEFAULT}]")
        for kind in filter(is_kind, tables.keys() - settled):
            of_kind = tables[kind]
            name = next((name for name in (benchmark, DEFAULT) if name in of_kind), None)
            if name is not None:
                settings |= _settings(kind, of_kind[name], f"{kind}.{name}", path)
                settled.add(kind)
    order = [*kinds(), *sorted(settings.keys() - kinds().keys())]
    return {kind: settings[kind] for kind in order if kind in settings}


def _check_kinds(tables: Mapping[str, object], path: Path) -> None:
    """Refuse tables that no kind of instrument reads.

    Raises:
        SettingsError: Names them all.
    """
    faults = [
        f"[{name}] is no kind of model; {nearest_or_all(name, kinds())}"
        for name, table in tables.items()
        # Other tables are none of ours: a board may keep notes there.
        if not is_kind(name) and _names_checkpoints(table)
    ]
    faults += [
        f"[{name}] must hold a table a benchmark, [{name}.{DEFAULT}] or [{name}.<benchmark>]"
        for name, of_kind in tables.items()
        if is_kind(name) and not isinstance(of_kind, dict)
    ]
    if faults:
        raise SettingsError("\n".join(f"{path}: {fault}" for fault in faults))


def _names_checkpoints(table: object) -> bool:
    """Return whether a table looks like one of models."""
    return isinstance(table, dict) and any(
        isinstance(each, dict) and "checkpoint" in each for each in table.values()
    )


def _settings(kind: str, given: object, name: str, path: Path) -> dict[str, InstrumentSettings]:
    """Return what one table of a file says, or a list of them, by kind."""
    if not kind.startswith(JUDGE):
        return {kind: _fitted(kind, given, f"{path}: [{name}]", path)}
    listed = given if isinstance(given, list) else [given]
    where = f"{path}: [[{name}]]" if isinstance(given, list) else f"{path}: [{name}]"
    settings = {}
    for each, called in zip(listed, _names(listed, where), strict=True):
        own = named_kind(kind, called)
        rest = {key: value for key, value in each.items() if key != "name"}
        settings[own] = _fitted(own, rest, where, path)
    return settings


def _names(listed: list[object], where: str) -> Iterator[str]:
    """Yield what the judges of a list are called, "" where nothing is said.

    Raises:
        SettingsError: Two are called the same, or one by what is no name.
    """
    names = set[str]()
    for each in listed:
        if not isinstance(each, dict):
            raise SettingsError(f"{where}: must hold tables")
        name = each.get("name", "")
        if name and not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise SettingsError(
                f"{where}: `name` is {name!r}; it must be lower-case letters and digits, with _"
                " between them"
            )
        if name in names:
            raise SettingsError(
                f"{where}: two judges are called {name!r}; give each a `name` of its own"
                if name
                else f"{where}: two judges have no `name`; one may have none, and is the rubric's"
                " first"
            )
        names.add(name)
        yield name


def _fitted(kind: str, given: object, where: str, path: Path) -> InstrumentSettings:
    # Beside the file that says so, wherever the program is started from.
    return fitted(settings_of(kind), given, where, SettingsError).beside(path.parent)
