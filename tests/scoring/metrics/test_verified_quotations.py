from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.metrics.verified_quotations import quotations
from scoring.segments import REDACTED, Segments
from scoring.texts import normalized, said

Make = Callable[..., Segments]

POST = "I can’t sleep, and my parents' house is so very empty. 我很累，睡不着。"


def share(make: Make, explanation: str, post: str = POST) -> float:
    items = metric("verified_quotations").measure(
        make([explanation], [None], [post]), Instruments()
    )
    return float(items[0, 0]) if items[0, 1] else np.nan


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ('They say "I sleep badly" and "I cry".', ["i sleep badly", "i cry"]),
        ("‘It’s over’, “I’m ‘done’”, „genug“, «assez», »ja«, 「我累」", None),
        # Apostrophes and inches are no quotation marks.
        ("They don't visit their parents' house or friends' homes.", []),
        ('A 5" and a 6" cut.', []),
        ("They say 'I can't sleep' and 'the kids' rooms'", ["i can t sleep", "the kids"]),
        # An unclosed mark opens nothing, an empty passage says nothing.
        ('They say "I sleep badly. "I cry" though.', ["i cry"]),
        ('"..." and "" and " "', []),
        ('They say "first\nsecond" line.', []),
        ('{"explanation": \\"so empty\\"}', ["explanation", "so empty"]),
        # Left out or put in: in parts.
        ('"I ... cry [every] night"', ["i|cry|night"]),
    ],
)
def test_what_is_quoted(text: str, passages: list[str] | None) -> None:
    found = ["|".join(" ".join(part) for part in passage) for passage in quotations(text)]
    known = ["it s over", "i m done", "genug", "assez", "ja", "我 累"]
    assert found == (known if passages is None else passages)


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        # Whatever the case, the marks between and the kind of apostrophe.
        ('They say "I CAN\'T SLEEP and my."', 1.0),
        ('They say "I cannot sleep".', 0.0),
        # Whole words, next to each other, in order.
        ('"empt" "sleep my" "very so" "so very"', 1 / 4),
        # What is left out or put in may be anything, the parts follow one another.
        ('"I can\'t ... so very empty" and "so [...] I can\'t" and "my [own] parents"', 2 / 3),
        ('他说"我很累"和「睡着」。', 1 / 2),
        # Twice the same passage is two.
        ('"sleep", "sleep" and "wake"', 2 / 3),
    ],
)
def test_by_hand(explained: Make, explanation: str, expected: float) -> None:
    assert share(explained, explanation) == pytest.approx(expected)


def test_who_quotes_nothing_or_has_no_post_has_no_value(explained: Make) -> None:
    for explanation, post in (("They cry.", POST), ('"sleep"', ""), ('"sleep"', REDACTED)):
        assert np.isnan(share(explained, explanation, post))


ANYTHING = st.text(min_size=1, max_size=60).map(normalized).filter(said)


@settings(max_examples=200, deadline=None)
@given(text=ANYTHING, post=ANYTHING)
def test_any_text_has_a_share_or_none(explained: Make, text: str, post: str) -> None:
    found = share(explained, text, post)
    assert np.isnan(found) == (not quotations(text))
    assert np.isnan(found) or 0 <= found <= 1


SENTENCE = "I can't sleep; so tired, (alone) today."
WORDS = st.lists(st.sampled_from(SENTENCE.split()), min_size=3)


@settings(max_examples=100, deadline=None)
@given(words=WORDS, data=st.data())
def test_any_part_of_the_post_stands_in_it(
    explained: Make, words: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    part = " ".join(words[at : data.draw(st.integers(at + 1, len(words)))])
    assert share(explained, f'They say "{part}".', " ".join(words)) == 1.0


@pytest.mark.parametrize("text", ["“", '"a ', " 'a", "‘a'", " 'a'b", "a'b", '"[', "’‘"])
def test_marks_by_the_thousand_are_read_in_passing(text: str) -> None:
    begun = time.process_time()
    quotations(text * (65_536 // len(text)))
    assert time.process_time() - begun < 2, "an answer of this size takes .1 s"
