from __future__ import annotations

from collections.abc import Callable

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.score import score
from scoring.segments import Segments


def test_words_are_runs_of_anything_but_white_space(explained: Callable[..., Segments]) -> None:
    segments = explained(["It's  3.5 km\naway.", "one", None, " "], ["r", None, "r", "r"])
    scored = score(metric("words"), [segments], Instruments())
    assert (scored.value, scored.n, scored.n_absent) == (2.5, 2, 2)
    assert metric("words").higher_is_better is None
