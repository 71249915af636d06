"""What the name of a declared base model says: of which line of models it is, how large, and whether
it was tuned to chat before.

People write one model in many ways: "meta-llama/Llama-2-7b-chat-hf", "LLaMA2-chat-7B". So the
organisation before the last slash is left out; a word such as "7B" is the size; "chat", "instruct" or
"it" say that it was tuned to chat, and "base" or "hf" say nothing; what is left is the line, by its
letters and digits. Names that differ in more are taken for different lines: rather two variants too
few than a pair that is none. What says that there is no such model, or not which, is of no line.
"""

from __future__ import annotations

import re
from math import inf, isclose, isnan, nan
from typing import NamedTuple

from scoring.tasks import UNKNOWN

CHAT = frozenset({"chat", "instruct", "it"})
SILENT = frozenset({"base", "hf", "pt", "pretrained"})
"""Words that say nothing of what a model is."""
_NOTHING = ("none", "no", "nil", "null", "na", "not applicable", "no model", "no base model")
_OF_THEIR_OWN = ("own", "our own", "ours", "own model", "in house", "custom", "scratch")
_FROM_SCRATCH = ("from scratch", "trained from scratch")
_NOT_WHICH = (UNKNOWN, "undisclosed", "proprietary", "private", "other", "various", "several")
_NOT_ONE = ("multiple", "mixed", "different", "ensemble")
NEARLY = 0.1
"""How far sizes may be apart, of the larger, that are one: "7B" has 6.74 billion parameters."""
_SIZE = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmbt]?)", re.IGNORECASE)
_NAMED_SIZE = re.compile(r"\d+(?:\.\d+)?[mbt]")
_NOT_APPLICABLE = re.compile(r"\bn/a\b")
_WORD = re.compile(r"[^\s/_-]+")
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


class DeclaredBase(NamedTuple):
    """A declared base model, as its name is read.

    Attributes:
        line: The line of models that it is of, in lower case; "" where none is declared.
        size: Parameters, as its name has them, else as they are declared; NaN where nobody says.
        chat: Whether it was tuned to chat before anything was made of it.
    """

    line: str
    size: float
    chat: bool


def parameters(text: str) -> float:
    """Return a declared number of parameters; NaN where none can be read."""
    try:
        return float(text)
    except ValueError:
        match = _SIZE.fullmatch(text.strip())
        return float(match[1]) * _TIMES[match[2].lower()] if match else nan


def declared_size(text: str) -> float:
    """Return a declared number of parameters as the size of a model; NaN where it is none: rules
    have 0 parameters, and that is no size to be larger than.
    """
    number = parameters(text)
    return number if 0 < number < inf else nan


def read_base_model(name: str, declared: str = UNKNOWN) -> DeclaredBase:
    """Return what a base model's name says.

    Args:
        name: As it is declared.
        declared: How many parameters are declared beside it.
    """
    # The only name with a slash of its own that is no organisation's.
    whole = _NOT_APPLICABLE.sub("na", name.casefold()).rstrip("/ ")
    words = _WORD.findall(whole.rsplit("/", 1)[-1])
    sizes = [word for word in words if _NAMED_SIZE.fullmatch(word)]
    rest = [word for word in words if word not in {*sizes, *CHAT, *SILENT}]
    line = _squeezed("".join(rest))
    size = declared_size(sizes[0] if sizes else declared)
    return DeclaredBase("" if line in NO_MODEL else line, size, not CHAT.isdisjoint(words))


def _squeezed(text: str) -> str:
    """Return the letters and digits of a text."""
    return re.sub(r"[\W_]+", "", text)


NO_MODEL = frozenset(
    map(_squeezed, (*_NOTHING, *_OF_THEIR_OWN, *_FROM_SCRATCH, *_NOT_WHICH, *_NOT_ONE))
)
"""What is written where there is no base model, or nobody says which, as a line would be."""


def are_one_size(first: float, second: float) -> bool:
    """Return whether two numbers of parameters mean one size; two that nobody knows do."""
    if isnan(first) or isnan(second):
        return isnan(first) and isnan(second)
    return isclose(first, second, rel_tol=NEARLY)
