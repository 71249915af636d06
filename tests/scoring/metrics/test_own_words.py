from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.segments import REDACTED, Segments
from scoring.texts import normalized, said

Make = Callable[..., Segments]

POST = "I can't sleep at night and I don't know what to do. Nobody at work talks to me anymore."


def shares(segments: Segments) -> np.ndarray:
    """(n,) values, NaN for none."""
    items = metric("own_words").measure(segments, Instruments())
    return np.where(items[:, 1] > 0, items[:, 0], np.nan)


def share(make: Make, explanation: str, post: str = POST) -> float:
    return float(shares(make([explanation], [None], [post]))[0])


ASCII_WORD = r"[a-z0-9']+"
WORD_OF_ANY_SCRIPT = (
    r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{N}'])(?:(?!\p{Han})[\p{L}\p{N}\p{M}'])*"  # but for Thai's kind
)


def by_definition(explanation: str, post: str, word: str = ASCII_WORD) -> float:
    """Word by word: is it in any six that the post has together?"""
    own, theirs = (
        regex.findall(word, text.lower().replace("’", "'")) for text in (explanation, post)
    )
    there = [theirs[at : at + 6] for at in range(len(theirs) - 5)]
    outside = [
        not any(own[at : at + 6] in there for at in range(max(0, place - 5), place + 1))
        for place in range(len(own))
    ]
    return sum(outside) / len(own)


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        # Six words of the post between two and two of the explanation's own.
        ("They say: can't sleep at night and I, they say.", 4 / 10),
        # Five in a row are anybody's.
        ("They can't sleep at night and they cry.", 1.0),
        # Two runs that overlap are seven words.
        ("Poster can't sleep at night and I don't.", 1 / 8),
        # Whatever the case, the marks between, and the kind of apostrophe.
        ("CAN’T sleep - at night, and I", 0.0),
        # The apostrophe is part of the word: "can t" is not "can't".
        ("can t sleep at night and", 1.0),
        (POST, 0.0),
        # In another order.
        ("at sleep can't I and night do to", 1.0),
    ],
)
def test_by_hand(explained: Make, explanation: str, expected: float) -> None:
    assert share(explained, explanation) == pytest.approx(expected)


def test_other_scripts_have_words(explained: Make) -> None:
    """By hand: six of eight characters; with the regular expression for ASCII nothing would be
    left. Accents and Hindi vowel signs part no word.
    """
    assert share(explained, "他说我昨天没有睡", "我昨天没有睡好觉") == pytest.approx(2 / 8)
    hindi = "मुझे रात को नींद नहीं आती"
    assert share(explained, f"पोस्टर {hindi}", f"{hindi} है") == pytest.approx(1 / 7)
    french = "l'été dernier j'étais très fatigué déjà"
    assert share(explained, f"Elle dit: {french}", french) == pytest.approx(2 / 8)


SENTENCE = "i can't sleep at night and don't know what 3 to do, they 'say'."
WORD = st.sampled_from(SENTENCE.split())
LONG = st.lists(WORD, min_size=1, max_size=40).map(" ".join).filter(said)
ASCII = (
    st.text(st.characters(max_codepoint=127), min_size=1, max_size=60).map(normalized).filter(said)
)


@settings(max_examples=200, deadline=None)
@given(explanation=st.one_of(LONG, ASCII), post=LONG)
def test_it_is_the_definition_on_ascii_texts(explained: Make, explanation: str, post: str) -> None:
    assert share(explained, explanation, post) == pytest.approx(by_definition(explanation, post))


ANYTHING = st.text(min_size=1, max_size=60).map(normalized).filter(said)


@settings(max_examples=100, deadline=None)
@given(text=ANYTHING, other=ANYTHING)
def test_any_text_has_a_share_and_a_copy_of_six_words_has_none(
    explained: Make, text: str, other: str
) -> None:
    assert 0 <= share(explained, text, other) <= 1
    copied = f"{text} one two three four five six"
    assert share(explained, copied, copied) == 0


def test_without_explanation_or_post_there_is_none(explained: Make) -> None:
    found = shares(
        explained(
            ["They cry.", "They cry.", None, "They cry."], [None] * 4, ["", REDACTED, POST, POST]
        )
    )
    assert np.isnan(found).tolist() == [True, True, True, False]
