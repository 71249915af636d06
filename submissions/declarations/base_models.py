"""What the name of a declared base model says: of which line of models it is, how large, and whether
it was tuned to chat before.

People write one model in many ways: "meta-llama/Llama-2-7b-chat-hf", "LLaMA2-chat-7B". So the
organisation before the last slash is left out; a word such as "7B" is the size; "chat", "instruct" or
"it" say that it was tuned to chat, and "base" or "hf" say nothing; what is left is the line, by its
letters and digits. Names that differ in more are taken for different lines: rather two variants too
few than a pair that is none.
"""

from __future__ import annotations

import re
from math import isclose, isnan, nan
from typing import NamedTuple

from scoring.tasks import UNKNOWN

CHAT = frozenset({"chat", "instruct", "it"})
SILENT = frozenset({"base", "hf", "pt", "pretrained"})
"""Words that say nothing of what a model is."""
NO_MODEL = ("", UNKNOWN, "none", "no model")
NEARLY = 0.1
"""How far sizes may be apart, of the larger, that are one: "7B" has 6.74 billion parameters."""
_SIZE = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmbt]?)", re.IGNORECASE)
_NAMED_SIZE = re.compile(r"\d+(?:\.\d+)?[mbt]")
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


def read_base_model(name: str, declared: str = UNKNOWN) -> DeclaredBase:
    """Return what a base model's name says.

    Args:
        name: As it is declared.
        declared: How many parameters are declared beside it.
    """
    own = name.rsplit("/", 1)[-1].casefold()
    words = [] if own.strip() in NO_MODEL else _WORD.findall(own)
    sizes = [word for word in words if _NAMED_SIZE.fullmatch(word)]
    rest = [word for word in words if word not in {*sizes, *CHAT, *SILENT}]
    line = re.sub(r"[\W_]+", "", "".join(rest))
    size = parameters(sizes[0] if sizes else declared)
    return DeclaredBase(line, size, not CHAT.isdisjoint(words))


def are_one_size(first: float, second: float) -> bool:
    """Return whether two numbers of parameters mean one size; two that nobody knows do."""
    if isnan(first) or isnan(second):
        return isnan(first) and isnan(second)
    return isclose(first, second, rel_tol=NEARLY)
