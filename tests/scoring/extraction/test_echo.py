"""What was saved with an output or written after it, prompts, demonstrations and turns, is not read
as its answer.
"""

from __future__ import annotations

import pytest

from scoring.extraction import explanation_alone, read
from scoring.tasks import Task

POST = "Two deadlines fall on one day, and I lie awake at night. Nobody asked me."
QUESTION = "Does the poster suffer from stress?"
PROMPT = f'Consider this post: "{POST}" Question: {QUESTION}'
YES = "Yes, the poster suffers from stress. Reasoning: They lie awake."
FEW_SHOT = (
    f'Consider this post: "The rent went up." Question: {QUESTION}\n'
    "No, the poster does not suffer from stress. Reasoning: A report.\n\n"
)


def echoes() -> dict[str, str]:
    """Prompts as tools save them, with the answer after them."""
    return {
        "plain": f"{PROMPT} {YES}",
        "other white space": f"{PROMPT.replace(', ', ',  ').replace('. ', '. ' + chr(10))}\n{YES}",
        "instruction": f'{PROMPT} Please answer "Yes, ..." or "No, ..." and explain.\n{YES}',
        "question first": f"{QUESTION}\nPost: {POST}\nAnswer: {YES}",
        "few-shot": f"{FEW_SHOT}{PROMPT}\n{YES}",
        "few-shot, two": f"{FEW_SHOT}{FEW_SHOT}{PROMPT}\n{YES}",
        "few-shot, cut short": (
            f'{FEW_SHOT}Consider this post: "Two deadlines fall on one day, and I lie..." '
            f"Question: {QUESTION}\n{YES}"
        ),
        "Llama 3": (
            f"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{PROMPT}<|eot_id|>"
            f"<|start_header_id|>assistant<|end_header_id|>\n\n{YES}<|eot_id|>"
        ),
        "ChatML": (
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n{YES}<|im_end|>"
        ),
        "Gemma": (
            f"<bos><start_of_turn>user\n{PROMPT}<end_of_turn>\n<start_of_turn>model\n{YES}<end_of_turn>"
        ),
        "Llama 2": (
            f"<s>[INST] <<SYS>>\nAnswer no if unsure.\n<</SYS>>\n\n{PROMPT} [/INST] {YES}</s>"
        ),
        "Alpaca": (
            f"Below is an instruction that describes a task.\n\n### Instruction:\n{PROMPT}\n\n###"
            f" Response:\n{YES}"
        ),
        "Vicuna": (
            f"A chat between a curious user and an assistant. USER: {PROMPT} ASSISTANT: {YES}</s>"
        ),
        "Human/Assistant": f"Human: \n{PROMPT}\n\nAssistant: \n{YES}",
        "decoded": f"user\n{PROMPT}\nassistant\n{YES}",
        "Phi": f"<|user|>\n{PROMPT}<|end|>\n<|assistant|>\n{YES}<|end|>",
        "runs on": f"{PROMPT} {YES}\n\n{FEW_SHOT}",
        "runs on as a chat": (
            f"{YES}<|im_end|>\n<|im_start|>user\nAnd no?<|im_end|>\n<|im_start|>assistant\nNo."
        ),
        "runs on as turns": f"{YES}\nHuman: Are you sure? No?\nAssistant: No.",
    }


@pytest.mark.parametrize("name", echoes())
def test_the_answer_after_an_echo_is_read(tasks: dict[str, Task], name: str) -> None:
    reading = read(tasks["imhi/dreaddit"], output=echoes()[name], post=POST)
    assert (reading.label, reading.explanation) == ("yes", "They lie awake.")
    assert any(stage.startswith("echo: ") for stage in reading.stages)


@pytest.mark.parametrize("name", [name for name in echoes() if "runs on" not in name])
def test_an_echo_alone_answers_nothing(tasks: dict[str, Task], name: str) -> None:
    alone = echoes()[name].replace(YES, "")
    reading = read(tasks["imhi/dreaddit"], output=alone, post=POST)
    assert (reading.label, reading.explanation) == (None, None)


def test_demonstrations_without_the_rows_own_post_answer_nothing(tasks: dict[str, Task]) -> None:
    reading = read(tasks["imhi/dreaddit"], output=FEW_SHOT + FEW_SHOT, post=POST)
    assert reading.label is None
    assert "several prompts" in str(reading.reason)


@pytest.mark.parametrize("post", [POST, POST.replace(" ", "\n", 3), f"{POST} **Help.**"])
def test_a_post_that_is_all_that_is_said_is_a_copy_and_no_echo(
    tasks: dict[str, Task], post: str
) -> None:
    task = tasks["imhi/dreaddit"]
    reading = read(task, output=f"Yes, the poster is stressed. Reasoning: {post}", post=post)
    assert (reading.label, reading.explanation) == ("yes", post)
    assert explanation_alone(task, post, post=post) == post


@pytest.mark.parametrize(
    "output",
    [
        f'The post says "{POST}", so yes, the poster is stressed.',
        "Yes. Answer the door, the poster tells themselves.",
    ],
)
def test_what_an_answer_quotes_is_no_echo(tasks: dict[str, Task], output: str) -> None:
    reading = read(tasks["imhi/dreaddit"], output=output, post=POST)
    assert reading.label == "yes"
    assert not any(stage.startswith("echo: ") for stage in reading.stages)
