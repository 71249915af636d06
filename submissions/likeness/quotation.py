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
from functools import cached_property
from typing import Any
from urllib.parse import unquote

RUN = 12
"""Words of a post in a row from which on a text quotes it; fewer may be anybody's."""
TELLING = 40
"""Characters from which on a short post, or a reference as a whole, is looked for; shorter ones may
be anybody's words.
"""
_MARK = re.compile(r"run(\d*)-")
"""How the hash of words in a row begins: with how many they are, where not RUN."""
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
    def of(cls, posts: Iterable[str], references: Iterable[str] = ()) -> Quotation:
        """Look for posts and what was written about them."""
        by_post = {post: frozenset(_runs(post)) for post in posts}
        short = [post for post, runs in by_post.items() if not runs]
        wholes = {" ".join(_words(text)) for text in (*short, *references) if len(text) >= TELLING}
        return cls(frozenset().union(*by_post.values()), tuple(sorted(wholes - {""})))

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.runs or self.wholes)

    @cached_property
    def _longest(self) -> frozenset[str]:
        """The longest word of every run and whole: a text without any of them quotes none."""
        return frozenset(
            max(words, key=len) for words in (*self.runs, *(w.split(" ") for w in self.wholes))
        )

    def is_in(self, text: str | None) -> bool:
        """Return whether `text` quotes any of it."""
        return any(map(self._in, _readings(text or "")))

    def _in(self, words: list[str]) -> bool:
        if self._longest.isdisjoint(words):
            return False
        if not self.runs.isdisjoint(_runs_of(words, RUN)):
            return True
        written = f" {' '.join(words)} "
        return any(f" {whole} " in written for whole in self.wholes)

    def hashes(self) -> frozenset[str]:
        """Return what later texts can be held against when the posts themselves are gone
        (`Remembered`).
        """
        return frozenset(map(_hash, (*self.runs, *(tuple(w.split(" ")) for w in self.wholes))))


@dataclass(frozen=True)
class Remembered:
    """What is remembered of what was taken down, by hash: posts, texts about them, and the runs of
    posts; of a shorter post that is looked for as a whole, all its words.
    """

    hashes: frozenset[str] = frozenset()

    def __len__(self) -> int:
        """Return how much it is. It only ever grows: equal numbers, the same."""
        return len(self.hashes)

    def are_in(self, text: str | None) -> bool:
        """Return whether `text` quotes one of the posts."""
        if not text or not self.hashes:
            return False
        return not self.hashes.isdisjoint(hashes_of(text, self._lengths))

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        """In words, of what a text may quote."""
        marks = (_MARK.match(digest) for digest in self.hashes)
        return tuple(sorted({int(mark[1] or RUN) for mark in marks if mark}))


NOTHING = Remembered()


def hashes_of(text: str, lengths: Iterable[int] = range(1, RUN + 1)) -> frozenset[str]:
    """Return the hashes of what a text may quote: of so many words of it in a row."""
    return frozenset(
        _hash(run)
        for words in _readings(text)
        for length in lengths
        for run in _runs_of(words, length)
    )


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
    # What most data folders hold are runs of the one length, which needs no saying.
    length = "" if len(run) == RUN else len(run)
    digest = hashlib.sha256(" ".join(run).encode("utf-8", "surrogatepass")).hexdigest()
    return f"run{length}-{digest[:32]}"


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    for words in _readings(text):
        yield from _runs_of(words, RUN)


def _runs_of(words: list[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))


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
