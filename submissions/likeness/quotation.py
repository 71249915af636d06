"""Whether a text quotes another: by its words in their order, whatever their case, spacing, marks
and kind of apostrophe.

A text is read twice where that differs: as it stands, and as a link has words, between `-`, `_`,
`+` or `%20`. What teams and maintainers wrote, of whatever shape, is gone through by `without`, at
the door and in a takedown alike.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

RUN = 12
"""Words of a post in a row from which on a text quotes it; fewer may be anybody's."""
TELLING = 40
"""Characters from which on a short post, or a reference as a whole, is looked for; shorter ones may
be anybody's words.
"""
_MARK = "run-"
_WORD = re.compile(r"\w+")
_WORD_IN_LINK = re.compile(r"[^\W_]+")
_LINK = re.compile(r"_|%[0-9A-Fa-f]{2}")
"""What a text has that reads otherwise in a link."""
_ESCAPED = 3
"""How often a link may have been escaped."""


@dataclass(frozen=True)
class Quotation:
    """What to look for.

    Attributes:
        runs: Every RUN words in a row of a post.
        wholes: Texts that count as a whole, as words with spaces between: references have phrases
            in common that say nothing of a post, such as "the poster shows signs of".
    """

    runs: frozenset[tuple[str, ...]]
    wholes: tuple[str, ...]

    @classmethod
    def of(cls, post: str, references: Iterable[str]) -> Quotation:
        """Look for a post and what was written about it."""
        runs = frozenset(_runs(post))
        short = [] if runs else [post]
        wholes = {" ".join(_words(text)) for text in (*short, *references) if len(text) >= TELLING}
        return cls(runs, tuple(sorted(wholes - {""})))

    def is_in(self, text: str | None) -> bool:
        """Return whether `text` quotes any of it."""
        if not text:
            return False
        if not self.runs.isdisjoint(_runs(text)):
            return True
        padded = [f" {' '.join(words)} " for words in _readings(text)] if self.wholes else []
        return any(f" {whole} " in written for whole in self.wholes for written in padded)

    def hashes(self) -> frozenset[str]:
        """Return what later texts can be held against when the post itself is gone
        (`Remembered`).
        """
        return frozenset(map(_hash, self.runs))


@dataclass(frozen=True)
class Remembered:
    """What is remembered of what was taken down, by hash: posts, texts about them, and the runs of
    posts.
    """

    hashes: frozenset[str] = frozenset()

    def __len__(self) -> int:
        """Return how much it is. It only ever grows: equal numbers, the same."""
        return len(self.hashes)

    def are_in(self, text: str | None) -> bool:
        """Return whether `text` quotes one of the posts."""
        if not text or not self.hashes:
            return False
        return not self.hashes.isdisjoint(hashes_of(text))


NOTHING = Remembered()


def hashes_of(text: str) -> frozenset[str]:
    """Return the hashes of all of a text's runs: of a post, what is remembered.

    Of another text, what it may quote.
    """
    return frozenset(map(_hash, _runs(text)))


def without(value: Any, quotes: Callable[[str], bool], instead: Callable[[str], str]) -> Any:
    """Return a value of whatever shape, with something else in the place of each text that quotes.

    Itself where none does.

    Args:
        value: A text, or lists and tables of them, as JSON has them.
        quotes: Whether a text does. A list may quote as a whole: a word an entry, say.
        instead: What stands in a text's place.
    """
    if isinstance(value, str):
        return instead(value) if quotes(value) else value
    if isinstance(value, Mapping):
        return {without(k, quotes, instead): without(v, quotes, instead) for k, v in value.items()}
    if not isinstance(value, list | tuple):
        return value
    left = [without(part, quotes, instead) for part in value]
    if quotes(" ".join(part for part in left if isinstance(part, str))):
        left = [instead(part) if isinstance(part, str) else part for part in left]
    return type(value)(left)


def _hash(run: tuple[str, ...]) -> str:
    return _MARK + hashlib.sha256(" ".join(run).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    for words in _readings(text):
        yield from (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _readings(text: str) -> tuple[list[str], ...]:
    """Return a text's words as it stands, and as they would be in a link."""
    if _LINK.search(text) is None:
        return (_words(text),)
    plain = text
    for _ in range(_ESCAPED):
        plain = unquote(plain)
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return _words(text), _WORD_IN_LINK.findall(folded)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
