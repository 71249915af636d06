"""What the names of base models say."""

from __future__ import annotations

from math import isnan

import pytest

from submissions.declarations.base_models import are_one_size, parameters, read_base_model


@pytest.mark.parametrize(
    ("name", "line", "size", "chat"),
    [
        ("LLaMA2-7B", "llama2", 7e9, False),
        ("meta-llama/Llama-2-7b-hf", "llama2", 7e9, False),
        ("LLaMA2-chat-13B", "llama2", 13e9, True),
        ("meta-llama/Llama-2-13b-chat-hf", "llama2", 13e9, True),
        ("mistralai/Mistral-7B-Instruct-v0.2", "mistralv02", 7e9, True),
        ("google/gemma-2-2b-it", "gemma2", 2e9, True),
        ("Qwen2.5-0.5B", "qwen25", 5e8, False),
        ("gpt-3.5", "gpt35", float("nan"), False),
        ("bert-base", "bert", float("nan"), False),
        ("bert-large", "bertlarge", float("nan"), False),
        ("unknown", "", float("nan"), False),
        ("none", "", float("nan"), False),
    ],
)
def test_a_name_says_line_size_and_whether_it_chats(
    name: str, line: str, size: float, chat: bool
) -> None:
    read = read_base_model(name)
    assert (read.line, read.chat) == (line, chat)
    assert read.size == size or (isnan(read.size) and isnan(size))


def test_a_size_is_the_names_and_else_the_declared() -> None:
    assert read_base_model("LLaMA2-7B", "6738415616").size == 7e9
    assert read_base_model("LLaMA2", "6.7B").size == 6.7e9
    assert are_one_size(7e9, 6.74e9)
    assert not are_one_size(7e9, 8e9)
    assert are_one_size(float("nan"), float("nan"))
    assert not are_one_size(float("nan"), 7e9)
    assert isnan(parameters("a few"))
