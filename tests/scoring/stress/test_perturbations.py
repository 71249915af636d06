"""What perturbations make of explanations, by hand and by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.stress import PERTURBATIONS, SPECIMEN, Explained, Perturbation
from scoring.stress.negation import negated
from scoring.stress.swapping import swapped

ROWS = (
    Explained("One two. Three four!", "a b c d e", "p1", "yes", "Yes, it is."),
    Explained("Five six seven.", "f g", "p2", "yes", "Yes, it is."),
    Explained("Eight.", "h", "p3", "no", "No, it is not."),
)
BY_NAME = {perturbation.name: perturbation for perturbation in PERTURBATIONS}


def made(name: str, seed: int = 0) -> list[str | None]:
    return BY_NAME[name].make(ROWS, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        # p1 and p2 have the same label, p3 has nobody's.
        ("other_post", ["Five six seven.", "One two. Three four!", None]),
        ("first_half", ["One two.", "Five", None]),
        ("shuffled_sentences", ["Three four! One two.", None, None]),
        ("copy", ["a b c d e", "f g", "h"]),
        ("copy_with_filler", ["a b c indeed d e indeed", "f g indeed", "h indeed"]),
        ("real_and_copy", ["One two. Three four! a b c d e", "Five six seven. f g", "Eight. h"]),
        (
            "real_and_filled_copy",
            [
                "One two. Three four! a b c indeed d e indeed",
                "Five six seven. f g indeed",
                "Eight. h indeed",
            ],
        ),
        ("label_alone", ["Yes, it is.", "Yes, it is.", "No, it is not."]),
        (
            "praised",
            [
                "One two. Three four! This is an excellent explanation.",
                "Five six seven. This is an excellent explanation.",
                "Eight. This is an excellent explanation.",
            ],
        ),
    ],
)
def test_by_hand(name: str, texts: list[str | None]) -> None:
    assert made(name) == texts


def test_one_text_is_anothers_for_all_but_its_own() -> None:
    texts = made("one_text")
    assert texts.count(None) == 1
    assert len({text for text in texts if text}) == 1
    assert {text for text in texts if text} <= {row.explanation for row in ROWS}


def test_half_of_the_posts_words_come_after_the_explanation() -> None:
    first, second, third = made("real_and_half_the_post")
    assert first is not None
    assert second is not None
    assert first.startswith("One two. Three four! ")
    assert len(set(first.split()[4:]) & set("abcde")) == 2
    assert second in ("Five six seven. f", "Five six seven. g")
    assert third is None  # half of one word is none


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
EXPLAINED = st.builds(
    Explained,
    WORDS.filter(str.strip),
    WORDS.filter(str.strip),
    st.sampled_from(["p", "q", "r"]),
    st.sampled_from(["yes", "no"]),
    st.just("Yes."),
)


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=lambda perturbation: perturbation.name)
@given(rows=st.lists(EXPLAINED, max_size=6), seed=st.integers(0, 9))
def test_a_text_or_none_for_each_and_the_same_from_the_same_seed(
    perturbation: Perturbation, rows: list[Explained], seed: int
) -> None:
    texts = perturbation.make(rows, np.random.default_rng(seed))
    assert texts == perturbation.make(rows, np.random.default_rng(seed))
    assert len(texts) == len(rows)
    assert all(text is None or text.strip() for text in texts)


@given(
    rows=st.lists(EXPLAINED, min_size=1, max_size=6),
    name=st.sampled_from(["shuffled_words", "shuffled_sentences"]),
)
def test_shuffled_is_another_order_of_the_same_words(rows: list[Explained], name: str) -> None:
    for row, text in zip(rows, BY_NAME[name].make(rows, np.random.default_rng(0)), strict=True):
        if text is not None:
            assert sorted(text.split()) == sorted(row.explanation.split())
            assert text.split() != row.explanation.split()


def test_names_are_unique_and_versions_said() -> None:
    assert len(BY_NAME) == len(PERTURBATIONS)
    assert all(
        perturbation.version and perturbation.what.endswith((".", '"'))
        for perturbation in PERTURBATIONS
    )


@pytest.mark.parametrize(
    ("claim", "turned"),
    [
        ("The post shows signs of stress.", "The post does not show signs of stress."),
        ("The poster also mentions insomnia.", "The poster also does not mention insomnia."),
        ("They clearly express despair.", "They clearly do not express despair."),
        ("The tone is hopeless.", "The tone is not hopeless."),
        ("The post does not mention any loss.", "The post does mention some loss."),
        ("There is no sign of stress.", "There is some sign of stress."),
        ("They can\u2019t cope.", "They can cope."),
        ("She is no longer alone.", "She is still alone."),
        ("This may point to grief.", "This cannot point to grief."),
        ("He has lost his home.", "He has not lost his home."),
        ("The poster has a plan.", "The poster does not have a plan."),
        ("These factors contribute to it.", "These factors do not contribute to it."),
        ("While they are sad, there is no despair.", "While they are sad, there is some despair."),
        # What is not only so is not turned into what is only so.
        ("It is not only sad, it shows despair.", "It is not only sad, it does not show despair."),
        ("It is important to note that it is sad.", "It is important to note that it is not sad."),
        # A quotation is the post's, and a noun is no verb.
        ('"It is late" suggests stress.', '"It is late" does not suggest stress.'),
        ("Their struggles suggest stress.", "Their struggles do not suggest stress."),
        ("Stress, for this desire.", None),
        ("Tired. The post shows stress! Alone?", "Tired. The post does not show stress! Alone?"),
    ],
)
def test_a_claim_is_turned_round(claim: str, turned: str | None) -> None:
    assert negated(claim) == turned


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("They lie awake: insomnia, and more.", "insomnia"),
        ("She left her job, and they fired her.", "job"),
        ("They feel lonely.", "lonely"),
        ("Their boss shouts.", "boss"),
        ("The Financial problems grow.", "Financial"),
    ],
)
def test_a_symptom_or_cause_is_another_of_its_grammar(text: str, words: str) -> None:
    before, after = text.split(words)
    texts = {swapped(text, np.random.default_rng(seed)) for seed in range(40)}
    assert len(texts) > 3
    for made in texts:
        assert made is not None
        assert made.startswith(before)
        assert made.endswith(after)
        assert made != text
        assert made[len(before)].isupper() == words[0].isupper()


@pytest.mark.parametrize(
    "text",
    [
        "The post is about a walk.",
        "There is no anxiety.",  # what it denies it does not name
        "They may feel lonely.",
        "They have an anxiety disorder.",
        "They suffer from social anxiety.",
        "The fear of loneliness of theirs is not said.",
    ],
)
def test_what_names_nothing_stays_as_it_is(text: str) -> None:
    assert swapped(text, np.random.default_rng(0)) is None


def test_a_word_is_swapped_wherever_it_stands_and_for_a_kind_that_the_text_lacks() -> None:
    text = "They have insomnia. Insomnia, guilt, anger, panic and boredom."
    for seed in range(60):
        made = swapped(text, np.random.default_rng(seed))
        assert made is not None
        assert ("insomnia" in made) == ("Insomnia" in made)
        # No kind of another word: a text that says it twice would be no other.
        assert len(set(made.lower().replace(".", ",").split(", "))) >= 4


def test_articles_fit() -> None:
    texts = {swapped("He faces a divorce.", np.random.default_rng(seed)) for seed in range(60)}
    assert {"He faces an illness.", "He faces an exam.", "He faces a surgery."} <= texts


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=lambda perturbation: perturbation.name)
def test_each_has_an_example_that_is_another_text(perturbation: Perturbation) -> None:
    assert perturbation.example.split() != SPECIMEN.explanation.split()
