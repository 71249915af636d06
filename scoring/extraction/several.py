"""Rules for tasks that take several labels: every label that an output states is one of its answer.

They are the rules of single labels, by the same names and in the same order, but that what would be
too many there is the answer here: a field that holds a list, a list at the front or after "Labels:",
a label sentence after the other, a box, or statements in running text, whose labels are put
together. "None" and the like answer that no label applies. What leaves open which labels are meant
(two lists that differ) is unparsed, as there.

A list is taken only where all of it names labels: "sadness, anger and so on" is none. It goes on
over the lines, or items, below it that are wholly lists too. One of all labels is an answer where
nothing else in the output is: as "Labels: sadness, anger, worry, hope" a prompt names the choices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import ModuleType
from typing import NamedTuple

from scoring.extraction import boxed, fields, marked, opening, statement, template
from scoring.extraction.finding import CONTRADICTORY, COPIED, NOT_A_LABEL, Finding
from scoring.extraction.folding import fold
from scoring.extraction.keys import about, before
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.objects import Block, Value
from scoring.extraction.passage import Passage

Labels = frozenset[str]

_NONE = frozenset(
    (
        "none",
        "none of them",
        "none of these",
        "none of the above",
        "none of the labels",
        "no label",
        "no labels",
        "none apply",
        "none applies",
        "null",
        "n/a",
    )
)
_LISTS = frozenset(
    ("labels", "answers", "classes", "categories", "predictions", "predicted labels")
)
"""What a field is called that holds the answer, where it may be a list."""
_SAID = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_MARK = re.compile(r"[:=]{1,2}>?[^\S\n]*|[^\S\n](?:is|are|include)[^\S\n]+")
"""Of "Labels: sadness" and "The feelings are sadness and anger"."""
_LINE_END = re.compile(r"\n|$")
_ITEM = re.compile(r"\s*+(?:[-*•]|\d{1,2}[.)](?=\s))?[^\S\n]*+(?P<item>[^\n]{0,399}[^\n:])(?=\n|$)")
"""A line, its bullet or number aside; with a colon at its end it heads what is below."""
_BRACKET_OR_NUMBER = re.compile(r"\s*(?:\[|\d{1,2}[.)]\s)")
_AROUND = re.compile(r"^(?:here are )?(?:the|my) | (?:are|is|include)$")
"""What a field's name may have about it: "The labels are:"."""
_NOTHING_LISTED = re.compile(r"\s*\[\s*\]\s*\.?\s*")
_EMPTY_FIELD = re.compile(r"[\"'](?P<name>[^\"'\n]{1,40})[\"']\s*:\s*\[\s*\]")
_CLOSED = re.compile(r"[\"')]{0,2}\s{0,3}(?:$|[.!;,\n]|(?:and\s)|reasoning\b|explanation\b)")
_BETWEEN = re.compile(r"[\"')\s.!;,]*(?:and\s+)?")
_ENOUGH = 200
"""Marks that are looked at; a long output must not cost seconds."""
_FRONT = 300
"""In characters: "Reasoning:" further on parts no answer from its explanation."""
_EDGES = " \n\t.,:;!\"'()[]{}*#`"


def listed(text: str, lexicon: Lexicon) -> Labels | None:
    """Return the labels of which `text` is a list, none of "none" and of "[]".

    None where any part of it is no label.
    """
    if _NOTHING_LISTED.fullmatch(text):
        return frozenset()
    said = fold(text).strip(_EDGES)
    if said in _NONE and lexicon.whole(said) is None:
        return frozenset()
    return lexicon.listed(said) or None


def in_fields(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels in the field that is about them: a list, or a yes or no for each label."""
    objects = fields.own_objects(passage) if "{" in passage.shown else []
    values = fields.own_values(objects)
    named = [*_in_values(values, lexicon), *_empty_fields(passage, objects, lexicon)]
    named = named or list(_each_said(values, lexicon))
    if not named:
        return None
    explanation = fields.explanation_in_fields(passage, lexicon, values)
    rest = passage.view.cut(objects[-1].end, len(passage.shown)).lstrip("`] \n")
    settled = _settled(named, lexicon)
    return settled._replace(rest=len(passage.shown), explanation=explanation or rest)


def _in_values(values: Sequence[Value], lexicon: Lexicon) -> Iterator[Labels]:
    """Yield what each field says that holds the answer; the values of a list are one."""
    lists: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for value in values:
        if value.path and _holds_labels(value.path[-1], lexicon):
            lists.setdefault((value.path, value.within), []).append(value.text)
    for texts in lists.values():
        labels = [listed(text, lexicon) for text in texts]
        known = [each for each in labels if each is not None]
        if known == labels:
            yield frozenset().union(*known)


def _empty_fields(passage: Passage, objects: Sequence[Block], lexicon: Lexicon) -> Iterator[Labels]:
    """Yield that there are no labels for each field that holds the answer and is an empty list."""
    for block in objects:
        for field in _EMPTY_FIELD.finditer(passage.plain, block.start, block.end):
            if _holds_labels(field["name"], lexicon):
                yield frozenset()


def _each_said(values: Sequence[Value], lexicon: Lexicon) -> Iterator[Labels]:
    """Yield the labels of an object that says of each whether it applies."""
    said = {
        label: _SAID[fold(value.text)]
        for value in values
        if value.path
        and fold(value.text) in _SAID
        and (label := lexicon.whole(fold(value.path[-1].replace("_", " "))))
    }
    if said and (any(said.values()) or len(said) == len(lexicon.task.labels)):
        yield frozenset(label for label, applies in said.items() if applies)


def _holds_labels(name: str, lexicon: Lexicon) -> bool:
    said = _AROUND.sub("", fold(name).replace("_", " ").strip())
    return said in _LISTS or about(name, lexicon).answers


def in_front(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels of the list before "Reasoning:", or of the label sentences that the
    passage begins with.
    """
    marker = passage.marker
    if marker is not None and marker.start() < _FRONT:
        labels = listed(passage.plain[: marker.start()], lexicon)
        if labels is not None:
            return _answer(labels, lexicon, marker.end())
    stated, place = set[str](), 0
    while begun := _sentence_at(passage.plain, place, lexicon):
        label, end = begun
        stated.add(label)
        between = _BETWEEN.match(passage.plain, end)
        place = between.end() if between is not None else end
    return _answer(frozenset(stated), lexicon, place) if stated else None


def _sentence_at(plain: str, place: int, lexicon: Lexicon) -> tuple[str, int] | None:
    """Return the label of the declared sentence at a place, and where it ends."""
    for sentence, label in lexicon.sentences:
        end = place + len(sentence)
        if plain.startswith(sentence, place) and _CLOSED.match(plain, end):
            return label, end
    return None


def in_box(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels in the last box."""
    boxes = boxed.boxes(passage)
    named = [labels for box in boxes if (labels := listed(box.content, lexicon)) is not None]
    if not named:
        return None
    return boxed.apart(passage, lexicon, _settled(named, lexicon), boxes[-1])


class _Marked(NamedTuple):
    """A list that is marked as the answer.

    Attributes:
        labels: Its labels.
        start: Where its name begins.
        end: Where it ends.
    """

    labels: Labels
    start: int
    end: int


def marked_lists(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels that are marked as the answer: "Labels: sadness, anger", or lines below."""
    lists = list(_marked(passage, lexicon))
    named = [each for each in lists if not _may_be_choices(each, passage, lexicon)]
    return _of_marked(named, passage, lexicon)


def full_lists(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return all labels where a marked list has them, no question is beside it, and no other rule
    has an answer.
    """
    named = [each for each in _marked(passage, lexicon) if not _beside_a_question(each, passage)]
    return _of_marked(named, passage, lexicon)


def _marked(passage: Passage, lexicon: Lexicon) -> Iterator[_Marked]:
    for mark in islice(_MARK.finditer(passage.plain), _ENOUGH):
        name = before(passage.plain, mark.start())
        if _quoted(passage, mark.start()) or not _holds_labels(name, lexicon):
            continue
        value = _value(passage, lexicon, mark.end())
        if value is not None:
            yield _Marked(value[0], mark.start() - len(name), value[1])


def _of_marked(named: Sequence[_Marked], passage: Passage, lexicon: Lexicon) -> Finding | None:
    if not named:
        return None
    fronts = [each.end for each in named if not passage.plain[: each.start].strip(_EDGES)]
    settled = _settled([each.labels for each in named], lexicon)
    return settled._replace(rest=fronts[-1] if fronts else 0)


def _may_be_choices(marked: _Marked, passage: Passage, lexicon: Lexicon) -> bool:
    """Return whether a list may be the prompt's: it has all labels, and more follows than their
    explanation.
    """
    if not _is_full([marked.labels], lexicon):
        return False
    end, marker = len(passage.plain), passage.marker
    if marker is not None and marker.start() >= marked.end:
        end = marker.start()
    more = passage.plain[marked.end : end].strip(_EDGES)
    return bool(more) or _beside_a_question(marked, passage)


def _beside_a_question(marked: _Marked, passage: Passage) -> bool:
    """Return whether a question stands before a list, or follows it."""
    lead = passage.plain[: marked.start].rstrip(_EDGES)
    rest = passage.plain[marked.end :].lstrip(_EDGES)
    follows = passage.sentence(len(passage.plain) - len(rest)) if rest else None
    return lead.endswith("?") or (follows is not None and passage.asked(follows))


def _quoted(passage: Passage, place: int) -> bool:
    """Return whether what stands at a place is somebody's words, and no list of labels either."""
    lists = any(start <= place < end for start, end in passage.option_lists)
    return passage.spoken[place] == "\x00" and not lists


def _value(passage: Passage, lexicon: Lexicon, start: int) -> tuple[Labels, int] | None:
    """Return the labels that a field holds which begins at `start`, and where it ends."""
    line = _LINE_END.search(passage.plain, start)
    end = line.start() if line is not None else len(passage.plain)
    marker = passage.marker
    if marker is not None and start <= marker.start() < end:
        end = marker.start()
    for stop in (end, min(end, passage.sentence(start).end)):
        text = passage.plain[start:stop]
        labels = listed(text, lexicon) if text.strip() else None
        if labels is not None:
            return labels, start + len(text.rstrip())
    if passage.plain[start:end].strip():
        return None
    named, place = _items(passage.plain, end, lexicon)
    return (frozenset().union(*named), place) if named and all(named) else None


def _items(text: str, start: int, lexicon: Lexicon) -> tuple[list[Labels], int]:
    """Return what the lines from a place on say that are each wholly a list, and where the last of
    them ends.
    """
    named: list[Labels] = []
    place = start
    while item := _ITEM.match(text, place):
        labels = listed(item["item"], lexicon)
        if labels is None:
            break
        named.append(labels)
        place = item.end()
    return named, place


def _is_full(named: Sequence[Labels], lexicon: Lexicon) -> bool:
    return len(frozenset[str]().union(*named)) == len(lexicon.task.labels)


def _joined(named: Sequence[Labels], lexicon: Lexicon, end: int) -> Finding:
    """Return the labels of all lines; "none" beside a label contradicts it."""
    if any(named) and not all(named):
        return Finding(None, CONTRADICTORY)
    return _answer(frozenset().union(*named), lexicon, end)


def opening_list(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels of the list that is the first line, with the lines below that go on with
    it, or the first sentence.
    """
    start = passage.after_options
    # What a list quotes or numbers is no quotation, and no choice either unless it is all of them.
    own = _BRACKET_OR_NUMBER.match(passage.plain, start) is not None
    named, end = _items(passage.plain if own else passage.spoken, start, lexicon)
    if own and passage.plain[end:].strip() and _is_full(named, lexicon):
        return None
    if not named:
        end = passage.sentence(start).end
        labels = listed(passage.spoken[start:end], lexicon)
        named = [] if labels is None else [labels]
    if not named:
        return None
    if passage.copied(start, end):
        return Finding(None, COPIED)
    return _joined(named, lexicon, end)


def stated_in_text(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels of all statements; of those that conclude, or judge, where there are such."""
    stated = statement.statements(passage, lexicon)
    own = [each for each in stated if not passage.copied(each.start, each.end)]
    if not own:
        return Finding(None, COPIED) if stated else None
    for chosen in (
        [each for each in own if each.final],
        [each for each in own if each.verdict and not each.detail],
        [each for each in own if not each.detail],
        own,
    ):
        labels = frozenset[str]().union(*(each.labels for each in chosen))
        if labels:
            return _answer(labels, lexicon, 0)
    return Finding(None, NOT_A_LABEL)


def _answer(labels: Labels, lexicon: Lexicon, rest: int) -> Finding:
    return Finding(lexicon.task.answer(labels), None, rest)


def _settled(named: Sequence[Labels], lexicon: Lexicon) -> Finding:
    """Return what several places say that must say the same."""
    if any(labels != named[0] for labels in named):
        return Finding(None, CONTRADICTORY)
    return _answer(named[0], lexicon, 0)


RULES: Sequence[tuple[ModuleType, Callable[[Passage, Lexicon], Finding | None]]] = (
    (fields, in_fields),
    (template, in_front),
    (boxed, in_box),
    (marked, marked_lists),
    (opening, opening_list),
    (statement, stated_in_text),
    (marked, full_lists),
)
"""The module of the rule of single labels, and what reads several."""
