r"""Rule "boxed": the answer in a box of LaTeX, as models of mathematics give theirs:
`\boxed{\text{Yes}}`.

The last box counts. What stands in it is a wording of the task, or a sentence that states the
answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scoring.extraction import opening, statement, template
from scoring.extraction.finding import CONTRADICTORY, NOT_A_LABEL, Finding, settle
from scoring.extraction.folding import fold
from scoring.extraction.label_sentence import states_around_a_label
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage
from scoring.extraction.view import View

NAME = "boxed"
STAGE = "structure"
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s{0,3}\{")
_BRACE = re.compile(r"[{}]")
_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|tt|rm|sf)?|math(?:rm|bf|it|sf)|mbox|emph|rm|bf)\s{0,3}\{?|\\[ ,;!]|[${}~]"
)
_MATHEMATICS = re.compile(r"[\s$]*(?:\\[\])])?\$*")
_SET = " \n$*\\[("
"""What may stand before a box to set it."""
# A box holds an answer; braces that never close must not be looked for to the end.
_LONGEST = 1000
# The last boxes decide; an output that repeats one a thousand times costs no more.
_MOST = 20


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the label in the last box."""
    contents = boxes(passage)
    if not contents:
        return None
    labels = [lexicon.listed(fold(box.content)) for box in contents]
    named = [labels for labels in labels if labels]
    if len(set(named)) > 1:
        return Finding(None, CONTRADICTORY)
    last = contents[-1]
    finding = settle(named[-1], 0) if named else _sentence(passage, lexicon, last.content)
    return apart(passage, lexicon, finding, last)


class Box(NamedTuple):
    """A box: what stands in it, and where it begins and ends."""

    content: str
    start: int
    end: int


def boxes(passage: Passage) -> list[Box]:
    """Return the last boxes of a text, in their order."""
    if "\\" not in passage.shown:
        return []
    return [
        Box(content, box.start(), end)
        for box in list(_BOX.finditer(passage.shown))[-_MOST:]
        for content, end in (_content(passage.shown, box.end()),)
    ]


def _content(text: str, start: int) -> tuple[str, int]:
    """Return what stands in a box, without the commands that set it as text, and where the box
    ends.
    """
    depth, end = 1, min(len(text), start + _LONGEST)
    for brace in _BRACE.finditer(text, start, end):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            end = brace.start()
            break
    return _COMMAND.sub(" ", text[start:end]).strip(), min(len(text), end + 1)


def _sentence(passage: Passage, lexicon: Lexicon, content: str) -> Finding:
    view = View.of(content).part(0)
    inner = Passage(view, fold(view.text), passage.post, passage.answers)
    rules = (template.find, opening.find, statement.find) if view.text else ()
    findings = (find_in(inner, lexicon) for find_in in rules)
    return next(
        (finding for finding in findings if finding is not None), Finding(None, NOT_A_LABEL)
    )


def apart(passage: Passage, lexicon: Lexicon, finding: Finding, box: Box) -> Finding:
    """Return the finding with where the explanation stands apart from the box.

    Where the box is part of it, that stays.
    """
    start = passage.sentence(box.start).start
    lead = passage.shown[start : box.start].strip(_SET)
    if lead and not states_around_a_label(fold(lead), lexicon):
        return Finding(finding.label, finding.reason)
    if not passage.shown[:start].strip(_SET):
        after = _MATHEMATICS.match(passage.shown, box.end)
        return Finding(finding.label, finding.reason, after.end() if after else box.end)
    field = not lead or lead.endswith(":")
    return Finding(finding.label, finding.reason, end=start if field else None)
