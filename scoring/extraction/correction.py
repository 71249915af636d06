"""Bare second answers, by which an output takes its first one back: "No. Yes.", "Yes! Actually,
no." and the like.

What was answered twice is not answered: the first is as good a guess as the last. A second answer
counts where it stands bare: as a whole sentence or line, or as what directly follows the first
answer in its sentence. Words that only announce a correction ("actually", "I mean", "correction:")
may stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage

_ANNOUNCED = re.compile(
    r"(?:(?:actually|wait|sorry|apologies|correction|corrected|correct answer|rather|or"
    r" rather|instead|also|then|well"
    r"|but|hmm|oops|my mistake|on second thou?ght|i mean|i meant|i correct myself|scratch that|make"
    r" that|let me correct"
    r" (?:that|myself)|the answer|answer|label|final answer|it is|it's)\b[\s,;:.!—–-]{0,4}){1,4}"
)
_CORRECTS = re.compile(
    r"(?:(?:actually|wait|sorry|correction|corrected(?: answer)?|on second thou?ghts?|i meant|my mistake"
    r"|i correct myself|scratch that|make that|let me correct (?:that|myself))\b[\s,;:.!—–-]{1,4}){1,4}"
)
"""What says that it takes an answer back, where it stands before another."""
_SENTENCE = re.compile(r"[.!?\n]+")
_CLAUSE = re.compile(r"[,;:—–(]+|(?<= )-+(?= )")
_LONGEST = 100
"""In characters: no bare answer is longer, and a long output must not cost seconds."""


def takes_back(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    """Return whether the passage goes on with a bare answer of another label.

    Args:
        passage: Where the first answer stands.
        lexicon: The task's words.
        named: The first answer.
    """
    answers = (
        lexicon.whole(_plain(text))
        for text in _bare(passage.spoken[named.end :])
        if len(text) < _LONGEST
    )
    return any(label is not None and label not in named.labels for label in answers)


def announces_another(passage: Passage, lexicon: Lexicon, named: Named) -> bool:
    """Return whether a later sentence says that it corrects the answer, and gives another.

    "Correction: Yes, the poster suffers from stress."

    Args:
        passage: Where the first answer stands.
        lexicon: The task's words.
        named: The first answer.
    """
    if not _may_announce(passage.plain):
        return False
    rest = passage.spoken[named.end :]
    sentences = (text.strip(" \"'()*") for text in _SENTENCE.split(rest))
    corrected = (
        lexicon.whole(text[announced.end() :])
        for text in sentences
        if (announced := _CORRECTS.match(text)) is not None and len(text) < _LONGEST
    )
    return any(label is not None and label not in named.labels for label in corrected)


def _may_announce(text: str) -> bool:
    return (
        "correction" in text
        or "wait," in text
        or "actually," in text
        or "second th" in text
        or "scratch that" in text
        or "i meant" in text
    )


def _bare(rest: str) -> Iterator[str]:
    """Yield what may be a bare answer.

    The first clause after the answer, then every sentence and line.
    """
    sentences = _SENTENCE.split(rest)
    clauses = (text.strip() for text in _CLAUSE.split(sentences[0]))
    yield next((text for text in clauses if _plain(text)), "")
    yield from (text.strip(" \"'()*") for text in sentences)


def _plain(text: str) -> str:
    """Return `text` without the words that announce a correction."""
    announced = _ANNOUNCED.match(text)
    return text[announced.end() :] if announced is not None else text
