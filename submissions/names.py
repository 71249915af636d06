"""Which names are one: what people type differently and mean alike.

One fold for all names that tell who somebody or what some system is: raters, rated systems, teams, submitted systems,
sets of ratings. A folded name is compared and never shown; what is shown is the spelling that was there first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Characters that are not of Unicode's category "format" and draw nothing all the same."""


def folded_name(name: str) -> str:
    """A name without case, width, encoding of its letters (NFKC), unseen characters, and spare white space.

    The steps are those of Unicode's NFKC_Casefold (The Unicode Standard, section 3.13), and white space besides.
    """
    seen = "".join(char for char in name if not _is_unseen(char))
    # Case folding may undo the composition, as of "ΐ", and composing may leave what folds again.
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(composed.split())


def _is_unseen(char: str) -> bool:
    variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0000" <= char <= "\U000e0fff"
    return unicodedata.category(char) == "Cf" or char in _UNSEEN or variation


class Spellings:
    """Names by their fold, each in the spelling that was there first.

    Attributes:
        taken: Another spelling -> the first one, in the order met.
    """

    def __init__(self, there: Iterable[str] = ()) -> None:
        self.taken: dict[str, str] = {}
        self._first: dict[str, str] = {}
        for name in there:
            self._first.setdefault(folded_name(name), name)

    def first(self, name: str) -> str:
        """The spelling in which `name` was met first, or its own without spare white space."""
        shown = self._first.setdefault(folded_name(name), " ".join(name.split()))
        if shown != name:
            self.taken[name] = shown
        return shown

    def lines(self, what: str) -> list[str]:
        """What to tell of the names that were taken for others, a line each; spare white space alone is not told."""
        return [
            f"{what} {quoted(other)} is taken for {quoted(first)}"
            for other, first in self.taken.items()
            if " ".join(other.split()) != first
        ]


def quoted(name: str) -> str:
    """A name as messages give it: what nobody could see in it is written out, as is how its letters are encoded."""
    plain = name.isprintable() and unicodedata.is_normalized("NFC", name)
    return repr(name) if plain else ascii(name)
