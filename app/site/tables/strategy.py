"""How strategies are headed, and in which order they stand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.settings import data_path
from app.text import plain
from scoring.tasks import UNKNOWN
from submissions.declarations.strategies import NamedStrategy, usable_strategies

UNDECLARED = "not declared"


def strategy_title(name: str) -> str:
    """Return how a strategy is headed: "Zero-shot + context"; what the board does not declare any
    more, as it was declared.
    """
    if name == UNKNOWN:
        return UNDECLARED
    known = _strategies(data_path()).get(name)
    return plain(known.title if known else name)


def strategy_place(name: str) -> int:
    """Return where a strategy stands among the board's; after them what it does not declare, and
    last what nobody has declared.
    """
    known = [*_strategies(data_path())]
    return known.index(name) if name in known else len(known) + (name == UNKNOWN)


def strategy_choices() -> dict[str, str]:
    """Return id -> title of the board's strategies, in their order."""
    return {name: strategy_title(name) for name in _strategies(data_path())}


@cache
def _strategies(data: Path) -> Mapping[str, NamedStrategy]:
    """Return the strategies of the board whose data lie in `data`, as they were when they were first
    asked for: a server is started again after a change of declarations.
    """
    return usable_strategies(data)
