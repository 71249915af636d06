"""Rule "field": an answer in a structure: JSON anywhere in the text, or a table.

Objects need not be well-formed (`objects`), names are read by meaning (`keys`), and values by any
of the task's wordings, as true or false, or as sentences. What only carries a text ("content",
"generated_text") is read as that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scoring.extraction import marked, opening, statement, template
from scoring.extraction.explanation import explanation_in
from scoring.extraction.finding import CONTRADICTORY, NO_STATEMENT, NOT_A_LABEL, SEVERAL, Finding
from scoring.extraction.folding import fold
from scoring.extraction.keys import (
    CONTAINERS,
    About,
    about,
    lists_what_is_there,
    names_the_concept,
)
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.markdown_tables import Cell, cells, delimited_cells
from scoring.extraction.objects import Block, Value, blocks, decoded
from scoring.extraction.passage import Passage
from scoring.extraction.view import View
from scoring.extraction.vocabulary import words_of

NAME = "field"
STAGE = "structure"
_SENTENCE_RULES = (template, marked, opening, statement)
_CARRIERS = frozenset(("content", "text", "generated_text", "message", "completion", "answer_text"))
_THOUGHTS = frozenset(
    ("thinking", "reasoning", "thought", "redacted_thinking", "summary_text", "reasoning_text")
)
"""What the parts of a message are called that are no answer."""
_SUBJECTS = words_of("subjects")
_PLACEHOLDER = re.compile(
    r"\W*yes\W{1,5}(?:or\W{1,3})?no\W*|\W*|<.*>|\.\.\.|(?:your|the) (?:label|answer).*"
)
_WORD = re.compile(r"[^\W_]+")
_APPLIES = ("yes", "true", "x", "✓", "✔", "✅", "present")
_OUT = re.compile(r"\b(?:ruled out|excluded?|rejected|mentioned|history|absent|dismissed)\b")
"""Of a column or key: what is so is no answer."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where "SocialRelationships" is to be taken apart."""


@dataclass(frozen=True)
class _Read:
    """What a value says: its labels, and whether it is an answer that names none; with its own
    explanation.
    """

    labels: frozenset[str]
    unknown: bool = False
    explanation: str | None = None


def find(passage: Passage, lexicon: Lexicon) -> Finding | None:
    """Return the label in the field that is about it, and the explanation in its own."""
    if "{" in passage.shown:
        finding = _in_objects(passage, lexicon)
        if finding is not None:
            return finding
    table = cells(passage.plain) if "|" in passage.shown else delimited_cells(passage.plain)
    return _in_table(passage, lexicon, table) if table else None


def _in_objects(passage: Passage, lexicon: Lexicon) -> Finding | None:
    objects = own_objects(passage)
    if not any(block.values for block in objects):
        return None
    spoken = own_values(objects)
    if not spoken:
        return Finding(None, NO_STATEMENT, len(passage.shown), "")
    own = _asked(spoken, lexicon)
    answers = (_value(passage, lexicon, value) for value in own if _answers(value, own, lexicon))
    read = [said for said in answers if said is not None] + _per_label(own, lexicon)
    read += _listed(own, lexicon) if not read else []
    if not read:
        carried = [value for value in own if value.path and value.path[-1] in _CARRIERS]
        read = [said for value in carried if (said := _sentence(passage, lexicon, value.text))]
    explanation = (
        explanation_in_fields(passage, lexicon, own)
        or _only(said.explanation for said in read)
        or _after(passage, objects[-1])
    )
    finding = _settled(read, len(passage.shown), explanation)
    return finding and _beside(passage, lexicon, objects, finding)


def _beside(
    passage: Passage, lexicon: Lexicon, objects: Sequence[Block], finding: Finding
) -> Finding:
    """Return what an object says, held against the statements around it.

    One of another label contradicts it; where the object names none of the task's labels, they
    count alone.
    """
    stated = {
        said.labels
        for said in statement.statements(passage, lexicon)
        if len(said.labels) == 1
        and not said.detail
        and not any(block.start <= said.start < block.end for block in objects)
    }
    if finding.label is not None and stated - {frozenset({finding.label})}:
        return finding._replace(label=None, reason=CONTRADICTORY)
    if finding.reason == NOT_A_LABEL and len(stated) == 1:
        return finding._replace(label=next(iter(*stated)), reason=None)
    return finding


def own_objects(passage: Passage) -> list[Block]:
    """Return the objects in a text that are not quoted."""
    # What stands within a quotation is the post's, whatever its form.
    shown = blocks(_straight(passage.shown))
    return [block for block in shown if passage.spoken[block.start] != "\x00"]


def own_values(objects: Iterable[Block]) -> list[Value]:
    """Return the values of objects that are the model's own words to us."""
    return list(_spoken([value for block in objects for value in block.values]))


def explanation_in_fields(passage: Passage, lexicon: Lexicon, values: Iterable[Value]) -> str:
    """Return what the first field holds that is an explanation; "" where none is."""
    explaining = [
        value for value in values if value.quoted and _about(value, lexicon) is About.EXPLANATION
    ]
    return _explanation(passage, explaining)


def _spoken(values: Sequence[Value]) -> Iterator[Value]:
    """Yield the values that are the model's own words to us.

    In a conversation those of the assistant, and in a message's parts those that are no thought.
    """
    roles = {value.within: value.text for value in values if value.path[-1:] == ("role",)}
    kinds = {value.within: value.text for value in values if value.path[-1:] == ("type",)}
    for value in values:
        own = roles.get(value.within, "assistant") in ("assistant", "model", "gpt")
        if own and kinds.get(value.within) not in _THOUGHTS:
            yield value


def _asked(values: Sequence[Value], lexicon: Lexicon) -> list[Value]:
    """Return the values of objects that do not say that they are about another condition.

    {"dimension": "social", "exists": true} says nothing of another dimension.
    """
    others = {value.within for value in values if _names_another(value, lexicon)}
    return [value for value in values if value.within not in others]


def _names_another(value: Value, lexicon: Lexicon) -> bool:
    if not (lexicon.yes_no and _is_subject(value, lexicon)):
        return False
    named = fold(value.text)
    return lexicon.whole(named) is None and not about(named, lexicon).answers


def _is_subject(value: Value, lexicon: Lexicon) -> bool:
    """Return whether a field says what the others of its object are about: {"condition": "stress",
    ...}.
    """
    if not (value.path and value.quoted) or lists_what_is_there(value.path[-1], lexicon):
        return False
    asked = (name for names in lexicon.task.attributes.values() for name in names)
    return fold(value.path[-1]) in _SUBJECTS or fold(value.text) in asked


def _answers(value: Value, values: Sequence[Value], lexicon: Lexicon) -> bool:
    """Return whether a field's value is the answer: by its name, or as the only one of "labels"."""
    if not value.path or not _about(value, lexicon).answers:
        alone = sum(other.path == value.path for other in values) == 1
        return alone and value.path[-1:] == ("labels",) and bool(lexicon.listed(fold(value.text)))
    if not (lexicon.yes_no and _is_subject(value, lexicon)):
        return True
    beside = (other for other in values if other.within == value.within and other is not value)
    return not any(_about(other, lexicon).answers for other in beside)


def _about(value: Value, lexicon: Lexicon) -> About:
    inner = about(value.path[-1], lexicon) if value.path else About.ELSE
    if inner is About.EXPLANATION or len(value.path) < 2:
        return inner
    parts = list(value.path)
    while len(parts) > 1 and parts[0].lower() in CONTAINERS:
        del parts[0]
    whole = about(" ".join(parts), lexicon)
    return whole if whole.answers else About.ELSE


def _value(passage: Passage, lexicon: Lexicon, value: Value) -> _Read | None:
    """Return what a value says that stands where the answer should; None for a placeholder."""
    text = " ".join(fold(value.text).split())
    if not value.quoted and text in ("null", "none", "nan"):
        return _Read(frozenset(), unknown=True)
    if _PLACEHOLDER.fullmatch(text):
        return None
    if lexicon.yes_no and text in ("true", "false"):
        return _Read(frozenset({"yes" if text == "true" else "no"}))
    labels = lexicon.listed(text) or lexicon.listed(fold(_HUMP.sub(" ", value.text)))
    if not labels and _about(value, lexicon) is About.CONCEPT:
        labels = lexicon.state(text)
    if labels:
        return _Read(labels)
    said = _sentence(passage, lexicon, value.text) if len(text.split()) > 2 else None
    return said or _Read(frozenset(), unknown=True)


def _sentence(passage: Passage, lexicon: Lexicon, text: str) -> _Read | None:
    """Return what a value says that is a text of its own."""
    view = View.of(text).part(0)
    inner = Passage(view, fold(view.text), passage.post, passage.answers)
    for rule in _SENTENCE_RULES:
        finding = rule.find(inner, lexicon)
        if finding is not None and finding.label is not None:
            explanation = explanation_in(inner, lexicon, finding)
            return _Read(frozenset({finding.label}), explanation=explanation)
    return None


def _per_label(values: Iterable[Value], lexicon: Lexicon) -> list[_Read]:
    """Read labels that are each said to apply or not: {"work": true, "school": false}."""
    if lexicon.yes_no:
        return []
    said = {
        label: fold(value.text) in ("yes", "true")
        for value in values
        if value.path
        and not any(_OUT.search(fold(key.replace("_", " "))) for key in value.path)
        and fold(value.text) in ("yes", "no", "true", "false")
        and (label := lexicon.whole(fold(value.path[-1])))
    }
    true = frozenset(label for label, applies in said.items() if applies)
    return [_Read(true)] if true else []


def _listed(values: Iterable[Value], lexicon: Lexicon) -> list[_Read]:
    """Read a list of what is there that has what is asked about: {"dimensions": ["social",
    "emotional"]}.
    """
    if not lexicon.yes_no:
        return []
    listed = (
        fold(value.text)
        for value in values
        if value.path and lists_what_is_there(value.path[-1], lexicon)
    )
    return [_Read(frozenset({"yes"}))] if names_the_concept(listed, lexicon) else []


def _explanation(passage: Passage, explaining: Sequence[Value]) -> str:
    """Return what the first explaining field holds in the raw output, its markup as it is.

    The parts of a list, a line each.
    """
    texts = [_raw(passage, value) for value in explaining if value.path == explaining[0].path]
    return "\n".join(text for text in texts if text.strip())


def _raw(passage: Passage, value: Value) -> str:
    double = passage.shown[value.start - 1] in '"“'
    if value.end >= len(passage.shown):
        return passage.view.cut(value.start, value.end)
    return decoded(passage.view.between(value.start, value.end), double=double)


def _after(passage: Passage, block: Block) -> str:
    """Return what follows the last object, where that is more than a few words."""
    rest = passage.view.cut(block.end, len(passage.shown)).lstrip("`] \n")
    return rest if len(_WORD.findall(rest)) > 2 else ""


def _in_table(passage: Passage, lexicon: Lexicon, table: Sequence[Cell]) -> Finding | None:
    said = [(cell, about(cell.name, lexicon)) for cell in table]
    read = [
        _Read(labels)
        for cell, what in said
        if what.answers
        and (not cell.row or not lexicon.yes_no or about(cell.row, lexicon).answers)
        and (labels := _cell(cell, what, lexicon))
    ]
    read = _ticked(table, lexicon) or read
    if not read:
        return None
    if len({cell.labels for cell in read}) > 1:
        return None  # a table of several is weighed, and the answer stands elsewhere
    explaining = [cell for cell, what in said if what is About.EXPLANATION]
    explanation = passage.view.cut(explaining[0].start, explaining[0].end) if explaining else None
    return _settled(read, table[-1].end, explanation)


def _ticked(table: Sequence[Cell], lexicon: Lexicon) -> list[_Read]:
    """Read labels that a table says to apply or not, a row each."""
    if lexicon.yes_no:
        return []
    if any(_OUT.search(cell.name) or _OUT.search(cell.text) for cell in table):
        return []
    said = {label: fold(cell.text) for cell in table if (label := lexicon.whole(fold(cell.name)))}
    true = frozenset(label for label, applies in said.items() if applies in _APPLIES)
    return [_Read(true)] if len(said) > 1 and true else []


def _cell(cell: Cell, what: About, lexicon: Lexicon) -> frozenset[str]:
    labels = lexicon.listed(cell.text)
    return labels if labels or what is not About.CONCEPT else lexicon.state(cell.text)


def _settled(read: Sequence[_Read], rest: int, explanation: str | None) -> Finding | None:
    if not read:
        return None
    labels = {said.labels for said in read if said.labels}
    if not labels:
        return Finding(None, NOT_A_LABEL, rest, explanation or "")
    if len(labels) > 1:
        return Finding(None, CONTRADICTORY, rest, explanation or "")
    only = next(iter(labels))
    if len(only) > 1:
        return Finding(None, SEVERAL, rest, explanation or "")
    return Finding(next(iter(only)), None, rest, explanation or "")


def _only(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text), None)


def _straight(text: str) -> str:
    """Straighten quotation marks that delimit the fields, not those that the fields quote with."""
    return text if '"' in text else text.replace("“", '"').replace("”", '"')
