"""Counterfactual rules: every shipped one does what it says and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.counterfactuals import CounterfactualRule, RulesError, changed, read_rules
from scoring.counterfactuals.rules import SWAP
from submissions.declarations.settings import DECLARATIONS

RULES: Mapping[str, CounterfactualRule] = read_rules(DECLARATIONS / "counterfactuals.toml")
SWAPS = [rule for rule in RULES.values() if rule.operation == SWAP]
NAMED = sorted(
    {word for rule in SWAPS for swap in rule.swaps for word in (*swap.words, *swap.before)}
    | {"a", "an", "the", "quiet", "human", "year", "Shepherd", "x"}
)
AS_WRITTEN = (str.lower, str.upper, str.capitalize)
TEXTS = st.lists(
    st.tuples(st.sampled_from(NAMED), st.sampled_from(AS_WRITTEN), st.sampled_from(" -,.'")),
    max_size=12,
).map(lambda parts: "".join(written(word) + sign for word, written, sign in parts))


def after(rule: str, text: str) -> str:
    return changed(RULES[rule], text) or text


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
@given(text=TEXTS)
def test_a_rule_does_not_change_what_it_wrote(rule: CounterfactualRule, text: str) -> None:
    made = changed(rule, text)
    assert made is None or changed(rule, made) is None


@given(text=st.text(alphabet=" a1:;.,()-'?!/D", max_size=14))
def test_what_is_unpunctuated_once_is_so(text: str) -> None:
    made = after("unpunctuated", text)
    assert after("unpunctuated", made) == made


@pytest.mark.parametrize("rule", SWAPS, ids=lambda rule: rule.name)
@given(text=TEXTS)
def test_words_that_a_rule_does_not_name_stay(rule: CounterfactualRule, text: str) -> None:
    sources = {word for swap in rule.swaps for word in swap.words}
    was, now = (re.findall(r"\w+", each) for each in (text, changed(rule, text) or text))
    for old, new in zip(was, now, strict=True):
        assert old == new or old.lower() in {*sources, "a", "an"}
    signs = [re.sub(r"\w+", "w", each) for each in (text, changed(rule, text) or text)]
    assert signs[0] == signs[1]


@pytest.mark.parametrize("written", AS_WRITTEN)
@pytest.mark.parametrize("rule", SWAPS, ids=lambda rule: rule.name)
def test_words_keep_their_case(rule: CounterfactualRule, written: Callable[[str], str]) -> None:
    for swap in rule.swaps:
        following = f" {swap.before[0]}" if swap.before else " else"
        expected = swap.to if swap.to != swap.to.lower() else written(swap.to)
        for word in swap.words:
            assert after(rule.name, written(word) + following) == expected + following


PAIRED = [
    word
    for swap in RULES["women"].swaps
    for word in swap.words
    if not swap.before and after("men", swap.to) == word
]


@given(st.lists(st.sampled_from(PAIRED), min_size=1))
def test_what_was_made_of_women_is_reversed_word_by_word(words: list[str]) -> None:
    text = ", ".join(words)
    assert after("men", after("women", text)) == text
    assert after("women", text) != text


def test_what_reverses_is_most_of_the_words() -> None:
    assert len(PAIRED) >= 25
    assert "his" not in PAIRED, "her, at an end, is him"


@pytest.mark.parametrize(
    ("rule", "text", "made"),
    [
        (
            "women",
            "He told his dad. HE'S a man; it is his.",
            "She told her mum. SHE'S a woman; it is hers.",
        ),
        ("women", "My brother-in-law, an uncle", "My sister-in-law, an aunt"),
        ("women", "human, @he, #men and /he/ stay: the manual, sheep", None),
        ("men", "I told her that her aunt left her.", "I told him that his uncle left him."),
        ("asian", "A white man drank white wine", "An Asian man drank white wine"),
        ("black", "an Asian friend", "a Black friend"),
        (
            "older",
            "I'm 21 years old, a 19-year-old, on page 21",
            "I'm 71 years old, a 71-year-old, on page 21",
        ),
        ("older", "together for 15 years, 20 years ago, a 30 year mortgage", None),
        ("older", "19 y/o, 20 yo, 18 yrs old", "71 y/o, 71 yo, 71 yrs old"),
        ("older", "a 20 year young man", "a 71 year old man"),
        ("younger", "an old man, a 50-Year old man", "a young man, a 22-Year old man"),
        ("younger", "a 30 year mortgage, 50 years on", None),
        (
            "unpunctuated",
            "Sad :( and :'( ... see http://x.y/z?q=1, ok :).",
            "Sad :( and :'(  see http://x.y/z?q=1, ok :).",
        ),
        ("unpunctuated", "lol:) :D ;-) (: :/ note: end.", "lol:) :D ;-) (: :/ note end"),
        ("married", "My BF and an old girlfriend's cat", "My HUSBAND and an old wife's cat"),
        ("unpunctuated", "It cost 1,000.50, ok? Yes!", "It cost 1,000.50 ok Yes"),
        ("first-40-words", "one two", None),
        ("first-40-words", "  ".join(map(str, range(42))), "  ".join(map(str, range(40)))),
        ("lower", "It IS", "it is"),
    ],
)
def test_texts_by_hand(rule: str, text: str, made: str | None) -> None:
    assert changed(RULES[rule], text) == made


OWN = """
[[rules]]
name = "{name}"
axis = "{axis}"
version = "9"
title = "A board's own"
operation = "{operation}"
{more}
"""


def own(
    path: Path, name: str = "women", operation: str = "upper", more: str = "", axis: str = "gender"
) -> Path:
    text = OWN.format(name=name, operation=operation, more=more, axis=axis)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_boards_own_rule_stands_before_the_shipped_one(tmp_path: Path) -> None:
    rules = read_rules(own(tmp_path / "own.toml"), DECLARATIONS / "counterfactuals.toml")
    assert rules["women"].signature == "women/9"
    assert rules.keys() == RULES.keys()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"operation": "shout"}, "allowed: swap, lower, upper, unpunctuated, truncate"),
        ({"operation": "swap", "more": "swaps = []"}, "must hold a swap or more"),
        (
            {
                "operation": "swap",
                "more": 'swaps = [{words = ["a"], to = "b"}, {words = ["b"], to = "c"}]',
            },
            "writes what it would swap again: b",
        ),
        (
            {"operation": "swap", "more": 'swaps = [{words = ["man"], to = "old man"}]'},
            "writes what it would swap again: old man",
        ),
        (
            {
                "operation": "swap",
                "more": 'swaps = [{words = ["cat"], to = "old"}, {words = ["old dog"], to = "x"}]',
            },
            "writes what it would swap again: old",
        ),
        ({"axis": "g;h=1"}, "'g;h=1'; it must be of a-z, 0-9 and hyphens"),
        (
            {"operation": "swap", "more": 'swaps = [{words = ["He"], to = "x"}]'},
            "not in lower case: He",
        ),
        ({"operation": "truncate", "more": "words = 0"}, "must be 1 or more"),
        ({"name": "To women"}, "it must be of a-z, 0-9 and hyphens"),
    ],
)
def test_faulty_rules_are_refused_in_words(
    tmp_path: Path, fault: dict[str, str], said: str
) -> None:
    with pytest.raises(RulesError) as refused:
        read_rules(own(tmp_path / "own.toml", **fault))
    assert said in str(refused.value)
    assert "own.toml" in str(refused.value)
