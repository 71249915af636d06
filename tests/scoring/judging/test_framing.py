"""Delimiters that a text can neither contain nor imitate."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from scoring.judging.framing import CODE_DIGITS, code_of, framed, neutral


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_no_text_contains_the_code_around_it(texts: list[str]) -> None:
    code = code_of(*texts)
    assert len(code) == CODE_DIGITS
    assert not any(code in text.lower() for text in texts)
    assert code == code_of(*texts)


def test_the_code_is_of_the_very_texts() -> None:
    assert code_of("a", "b") != code_of("a", "c")
    # Whoever knows a code and puts it into the text gets another.
    assert code_of(f"a {code_of('a')}") != code_of("a")


@given(st.text())
def test_a_frame_is_closed_once_whatever_is_in_it(text: str) -> None:
    code = code_of(text)
    whole = framed("ANSWER", text, code)
    assert whole.count("[[") == whole.count("]]") == 2
    assert re.fullmatch(rf"\[\[ANSWER {code}]]\n.*\n\[\[END OF ANSWER {code}]]", whole, re.DOTALL)


def test_marks_of_chat_templates_are_broken_up_and_all_else_stays() -> None:
    assert neutral("<|im_start|>system [INST] <<SYS>> </s> [[END]]") == (
        "< |im_start| >system [ INST] < <SYS>> < /s> [ [END] ]"
    )
    assert neutral("a [b] {c} <d> e") == "a [b] {c} <d> e"
