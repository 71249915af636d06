"""Where posts are written: how platforms are headed, and which are held against each other.

A platform is whatever word a task names. `platforms.toml` says of some how pages head them, and
which contrasts every release states; a board's own stands before the shipped one, titles a platform
at a time, contrasts as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from scoring.declarations import Must, Text, fitted, table_of, text_of
from scoring.errors import ReasonBoardError
from submissions.declarations.settings import declared_in

NAME = "platforms.toml"

_Pairs = Annotated[
    tuple[tuple[Text, Text], ...], Must("it must be a list of pairs of platforms, each a list")
]


class PlatformsError(ReasonBoardError):
    """`platforms.toml` cannot be used."""


@dataclass(frozen=True)
class Platforms:
    """What is declared of platforms.

    Attributes:
        titles: Platform -> how pages head it, in the order shown; others follow, with a capital.
        contrasts: Pairs whose difference every release states: the first less the second.
    """

    titles: Annotated[Mapping[str, Text], Must("it must be a table of texts")] = field(
        default_factory=dict
    )
    contrasts: _Pairs | None = None


def board_platforms(data: Path) -> Platforms:
    """Return what is declared on the board whose data lie in `data`.

    Raises:
        PlatformsError: Every fault of a file.
    """
    board, program = declared_in(data, NAME)
    shipped = _declared(program)
    if not board.is_file():
        return shipped
    own = _declared(board)
    contrasts = shipped.contrasts if own.contrasts is None else own.contrasts
    return Platforms({**shipped.titles, **own.titles}, contrasts)


def usable_platforms(data: Path) -> Platforms:
    """Return the same; where a file is faulty, no title and no contrast, since the shipped ones must
    not stand in for those that somebody chose.
    """
    try:
        return board_platforms(data)
    except PlatformsError:
        return Platforms()


def _declared(path: Path) -> Platforms:
    table = table_of(text_of(path, PlatformsError), str(path), PlatformsError)
    return fitted(Platforms, table, str(path), PlatformsError)
