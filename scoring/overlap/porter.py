"""The Porter stemmer (Porter, "An algorithm for suffix stripping", Program 14, 1980), as ROUGE has
it.

rouge-score takes NLTK's, which departs from the paper: a few irregular words, other endings in -y,
-ies, -ied, -alli and -logi. The departures are marked below. NLTK itself takes seconds to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

_IRREGULAR = {  # NLTK's
    "skies": "sky",
    "sky": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}
_STEP_2 = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "fulli": "ful",  # NLTK's
}
_STEP_3 = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "ful": "",
    "ness": "",
}
_STEP_4 = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"),
    *("ou", "ism", "ate", "iti", "ous", "ive", "ize"),
)
_KINDS = str.maketrans({chr(code): "v" if chr(code) in "aeiou" else "c" for code in range(128)})


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return a word's stem.

    Args:
        word: Lower-case ASCII letters and digits.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    for step in (_step_1a, _step_1b, _step_1c, _step_2, _step_3, _step_4, _step_5a, _step_5b):
        word = step(word)
    return word


def _step_1a(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]  # "dies" -> "die" is NLTK's
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _step_1b(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]  # NLTK's
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix) and "v" in _kinds(rest := word.removesuffix(suffix)):
            return _mended(rest)
    return word


def _mended(rest: str) -> str:
    """Give back what -ed and -ing took: "hopp" -> "hop", "fil" -> "file"."""
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if rest[-1:] == rest[-2:-1] and _kinds(rest)[-1] == "c":
        return rest if rest[-1] in "lsz" else rest[:-1]
    return rest + "e" if _measure(rest) == 1 and _ends_short(rest) else rest


def _step_1c(word: str) -> str:
    # NLTK's: the paper wants a vowel anywhere, and makes "enjoi" of "enjoy".
    changes = word.endswith("y") and len(word) > 2 and _kinds(word)[-2] == "c"
    return word[:-1] + "i" if changes else word


def _step_2(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        return _step_2(word[:-2])  # once more is NLTK's
    if word.endswith("logi"):  # NLTK's
        return word[:-1] if _measure(word[:-3]) > 0 else word
    return _replaced(word, _STEP_2)


def _step_3(word: str) -> str:
    return _replaced(word, _STEP_3)


def _step_4(word: str) -> str:
    suffix = _ending(word, _STEP_4)
    rest = word.removesuffix(suffix)
    goes = _measure(rest) > 1 and (suffix != "ion" or rest[-1] in "st")
    return rest if suffix and goes else word


def _step_5a(word: str) -> str:
    if not word.endswith("e"):
        return word
    rest, measure = word[:-1], _measure(word[:-1])
    return rest if measure > 1 or (measure == 1 and not _ends_short(rest)) else word


def _step_5b(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _replaced(word: str, rules: Mapping[str, str]) -> str:
    """Replace an ending, if something is left before it."""
    suffix = _ending(word, rules)
    rest = word.removesuffix(suffix)
    return rest + rules[suffix] if suffix and _measure(rest) > 0 else word


def _ending(word: str, suffixes: Iterable[str]) -> str:
    """Return the first of the suffixes that the word has; no other is tried."""
    return next(filter(word.endswith, suffixes), "")


def _kinds(word: str) -> str:
    """Return "c" for each consonant and "v" for each vowel; a y after a consonant is a vowel."""
    kinds = word.translate(_KINDS)
    if "y" not in word:
        return kinds
    known = ""
    for letter, kind in zip(word, kinds, strict=True):
        known += "v" if letter == "y" and known.endswith("c") else kind
    return known


def _measure(word: str) -> int:
    """Return the paper's m: how often a consonant follows a vowel."""
    return _kinds(word).count("vc")


def _ends_short(word: str) -> bool:
    """Return the paper's *o: consonant, vowel, consonant but w, x, y; NLTK adds vowel, consonant
    alone.
    """
    kinds = _kinds(word)
    return kinds == "vc" or (kinds.endswith("cvc") and word[-1] not in "wxy")
