"""One text is one explanation: as an output, in a column of its own, and cut a second time."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.extraction import explanation_alone, read, with_references_cut
from scoring.segments import Example
from scoring.tasks import Task
from tests.scoring.extraction.test_extraction_properties import CAUSES, PIECES, YES_NO

MORE = st.sampled_from(
    [
        "<think>",
        "</think>",
        "Labels: yes, no",
        "Options: work, school",
        " Answer: yes",
        "\\boxed{no}",
        "The final answer is ",
        "They sleep badly.",
        "They quarrel a lot. ",
        "```json\n",
        "assistant: ",
        "Explanation: ",
        " for one reason: ",
        "<b>",
        "|",
        '{"label": "yes", "explanation": "They cry."}',
        "Yes, the post shows this risk. ",
        "- ",
        "\n\n",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, MORE), max_size=20).map("".join)
BODY = "They have not slept for a week."


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, post=st.none() | TEXTS)
@pytest.mark.parametrize("task", [YES_NO, CAUSES], ids=lambda task: task.id)
def test_a_text_is_one_explanation_by_every_route(task: Task, text: str, post: str | None) -> None:
    label = task.label_names[0]
    alone = read(task, output=text, post=post).explanation
    assert read(task, output=text, label=label, post=post).explanation == alone
    if text.strip():
        assert explanation_alone(task, text, post=post) == alone
    if alone is not None:
        assert explanation_alone(task, alone, post=post) == alone


def test_real_texts_are_cut_once(imhi_dir: Path, tasks: dict[str, Task]) -> None:
    """Of 829 in 6,682 gold texts another label sentence followed the one that was cut."""
    task, again = tasks["imhi/multiwd"], 0
    with (imhi_dir / "test_data" / "test_instruction" / "MultiWD.csv").open(
        encoding="utf-8-sig", newline=""
    ) as stream:
        texts = [row["gpt-3.5-turbo"] for row in csv.DictReader(stream)]
    for text in texts:
        explanation = read(task, output=text).explanation
        again += explanation != explanation_alone(task, explanation or "")
    assert again == 0
    assert len(texts) > 1000


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        (f"Yes, the poster suffers from stress. Reasoning: {BODY}", BODY),
        (f"<think>Perhaps not.</think>Yes. {BODY}", BODY),
        (f'```json\n{{"label": "yes", "explanation": "{BODY}"}}\n```', BODY),
        (f"Yes. Reasoning: The poster suffers from stress. {BODY}", BODY),
        (f"{BODY} Answer: no", BODY),
        (f"{BODY}\nAnswer: no", BODY),
        (f"{BODY} **Final answer: no**", BODY),
        (f"{BODY} Stress: yes.", BODY),
        (f"{BODY} Self-harm risk: no", f"{BODY} Self-harm risk: no"),
        (f"{BODY} They ask: no", f"{BODY} They ask: no"),
        ("They cry for one reason: the exam.", "They cry for one reason: the exam."),
        ("Yes. They cry for one reason: the exam.", "They cry for one reason: the exam."),
        ("Answer: no", None),
        ("Yes, the poster suffers from stress.", None),
        ("<think>Perhaps not", None),
        ("\\boxed{no}", None),
        ("Final answer: \\boxed{no}", None),
        ("The final answer is \\boxed{no}.", None),
        ("**Final answer:** $\\boxed{\\text{no}}$", None),
        (f"Final answer: \\boxed{{no}}\n{BODY}", BODY),
        (f"\\boxed{{yes}}\n\n{BODY}", BODY),
        (f"{BODY}\n\nFinal answer: \\boxed{{yes}}", BODY),
        (f"{BODY} Final answer: \\boxed{{yes}}", BODY),
        (f"Labels: yes / no\nYes. {BODY}", BODY),
        (f"Labels: yes / no\n{BODY}", BODY),
        (f"Stressed. {BODY}", BODY),
        (f"Not stressed. {BODY}", BODY),
        ("Stressed, because the boss shouts.", "because the boss shouts."),
    ],
)
def test_what_is_explanation(tasks: dict[str, Task], text: str, explanation: str | None) -> None:
    task = tasks["demo/stress"]
    assert read(task, output=text).explanation == explanation
    assert read(task, label="no", explanation=text).explanation == explanation
    assert read(task, output="No.", explanation=text).explanation == explanation


def test_references_are_cut_like_what_is_held_against_them(tasks: dict[str, Task]) -> None:
    task, text = tasks["demo/stress"], f"The poster suffers from stress. {BODY}"
    example = Example("1", "1", "", "A post.", "yes", text, f"Yes. Reasoning: {text}")
    [cut] = with_references_cut(task, [example])
    assert cut.reference == BODY
    assert cut.reference == read(task, label="yes", explanation=text).explanation
    assert with_references_cut(task, [cut]) == (cut,)


OWN = (
    ("Stressed. {}", "Not stressed. {}"),
    ("Stressed, because {}", "Not stressed, because {}"),
    ("Stressed - {}", "Not stressed - {}"),
    ("**Stressed.** {}", "**Not stressed.** {}"),
    ("Stressed\n{}", "Not stressed\n{}"),
    ("Labels: yes / no\nYes. {}", "Labels: yes / no\nNo. {}"),
    ("Options: yes, no. Yes, {}", "Options: yes, no. No, {}"),
    ("Final answer: \\boxed{{yes}}\n{}", "Final answer: \\boxed{{no}}\n{}"),
    ("{} Answer: yes", "{} Answer: no"),
)


@pytest.mark.parametrize(("affirmed", "denied"), OWN)
@pytest.mark.parametrize("body", [BODY, "No sleep for a week.", "Perhaps it is the exam."])
def test_an_answer_and_its_denial_are_read_alike(
    tasks: dict[str, Task], affirmed: str, denied: str, body: str
) -> None:
    yes, no = (read(tasks["demo/stress"], output=text.format(body)) for text in (affirmed, denied))
    assert (yes.label, no.label) in (("yes", "no"), (None, None))
    assert yes.explanation == no.explanation
    if body == BODY:
        assert yes.label == "yes"


@pytest.mark.parametrize(
    "wording",
    [
        "Labels: {all}\n{one}, because of it.",
        "The categories are [{all}]. I choose {one}.",
        "Options: {all}. {one}. So it is.",
    ],
)
def test_every_label_is_read_after_a_list_of_them(tasks: dict[str, Task], wording: str) -> None:
    task = tasks["demo/stress-cause"]
    listed = ", ".join(task.label_names)
    for name in task.label_names:
        output = wording.format(all=listed, one=name.title())
        assert read(task, output=output).label == name, output
