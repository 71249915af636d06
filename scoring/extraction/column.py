"""Rule "label": the label that a team gives in a column of its own."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.answers import SEVERAL
from scoring.extraction.finding import NOT_A_LABEL, SENT_UNPARSED, Finding
from scoring.extraction.folding import fold
from scoring.extraction.lexicon import Lexicon

NAME = "label"
STAGE = "label"
UNPARSED = "unparsed"
"""Stands for "no label": whoever read the output, a model for instance, found none in it."""

_TRUTHS = {"true": "yes", "false": "no"}


def find(label: str, lexicon: Lexicon) -> Finding:
    """Return the task's label that `label` is a name, title, gold wording or alias of.

    Case and spaces do not matter. "unparsed" says that whoever read the output found no label in
    it. Where the answers are yes and no, "true" and "false" are too. A number is a label only where
    the task declares it: as an alias, or as a place in `class_labels`, the order in which
    `datasets` numbers the classes of a `ClassLabel`.
    """
    text = fold(label).strip()
    if lexicon.task.answers.takes == SEVERAL and text != UNPARSED:
        return _several(label, lexicon)
    if text == UNPARSED and lexicon.whole(text) is None:
        return Finding(None, SENT_UNPARSED)
    name = lexicon.whole(text) or _numbered(text, lexicon.task.class_labels)
    if name is None and lexicon.yes_no:
        name = _TRUTHS.get(text)
    return Finding(name, None) if name is not None else Finding(None, NOT_A_LABEL)


def _several(label: str, lexicon: Lexicon) -> Finding:
    """Return the labels of a list, in each of which `find` would find one."""
    named = [lexicon.whole(fold(part).strip()) for part in lexicon.task.answers.parts(label)]
    known = [name for name in named if name is not None]
    return (
        Finding(lexicon.task.answer(known), None) if known == named else Finding(None, NOT_A_LABEL)
    )


def _numbered(text: str, classes: Sequence[str]) -> str | None:
    number = text.removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= 3):
        return None
    return classes[int(number)] if int(number) < len(classes) else None
