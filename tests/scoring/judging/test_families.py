"""Families are read from names as models bear them."""

from __future__ import annotations

import pytest

from scoring.judging.families import OTHER, OWN, UNKNOWN_FAMILY, families_of, kinship


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", {"llama"}),
        ("klyang/MentaLLaMA-chat-13B", {"llama"}),
        ("lmsys/vicuna-7b-v1.5", {"llama"}),
        ("gpt-4o-mini", {"gpt"}),
        ("chatgpt", {"gpt"}),
        ("o3-mini", {"gpt"}),
        ("text-davinci-003", {"gpt"}),
        ("Qwen/Qwen2.5-7B-Instruct", {"qwen"}),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", {"deepseek", "qwen"}),
        ("mistralai/Mixtral-8x7B-v0.1", {"mistral"}),
        ("google/gemma-2-9b-it", {"gemma"}),
        ("claude-3-5-sonnet", {"claude"}),
        ("microsoft/phi-4", {"phi"}),
        ("google/flan-t5-xl", {"t5"}),
        ("philosopher-7b", set()),
        ("ollama", set()),
        ("unknown", set()),
        ("TheBloke/thing-GPTQ", set()),
    ],
)
def test_of_which_families_a_name_speaks(name: str, families: set[str]) -> None:
    assert families_of(name) == families


def test_the_surest_name_that_speaks_of_a_family_counts() -> None:
    assert kinship("llama-3-70b", "meta-llama/Llama-2-7b", "Ada") == OWN
    assert kinship("llama-3-70b", "unknown", "MentaLLaMA") == OWN
    assert kinship("llama-3-70b", "Qwen/Qwen2.5-7B", "llama-ish") == OTHER
    assert kinship("llama-3-70b", "unknown", "Ada") == UNKNOWN_FAMILY
    assert kinship("a-model", "llama", "Ada") == UNKNOWN_FAMILY
