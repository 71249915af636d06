"""Where an explanation begins."""

from __future__ import annotations

import pytest

from scoring.extraction import explanation, read
from scoring.tasks import Task


def test_a_sentence_of_no_length_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch, tasks: dict[str, Task]
) -> None:
    """As a pattern that matches the empty text would have it."""
    asked = 0

    def anything(*_: object) -> bool:
        nonlocal asked
        asked += 1
        assert asked < 100, "it does not end"
        return True

    monkeypatch.setattr(explanation, "may_begin_with_a_label_sentence", anything)
    monkeypatch.setattr(explanation, "says_only_a_label", lambda *_: True)
    assert read(tasks["demo/stress"], output="Yes. They weep. They weep.").explanation is None
