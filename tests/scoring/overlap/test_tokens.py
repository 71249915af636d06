"""Tokens against sacrebleu's tokenizer, and words of any script against their definition."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.helpers import extract_all_char_ngrams
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from scoring.overlap.tokens import Numbering, characters, tokens_13a
from scoring.words import words

SACREBLEU = Tokenizer13a()
# Digits, stops and dashes, whose rules depend on what stands beside them; all that is replaced.
MARKS = st.sampled_from(
    [
        *"ab059.,,..--  \n\t\x1f\u00a0é“&;<>\"'_`{}[]()!/@~^字～０",
        "-\n",
        "&amp;",
        "&quot;",
        "<skipped>",
    ]
)
TEXTS = st.one_of(st.lists(MARKS, max_size=25).map("".join), st.text(max_size=25))


@settings(max_examples=500, deadline=None)
@given(text=TEXTS)
def test_tokens_are_sacrebleus(text: str) -> None:
    assert tokens_13a(text) == SACREBLEU(text.rstrip()).split()


@pytest.mark.parametrize("text", ["a.5", "a..5", "a...5", "5.5", "5..5", "5...5", ",.5-6", "--5--"])
def test_stops_and_dashes_beside_digits_are_sacrebleus(text: str) -> None:
    assert tokens_13a(text) == SACREBLEU(text).split()


@settings(deadline=None)
@given(text=TEXTS)
def test_characters_are_those_that_sacrebleu_counts(text: str) -> None:
    [expected] = extract_all_char_ngrams(text, 1)
    assert sorted(chr(code - 1) for code in characters(text).tolist()) == sorted(
        expected.elements()
    )


def test_a_number_is_a_forms() -> None:
    number = Numbering(str.lower).of
    assert number(["b", "a", "B", "c"]) == [1, 2, 1, 3]
    assert number(["C", "b"]) == [3, 1]


UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def character_by_character(text: str) -> Iterator[str]:
    """Words as docs/methods.md ("Words") has them: marks and joiners go on with any word, letters
    and digits with one of a script with spaces.
    """
    word = ""
    for char in text.lower():
        goes_on = char.isalnum() and not (UNSPACED.match(word) or UNSPACED.match(char))
        attached = char in "\u200c\u200d" or unicodedata.category(char).startswith("M")
        if word and (attached or goes_on):
            word += char
            continue
        if word:
            yield word
        word = char if char.isalnum() else ""
    if word:
        yield word


SCRIPTS = st.sampled_from(
    "ab0_ éİß²½٠ǅ'-.\n\u0301\ufe0f\u200c\u200dकि\u0e01\u0e31\u0e50字々〇カー한я\U0001f62d\U00020000\U000e0101"
)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.lists(SCRIPTS, max_size=25).map("".join), st.text(max_size=25)))
def test_words_of_any_script(text: str) -> None:
    assert words(text) == list(character_by_character(text))
