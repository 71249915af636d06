"""The explanation in an output: what remains when the label sentence is taken off.

- After "Reasoning:" (or "Explanation:", "Rationale:", ...), that and nothing before it.
- Else what follows the label sentence or marker at the front. A first sentence that goes beyond the label ("Yes, the
  poster is stressed because their boss ...") is explanation and stays, less its "Yes,". What counts as a label sentence
  does not depend on the label: an answer and its denial are cut alike.
- A label sentence at the end stays. "Therefore, the label of "No" is appropriate" is the conclusion of an argument,
  the published references have it too, and whether an explanation arrives at the label is what label-explanation
  agreement measures. Only a bare field on a last line of its own ("Answer: yes") is no prose, and goes.
"""

from __future__ import annotations

import re

from scoring.extraction.finding import Finding
from scoring.extraction.label_sentence import says_only_a_label
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage
from scoring.texts import said

_CLOSED = re.compile(r"[\"')\]*]*\s{0,2}(?:[.,;:!\n—–]|-+ |$)")
_LAST_FIELD = re.compile(
    r"\n[ >#*-]{0,6}(?:(?:final|correct|predicted) )?(?:answer|label)\s{0,3}:\s{0,3}[^\n]{1,80}$",
    re.I,
)
_SEPARATOR = re.compile(r"[\"'”’)\]]*(?:[^\S\n]*[.,;:!—–\-*#>]++)*+\s*")
"""What stands between a label and what follows it. A quotation mark after a space, or a list's mark on the next line,
belongs to what follows.
"""


def explanation_in(passage: Passage, lexicon: Lexicon, finding: Finding) -> str | None:
    """The explanation of a passage that was read as `finding` says."""
    if finding.explanation is not None:
        return said(finding.explanation)
    start = _start(passage, lexicon, finding.rest)
    field = _LAST_FIELD.search(passage.shown, start)
    return said(passage.view.cut(start, field.start() if field else len(passage.shown)))


def _start(passage: Passage, lexicon: Lexicon, rest: int) -> int:
    """Where the explanation begins: after its marker, else after the label sentences and what separates them from it."""
    rest = max(rest, _opening(passage, lexicon))
    marker = passage.marker
    if marker is not None and marker.end() >= rest:
        return marker.end()
    front = len(passage.shown[: _front(passage, lexicon, rest)].rstrip())
    separator = _SEPARATOR.match(passage.shown, front) if front else None
    return separator.end() if separator else front


def _opening(passage: Passage, lexicon: Lexicon) -> int:
    """Where a yes or no at the very front ends, read as the answer or not; 0 where there is none."""
    named = lexicon.named(passage, 0) if lexicon.yes_no else None
    if named is None or len(named.labels) > 1 or not _CLOSED.match(passage.plain, named.end):
        return 0
    return named.end


def _front(passage: Passage, lexicon: Lexicon, rest: int) -> int:
    """Where the front's label sentences end: up to two in a row, that say nothing but the label."""
    for _ in range(2):
        sentence = passage.sentence(min(rest + 2, len(passage.plain)))
        if not says_only_a_label(passage.plain[rest : sentence.end], lexicon):
            break
        rest = sentence.end
    return rest
