"""When two systems are nearly alike."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.site.tables.side_by_side import nearly_alike
from scoring.segments import Reading
from submissions.releasing.itemwise import Answers


def answers(texts: Sequence[str]) -> Answers:
    """Answers of one label with these explanations."""
    return Answers(tuple(Reading("yes", "rule", None, text) for text in texts), tuple(texts), 1)


SAME = answers(["a"] * 40)
A_TRIFLE = answers(["a"] * 38 + ["b"] * 2)
MORE = answers(["a"] * 37 + ["b"] * 3)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ([SAME, SAME, SAME], True),
        ([A_TRIFLE, A_TRIFLE, A_TRIFLE], True),
        ([MORE, MORE, A_TRIFLE], False),
        ([MORE, SAME, SAME], True),  # a part that they share answers most tasks
        ([MORE, SAME, None], True),  # on half of what both have answered
        ([MORE, None, None], False),
        ([None, None, None], False),  # nothing to tell by
    ],
)
def test_systems_that_differ_by_a_trifle_on_half_of_the_tasks_are_nearly_alike(
    other: list[Answers | None], alike: bool
) -> None:
    assert nearly_alike([SAME] * 3, other) is alike
    assert nearly_alike(other, [SAME] * 3) is alike


def test_another_label_is_another_answer() -> None:
    labels = Answers(tuple(Reading("no", "rule", None, "a") for _ in range(40)), ("a",) * 40, 1)
    assert not nearly_alike([SAME], [labels])
