"""The words for how a system was asked, or made: what a team declares as `strategy`, and what boards
group by.

`strategies.toml` lists them in the order shown. A board's own file adds to the shipped one, or puts
a strategy in the place of one of the same id. What `prompts/` declares is something else: the
wordings that `generate` asks by.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from scoring.declarations import Must, Text, fitted, table_of, text_of
from scoring.errors import ReasonBoardError, nearest
from scoring.tasks import UNKNOWN
from submissions.declarations.meta import Meta
from submissions.declarations.settings import declared_in
from submissions.problems import Problem

NAME = "strategies.toml"


class StrategiesError(ReasonBoardError):
    """`strategies.toml` cannot be used."""


@dataclass(frozen=True)
class NamedStrategy:
    """A way to ask a system, or to make one.

    Attributes:
        id: What a declaration says.
        title: What boards say.
        means: What it is, in a sentence.
    """

    id: Annotated[
        str,
        Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
        Must("it must be lower-case words with hyphens between them"),
    ]
    title: Text
    means: Text


@dataclass(frozen=True)
class _File:
    strategies: tuple[NamedStrategy, ...]


def named_strategies(data: Path) -> dict[str, NamedStrategy]:
    """Return id -> strategy, in the order shown, of the board whose data lie in `data`.

    Raises:
        StrategiesError: Every fault of a file.
    """
    board, program = declared_in(data, NAME)
    return {
        strategy.id: strategy
        for path in (program, board)
        if path == program or path.is_file()
        for strategy in _declared(path)
    }


def usable_strategies(data: Path) -> dict[str, NamedStrategy]:
    """Return the same; where a file is faulty, none, since the shipped ones must not stand in for
    those that somebody chose.
    """
    try:
        return named_strategies(data)
    except StrategiesError:
        return {}


def strategy_problems(meta: Meta, known: Collection[str], file: str) -> list[Problem]:
    """Return what is to be asked about a declared strategy, before a submission or an edit is taken.

    Args:
        meta: What is declared.
        known: The ids of the board's.
        file: For messages.
    """
    if meta.strategy in (UNKNOWN, *known):
        return []
    allowed = ", ".join((*known, UNKNOWN))
    hint = nearest(meta.strategy, tuple(known))
    return [Problem(file, None, "strategy", meta.strategy, "not a strategy", allowed, hint)]


def _declared(path: Path) -> tuple[NamedStrategy, ...]:
    table = table_of(text_of(path, StrategiesError), str(path), StrategiesError)
    declared = fitted(_File, table, str(path), StrategiesError).strategies
    ids = [strategy.id for strategy in declared]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    # UNKNOWN is what a declaration without one says.
    faults = [f"{path}: the id {name!r} stands there twice" for name in twice]
    faults += [f"{path}: {UNKNOWN!r} is no strategy's id"] * (UNKNOWN in ids)
    if faults:
        raise StrategiesError("\n".join(faults))
    return declared
