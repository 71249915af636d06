"""What outputs state where an answer may have several labels."""

from __future__ import annotations

import pytest

from scoring.extraction import read
from scoring.tasks import Task

FEELINGS = "demo/feelings"
EVERY = "sadness; anger; worry; hope"

READ = [
    # output, answer, explanation
    ("Sadness, worry. Reasoning: They cry.", "sadness; worry", "They cry."),
    ("This post shows worry. This post shows anger. Reasoning: R.", "anger; worry", "R."),
    ("Labels: anger; sadness\nThe poster says so.", "sadness; anger", "The poster says so."),
    ("Feelings:\n- sadness\n- anger\n\nThey shout.", "sadness; anger", "They shout."),
    ('{"labels": ["sadness", "worry"], "reasoning": "They weep."}', "sadness; worry", "They weep."),
    ('{"sadness": true, "anger": false, "worry": true, "hope": false}', "sadness; worry", None),
    ('{"sadness": false, "anger": false, "worry": false, "hope": false}', "none", None),
    ("None. Reasoning: A question about a bus.", "none", "A question about a bus."),
    ("The feelings are sadness and hope. They weep.", "sadness; hope", "They weep."),
    (r"So \boxed{grief, hope}", "sadness; hope", None),
    ("<think>anger?</think>Answer: hopeful", "hope", None),
    ("This post shows sadness. Reasoning: R.", "sadness", "R."),
    ("sad and angry", "sadness; anger", None),
    *((text, "none", None) for text in ("none", "None\n", "NONE", '"none"', "**None**", "- none")),
    ("- sadness\n- hope", "sadness; hope", None),
    ("1. sadness\n2. hope", "sadness; hope", None),
    ("1. sadness\n2. hope\nThey weep.", "sadness; hope", "They weep."),
    ("sadness\n\nhope\n\nThey weep.", "sadness; hope", "They weep."),
    ("The labels are:\n- sadness\n- hope\nThey weep.", "sadness; hope", "They weep."),
    ("- Sadness\n- Anger\nExplanation: They weep.", "sadness; anger", "They weep."),
    ("Sadness\nAnger:\nthey shout", "sadness", "they shout"),
    ("- sadness\n- anger\n- worry\n- hope", EVERY, None),
    ("Labels: sadness, anger, worry, hope", EVERY, None),
    ("Labels: hope, worry, anger, sadness. Reasoning: They weep.", EVERY, "They weep."),
    ("Labels: sadness, anger, worry, hope\nThey weep.", EVERY, "They weep."),
    # Beside an answer they are the choices.
    ("Labels: sadness, anger, worry, hope\nAnswer: anger", "anger", None),
    ("Labels: sadness, anger, worry, hope. This post shows anger.", "anger", None),
    ('{"labels": [], "reasoning": "They ask."}', "none", "They ask."),
    ("Labels: []", "none", None),
    ("[]", "none", None),
    ('["none"]', "none", None),
    ('["sadness", "hope"]', "sadness; hope", None),
]
UNREAD = [
    ("Answer: sadness. Answer: anger", "contradictory statements"),
    ("The poster went home.", "no statement of an answer"),
    ("", "the output is empty"),
    # All of them are the choices, as the prompt has them.
    ("Labels: sadness, anger, worry, hope. Which is it?", "no statement of an answer"),
    ("Which? Labels: sadness, anger, worry, hope", "no statement of an answer"),
    ("- sadness\n- none", "contradictory statements"),
    ("null", "the output is empty"),
    ("Sadness, boredom. Reasoning: R.", "no statement of an answer"),
]


@pytest.mark.parametrize(("output", "answer", "explanation"), READ)
def test_what_is_stated(
    output: str, answer: str, explanation: str | None, tasks: dict[str, Task]
) -> None:
    reading = read(tasks[FEELINGS], output=output)
    assert (reading.label, reading.reason) == (answer, None)
    if explanation is not None:
        assert reading.explanation == explanation


@pytest.mark.parametrize(("output", "reason"), UNREAD)
def test_what_is_not(output: str, reason: str, tasks: dict[str, Task]) -> None:
    reading = read(tasks[FEELINGS], output=output)
    assert (reading.label, reading.reason) == (None, reason)


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("worry; sadness", "sadness; worry"),
        ("sad, Hope", "sadness; hope"),
        ('["anger", "hope"]', "anger; hope"),
        ("none", "none"),
        ("[]", "none"),
        ('["none"]', "none"),
        ('["None", "hope"]', None),
        ("[null]", None),
        pytest.param("[" * 60_000, None, id="nested too deep"),
        ("unparsed", None),
        ("sadness; boredom", None),
    ],
)
def test_a_label_column(label: str, answer: str | None, tasks: dict[str, Task]) -> None:
    assert read(tasks[FEELINGS], label=label).label == answer
