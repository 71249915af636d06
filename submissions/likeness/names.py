"""Which names are one: what people type differently and mean alike, and what nobody can tell apart
by looking at it.

One fold for all names that tell who somebody or what some system is: raters, rated systems, teams,
submitted systems, sets of ratings. A folded name is compared and never shown; what is shown is the
spelling that was there first.

Names that somebody claims on a board, of systems and teams, may not look like one that stands there
either. They are compared by the skeleton of Unicode Technical Standard 39 (section 4, "Confusable
Detection"), whose data `disarm` brings (`disarm.CONFUSABLES_VERSION`): what looks like Latin
letters and digits, in whatever script. The skeleton goes further than the standard's: it has no
marks, strokes or hooks on letters ("ḷ" is an "l"), so that a name with accents may stand by itself,
and not beside the same without them; ligatures are their letters ("æ" is "ae"), all dashes one, and
"vv" is "w". Marks that are a letter's own in its script (vowels of Devanagari, the sounds of kana)
stay. Within scripts that are not like Latin (two Arabic letters, two syllables of Hangul) little is
compared, nor "cl" with "d". Skeletons are never stored, so that newer data hold for all names from
then on.

What a new name may not hold, because nobody can see it, `fault_of_name` says; names that were
stored before stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

import disarm

_PROTOTYPES = str.maketrans(
    {"I": "l", "|": "l", "1": "l", "0": "O", "m": "rn", "w": "vv", "W": "VV"}
)
"""What the standard maps within ASCII, and `disarm` leaves for whoever compares and does not show;
and w.
"""
_LATIN = re.compile(
    r"(?:.+ )?(?:LATIN (?:SMALL|(CAPITAL)) (?:LETTER|LIGATURE)|LATIN LETTER SMALL"
    r" CAPITAL|(REGIONAL) INDICATOR SYMBOL LETTER)"
    r" (?:BARRED )?([A-Z]{1,2})(?: BAR| WITH .+)?"
)
"""What Unicode calls a letter with something on, through or around it, or two
letters in one sign.
"""
_APART: Mapping[str, Literal["NFD", "NFKD"]] = {"NFC": "NFD", "NFKC": "NFKD"}
_MARKS = ("Mn", "Me")
STACKED = 4
"""Marks on one letter; no language needs more (Unicode Technical Standard 39, section 5.4)."""
_TOLD = 3
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\U00016fe4\U0001d159")
"""Characters that are not of Unicode's category "format" and draw nothing all the same."""
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
"""What nobody sees, or nobody sees what it is, although it counts as printable: Unicode's
Default_Ignorable_Code_Point, the empty Braille cell, and what stands for an object or for what
could not be read."""
_NAMELESS = {"Cc": "control", "Co": "private use", "Cs": "half of a pair", "Cn": "unassigned"}


def folded_name(name: str) -> str:
    """Return a name without case, width, encoding of its letters (NFKC), unseen characters, and
    spare white space.

    The steps are those of Unicode's NFKC_Casefold (The Unicode Standard, section 3.13), and white
    space besides.
    """
    # Case folding may undo the composition, as of "ΐ", and composing may leave what folds again.
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _seen(name)).casefold())
    return " ".join(composed.split())


def likeness(name: str, standing: str) -> str | None:
    """Return how `name` differs from `standing` where people take them for one.

    None where they can be told apart.

    Returns:
        What completes "it differs from the other ...": "in case or spaces alone", or "in what looks
        alike: 'І' (CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I) for 'I' (LATIN CAPITAL LETTER
        I)"; "in nothing" for a name that is the other.
    """
    if name == standing:
        return "in nothing"
    if " ".join(name.split()).lower() == " ".join(standing.split()).lower():
        return "in case or spaces alone"
    if not _looks(name) & _looks(standing):
        return None
    differences = list(_differences(name, standing))
    more = f" and {len(differences) - _TOLD} more" if len(differences) > _TOLD else ""
    return f"in what looks alike: {', '.join(differences[:_TOLD])}{more}"


@lru_cache(maxsize=10_000)  # a name that is sent is held against all that stand
def _looks(name: str) -> frozenset[str]:
    """Return the fold of a name, and its skeletons in each case in which it may be written.

    Case counts: "I" is the look of "l" and "i" is not, so that "cli" and "cll" are two names, and
    "CLI" and "CLl" one.
    """
    seen = " ".join(_seen(name).split())
    # In both forms: compatibility forms undo some look-alikes that the standard's table has, and
    # make others.
    shapes = {_unmarked(seen, "NFC"), _unmarked(seen, "NFKC")}
    shapes |= {_skeleton(shape) for shape in shapes}
    cased = (case for shape in shapes for case in (shape, shape.casefold(), shape.upper()))
    return frozenset((folded_name(name), *map(_skeleton, cased)))


def _skeleton(text: str) -> str:
    """Return what a text looks like, its case kept."""
    alike = disarm.normalize_confusables(text, digit_policy="tr39")
    if not alike.isascii():
        alike = "".join(map(_plain, _unmarked(alike, "NFKC")))
    return alike.translate(_PROTOTYPES)


def _unmarked(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Return a text without marks on its letters, but for those that are of the letter's own
    script.
    """
    if text.isascii():
        return text
    base, kept = "", []
    for char in unicodedata.normalize(_APART[form], text):
        if unicodedata.category(char) not in _MARKS:
            base = char
        elif not _of_one_script(base, char):
            continue
        kept.append(char)
    return unicodedata.normalize(form, "".join(kept))


def _of_one_script(base: str, mark: str) -> bool:
    """Return whether a mark belongs to its letter's script, as the first words of
    their names tell.
    """
    script, _, kind = unicodedata.name(base, "").partition(" ") if base else ("", "", "")
    if mark in "\u3099\u309a":  # of both kana
        return script in ("HIRAGANA", "KATAKANA")
    return bool(kind) and unicodedata.name(mark, "").partition(" ")[0] == script


def _plain(char: str) -> str:
    """Return a Latin letter without what is drawn on, through or around it, a ligature's two, a
    dash as a hyphen.
    """
    if unicodedata.category(char) == "Pd":
        return "-"
    latin = _LATIN.fullmatch(unicodedata.name(char, ""))
    if latin is None:
        return char
    return latin[3] if latin[1] or latin[2] else latin[3].lower()


def _differences(name: str, standing: str) -> Iterator[str]:
    """Yield what stands in `name` for what else in `standing`, case apart."""
    # Letter by letter, since a fold may be longer than its letter, and the places must agree.
    plain, other_plain = ([char.casefold() for char in text] for text in (name, standing))
    changes = SequenceMatcher(None, plain, other_plain, autojunk=False).get_opcodes()
    for change, start, end, begin, until in changes:
        if change != "equal":
            mine, other = name[start:end], standing[begin:until]
            yield f"{_described(mine)} for {_described(other)}"


def _described(text: str) -> str:
    """Return a piece of a name with what Unicode calls it, where it is one character."""
    if len(text) != 1:
        return quoted(text) if text else "nothing"
    return f"{quoted(text)} ({unicodedata.name(text, f'U+{ord(text):04X}')})"


def _seen(name: str) -> str:
    return "".join(char for char in name if not _is_unseen(char))


def _is_unseen(char: str) -> bool:
    variation = "\ufe00" <= char <= "\ufe0f" or "\U000e0000" <= char <= "\U000e0fff"
    return unicodedata.category(char) == "Cf" or char in _UNSEEN or variation


def fault_of_name(name: str) -> str:
    """Return why nobody can see what a name is, in words that follow "it"; "" where
    everybody can.
    """
    for char in name:
        if not char.isprintable() or _BLANK.match(char):
            called = unicodedata.name(char, _NAMELESS.get(unicodedata.category(char), "nameless"))
            return f"holds a control or invisible character: U+{ord(char):04X} ({called})"
    room = 0
    for char in unicodedata.normalize("NFD", name):
        if unicodedata.category(char) not in _MARKS:
            room = 0 if char.isspace() else STACKED
        elif room == 0:
            return f"has a mark without a letter, or more than {STACKED} on one"
        else:
            room -= 1
    return ""


class Spellings:
    """Names by their fold, each in the spelling that was there first.

    Attributes:
        taken: Another spelling -> the first one, in the order met.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.taken: dict[str, str] = {}
        self._first: dict[str, str] = {}
        for name in known:
            self._first.setdefault(folded_name(name), name)

    def first(self, name: str) -> str:
        """Return the spelling in which `name` was met first, or its own without
        spare white space.
        """
        # The first stays: what is stored under it is not to be renamed by whoever comes later.
        shown = self._first.setdefault(folded_name(name), " ".join(name.split()))
        if shown != name:
            self.taken[name] = shown
        return shown

    def lines(self, what: str) -> list[str]:
        """Return what to tell of the names that were taken for others, a line each.

        Spare white space alone is not told.
        """
        return [
            f"{what} {quoted(other)} is taken for {quoted(first)}"
            for other, first in self.taken.items()
            if " ".join(other.split()) != first
        ]


def quoted(name: str) -> str:
    """Return a name as messages give it.

    What nobody could see in it is written out, as is how its letters are encoded.
    """
    plain = not fault_of_name(name) and unicodedata.is_normalized("NFC", name)
    return repr(name) if plain else ascii(name)
