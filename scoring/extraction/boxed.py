r"""Rule "boxed": the answer in a box of LaTeX, as models of mathematics give theirs: `\boxed{\text{Yes}}`.

The last box counts. What stands in it is a wording of the task, or a sentence that states the answer.
"""

from __future__ import annotations

import re

from scoring.extraction import opening, statement, template
from scoring.extraction.finding import CONTRADICTORY, NOT_A_LABEL, Finding, settle
from scoring.extraction.folding import fold
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage
from scoring.extraction.view import View

NAME = "boxed"
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s{0,3}\{")
_BRACE = re.compile(r"[{}]")
_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|tt|rm|sf)?|math(?:rm|bf|it|sf)|mbox|emph|rm|bf)\s{0,3}\{?|\\[ ,;!]|[${}~]"
)
_LONGEST = 1000
_MOST = 20


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """The label in the last box."""
    if "\\" not in passage.shown:
        return None
    boxes = list(_BOX.finditer(passage.shown))[-_MOST:]
    found = [(box, _content(passage.shown, box.end())) for box in boxes]
    labels = [(box, lexicon.listed(fold(content))) for box, content in found]
    named = [labels for _, labels in labels if labels]
    if not boxes:
        return None
    if len(set(named)) > 1:
        return Finding(None, CONTRADICTORY)
    box, content = found[-1]
    finding = settle(named[-1], 0) if named else _sentence(passage, lexicon, content)
    return Finding(finding.label, finding.reason, 0, _explanation(passage, box.start()))


def _content(text: str, start: int) -> str:
    """What stands in a box, without the commands that set it as text."""
    depth, end = 1, min(len(text), start + _LONGEST)
    for brace in _BRACE.finditer(text, start, end):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            end = brace.start()
            break
    return _COMMAND.sub(" ", text[start:end]).strip()


def _sentence(passage: Passage, lexicon: Lexicon, content: str) -> Finding:
    view = View.of(content).part(0)
    inner = Passage(view, fold(view.text), passage.post, passage.answers)
    rules = (template.find, opening.find, statement.find) if view.text else ()
    found = (find_in(inner, lexicon) for find_in in rules)
    return next((finding for finding in found if finding is not None), Finding(None, NOT_A_LABEL))


def _explanation(passage: Passage, box: int) -> str | None:
    """What stands before a box on a last line of its own; where the box is part of a sentence, that stays."""
    line = passage.shown.rfind("\n", 0, box) + 1
    if passage.shown[line:box].strip(" $*\\[("):
        return None
    start = (
        passage.marker.end() if passage.marker is not None and passage.marker.end() <= line else 0
    )
    return passage.view.cut(start, line)
