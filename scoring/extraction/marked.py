"""Rule "marked-answer": "Answer: ...", "Label: ...", "Correct answer: A) School", or an option alone on its line.

An option's letter counts only with the option's text after it, or where the output itself lists what the letters stand
for: the order in which a task declares its labels is nothing that a model has seen. A list of options is an echo. A
marked answer that names no label of the task is left to the other rules, since it may be a whole sentence. One that
is taken back ("Answer: no. Correction: yes.") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from scoring.extraction import correction
from scoring.extraction.finding import CONTRADICTORY, COPIED, Finding, settle
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage

NAME = "marked-answer"
_WORDS = (
    "answer|label|prediction|classification|category|class|verdict|conclusion|diagnosis|result|decision|cause|disorder"
    "|stress|depression|loneliness|risk|dimension|level|severity"
    "|judge?ment|assessment"
)
_SIGNS = (":", "=", "answer - ", "label - ")
_SHUT = re.compile(
    r"[\"')\]]{0,2}\s{0,3}(?:$|[.,;:!\n(\x00—–]|- |(?:because|since|as|reasoning|explanation)\b)"
)


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """The one label that is marked as the answer."""
    found = [
        (start, named)
        for start, named in _marked(passage, lexicon)
        if not passage.copied(start, named.end)
    ]
    if not found:
        return Finding(None, COPIED) if any(True for _ in _marked(passage, lexicon)) else None
    labels = [named.labels for _, named in found]
    if any(other != labels[0] for other in labels):
        return Finding(None, CONTRADICTORY)
    if correction.takes_back(
        passage, lexicon, max((named for _, named in found), key=lambda named: named.end)
    ):
        return Finding(None, CONTRADICTORY)
    start, named = found[0]
    front = (
        not passage.spoken[:start]
        .strip(" \n\x00>#*-")
        .removeprefix("correct")
        .removeprefix("final")
        .strip()
    )
    return settle(named.labels, named.end if front else 0)


def _marked(passage: Passage, lexicon: Lexicon) -> Iterator[tuple[int, Named]]:
    for match in passage.matches(_mark(lexicon), passage.regions(_SIGNS, 70, 6)):
        named = lexicon.named(passage, match.end()) or _line(passage, lexicon, match.end())
        if named is not None and _SHUT.match(passage.spoken, named.end):
            yield match.start(), named
    for option in passage.option_lines if len(passage.option_lines) == 1 else ():
        named = lexicon.named(passage, option.start())
        if named is not None and _SHUT.match(passage.spoken, named.end):
            yield option.start(), named


@lru_cache(maxsize=512)
def _mark(lexicon: Lexicon) -> re.Pattern[str]:
    """Mark of an answer: "Label:", or what the question is about ("Stressed: yes"); `lexicon` is hashed by identity."""
    dimensions = (
        word.removesuffix(" wellness") for word in lexicon.concepts if word.endswith(" wellness")
    )
    asked = "".join(
        "|" + re.escape(word) for word in (*lexicon.concepts, *lexicon.adjectives, *dimensions)
    )
    return re.compile(
        rf"(?<![\w\"'])(?:(?:{_WORDS}{asked})(?:\s?\([^)\n]{{0,40}}\))?\s{{0,3}}[:=]|(?:answer|label) - )\s{{0,5}}"
    )


def _line(passage: Passage, lexicon: Lexicon, start: int) -> Named | None:
    """A whole wording up to the end of the sentence or line: "Label: not depressed"."""
    end = min(passage.sentence(start).end, start + 200)
    label = lexicon.whole(passage.spoken[start:end])
    return Named(frozenset({label}), end) if label is not None else None
