"""Outputs of many kinds, as models and tools write them, with what may be read in each.

`kinds_of_outputs.jsonl` and `further_outputs.jsonl` are invented: an output a line, its task, what
it is asked about where a task asks several questions, and `accept`, the labels that may be read
(null is "unparsed"). The second file was written before the rules were first tried on it, and so
were `openings_and_lists.jsonl` (the task's own word at the front, and lists of labels with and
without an answer after them), `traces_and_tools` and its like (traces, tools' calls, objects and
hedges of today's models), `traps`, which look as if they stated an answer, and `plain_statements`
and its like (sentences that answer in everyday English, and sentences that only sound so), and
`siblings` (what may stand beside each line of `kinds_of_outputs`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scoring.extraction import read
from scoring.tasks import Task
from tests.scoring.extraction.kinds import FILES, POST, Kind, attributes, lines

KINDS = [kind for name in FILES for kind in lines(name)]
UNREAD = "unread: "
"""How a kind begins that states an answer and is not read: to be renamed when it is."""


def label(tasks: Mapping[str, Task], kind: Kind) -> str | None:
    """What is read."""
    task = tasks[kind.task]
    asked = attributes(task, kind.asked_about)
    return read(task, output=kind.output, post=POST, attributes=asked).label


@pytest.mark.parametrize("kind", KINDS, ids=[f"{k.task}: {k.kind}" for k in KINDS])
def test_what_may_be_read_is_read(tasks: dict[str, Task], kind: Kind) -> None:
    accept = (None,) if kind.kind.startswith(UNREAD) else kind.accept
    assert label(tasks, kind) in accept


QUESTION = "Does the poster suffer from stress?"
WEIGHED = "At first sight the poster does not suffer from stress. But the second half is tense."
WHOLE_FILES: dict[str, tuple[str, str | None, str | None]] = {
    "gpt-oss": (
        f"<|channel|>analysis<|message|>{WEIGHED}<|end|><|start|>assistant<|channel|>final<|message|>Yes<|return|>",
        "yes",
        None,
    ),
    "a thought": (f"<thought>{WEIGHED}</thought>Yes", "yes", None),
    "a thought cut off": (f"<think>\n{WEIGHED}", None, None),
    "JSON after a sentence": (
        'Here is the JSON:\n```json\n{"label": "yes", "explanation": "No sleep."}```',
        "yes",
        "No sleep.",
    ),
    "JSON by the concept": ('{"stress": "yes", "explanation": "No sleep."}', "yes", "No sleep."),
    "italics": ("*Yes*. No sleep.", "yes", "No sleep."),
    "another risk": (
        "The poster is under stress.\n\nSelf-harm risk: No",
        "yes",
        "The poster is under stress.\n\nSelf-harm risk: No",
    ),
}
"""What whole files hold, the same in every row: label and explanation."""


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_whole_files_of_one_kind(tasks: dict[str, Task], name: str) -> None:
    output, stated, explanation = WHOLE_FILES[name]
    reading = read(tasks["demo/stress"], output=output, post=POST)
    assert (reading.label, reading.explanation) == (stated, explanation)
