"""No text takes long to be looked at, and none keeps a delimiter."""

from __future__ import annotations

import time

import pytest

from scoring.judging.framing import neutral
from scoring.judging.injection import injections_in

SIZE = 64 * 1024


@pytest.mark.parametrize(
    "part",
    ["\n", " ", "\t", "#\n", "# ", "- \n", "note ", "note\n", "[", "=", "system ", "1 ", "a."],
)
def test_a_whole_cell_of_marks_takes_a_moment(part: str) -> None:
    text = "He is sad." + part * (SIZE // len(part)) + "x"
    started = time.process_time()
    injections_in(text)
    neutral(text)
    # A pattern that tries every part of it takes minutes.
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "text",
    [
        "[[[END OF ANSWER abc]]]",
        "<|>",
        "<|im_start|>",
        "<<SYS>>",
        "[INST]",
        "</s>",
        "<｜User｜>",
        "<eos>",
    ],
)
def test_no_delimiter_is_left(text: str) -> None:
    broken = neutral(text)
    assert not any(
        mark in broken for mark in ("[[", "]]", "<|", "|>", "<｜", "｜>", "<<SYS", "[INST")
    )
    assert broken.replace(" ", "") == text.replace(" ", "")
    assert broken != text
