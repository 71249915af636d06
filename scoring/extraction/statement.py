"""Rule "statement": a sentence anywhere that states the answer, where all that do state the same.

Two statements of different labels contradict each other, and the output is unparsed: which one is
meant would be a guess. One exception: "work and school both cause the stress. Therefore the
appropriate label is Work" names several causes, then decides among them; the verdict stands.
"""

from __future__ import annotations

from functools import lru_cache

from scoring.extraction import naming, presence
from scoring.extraction.finding import (
    CONTRADICTORY,
    COPIED,
    NOT_A_LABEL,
    SEVERAL,
    Finding,
    Statement,
)
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage

NAME = "statement"
STAGE = "statement"


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the one label that the passage states; a reason where it states several or another.

    None where none.
    """
    stated = statements(passage, lexicon)
    own = [statement for statement in stated if not passage.copied(statement.start, statement.end)]
    if not own:
        return Finding(None, COPIED) if stated else None
    final = [statement for statement in own if statement.final]
    if final and len({statement.labels for statement in final}) == 1:
        own = [statement for statement in own if statement.verdict]
    if any(not statement.detail for statement in own):
        own = [statement for statement in own if not statement.detail]
    named = [statement for statement in own if statement.labels]
    single = frozenset().union(
        *(statement.labels for statement in named if len(statement.labels) == 1)
    )
    if len(single) > 1:
        return Finding(None, CONTRADICTORY)
    if not single:
        return Finding(None, SEVERAL if named else NOT_A_LABEL)
    if any(_undecided(statement, single) for statement in own):
        return Finding(None, SEVERAL)
    return Finding(next(iter(single)), None)


def _undecided(statement: Statement, single: frozenset[str]) -> bool:
    """Return whether a statement of several labels (or of none that is known) speaks against the
    one.
    """
    if len(statement.labels) == 1:
        return False
    return statement.verdict or not statement.labels >= single


@lru_cache(maxsize=8)
def statements(passage: Passage, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Return all statements of the passage, in the order in which they stand.

    Several rules ask for them.
    """
    stated = list(naming.statements(passage, lexicon))
    if lexicon.yes_no:
        stated += presence.statements(passage, lexicon)
    return tuple(sorted(stated, key=lambda statement: (statement.start, -statement.end)))
