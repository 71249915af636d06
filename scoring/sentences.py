"""Sentences of a text, and passages that are short enough for a model.

Sentences are those of NLTK's `sent_tokenize`: Punkt (Kiss and Strunk, Computational Linguistics
2006) with the parameters that NLTK publishes for English, which a package brings with it, so that
nothing is fetched. Two things differ. Marks that NLTK strands as a sentence of their own ("What!!!"
is "What!!" and "!" to it) stay with the sentence before, and what has no letter or digit at all is
no sentence.

Passages are made without a model's tokenizer, so that what a metric asks does not depend on which
model answers. What is bounded is a count of *pieces* that is rarely below any subword tokenizer's:
six letters or digits in a row are one piece, so is a mark, and so is a letter of a script without
spaces. BERT's tokenizer makes 0.7 to 1 tokens a piece of published posts (one of 7,500 passages had
more; larger vocabularies make fewer), so a passage of 350 pieces and a sentence of 130 are within a
model's 512 tokens with the special ones beside them. The scorer still cuts what exceeds the model,
the premise first, where texts are unlike any that this was seen to hold for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from scoring.words import spaced

SPLITTER = "punkt-english/2.2.1"
"""Name and version of the splitter: the package's, which is pinned, since each of its versions may
split otherwise.
"""

PASSAGES = "pieces-350-130-60/1"
"""Name and version of the bounds below and of how passages are made."""

PASSAGE, SENTENCE = 350, 130
"""Pieces of a passage, and of a sentence that is asked about it, at most."""

MOST_SENTENCES = 60
"""Of an explanation that are asked about: an explanation of thousands would take a model for itself."""

_PIECE = re.compile(r"\w{1,6}|[^\w\s]")
_RUN = re.compile(r"\S+")


class Span(NamedTuple):
    """A part of a text, from `start` up to `end`."""

    start: int
    end: int


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, in order; none of them without a letter or digit."""
    return [text[start:end] for start, end in _sentence_spans(text) if _says(text[start:end])]


def short_sentences(text: str) -> list[str]:
    """Return `sentences`, any of more than `SENTENCE` pieces in parts."""
    return [part for sentence in sentences(text) for part in passages(sentence, SENTENCE)]


def passages(text: str, most: int = PASSAGE) -> list[str]:
    """Return a text in passages of at most `most` pieces, in order and without overlap.

    A passage ends with a sentence where it can, else with a word, and within one only where that
    word alone is too long. Every character but white space between passages is in exactly one.
    Passages do not overlap: each sentence of a post stands in one of them whole, which is what a
    claim about it needs, and a claim about two far apart is not made whole by an overlap either.

    Args:
        text: Any.
        most: Pieces.
    """
    made: list[list[Span]] = []
    room = 0
    for unit in _units(text, most):
        size = pieces(text[unit.start : unit.end])
        if size > room:
            made.append([])
            room = most
        made[-1].append(unit)
        room -= size
    return [text[units[0].start : units[-1].end] for units in made]


def pieces(text: str) -> int:
    """Return how many pieces a text has; see the module."""
    return len(_PIECE.findall(spaced(text)))


def _units(text: str, most: int) -> Iterator[Span]:
    """Yield the parts that passages are made of, each of at most `most` pieces: sentences, and of
    those that are too long the words.
    """
    for sentence in _sentence_spans(text):
        if pieces(text[sentence.start : sentence.end]) <= most:
            yield sentence
        else:
            yield from _words(text, sentence, most)


def _words(text: str, within: Span, most: int) -> Iterator[Span]:
    for word in _RUN.finditer(text, within.start, within.end):
        # A character is at most one piece.
        step = most if pieces(word.group()) > most else len(word.group())
        for start in range(word.start(), word.end(), step):
            yield Span(start, min(start + step, word.end()))


def _sentence_spans(text: str) -> list[Span]:
    """Return where sentences are, without white space around them."""
    spans = (Span(*span) for span in _punkt().span_tokenize(text))
    return [_trimmed(text, span) for span in spans if text[span.start : span.end].strip()]


def _trimmed(text: str, span: Span) -> Span:
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))


def _says(text: str) -> bool:
    return any(map(str.isalnum, text))


@cache
def _punkt() -> Any:
    from punkt import PunktSentenceTokenizer, load_model

    return PunktSentenceTokenizer(load_model("english"))
