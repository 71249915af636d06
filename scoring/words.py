"""Words of any script: what ROUGE, BLEU and the word count take for one.

Scripts that put no space between words (Chinese, Japanese, Thai and their neighbours) count a
character as a word, as sacrebleu's tokenizer for Chinese does; nothing short of a dictionary could
do better. Marks belong to the letter before them: a Hindi vowel sign ends no word. On ASCII text
all of this changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_UNSPACED_LETTERS = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # Hiragana, Katakana
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]")
_JOINERS = "\u200c\u200d"
_ASCII_WORD = re.compile("[a-z0-9]+")
_APOSTROPHE = "'"
_ASCII_WORD_WITH_APOSTROPHES = re.compile("[a-z0-9']+")


def words(text: str) -> list[str]:
    """Return lower-case runs of letters and digits.

    A character alone where its script has no spaces.
    """
    lowered = text.lower()
    if lowered.isascii():
        return _ASCII_WORD.findall(lowered)
    return _any_word().findall(lowered)


def words_with_apostrophes(text: str) -> list[str]:
    """Return `words`, apostrophes in and beside them kept: "can't" is one.

    A typographic apostrophe is an apostrophe.
    """
    lowered = text.lower().replace("’", _APOSTROPHE)
    if lowered.isascii():
        return _ASCII_WORD_WITH_APOSTROPHES.findall(lowered)
    return _any_word(_APOSTROPHE).findall(lowered)


def spaced(text: str) -> str:
    """Return `text` with spaces around every letter of a script that has none, marks staying with
    their letter.
    """
    if text.isascii() or not _UNSPACED.search(text):
        return text
    return "".join(_spaced(text))


def count_words(text: str) -> int:
    """Count runs of anything but white space.

    Where a script has no spaces, its letters count one by one, its punctuation apart.
    """
    if text.isascii() or not _UNSPACED.search(text):
        return len(text.split())
    # Full-width punctuation stands alone once letters are spaced, and is no word.
    return sum(any(map(str.isalnum, run)) for run in spaced(text).split())


@cache
def _any_word(letters: str = "") -> re.Pattern[str]:
    """Return what finds words of any script; `letters` are letters too."""
    # Planes 0, 1 and 14: no other has marks.
    codes = (*range(0x20000), *range(0xE0000, 0xF0000))
    marks = [char for char in map(chr, codes) if unicodedata.category(char)[0] == "M"]
    attached = f"[{''.join(map(re.escape, marks))}{_JOINERS}]"
    spaced = rf"[^\W_{_UNSPACED_LETTERS}]"
    if letters:
        spaced = f"(?:{spaced}|[{re.escape(letters)}])"
    return re.compile(rf"{spaced}+(?:{attached}+{spaced}*)*|[^\W_]{attached}*")


def _spaced(text: str) -> Iterator[str]:
    after = False
    for char in text:
        letter = _UNSPACED.match(char) is not None and char.isalnum()
        if letter or (after and not _attached(char)):
            yield " "
        yield char
        after = letter or (after and _attached(char))


def _attached(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char).startswith("M")
