"""What a judge is shown of an example: the post with its question, and what the system answered with
its explanation.

The answer is the label as it was read, because a rubric may ask whether the explanation leads up to
it; thoughts, echoes and markup around both are left out, as for any other metric. Where nothing is
explained nothing is judged.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.instruments import Pair
from scoring.segments import Example, Segments
from scoring.tasks import Task
from scoring.texts import normalized

NO_ANSWER = "none that could be read"


def judged_pairs(segments: Segments) -> list[Pair | None]:
    """Return of each example (post and question, answer and explanation); None where nothing is
    explained, or the post was taken down.
    """
    return [
        None
        if reading.explanation is None or example.redacted
        else (asked(example), answered(segments.task, reading.label, reading.explanation))
        for example, reading in zip(segments.examples, segments.readings, strict=True)
    ]


def judged_texts(segments: Segments) -> Sequence[str | None]:
    """Return (n,) answer and explanation, as judges are shown them."""
    return [pair and pair[1] for pair in judged_pairs(segments)]


def asked(example: Example) -> str:
    """Return the post and what was asked of it; of an example without a query the post alone."""
    return normalized(example.query or example.post)


def answered(task: Task, label: str | None, explanation: str) -> str:
    """Return a system's answer and its explanation, as a judge is shown them."""
    answer = NO_ANSWER if label is None else task.label(label).title
    return f"Answer: {answer}\n\nExplanation: {explanation}"
