"""Who declines to answer, or offers to, has not answered; and is counted by a reason of its own."""

from __future__ import annotations

import pytest

from scoring.extraction import read
from scoring.tasks import Task

REFUSED = "a refusal or an offer, no answer"


@pytest.mark.parametrize(
    "output",
    [
        "I'm sorry, but I can't help with that.",
        "No, I cannot answer that question as it would involve a medical diagnosis.",
        "No, I'm not able to make that determination.",
        "No. As an AI, I am unable to diagnose anybody.",
        "I must decline to assess this.",
        "It would not be appropriate for me to judge this.",
        "Yes, I can help with that. Please share the post.",
        "Yes, of course! Let me read the post first.",
        "Sure, I'd be happy to help.",
    ],
)
def test_a_refusal_or_an_offer_is_a_reason_of_its_own(tasks: dict[str, Task], output: str) -> None:
    reading = read(tasks["imhi/dreaddit"], output=output)
    assert (reading.label, reading.reason) == (None, REFUSED)


@pytest.mark.parametrize(
    ("output", "label"),
    [
        ("No, I can't see any signs of stress.", "no"),
        ("No, I don't think so.", "no"),
        ("No, I would not say that the poster is stressed.", "no"),
        ("Yes. Let me explain: they cannot sleep.", "yes"),
        ("Yes, of course. They cannot sleep.", "yes"),
        ("I can't diagnose anybody. Label: yes", "yes"),
    ],
)
def test_an_answer_beside_it_counts(tasks: dict[str, Task], output: str, label: str) -> None:
    assert read(tasks["imhi/dreaddit"], output=output).label == label


def test_what_is_merely_silent_is_no_refusal(tasks: dict[str, Task]) -> None:
    assert read(tasks["imhi/dreaddit"], output="A walk by the sea.").reason != REFUSED
