"""Rule "template": `[label sentence] Reasoning: [explanation]`, or a declared label sentence at the
very front.

This is the form that the benchmark asks for, so it wins over anything that stands later in the
text, but for an answer that says of itself that it corrects this one.
"""

from __future__ import annotations

import re

from scoring.extraction import correction
from scoring.extraction.finding import CONTRADICTORY, Finding
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage

NAME = "template"
STAGE = "bare answer"
_SHORTEST, _LONGEST = 16, 120
_CLOSED = re.compile(r"[\"')]{0,2}\s{0,3}(?:$|[.!;\n]|reasoning\b|explanation\b)")


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the label of the wording before "Reasoning:", or of the label sentence that the
    passage begins with.
    """
    plain = passage.plain
    marker = passage.marker
    if marker is not None and marker.start() < 300:
        label = lexicon.whole(plain[: marker.start()])
        if label is not None:
            return _unless_corrected(passage, lexicon, label, marker.end())
    begun = lexicon.sentences if plain.startswith(lexicon.begins) else ()
    for sentence, label in begun:
        if plain.startswith(sentence) and _CLOSED.match(plain, len(sentence)):
            return _unless_corrected(passage, lexicon, label, len(sentence))
    return _cut_short(plain, lexicon)


def _unless_corrected(passage: Passage, lexicon: Lexicon, label: str, end: int) -> Finding:
    named = Named(frozenset({label}), end)
    if correction.announces_another(passage, lexicon, named):
        return Finding(None, CONTRADICTORY)
    return Finding(label, None, end)


def _cut_short(plain: str, lexicon: Lexicon) -> Finding | None:
    """Return the label of the one whose declared sentence begins with all of `plain`, cut off by
    the end of the generation.
    """
    if not _SHORTEST <= len(plain) <= _LONGEST:
        return None
    beginning = plain[:-1]  # the last letter may be another label's as well
    labels = {label for sentence, label in lexicon.sentences if sentence.startswith(beginning)}
    return Finding(next(iter(labels)), None, len(plain)) if len(labels) == 1 else None
