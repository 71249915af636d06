from __future__ import annotations

import numpy as np
import pytest

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Task

AGREES = (1.0, 1.0)
DISAGREES = (0.0, 1.0)
ABSENT = (0.0, 0.0)


@pytest.mark.parametrize(
    ("label", "explanation", "row"),
    [
        ("yes", "Yes, this person shows stress: the deadlines keep them awake.", AGREES),
        ("no", "Yes, this person shows stress: the deadlines keep them awake.", DISAGREES),
        ("yes", "The deadlines keep the poster awake at night.", ABSENT),
        (None, "Yes, this person shows stress: the deadlines keep them awake.", ABSENT),
        ("yes", None, ABSENT),
        ("yes", " ", ABSENT),
    ],
)
def test_only_explanations_that_state_an_answer_count(
    tasks: dict[str, Task], label: str | None, explanation: str | None, row: tuple[float, float]
) -> None:
    example = Example("1", "1", "q", "So many deadlines.", "yes", "r")
    reading = Reading(label, label and "given", None if label else "none", explanation)
    segments = Segments(tasks["demo/stress"], (example,), (None,), (reading,))
    items = metric("label_explanation_agreement").measure(segments, Instruments())
    np.testing.assert_array_equal(items, [row])
