"""Rule "marked-answer": "Answer: ...", "Label: ...", "Correct answer: A) School", or an option
alone on its line.

A mark is a field's name before a colon, a dash or an arrow, or alone on its line; `keys` tells what
it is about. Where it is about another condition, another rank ("Secondary cause") or nothing in
particular, it marks no answer.

An option's letter counts only with the option's text after it, or where the output itself lists
what the letters stand for: the order in which a task declares its labels is nothing that a model
has seen. A list of options is an echo. A marked answer that names no label of the task is left to
the other rules, since it may be a whole sentence. One that is taken back ("Answer: no. Correction:
yes.") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from scoring.extraction import correction, statement
from scoring.extraction.finding import CONTRADICTORY, COPIED, Finding, settle
from scoring.extraction.folding import fold
from scoring.extraction.keys import (
    About,
    about,
    before,
    lists_what_is_there,
    names_the_concept,
)
from scoring.extraction.lexicon import Lexicon, Named
from scoring.extraction.passage import Passage
from scoring.extraction.vocabulary import words_of

NAME = "marked-answer"
STAGE = "structure"
_SUBJECTS = words_of("subjects")
_ENOUGH = 200
"""Marks; no output has more of its own, and a long one must not cost seconds."""
_LONGEST_LINE = 40
"""In characters: no bare answer on a line of its own is longer."""
_CLOSES = tuple(".!)")
"""With what the text above a last line ends that is a sentence, and neither a question nor
somebody's words.
"""
_COLON = re.compile(r"[:=]{1,2}>?\s{0,5}")
"""Of "Label: yes", "label = yes", "Label => yes"."""
_DASH = re.compile(r" [-–—]{1,2}>? {1,3}| ?[→⇒] {0,3}")
"""Of "Answer - yes", "Label -> yes", "Label → yes"."""
_HEADING = re.compile(r"[^\w\n]{0,6}\w[\w'’/() ]{1,50}(?P<mark> {0,3}\n\s{0,5})")
"""Of "Final answer", alone on its line."""
_SHUT = re.compile(
    r"[\"')\]>$*]{0,2}\s{0,3}(?:$|[.,;:!\n(\[\x00—–/|#✓✔✅☑]|-"
    r" |(?:because|since|as|reason(?:ing)?|explanation|rationale|with)\b)"
)
_BOX = re.compile(
    r"(?m)(?:^[ \t*•-]{0,6}|(?<=\w)[ ,;/|]{1,4})(?:\[(?:(?P<tick>[xv✓✔])| ?)\]|(?P<ticked>[☑☒✅])|[☐⬜])"
    r" {1,3}(?P<label>[^\n\[\]☑☒✅☐⬜]{1,60}?)(?=[ ,;/|]{0,4}(?:$|[\[☑☒✅☐⬜]))"
)
_TAKEN_BACK = re.compile(r"\s?[(\[](?:denied|denies|ruled out|absent|unlikely|no|not|none)\b")
"""What a bracket says of a label that is then none: "Symptom: depression (denied)"."""
_LIST = re.compile(r"[^\n.;]{1,200}")
_BETWEEN = re.compile(r",|/|&|\band\b")
_APPLIES = re.compile(r"[\"'*]{0,2}(?:yes|true)\b")
_FRONT = re.compile(
    r"[\W_]*(?:(?:so|therefore|thus|my|the|final|correct|predicted|overall)\b[\W_]*){0,4}"
)


@dataclass(frozen=True)
class _Marked:
    """An answer, and where its mark begins."""

    start: int
    named: Named


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the one label that is marked as the answer."""
    every = list(_marked(passage, lexicon))
    standing = [each for each in every if not passage.copied(each.start, each.named.end)]
    if not standing:
        return Finding(None, COPIED) if every else None
    labels = [each.named.labels for each in standing]
    if any(other != labels[0] for other in labels):
        return Finding(None, CONTRADICTORY)
    last = max((each.named for each in standing), key=lambda named: named.end)
    if correction.takes_back(passage, lexicon, last) or _overruled(passage, lexicon, labels[0]):
        return Finding(None, CONTRADICTORY)
    first = standing[0]
    front = _FRONT.fullmatch(passage.spoken, 0, first.start)
    return settle(first.named.labels, first.named.end if front else 0)


def _overruled(passage: Passage, lexicon: Lexicon, labels: frozenset[str]) -> bool:
    """Return whether a sentence elsewhere gives another label as the answer.

    "In conclusion, the answer is no".
    """
    verdicts = (
        stated
        for stated in statement.statements(passage, lexicon)
        if stated.verdict and not stated.detail
    )
    return any(len(stated.labels) == 1 and stated.labels != labels for stated in verdicts)


def _marked(passage: Passage, lexicon: Lexicon) -> Iterator[_Marked]:
    if lexicon.task.attributes and _names_another(passage, lexicon):
        return
    applying: list[_Marked] = []
    for end, start in islice(_marks(passage.spoken), _ENOUGH):
        name = before(passage.spoken, end)
        what = about(name, lexicon)
        place = end - len(name.lstrip())
        label = None if lexicon.yes_no else lexicon.whole(name)
        applies = _APPLIES.match(passage.spoken, start) if label is not None else None
        if label is not None and applies is not None:
            applying.append(_Marked(place, Named(frozenset({label}), applies.end())))
        elif lexicon.yes_no and lists_what_is_there(name, lexicon):
            listed = _LIST.match(passage.spoken, start)
            if listed is not None and names_the_concept(_BETWEEN.split(listed[0]), lexicon):
                yield _Marked(place, Named(frozenset({"yes"}), listed.end()))
        elif what.answers:
            named = _value(passage, lexicon, start, what)
            if named is not None and _stands(passage, named.end):
                yield _Marked(place, named)
    yield from applying
    yield from _ticked(passage, lexicon)
    yield from _last_line(passage, lexicon)
    for option in passage.option_lines if len(passage.option_lines) == 1 else ():
        named = lexicon.named(passage, option.start())
        if named is not None and _SHUT.match(passage.spoken, named.end):
            yield _Marked(option.start(), named)


def _last_line(passage: Passage, lexicon: Lexicon) -> Iterator[_Marked]:
    """Match a label alone on the last line, below a text that is no list and does
    not lead to it.
    """
    text = passage.spoken.rstrip()
    start = text.rfind("\n") + 1
    if not start or len(text) - start > _LONGEST_LINE or not text[start].isalnum():
        return
    above = text[:start].rstrip(" \n-=_*").rsplit("\n", 1)[-1].strip()
    label = lexicon.whole(text[start:])
    if label is not None and above[-1:] in _CLOSES and lexicon.whole(above) is None:
        yield _Marked(start, Named(frozenset({label}), len(text)))


def _names_another(passage: Passage, lexicon: Lexicon) -> bool:
    """Return whether a field says that what follows is about another of the task's questions.

    "Dimension: emotional", and "Exists: yes" below it.
    """
    asked = {fold(value) for values in lexicon.task.attributes.values() for value in values}
    for end, start in islice(_marks(passage.spoken), _ENOUGH):
        if not _SUBJECTS.isdisjoint(before(passage.spoken, end).split()):
            value = passage.spoken[start:].split("\n", 1)[0].strip(" .,;*\"'")
            if value in asked and not about(value, lexicon).answers:
                return True
    return False


def _stands(passage: Passage, end: int) -> bool:
    """Return whether a label that ends at `end` is all of its field, and is not taken back."""
    text = passage.spoken
    return _SHUT.match(text, end) is not None and _TAKEN_BACK.match(text, end) is None


def _ticked(passage: Passage, lexicon: Lexicon) -> Iterator[_Marked]:
    """Match the one box of a list that is ticked: "[ ] Yes", "[x] No"."""
    text = passage.plain
    if "[" not in text and "☐" not in text:
        return
    boxes = list(islice(_BOX.finditer(text), _ENOUGH))
    heading = text[: boxes[0].start()].strip().rsplit("\n", 1)[-1] if boxes else ""
    asks = heading.rstrip(" *_").endswith((":", "?"))
    if asks and not about(heading.strip(":?*_ "), lexicon).answers:
        return
    ticked = [box for box in boxes if box["tick"] or box["ticked"]]
    label = lexicon.whole(ticked[0]["label"]) if len(ticked) == 1 < len(boxes) else None
    if label is not None:
        yield _Marked(boxes[0].start(), Named(frozenset({label}), boxes[-1].end()))


def _marks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a name ends and its value begins, for everything that may mark a value."""
    if ":" in text or "=" in text:
        yield from (mark.span() for mark in _COLON.finditer(text))
    if _may_have_dashes(text):
        yield from (mark.span() for mark in _DASH.finditer(text))
    if "\n" in text:
        yield from _headings(text)


def _may_have_dashes(text: str) -> bool:
    if "->" in text or " - " in text:
        return True
    return not text.isascii() and (" – " in text or " — " in text or "→" in text or "⇒" in text)


def _headings(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a heading's name ends and what stands below it begins."""
    end = line = 0
    while line >= 0:
        if line >= end and (heading := _HEADING.match(text, line)) is not None:
            yield heading.span("mark")
            end = heading.end()
        line = text.find("\n", line) + 1 or -1


def _value(passage: Passage, lexicon: Lexicon, start: int, what: About) -> Named | None:
    """Return the label at `start`.

    Named there, or a whole wording up to the end of the sentence or line.
    """
    named = lexicon.named(passage, start)
    if named is not None:
        return named
    end = min(passage.sentence(start).end, start + 200)
    text = passage.spoken[start:end]
    label = lexicon.whole(text)
    if label is not None:
        return Named(frozenset({label}), start + len(text.rstrip(" .!\n")))
    said = re.split(r"[(;,\n]", text, maxsplit=1)[0]
    stated = lexicon.state(said) if what is About.CONCEPT else None
    return Named(stated, start + len(said.rstrip(" .!"))) if stated else None
