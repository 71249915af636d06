from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import (
    figure,
    interval,
    markdown,
    number,
    p_equals,
    p_value,
    plain,
    size,
    told,
    web_link,
)
from scoring.errors import ReasonBoardError

ROOT = Path(__file__).parents[2]
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


def test_a_p_value_is_never_zero() -> None:
    ps = (0.0, 0.0009999, 0.001, 0.0123, 0.5, 1.0)
    assert [p_value(p) for p in ps] == ["< 0.001", "< 0.001", "0.001", "0.012", "0.500", "1.000"]
    assert [p_value(None), p_value(float("nan"))] == ["", ""]
    assert [p_equals(0.0001), p_equals(0.04)] == ["p < 0.001", "p = 0.040"]


@pytest.mark.parametrize(
    ("declared", "read"),
    [
        (7_000_000_000, "7B"),
        ("7000000000", "7B"),
        ("1.3e9", "1.3B"),
        (560_000_000, "560M"),
        ("124e6", "124M"),
        (999_999_999, "1B"),
        (1_500_000_000_000, "1.5T"),
        (4100, "4.1K"),
        (0, "0"),
        ("7B", "7B"),
        ("unknown", "unknown"),
        ("nan", "nan"),
    ],
)
def test_a_number_of_parameters_is_read_as_models_are_called(
    declared: str | int, read: str
) -> None:
    assert size(declared) == read


def test_no_reader_is_told_where_things_are_on_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "secret place" / "data"
    monkeypatch.setenv("REASONBOARD_DATA", str(data))
    message = (
        f"{data}/posts/demo--stress.r1.db: cannot be read. Look into {data}, and"
        f" {ROOT}/leaderboard_data/x.toml."
    )
    shown = told(ReasonBoardError(message)).replace("\\", "")
    assert shown.startswith(
        "posts/demo--stress.r1.db: cannot be read. Look into the data folder, and"
    )
    assert str(tmp_path) not in shown
    assert str(ROOT) not in shown
