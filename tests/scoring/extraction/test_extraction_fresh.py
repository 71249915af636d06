"""Outputs invented and annotated before the rules were tried on them, of every kind of task.

`invented_outputs.jsonl` holds an output a line with the label that a person reads in it, null where
it states none. The texts are written for this test and are nobody's. What is read must be right,
always; nearly all must be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scoring.extraction import read
from scoring.tasks import Task


@dataclass(frozen=True)
class Invented:
    """An output with what it states."""

    task: str
    label: str | None
    output: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    post: str | None = None


LINES = (Path(__file__).parent / "invented_outputs.jsonl").read_text(encoding="utf-8").splitlines()
INVENTED = [Invented(**json.loads(line)) for line in LINES]


def _label(tasks: Mapping[str, Task], case: Invented) -> str | None:
    return read(
        tasks[case.task], output=case.output, post=case.post, attributes=case.attributes
    ).label


@pytest.mark.parametrize("task", sorted({case.task for case in INVENTED}))
def test_nothing_is_read_that_is_not_stated(tasks: dict[str, Task], task: str) -> None:
    readings = [(case, _label(tasks, case)) for case in INVENTED if case.task == task]
    assert [
        (case.output, label) for case, label in readings if label not in (None, case.label)
    ] == []


def test_nearly_all_that_is_stated_is_read(tasks: dict[str, Task]) -> None:
    stating = [case for case in INVENTED if case.label is not None]
    missed = [case.output for case in stating if _label(tasks, case) is None]
    assert len(missed) <= 0.01 * len(stating), missed


def test_both_kinds_are_many() -> None:
    silent = sum(case.label is None for case in INVENTED)
    assert silent >= 200
    assert len(INVENTED) - silent >= 300
