"""Every stage of reading has a name in a row's provenance, and says what it cut off and what it
left.
"""

from __future__ import annotations

import pytest

from scoring.extraction import Cut, cuts, read, thought_in
from scoring.tasks import Task

POST = "Two deadlines fall on one day, and I lie awake at night. Nobody asked me."
PROMPT = f'Consider this post: "{POST}" Question: Does the poster suffer from stress?'


@pytest.mark.parametrize(
    ("output", "stages"),
    [
        ("<think>No?</think>Yes.", ("channel: think", "bare answer: opening")),
        (f"{PROMPT}\nYes.", ("echo: prompt", "bare answer: opening")),
        ('{"label": "yes"}', ("structure: field",)),
        ("The rent is due. $\\boxed{yes}$", ("structure: boxed",)),
        ("The rent is due.\nAnswer: yes", ("structure: marked-answer",)),
        (
            "Yes, the poster suffers from stress. Reasoning: The rent.",
            ("bare answer: template",),
        ),
        ("All in all, the poster suffers from stress.", ("statement",)),
        ("I cannot answer that.", ("refusal",)),
        ("<think>Hmm", ("channel: think",)),
        ("The rent is due.", ()),
    ],
)
def test_a_rows_provenance_names_the_stages_that_applied(
    tasks: dict[str, Task], output: str, stages: tuple[str, ...]
) -> None:
    task = tasks["imhi/dreaddit"]
    assert read(task, output=output, post=POST).stages == stages
    assert tuple(cut.stage for cut in cuts(task, output, post=POST)) == stages


def test_a_label_column_is_a_stage_of_its_own(tasks: dict[str, Task]) -> None:
    reading = read(tasks["imhi/dreaddit"], output="<think>Hmm</think>No.", label="yes")
    assert reading.stages == ("channel: think", "label")


def test_each_stage_says_what_it_cut_and_what_it_left(tasks: dict[str, Task]) -> None:
    answer = "Yes. They lie awake."
    output = f"{PROMPT}\n{answer}\nHuman: Are you sure?"
    thought = f"<think>Not calm.</think>{answer}"
    assert list(cuts(tasks["imhi/dreaddit"], output, post=POST)) == [
        Cut("echo: prompt", PROMPT, answer),
        Cut("echo: next turn", "Human: Are you sure?", answer),
        Cut("bare answer: opening", "Yes.", "They lie awake."),
    ]
    assert next(cuts(tasks["imhi/dreaddit"], thought)) == Cut("channel: think", "Not calm.", answer)


@pytest.mark.parametrize(
    ("output", "thought"),
    [
        ("<think>One two.</think>Yes.", "One two."),
        ("One two.</think>Yes.", "One two."),
        ("<think>One two.", "One two."),
        ("analysisOne two.assistantfinalYes.", "One two."),
        ("## Thinking\nOne two.\n\n## Final Response\nYes.", "One two."),
        ("Yes.<think>One two.</think>", "One two."),
        ("Yes.", ""),
    ],
)
def test_the_thought_is_kept_apart(tasks: dict[str, Task], output: str, thought: str) -> None:
    assert thought_in(output) == thought
    reading = read(tasks["imhi/dreaddit"], output=output)
    assert reading.reasoning == (thought or None)
    assert "One two." not in (reading.explanation or "")
