"""Rules for tasks that take several labels: every label that an output states is one of its answer.

They are the rules of single labels, by the same names and in the same order, but that what would be
too many there is the answer here: a field that holds a list, a list at the front or after "Labels:",
a label sentence after the other, a box, or statements in running text, whose labels are put
together. "None" and the like answer that no label applies. What leaves open which labels are meant
(two lists that differ) is unparsed, as there.

A list is taken only where all of it names labels: "sadness, anger and so on" is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import ModuleType

from scoring.extraction import boxed, fields, marked, opening, statement, template
from scoring.extraction.finding import CONTRADICTORY, COPIED, NOT_A_LABEL, Finding
from scoring.extraction.folding import fold
from scoring.extraction.keys import about, before
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.objects import Value
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
_BULLET = re.compile(r"\n[^\S\n]*(?:[-*•]|\d{1,2}[.)])[^\S\n]*(?P<item>[^\n]{1,80})")
_CLOSED = re.compile(r"[\"')]{0,2}\s{0,3}(?:$|[.!;,\n]|(?:and\s)|reasoning\b|explanation\b)")
_BETWEEN = re.compile(r"[\"')\s.!;,]*(?:and\s+)?")
_ENOUGH = 200
"""Marks that are looked at; a long output must not cost seconds."""
_FRONT = 300
"""In characters: "Reasoning:" further on parts no answer from its explanation."""
_EDGES = " \n\t.,:;!\"'()[]{}*#`"


def listed(text: str, lexicon: Lexicon) -> Labels | None:
    """Return the labels of which `text` is a list, none of "none".

    None where any part of it is no label.
    """
    said = fold(text).strip(_EDGES)
    if said in _NONE and lexicon.whole(said) is None:
        return frozenset()
    return lexicon.listed(said) or None


def in_fields(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels in the field that is about them: a list, or a yes or no for each label."""
    objects = fields.own_objects(passage) if "{" in passage.shown else []
    values = fields.own_values(objects)
    named = list(_in_values(values, lexicon)) or list(_each_said(values, lexicon))
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
    said = fold(name).replace("_", " ").strip()
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


def marked_lists(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels that are marked as the answer: "Labels: sadness, anger", or lines below."""
    named: list[Labels] = []
    rest = 0
    for mark in islice(_MARK.finditer(passage.plain), _ENOUGH):
        name = before(passage.plain, mark.start())
        if _quoted(passage, mark.start()) or not _holds_labels(name, lexicon):
            continue
        value = _value(passage, lexicon, mark.end())
        # All of them are the choices that the prompt has named.
        if value is not None and len(value[0]) < len(lexicon.task.labels):
            labels, end = value
            named.append(labels)
            front = not passage.plain[: mark.start() - len(name)].strip(_EDGES)
            rest = end if front else rest
    return _settled(named, lexicon)._replace(rest=rest) if named else None


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
        labels = listed(text, lexicon) if text.strip(_EDGES) else None
        if labels is not None:
            return labels, start + len(text.rstrip())
    return _below(passage, lexicon, start) if not passage.plain[start:end].strip() else None


def _below(passage: Passage, lexicon: Lexicon, start: int) -> tuple[Labels, int] | None:
    """Return the labels of the list that stands below a heading, an item a line."""
    labels, place = set[str](), start
    while item := _BULLET.match(passage.plain, place):
        named = listed(item["item"], lexicon)
        if named is None:
            break
        labels |= named
        place = item.end()
    return (frozenset(labels), place) if labels else None


def opening_list(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the labels of the list that is the first line, or the first sentence."""
    start = passage.after_options
    line = _LINE_END.search(passage.spoken, start)
    ends = (line.start() if line is not None else start, passage.sentence(start).end)
    for end in ends:
        labels = listed(passage.spoken[start:end], lexicon)
        if labels is not None:
            if passage.copied(start, end):
                return Finding(None, COPIED)
            return _answer(labels, lexicon, end)
    return None


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
)
"""The module of the rule of single labels, and what reads several."""
