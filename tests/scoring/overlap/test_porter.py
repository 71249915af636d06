"""The stemmer against NLTK's, which rouge-score takes."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from scoring.overlap.porter import stem

NLTK = PorterStemmer()
ENDINGS = (
    *("s ss sses ies ied eed ed ing y e ll at bl iz tt ional ational tional enci anci".split()),  # noqa: SIM905
    *("izer bli abli alli entli eli ousli ization ation ator alism iveness fulness".split()),  # noqa: SIM905
    *("ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness".split()),  # noqa: SIM905
    *("al ance ence er ic able ible ant ement ment ent ion sion tion ou ism ate iti".split()),  # noqa: SIM905
    *("ous ive ize".split()),  # noqa: SIM905
)
BEGINNINGS = st.text("aeiouybcdlstwx5", max_size=5)
WORDS = st.builds(
    lambda begin, ends: begin + "".join(ends),
    BEGINNINGS,
    st.lists(st.sampled_from(ENDINGS), max_size=3),
)


@settings(max_examples=500, deadline=None)
@given(word=st.one_of(WORDS, st.text("aeiouybcdlstwx5", max_size=9)))
def test_any_word_has_nltks_stem(word: str) -> None:
    assert stem(word) == NLTK.stem(word)


def test_irregular_words_have_nltks_stems() -> None:
    words = {*NLTK.pool, "dies", "ties", "died", "spied", "enjoy", "spy", "geology", "carefully"}
    assert {word: stem(word) for word in words} == {word: NLTK.stem(word) for word in words}


def test_every_word_of_the_published_data_has_nltks_stem(imhi_dir: Path) -> None:
    text = "\n".join(path.read_text("utf-8-sig") for path in sorted(imhi_dir.rglob("*.csv")))
    words = set(re.findall("[a-z0-9]+", text.lower()))
    assert len(words) > 10_000
    assert [word for word in words if stem(word) != NLTK.stem(word)] == []
