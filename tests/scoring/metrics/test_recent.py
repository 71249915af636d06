"""What metrics of explanations keep between them: results, and no text."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from scoring.instruments import Instruments
from scoring.metrics import metric
from scoring.metrics.explanation_metric import ExplanationPair
from scoring.metrics.recent import Pairs, keep_recent
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Task

TAKEN_DOWN = "a post that nobody may find again, in no process either"


@pytest.mark.parametrize("name", ["own_words", "grounded_chrf", "chrf", "rougel"])
def test_no_text_is_left_when_its_run_is_gone(tasks: dict[str, Task], name: str) -> None:
    task = tasks["demo/stress"]
    label = task.label_names[0]
    post = f"{TAKEN_DOWN}, {name}"
    run = Segments(
        task,
        (Example("e", "p", "query", post, label, f"About {post}."),),
        ("output",),
        (Reading(label, "template", None, f"Says {post}."),),
    )
    metric(name).measure(run, Instruments())
    del run, post
    gc.collect()
    left = [
        each
        for each in gc.get_objects()
        if type(each) is ExplanationPair and any(TAKEN_DOWN in text for text in each)
    ]
    assert left == []


def test_the_last_results_are_kept_and_no_other_pairs_are_taken_for_them() -> None:
    asked = []

    @keep_recent
    def lengths(pairs: Pairs) -> np.ndarray:
        asked.append(pairs)
        return np.array([np.nan if pair is None else len(pair.explanation) for pair in pairs])

    first = (ExplanationPair("ab", "c"), None)
    assert lengths(first) is lengths(list(first))
    assert len(asked) == 1
    with pytest.raises(ValueError, match="read-only"):
        lengths(first)[0] = 7
    # The same letters, otherwise apart; and a lone half of a surrogate pair.
    for other in (
        (ExplanationPair("a", "bc"), None),
        (None, first[0]),
        (ExplanationPair("\ud800", ""),),
    ):
        lengths(other)
    assert len(asked) == 4
    for place in range(8):
        lengths((ExplanationPair("x" * place, ""),))
    lengths(first)
    assert len(asked) == 13
