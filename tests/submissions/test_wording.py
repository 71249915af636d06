"""Counts as messages say them."""

from __future__ import annotations

import pytest

from submissions.wording import counted, noun_for


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_204, "1,204 rows")]
)
def test_a_noun_goes_with_its_count(count: int, said: str) -> None:
    assert counted(count, "row") == said


def test_a_plural_that_no_s_makes_is_said() -> None:
    assert counted(1, "try", "tries") == "1 try"
    assert counted(3, "try", "tries") == "3 tries"
    assert (noun_for(1, "is", "are"), noun_for(0, "is", "are")) == ("is", "are")
