"""What a transcript says, turn by turn, and how that stands in one text.

A turn is a paragraph that begins at the margin with its role. All further lines of it are indented,
so that nothing that is said within a turn can begin another one: models are prone to go on with
their partner's part, and neither people nor a judge may take that for what the partner said.

Transcripts of before stand without indents. Where their paragraphs make other turns than came in,
who said what can be told from their file alone: `require_turns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scoring.errors import ReasonBoardError
from submissions.store.rated.ratings import RatedText
from submissions.wording import counted

ROLES = ("therapist", "patient")
CONVERSATION = "conversation"
"""In a role's place where turns cannot be told apart."""
_INDENT = "    "
_TURN = re.compile(rf"(?:\A|\n\n)({'|'.join(ROLES)}): ")
_NAMED = 10


class TurnsUntold(ReasonBoardError):
    """Transcripts of which nobody can say where a turn ends."""


class Utterance(NamedTuple):
    """A turn of a transcript: who says what."""

    role: str
    text: str


def conversation(turns: Sequence[Utterance]) -> str:
    """Return turns as one text, as it is stored and as judges are shown it."""
    return "\n\n".join(f"{role}: {_indented(text)}" for role, text in turns)


def without_indents(turns: Sequence[Utterance]) -> str:
    """Return turns as one text as it was stored once."""
    return "\n\n".join(f"{role}: {text}" for role, text in turns)


def utterances(text: RatedText) -> tuple[Utterance, ...]:
    """Return what is said in a transcript, turn by turn; nothing of an explanation.

    Where its turns cannot be told apart all of it is one, of no role.
    """
    if text.session is None:
        return ()
    if not has_turns(text):
        return (Utterance(CONVERSATION, text.output or ""),)
    return _turns_in(text)


def has_turns(text: RatedText) -> bool:
    """Return whether a transcript's paragraphs are the turns that came in."""
    return text.session is not None and len(_turns_in(text)) == text.session.turns


def require_turns(texts: Iterable[RatedText]) -> None:
    """Refuse transcripts whose turns cannot be told apart.

    Raises:
        TurnsUntold: With their ids, and what to do.
    """
    lost = [text.item for text in texts if not has_turns(text)]
    if lost:
        named = ", ".join(lost[:_NAMED]) + (", ..." if len(lost) > _NAMED else "")
        raise TurnsUntold(
            f"of {counted(len(lost), 'transcript')} nobody can say where a turn ends ({named}):"
            " within a turn stands what looks like another one. Import the file again with"
            " `reasonboard rubric import`: their turns are kept apart then"
        )


def _turns_in(text: RatedText) -> tuple[Utterance, ...]:
    # A role, then what was said until a paragraph begins with a role again.
    pieces = _TURN.split(text.output or "")[1:]
    return tuple(map(Utterance, pieces[::2], map(_dedented, pieces[1::2])))


def _indented(text: str) -> str:
    # All ends of lines that Unicode knows: each may look like one to whoever reads.
    first, *others = text.splitlines()
    return "\n".join([first, *(f"{_INDENT}{line}" if line.strip() else "" for line in others)])


def _dedented(text: str) -> str:
    return text.replace(f"\n{_INDENT}", "\n")
