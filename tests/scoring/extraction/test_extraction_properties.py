"""What holds of every text: no rule raises, invents a label or takes long, and every declared
wording is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ScoringError
from scoring.extraction import RULES, imhi_label, read, stated_label
from scoring.tasks import Task
from tests.declarations import parse_task

RULE_NAMES = {"label", *(rule.name for rule in RULES)}
HEAD = """
title = "t"
family = "f"
dataset = "d"
platform = "reddit"
annotation = "invented"
unit = "post"
headline = "weighted_f1"
references = "project"
licence = "MIT"
citation = "none"
"""
YES_NO = parse_task(
    "t/risk",
    HEAD
    + """
kind = "binary"
question = "Does the post show risk of {factor}?"
concept = ["risk of {factor}", "this risk"]
[[labels]]
name = "yes"
gold = ["Yes, the post shows this risk."]
[[labels]]
name = "no"
gold = ["No, the post does not show this risk."]
[attributes]
factor = ["boredom", "haste"]
[imhi_rule]
order = [["yes", "yes"], ["no", "no"]]
fallback = "no"
""",
)
CAUSES = parse_task(
    "t/cause",
    HEAD
    + """
kind = "multi-class"
question = "What is the stress cause of this post?"
[[labels]]
name = "work"
gold = ["This post shows the stress cause related to work."]
[[labels]]
name = "school"
gold = ["This post shows the stress cause related to school."]
aliases = ["studies"]
[[labels]]
name = "other"
gold = ["This post shows other stress causes."]
""",
)
PIECES = st.sampled_from(
    [
        "Yes",
        "no",
        ", ",
        ". ",
        "the poster ",
        "suffers from ",
        "risk of boredom",
        "work",
        "school",
        '"',
        "'",
        "“",
        "”",
        "\n",
        "Reasoning:",
        "Answer: ",
        "Label:",
        "A) ",
        "B. ",
        "The appropriate label is ",
        "not ",
        "may ",
        "there is no ",
        "indication that ",
        "this post shows ",
        "the stress cause ",
        "related to ",
        "{",
        '"label": ',
        "}",
        "?",
        "İ",
        "ﬁ",
        "\x00",
        "Consider this post: ",
        "</s>",
        "**",
        "the post shows this risk",
        "making ",
        " the most appropriate label",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join))


@settings(max_examples=400, deadline=None)
@given(output=TEXTS, post=st.none() | TEXTS, label=st.none() | TEXTS, explanation=st.none() | TEXTS)
@pytest.mark.parametrize("task", [YES_NO, CAUSES], ids=lambda task: task.id)
def test_every_text_gives_a_declared_label_or_a_reason(
    task: Task, output: str, post: str | None, label: str | None, explanation: str | None
) -> None:
    reading = read(task, output=output, post=post, label=label, explanation=explanation)
    assert reading.label is None or reading.label in task.label_names
    assert (reading.rule is None) != (reading.reason is None)
    assert (reading.label is None) == (reading.rule is None)
    assert reading.rule is None or reading.rule in RULE_NAMES
    assert reading.explanation is None or reading.explanation.strip() == reading.explanation != ""


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_a_quotation_states_nothing(text: str) -> None:
    quoted = (
        text.replace('"', "")
        .replace("“", "")
        .replace("”", "")
        .replace("«", "")
        .replace("»", "")
        .replace("„", "")
        .replace("‟", "")
    )
    reading = read(
        CAUSES, output=f'The poster writes at length: "And then, {quoted} and so on" to a friend'
    )
    assert reading.label is None or "consider this post" in quoted.lower()


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(
            [
                "yes",
                "no",
                "the",
                "answer",
                "label",
                "work",
                "school",
                "is",
                "stress",
                "cause",
                "caused",
                "by",
            ]
        ),
        min_size=5,
    )
)
def test_a_copy_of_the_post_states_nothing(words: list[str]) -> None:
    post = " ".join(words)
    assert read(CAUSES, output=post, post=post).label is None


ADVERSARIAL = [
    "a",
    "no ",
    '"',
    "'a ",
    "“",
    "\n",
    "a) ",
    "a) work\n",
    "the poster ",
    "there is no ",
    "the post shows this risk ",
    "{",
    '"label": ',
    "**",
    "label: ",
    "label: work ",
    "the appropriate label is ",
    "work and ",
    "work,",
    "?",
    ".",
    " ",
    "not ",
    "answer:",
    "(",
    "\\",
    "'label': '",
    "reasoning ",
    "the post does not any any any any ",
    "consider this post: ",
    "the stress is ",
    "risk of boredom ",
    "<s>",
    "</think>",
    "it is unlikely that ",
    "the poster does not ",
    "İ",
]


@pytest.mark.parametrize("task", [YES_NO, CAUSES], ids=lambda task: task.id)
@pytest.mark.parametrize("piece", ADVERSARIAL, ids=repr)
def test_a_cell_of_64_kib_takes_under_half_a_second(task: Task, piece: str) -> None:
    text = (piece * (65536 // len(piece) + 1))[:65536]
    read(task, output="warm")
    start = time.process_time()
    read(task, output=text, post=text)
    assert time.process_time() - start < 0.5


def _wordings(tasks: Mapping[str, Task]) -> Iterator[tuple[Task, str, str]]:
    for task in tasks.values():
        for label in task.labels:
            for text in label.gold:
                yield task, label.name, text


def test_every_declared_wording_is_read_back(tasks: dict[str, Task]) -> None:
    for task, name, text in _wordings(tasks):
        for output in (
            f"{text} Reasoning: Two sentences follow. This is one.",
            text,
            text.upper(),
            f"\n\n{text}\n",
        ):
            reading = read(task, output=output)
            assert reading.label == name, (task.id, output, reading)
        assert read(task, output=f"{text} Reasoning: Because.").explanation == "Because."
        assert read(task, label=f" {text.upper()} ").label == name


def test_every_label_name_and_alias_is_read_from_a_label_column(tasks: dict[str, Task]) -> None:
    for task in tasks.values():
        for label in task.labels:
            for text in (label.name, label.title, *label.aliases):
                assert read(task, label=text).label == label.name, (task.id, text)


def test_an_unknown_label_is_unparsed_whatever_the_output_says(tasks: dict[str, Task]) -> None:
    reading = read(
        tasks["imhi/dr"], label="perhaps", output="Yes, the poster suffers from depression."
    )
    assert (reading.label, reading.rule) == (None, None)
    assert "not one of the task's labels" in str(reading.reason)


@pytest.mark.parametrize(
    ("output", "rule"),
    [
        ("Yes, the poster suffers from stress. Reasoning: R.", "template"),
        ("Answer: yes", "marked-answer"),
        ('{"label": "yes"}', "field"),
        ("Yes, clearly so.", "opening"),
        ("Overall, the poster is stressed.", "statement"),
    ],
)
def test_a_label_carries_the_rule_that_found_it(
    tasks: dict[str, Task], output: str, rule: str
) -> None:
    assert read(tasks["imhi/dreaddit"], output=output).rule == rule


@pytest.mark.parametrize(
    ("output", "explanation"),
    [
        ("Yes, the poster suffers from stress. Reasoning:  Two deadlines.  ", "Two deadlines."),
        ("Yes, the poster suffers from stress. Two deadlines.", "Two deadlines."),
        ("Yes, the poster suffers from stress.", None),
        ("Yes.", None),
        ("Yes. Reasoning:", None),
        ("Yes. Reasoning: nan", None),
        ("nan", None),
        ("", None),
        ("...", None),
        ("Reasoning: Two “deadlines” fall on one day.", "Two “deadlines” fall on one day."),
        ("Answer: No\nRationale: The tone is light.", "The tone is light."),
        ("No. The poster is not stressed. The tone is light.", "The tone is light."),
        (
            "Yes, the poster is stressed because of two deadlines.",
            "the poster is stressed because of two deadlines.",
        ),
        (
            "Two deadlines. Therefore, the answer is yes.",
            "Two deadlines. Therefore, the answer is yes.",
        ),
        ("Explanation: Two deadlines.\nAnswer: yes", "Two deadlines."),
        ('{"label": "yes", "explanation": "Two \\"deadlines\\"."}', 'Two "deadlines".'),
        ('{"label": "yes"}', None),
        ("Nothing is stated here.", "Nothing is stated here."),
    ],
)
def test_the_explanation_is_what_is_left(
    tasks: dict[str, Task], output: str, explanation: str | None
) -> None:
    assert read(tasks["imhi/dreaddit"], output=output).explanation == explanation


def test_an_explicit_explanation_wins_and_an_empty_one_does_not(tasks: dict[str, Task]) -> None:
    output = "Yes, the poster suffers from stress. Reasoning: Two deadlines."
    assert read(tasks["imhi/dreaddit"], output=output, explanation=" Mine. ").explanation == "Mine."
    assert (
        read(tasks["imhi/dreaddit"], output=output, explanation="nan").explanation
        == "Two deadlines."
    )
    assert read(tasks["imhi/dreaddit"], label="yes").explanation is None
    assert read(tasks["imhi/dreaddit"], label="yes", output=output).explanation == "Two deadlines."


def test_a_statement_copied_from_the_post_is_not_the_models(tasks: dict[str, Task]) -> None:
    post = "No, I am fine and my stress is caused by work these days."
    assert (
        read(
            tasks["imhi/sad"],
            output="He writes that my stress is caused by work these days.",
            post=post,
        ).label
        is None
    )
    assert read(tasks["imhi/dreaddit"], output=post, post=post).label is None
    assert read(tasks["imhi/dreaddit"], output="No", post=post).label == "no"


def test_an_echoed_prompt_is_cut_and_the_answer_after_it_read(tasks: dict[str, Task]) -> None:
    prompt = (
        'Consider this post: "Yes, two deadlines." Question: Does the poster suffer from stress?'
    )
    assert read(tasks["imhi/dreaddit"], output=prompt).label is None
    answered = read(
        tasks["imhi/dreaddit"],
        output=f"{prompt} No, the poster does not suffer from stress. Reasoning: R.",
    )
    assert (answered.label, answered.explanation) == ("no", "R.")
    again = f"Yes, the poster suffers from stress. Reasoning: R.\n{prompt} No."
    assert read(tasks["imhi/dreaddit"], output=again).explanation == "R."


def test_an_explanation_alone_may_state_a_label(tasks: dict[str, Task]) -> None:
    task = tasks["imhi/irf"]
    text = "The post shows risk of thwarted belongingness."
    assert stated_label(task, text, attributes={"factor": "thwarted belongingness"}) == "yes"
    assert stated_label(task, text, attributes={"factor": "perceived burdensomeness"}) is None
    assert stated_label(task, "The poster eats alone.") is None


def test_the_published_script_takes_the_first_substring_or_its_fallback() -> None:
    assert imhi_label(YES_NO, "Notice: yesterday. Reasoning: no") == "yes"
    assert imhi_label(YES_NO, "Nothing is known") == "no"
    assert imhi_label(YES_NO, "") == "no"
    with pytest.raises(ScoringError, match="t/cause"):
        imhi_label(CAUSES, "work")
