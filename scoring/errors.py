"""The one hierarchy of errors that a user can cause.

Whatever a user, a team or a maintainer can do wrong ends in a `ReasonBoardError`, whose text says what is wrong,
where, what is allowed and what to do next. The command line prints it without a traceback and exits with 1.
"""

from __future__ import annotations


class ReasonBoardError(Exception):
    """Something the person in front of the program can put right."""


class TaskError(ReasonBoardError):
    """A task declaration that cannot be used."""


class CheckpointError(ReasonBoardError):
    """A model checkpoint that cannot be had or does not fit."""


class ScoringError(ReasonBoardError):
    """Inputs that a metric must not be given."""
