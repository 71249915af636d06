"""What the rules hand to one another: a statement somewhere in a text, and what a rule makes of the
whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

EMPTY = "the output is empty"
ONLY_PROMPT = "the output only repeats the prompt"
CUT_OFF = "cut off while reasoning"
REFUSED = "a refusal or an offer, no answer"
NO_STATEMENT = "no statement of an answer"
CONTRADICTORY = "contradictory statements"
SEVERAL = "names several labels"
NOT_A_LABEL = "states an answer that is not one of the task's labels"
SENT_UNPARSED = "sent as unparsed"
COPIED = "the statement is copied from the post"


@dataclass(frozen=True)
class Statement:
    """A place where a text says what the answer is.

    Attributes:
        labels: The labels named; empty where the answer given is none of the task's.
        start: Where the statement begins in the passage.
        end: Where it ends.
        verdict: Whether it speaks of the answer ("the label is work"), not of the matter ("the
            cause is work").
        final: Whether it is a verdict that concludes ("ultimately, the label is work"): the matter
            was weighed before it.
        detail: Whether it speaks of something that the post mentions ("the exam, which falls under
            school").
    """

    labels: frozenset[str]
    start: int
    end: int
    verdict: bool = True
    final: bool = False
    detail: bool = False


class Finding(NamedTuple):
    """What a rule made of a passage: a label, or the reason why there can be none.

    Attributes:
        label: The label's name, or None.
        reason: Why there is no label, or None.
        rest: Where in the passage the explanation begins.
        explanation: The explanation itself, where the rule found it apart from the running text.
        end: Where in the passage the explanation ends, where the rule knows.
    """

    label: str | None
    reason: str | None
    rest: int = 0
    explanation: str | None = None
    end: int | None = None


def settle(labels: frozenset[str], rest: int) -> Finding:
    """Return the finding of one statement: a single label, several, or none of the task's."""
    if len(labels) == 1:
        return Finding(next(iter(labels)), None, rest)
    return Finding(None, SEVERAL if labels else NOT_A_LABEL)
