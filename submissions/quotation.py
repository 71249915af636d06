"""Whether a text quotes another: by its words in their order, whatever their case, spacing, marks and kind of apostrophe."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

RUN = 12
"""Words of a post in a row from which on a text quotes it; fewer may be anybody's."""
TELLING = 40
"""Characters from which on a short post, or a reference as a whole, is looked for; shorter ones may be anybody's words."""
_MARK = "run-"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Quotation:
    """What to look for.

    Attributes:
        runs: Every RUN words in a row of a post.
        wholes: Texts that count as a whole, as words with spaces between: references have phrases in common that say
            nothing of a post, such as "the poster shows signs of".
    """

    runs: frozenset[tuple[str, ...]]
    wholes: tuple[str, ...]

    @classmethod
    def of(cls, post: str, references: Iterable[str]) -> Quotation:
        """Of a post and what was written about it."""
        words = _words(post)
        runs = frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
        short = [] if runs else [post]
        wholes = {" ".join(_words(text)) for text in (*short, *references) if len(text) >= TELLING}
        return cls(runs, tuple(sorted(wholes - {""})))

    def is_in(self, text: str | None) -> bool:
        """Whether `text` quotes any of it."""
        if not text:
            return False
        words = _words(text)
        if self.runs and any(
            tuple(words[at : at + RUN]) in self.runs for at in range(len(words) - RUN + 1)
        ):
            return True
        padded = f" {' '.join(words)} " if self.wholes else ""
        return any(f" {whole} " in padded for whole in self.wholes)

    def hashes(self) -> frozenset[str]:
        """What later texts can be held against when the post itself is gone (`RememberedRuns`)."""
        return frozenset(map(_hash, self.runs))


@dataclass(frozen=True)
class RememberedRuns:
    """Runs of posts that are nowhere any more, by hash."""

    hashes: frozenset[str] = frozenset()

    @classmethod
    def among(cls, remembered: Iterable[str]) -> RememberedRuns:
        """Those of all that is remembered of what was taken down."""
        return cls(frozenset(one for one in remembered if one.startswith(_MARK)))

    def are_in(self, text: str | None) -> bool:
        """Whether `text` quotes one of the posts."""
        if not text or not self.hashes:
            return False
        words = _words(text)
        return any(
            _hash(tuple(words[at : at + RUN])) in self.hashes for at in range(len(words) - RUN + 1)
        )


NOTHING = RememberedRuns()


def _hash(run: tuple[str, ...]) -> str:
    return _MARK + hashlib.sha256(" ".join(run).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
