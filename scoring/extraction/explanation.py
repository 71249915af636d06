"""The explanation in an output: what remains when the label sentence is taken off.

- What stands before "Reasoning:" (or "Explanation:", "Rationale:", ...) goes where it gives the
  answer.
- At the front go an echoed list of labels, the answer, and the label sentences. A first sentence
  that goes beyond the label ("Yes, the poster is stressed because their boss ...") is explanation
  and stays, less its "Yes,". What counts as a label sentence does not depend on the label: an
  answer and its denial are cut alike.
- A label sentence at the end stays. "Therefore, the label of "No" is appropriate" is the conclusion
  of an argument, the published references have it too, and whether an explanation arrives at the
  label is what label-explanation agreement measures. Only a bare field at the end ("Answer: yes")
  is no prose, and goes.

What is left is cut again until nothing more goes, so that an explanation is what it is by whichever
route it comes: as part of an output, or alone in a column of its own.
"""

from __future__ import annotations

import re

from scoring.extraction import opening, statement
from scoring.extraction.finding import Finding
from scoring.extraction.keys import about, before
from scoring.extraction.label_sentence import may_begin_with_a_label_sentence, says_only_a_label
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage
from scoring.texts import said

_CLOSED = re.compile(r"[\"')\]*]*\s{0,2}(?:[.,;:!\n—–]|-+ |$)")
_LAST_LINE = re.compile(
    r"\n[ >#*-]{0,6}(?:(?:final|correct|predicted) )?(?:answer|label)\s{0,3}:\s{0,3}[^\n]{1,80}$",
    re.I,
)
_LONGEST_FIELD = 90
"""In characters: no field at the end is longer."""
_ENDS = frozenset(".!?:;\n\"')]*_`")
"""After what a field or a marker may begin."""
_MARKS = " \t\n*_`#>-–—.,:;!\"'()[]"
_FEW = 3
"""Words that may stand before a marker, whatever they say ("Unclear.")."""
_SEPARATOR = re.compile(r"[\"'”’)\]]*(?:[^\S\n]*[.,;:!—–\-*#>]++)*+\s*")
"""What stands between a label and what follows it. A quotation mark after a space, or a list's mark
on the next line, belongs to what follows.
"""


def explanation_in(passage: Passage, lexicon: Lexicon, finding: Finding) -> str | None:
    """Return the explanation of a passage in which a rule other than "statement" found what
    `finding` says.

    One cut; what is left may be cut again.
    """
    if finding.explanation is not None:
        return said(finding.explanation)
    start = _start(passage, lexicon, finding)
    end = finding.end if finding.end is not None else _end(passage, lexicon, start)
    return said(passage.view.cut(start, end)) if start < end else None


def _start(passage: Passage, lexicon: Lexicon, finding: Finding) -> int:
    """Return where the explanation begins.

    After its marker and the label sentences, and what separates them from it.
    """
    rest = finding.rest or _opening(passage, lexicon, passage.after_options)
    marker = passage.marker
    if (
        marker is not None
        and marker.end() > rest
        and _marks_an_explanation(passage, lexicon, marker, finding)
    ):
        rest = marker.end()
    front = _front(passage, lexicon, rest)
    if marker is not None and front == marker.end():
        return front
    front = len(passage.shown[:front].rstrip())
    separator = _SEPARATOR.match(passage.shown, front) if front else None
    return separator.end() if separator else front


def _marks_an_explanation(
    passage: Passage, lexicon: Lexicon, marker: re.Match[str], finding: Finding
) -> bool:
    """Return whether the answer stands before "Reasoning:".

    "for one reason: ..." and a heading further on mark nothing.
    """
    front = passage.shown[: marker.start()].rstrip()
    if len(front.split()) <= _FEW or finding.rest >= len(front):
        return True
    if front[-1] not in _ENDS and passage.shown[len(front) : marker.start()].count("\n") == 0:
        return says_only_a_label(passage.plain[: marker.start()], lexicon)
    if len(passage.option_lines) > 1 and passage.option_lines[0].start() < marker.start():
        return True
    if finding.label is not None or finding.rest or says_only_a_label(front.lower(), lexicon):
        return True
    return any(stated.start < marker.start() for stated in statement.statements(passage, lexicon))


def _opening(passage: Passage, lexicon: Lexicon, start: int) -> int:
    """Return where a yes or no ends that stands at `start`, read as the answer or not.

    `start` where there is none.
    """
    named = lexicon.named(passage, start) if lexicon.yes_no else None
    if named is not None and len(named.labels) == 1 and _CLOSED.match(passage.plain, named.end):
        return named.end
    own = opening.own_word(passage, lexicon, start)
    return own[0].end if own is not None else start


def _front(passage: Passage, lexicon: Lexicon, rest: int) -> int:
    """Return where the front's label sentences end, which say nothing but the label."""
    while True:
        separator = _SEPARATOR.match(passage.plain, rest) if rest else None
        start = separator.end() if separator is not None else 0
        if not may_begin_with_a_label_sentence(passage.plain, start, lexicon):
            return rest
        end = passage.sentence(start).end
        # No further on, it would be asked for ever.
        if end <= rest or not says_only_a_label(passage.plain[start:end], lexicon):
            return rest
        rest = end


def _end(passage: Passage, lexicon: Lexicon, start: int) -> int:
    """Return where the explanation ends: before a field at the end that gives the answer."""
    if "\n" in passage.shown:
        line = _LAST_LINE.search(passage.shown, start)
        if line is not None:
            return line.start()
    plain, end = passage.plain, len(passage.plain)
    colon = plain.rfind(":", max(start, end - _LONGEST_FIELD), end)
    if colon < 0 or lexicon.whole(plain[colon + 1 :]) is None:
        return end
    name = before(plain, colon).lstrip()
    stop = max(start, colon - len(name))
    closed = plain[start:stop].rstrip(" ")[-1:] in _ENDS
    return stop if closed and about(name, lexicon).answers else end
