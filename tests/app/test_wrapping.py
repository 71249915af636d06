"""Sentences in grids can be read."""

from __future__ import annotations

import pytest

from app.site.tables.wrapping import WIDEST, column_width, row_height


def test_a_column_is_as_wide_as_its_longest_text_up_to_a_limit() -> None:
    assert column_width("Gold", []) == column_width("Gold", ["no"]) == 24 + 26
    assert column_width("Gold", ["Social relation", "no"]) == 24 + 98
    assert column_width("Why", ["a reason " * 50]) == WIDEST


@pytest.mark.parametrize(
    ("letters", "height"), [(0, None), (39, None), (40, 68), (82, 68), (83, 92), (1000, 116)]
)
def test_a_row_is_high_enough_for_its_longest_text_up_to_a_limit(
    letters: int, height: int | None
) -> None:
    assert row_height(["brief", "x" * letters], 280) == height


def test_no_row_needs_no_height() -> None:
    assert row_height([]) is None
