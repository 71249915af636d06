"""The explanation in an output: what remains when the label sentence is taken off.

- After "Reasoning:" (or "Explanation:", "Rationale:", ...), that and nothing before it.
- Else what follows the label sentence or marker at the front. A first sentence that goes beyond the label ("Yes, the
  poster is stressed because their boss ...") is explanation and stays, less its "Yes,".
- A label sentence at the end stays. "Therefore, the label of "No" is appropriate" is the conclusion of an argument,
  the published references have it too, and whether an explanation arrives at the label is what label-explanation
  agreement measures. Only a bare field on a last line of its own ("Answer: yes") is no prose, and goes.

Nothing, marks without words, "nan" and "none" are no explanation.
"""

from __future__ import annotations

import re

from scoring.extraction import statement
from scoring.extraction.finding import Finding
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.passage import Passage

NOTHING = ("", "nan", "none", "null", "n/a", "na", "<na>")
_FILLER = re.compile(
    r"(?:yes|no|therefore|thus|so|overall|hence|answer|the|this|that|label|correct|final|most|best|is"
    r"|appropriate|for|in|post|case|poster|of|on"
    r"|based|i|would|say|think|based|[\W\x00]+)"
)
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
        return tidy(finding.explanation)
    start = _start(passage, lexicon, finding.rest)
    field = _LAST_FIELD.search(passage.shown, start)
    return tidy(passage.view.cut(start, field.start() if field else len(passage.shown)))


def _start(passage: Passage, lexicon: Lexicon, rest: int) -> int:
    """Where the explanation begins: after its marker, else after the label sentences and what separates them from it."""
    marker = passage.marker
    if marker is not None and marker.end() >= rest:
        return marker.end()
    front = _front(passage, lexicon, rest)
    separator = _SEPARATOR.match(passage.shown, front) if rest else None
    return separator.end() if separator else front


def tidy(text: str | None) -> str | None:
    """`text` without white space around it; None where it says nothing."""
    if text is None:
        return None
    trimmed = text.strip()
    if trimmed.lower() in NOTHING or not any(char.isalnum() for char in trimmed):
        return None
    return trimmed


def _front(passage: Passage, lexicon: Lexicon, rest: int) -> int:
    """Where the front's label sentences end: up to two in a row, that say nothing but the label."""
    stated = statement.statements(passage, lexicon)
    for _ in range(2 if stated else 0):
        sentence = passage.sentence(min(rest + 2, len(passage.plain)))
        said = [s for s in stated if rest <= s.start and s.end <= sentence.end]
        if not said or not _bare(
            passage.plain[rest : said[0].start] + passage.plain[said[-1].end : sentence.end]
        ):
            break
        rest = sentence.end
    return rest


def _bare(text: str) -> bool:
    return len(text) < 80 and not re.sub(
        r"\w+", lambda word: "" if _FILLER.fullmatch(word[0]) else word[0], text
    ).strip(" \n.,:;!\"'()-—–\x00")
