"""Names that people mean alike are one; which is shown is the spelling that came first."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.names import Spellings, folded_name, quoted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana", "ANA "),
        ("ana", "\u00a0Ana\t"),
        ("Ana Maria", "ana   maria"),
        ("r\u00e9mi", "re\u0301mi"),
        ("ana", "\uff21\uff2e\uff21"),  # full width
        ("ana", "an\u200ba"),  # zero-width space
        ("ana", "\ufeffana"),  # byte order mark
        ("ana", "a\u00adna"),  # soft hyphen
        ("ana", "ana\ufe0f"),  # variation selector
        ("ana", "a\u034fna"),  # combining grapheme joiner
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01on", "FION"),  # the ligature fi
        ("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3"),
        ("\u0390", "\u03b9\u0308\u0301"),  # case folding takes the composed letter apart
    ],
)  # fmt: skip
def test_what_is_one_name(one: str, other: str) -> None:
    assert folded_name(one) == folded_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ana", "anna"), ("ana", "ana 2"), ("remi", "r\u00e9mi"), ("1", "2")]
)
def test_what_is_not(one: str, other: str) -> None:
    assert folded_name(one) != folded_name(other)


@given(st.text(max_size=20))
def test_folding_is_for_good_and_whatever_the_encoding(name: str) -> None:
    folded = folded_name(name)
    assert folded_name(folded) == folded
    assert folded_name(unicodedata.normalize("NFD", name)) == folded


def test_the_first_spelling_is_shown_and_the_others_are_told() -> None:
    spellings = Spellings(["Ben"])
    names = ["ana ", "ANA ", "ben", "re\u0301mi", "r\u00e9mi", "cleo", "ana"]
    assert [spellings.first(name) for name in names] == [
        "ana", "ana", "Ben", "re\u0301mi", "re\u0301mi", "cleo", "ana",
    ]  # fmt: skip
    assert spellings.lines("annotator") == [
        "annotator 'ANA ' is taken for 'ana'",
        "annotator 'ben' is taken for 'Ben'",
        "annotator 'r\u00e9mi' is taken for 're\\u0301mi'",
    ]


def test_what_nobody_could_see_is_written_out() -> None:
    assert quoted("an\u200ba") == r"'an\u200ba'"
    assert quoted("r\u00e9mi") == "'r\u00e9mi'"
