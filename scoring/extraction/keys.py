"""What a field is about: the answer that the task asks for, its explanation, or something else.

A field is anything with a name before its value: a key of JSON, an element, a table's heading,
"Stress: Yes". Its name is read by meaning. Words that every task's field may have ("final", "the
poster suffers from", "is present") say nothing; what is left must be nothing or the task's own
concept. So "suffers_from_stress" and "Is the poster stressed" answer a stress task, and "Self-harm
risk", "Secondary cause" and "Depression" answer nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from scoring.extraction.folding import fold
from scoring.extraction.lexicon import Lexicon
from scoring.extraction.vocabulary import words_of


class About(Enum):
    """What a field is about."""

    ANSWER = "answer"
    CONCEPT = "concept"
    """The answer, named by the task's concept: its value may say "present" as well as "yes"."""
    EXPLANATION = "explanation"
    ELSE = "else"

    @property
    def answers(self) -> bool:
        """Whether the field's value is the answer."""
        return self in (About.ANSWER, About.CONCEPT)


_SPLIT = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>")
_EDGE = re.compile(r"[\n,|•—–({\[\x00→]|[.!?](?=\s)|;(?!dr\b)")
_REPLIES = ("answer", "response", "reply", "choice", "decision")
_TO_OR_OF = re.compile(r"to|(?:poster|author|user|writer|person|individual|op)'s")
_TOPICS = frozenset(("stress", "depression", "distress", "mood", "risk", "anxiety"))
_FEW_WORDS = 3
_LONGEST = 12
"""In words: no field's name is longer."""

_ANSWERS = words_of("answers")
"""Words that name an answer by themselves."""
_EMPTY = words_of("empty")
_CAUSES = words_of("causes")
"""Words that say no more than the question of a task with several labels does."""
_TELLING = words_of("telling")
_OTHER_RANK = words_of("other_rank")
"""Words that make a field's value another than the answer, or its rank another than the first."""


_LISTS, _FOUND = words_of("lists"), words_of("found")
CONTAINERS = words_of("containers")
"""Keys that only hold others, about which they say nothing."""


def about(name: str, lexicon: Lexicon) -> About:
    """Return what the field called `name`, in any case and spelling, is about."""
    return _about(_CAMEL.sub(" ", name).lower(), lexicon)


@lru_cache(maxsize=4096)
def _about(name: str, lexicon: Lexicon) -> About:
    words = tuple(_SPLIT.findall(_BRACKETS.sub(" ", name).replace("_", " ")))
    if not words or len(words) > _LONGEST:
        return About.ELSE
    if lexicon.yes_no and _names_concept(words, lexicon):
        return About.CONCEPT
    if any(word in _TELLING for word in words):
        explains = all(word in _TELLING or word in _EMPTY or word in _ANSWERS for word in words)
        if explains:
            return About.EXPLANATION
    if any(word in _REPLIES for word in words) and any(map(_TO_OR_OF.fullmatch, words)):
        return About.ELSE  # "Poster's answer", "Response to the poster"
    if any(word in _OTHER_RANK for word in words):
        return About.ELSE
    if {"yes", "no"} <= set(words):  # "Yes/No: ..."
        words = (*(word for word in words if word not in ("yes", "no")), "answer")
    naming = _ANSWERS if lexicon.yes_no else _ANSWERS | _CAUSES | _asked(lexicon)
    if lexicon.task.kind == "ordinal" and not _asked(lexicon).issuperset(_TOPICS & set(words)):
        return About.ELSE  # "stress_level" says nothing of how depressed somebody is
    if not all(word in naming or word in _EMPTY for word in words):
        return About.ELSE
    return About.ANSWER if any(word in naming for word in words) else About.ELSE


def _names_concept(words: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Return whether the words are the task's concept among words that say nothing."""
    empty = _EMPTY | _ANSWERS | _kind_words(lexicon)
    for concept in _concepts(lexicon):
        for start in range(len(words) - len(concept) + 1):
            if words[start : start + len(concept)] == concept:
                rest = words[:start] + words[start + len(concept) :]
                if all(word in empty for word in rest):
                    return True
    return False


@lru_cache(maxsize=512)
def _asked(lexicon: Lexicon) -> frozenset[str]:
    """Return the words of the task's question and family: "Suicide risk level"."""
    words = frozenset(_SPLIT.findall(f"{lexicon.question} {lexicon.task.family.lower()}"))
    return words - _EMPTY


def _kind_words(lexicon: Lexicon) -> frozenset[str]:
    """Return what a concept is called besides its name.

    "thwarted belongingness risk", "social wellness".
    """
    kinds = {"risk": "risk factor level", "wellness": "wellness dimension aspect"}
    said = (words for kind, words in kinds.items() if any(kind in c for c in lexicon.concepts))
    return frozenset(" ".join(("level levels", *said)).split())


@lru_cache(maxsize=512)
def _concepts(lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    names = [*lexicon.concepts, *lexicon.adjectives]
    names += [name.removesuffix(" wellness") for name in names if name.endswith(" wellness")]
    names += ["risk"] if "this risk" in names else []
    return tuple(dict.fromkeys(tuple(_SPLIT.findall(name)) for name in names))


def lists_what_is_there(name: str, lexicon: Lexicon) -> bool:
    """Return whether the field called `name` lists what was found: "Dimensions present".

    Where a task asks about one of several, the name of these is enough.
    """
    words = name.lower().split()
    if not 0 < len(words) <= _FEW_WORDS or not _LISTS.issuperset(words):
        return False
    return bool(lexicon.task.attributes) or not _FOUND.isdisjoint(words)


def names_the_concept(listed: Iterable[str], lexicon: Lexicon) -> bool:
    """Return whether what is asked about stands in a list of what was found.

    A list of all that a task asks about only says what there is to be found.
    """
    said = {text.strip() for text in listed}
    every = {fold(value) for values in lexicon.task.attributes.values() for value in values}
    return not (every and every <= said) and any(
        about(text, lexicon) is About.CONCEPT for text in said
    )


def before(text: str, end: int) -> str:
    """Return the words before `end` that may be a field's name: back to what ends a clause."""
    start = max(0, end - 90)
    edges = [edge.end() for edge in _EDGE.finditer(text, start, end)]
    return text[edges[-1] if edges else start : end]


__all__ = ["About", "about", "before", "lists_what_is_there", "names_the_concept"]
