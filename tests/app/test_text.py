from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import figure, interval, markdown, number, plain, web_link

PUNCTUATION = set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@given(st.text())
def test_markdown_leaves_no_sign_its_meaning(text: str) -> None:
    escaped = markdown(text)
    assert not {sign for sign in re.sub(r"\\.", "", escaped) if sign in PUNCTUATION}
    assert "\n" not in escaped


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_markdown_keeps_every_letter(text: str) -> None:
    def letters(shown: str) -> str:
        return "".join(sign for sign in shown if sign.isalnum())

    assert letters(markdown(text)) == letters(plain(text))


@pytest.mark.parametrize(
    "text", ["http://evil.example", "see www.evil.example", "write me@evil.example", ":smile:"]
)
def test_markdown_parts_what_would_be_found_without_markup(text: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", markdown(text))
    assert not re.search(r"https?://|www\.|\w@\w|:smile:", shown)


def test_plain_drops_signs_that_turn_or_break_the_line() -> None:
    assert plain("a\u202eb\nc\u2028d\x00e") == "ab c d e"
    assert plain("x" * 300, 10) == "x" * 9 + "…"
    assert plain("می\u200cشود") == "می\u200cشود", "a joiner that Persian needs stays"


def test_figure_leaves_no_tag(invented: ModuleType) -> None:
    assert "<" not in figure(invented.HOSTILE)


@pytest.mark.parametrize(
    ("links", "first"),
    [
        (["javascript:alert(1)", "https://example.org"], "https://example.org"),
        (["data:text/html,x", "//evil.example", "http://a b"], None),
        (["HTTP://example.org/x"], "HTTP://example.org/x"),
    ],
)
def test_only_web_pages_become_links(links: list[str], first: str | None) -> None:
    assert web_link(links) == first


def test_interval_is_blank_without_a_value_and_clear_with_minus_signs() -> None:
    assert interval(None, None, 3) == ""
    assert interval(0.4123, 0.5321, 3) == "0.412–0.532"
    assert interval(-3.21, -3.05, 2) == "-3.21 to -3.05"
    assert interval(-0.0004, 0.5, 3) == "0.000 to 0.500"
    assert number(-0.0004, 3) == "0.000"
