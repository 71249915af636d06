"""The one hierarchy of errors that a user can cause.

Whatever a user, a team or a maintainer can do wrong ends in a `ReasonBoardError`, whose text says
what is wrong, where, what is allowed and what to do next. The command line prints it without a
traceback and exits with 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class ReasonBoardError(Exception):
    """Something the person in front of the program can put right."""


class TaskError(ReasonBoardError):
    """A task declaration that cannot be used."""


class CheckpointError(ReasonBoardError):
    """A model checkpoint that cannot be had or does not fit."""


class ScoringError(ReasonBoardError):
    """Inputs that a metric must not be given."""


def nearest(value: str, candidates: Sequence[str], cutoff: float = 0.6) -> str:
    """Return `did you mean 'x'?` for the candidate most like `value`, "" where none is like it."""
    folded = {candidate.casefold(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(value.strip().casefold()[:200], folded, n=1, cutoff=cutoff)
    return f"did you mean {folded[matches[0]]!r}?" if matches else ""


def nearest_or_all(
    value: str, candidates: Iterable[str], none: str = "there are none", cutoff: float = 0.6
) -> str:
    """Return what to say of a name that is not among the candidates: the one most like it, else
    which there are.
    """
    names = list(candidates)
    listed = f"there are: {', '.join(names)}" if names else none
    return nearest(value, names, cutoff) or listed
