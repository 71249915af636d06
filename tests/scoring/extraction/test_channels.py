"""What a model thinks in a channel of its own is no part of its answer, nor of its explanation."""

from __future__ import annotations

import pytest

from scoring.extraction import read
from scoring.extraction.channels import answered, channels
from scoring.tasks import Task

WRITTEN = {
    "think": ("<think>", "</think>"),
    "thought": ("<thought>", "</thought>"),
    "scratchpad": ("<scratchpad>", "</scratchpad>"),
    "reasoning": ("<reasoning>", "</reasoning>"),
    "[THINK]": ("[THINK]", "[/THINK]"),
    "seed:think": ("<seed:think>", "</seed:think>"),
    "◁think▷": ("◁think▷", "◁/think▷"),
    "harmony": (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    "gemma": ("<|channel>thought\n", "<channel|>"),
    "unused94": ("<unused94>thought\n", "<unused95>"),
    "unused16": ("[unused16]", "[unused17]"),
    "begin_of_thought": ("<|begin_of_thought|>", "<|end_of_thought|>"),
    "s1": ("<|im_start|>think\n", "<|im_start|>answer\n"),
    "heading": ("## Thinking\n", "\n\n## Final Response\n"),
    "bracket-heading": ("[Reasoning]\n", "\n\n[Final answer]\n"),
    "ollama": ("Thinking...\n", "\n...done thinking.\n\n"),
    "granite": ("Here is my thought process: ", "\n\nHere is my response: "),
}
THOUGHT = "The poster does not suffer from stress. Answer: no. Hmm."
ANSWER = "Yes, the poster suffers from stress. Reasoning: They cannot sleep."


def test_every_declared_channel_is_tried_here() -> None:
    assert {channel.name for channel in channels()} == WRITTEN.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_only_the_answer_after_a_thought_is_read(tasks: dict[str, Task], name: str) -> None:
    opening, closing = WRITTEN[name]
    reading = read(tasks["imhi/dreaddit"], output=f"{opening}{THOUGHT}{closing}{ANSWER}")
    assert (reading.label, reading.explanation) == ("yes", "They cannot sleep.")
    assert reading.stages[0] == f"channel: {name}"


@pytest.mark.parametrize("name", WRITTEN)
def test_a_thought_that_never_closes_is_unparsed_without_explanation(
    tasks: dict[str, Task], name: str
) -> None:
    reading = read(tasks["imhi/dreaddit"], output=f"{WRITTEN[name][0]}{THOUGHT}")
    assert (reading.label, reading.reason) == (None, "cut off while reasoning")
    assert reading.explanation is None


@pytest.mark.parametrize(
    ("output", "left"),
    [
        ("<think>a</think>Yes", "Yes"),
        ("a</think>Yes", "Yes"),
        ("<THINK>a</Think>Yes", "Yes"),
        ("< think >a< / think >Yes", "Yes"),
        ("&lt;think&gt;a&lt;/think&gt;Yes", "Yes"),
        ("Yes<think>a</think>", "Yes"),
        ("<think>a</think><think>b</think>Yes", "Yes"),
        ("<think></think>", ""),
        ("Yes<think>a", ""),
        ("analysisThe post.assistantfinalYes", "Yes"),
        # The word alone is anybody's.
        ("Analysis: The post is short. Answer: yes", "Analysis: The post is short. Answer: yes"),
        ("Thinking about it, yes.", "Thinking about it, yes."),
        # After an answer, the element is its explanation.
        (
            "<answer>Yes</answer><reasoning>a</reasoning>",
            "<answer>Yes</answer><reasoning>a</reasoning>",
        ),
        # A heading that names the answer stays.
        ("## Thinking\na\n## Answer\nYes", "\n## Answer\nYes"),
        ("5 < 6 [sic]", "5 < 6 [sic]"),
    ],
)
def test_the_answer_stands_outside_thoughts(output: str, left: str) -> None:
    found = answered(output)
    assert output[found.start : found.end] == left
