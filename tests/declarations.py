"""TOML of every kind for tests of what reads declarations: nonsense, and tables whose fields hold
anything at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from scoring.declarations import Fault
from scoring.errors import ReasonBoardError, TaskError
from scoring.tasks import TASKS, Task, read_tasks
from submissions.benchmarks import protocols
from submissions.benchmarks.protocols import Protocol, ProtocolError
from submissions.rating import rubrics
from submissions.rating.rubrics import Rubric, RubricError

HOSTILE = (
    "a = " + "[" * 3_000 + "]" * 3_000,
    "title" + ".x" * 3_000 + " = 1",
    "title = " + "9" * 5_000,
    "title = 0x" + "f" * 5_000,
    "title = [0x" + "f" * 5_000 + "]",
    "title = 1979-13-45",
    "title = nan",
    "\x00",
)
"""What Python's parser, or its way to write a value, gives up on, or nearly."""


def load_tasks(folder: Path) -> dict[str, Task]:
    """The tasks of a folder; a fault is an error."""
    tasks = read_tasks(folder)
    refuse(tasks.faults, TaskError)
    return tasks


def parse_task(task_id: str, text: str) -> Task:
    return TASKS.parse(task_id, text)


def load_rubrics(folder: Path = rubrics.RUBRICS) -> dict[str, Rubric]:
    """The rubrics of a folder; a fault is an error."""
    found, faults = rubrics.read_rubrics(folder)
    refuse(faults, RubricError)
    return found


def parse_rubric(rubric_id: str, text: str) -> Rubric:
    return rubrics.KIND.parse(rubric_id, text)


def load_protocols(tasks: dict[str, Task], folder: Path = protocols.FOLDER) -> dict[str, Protocol]:
    """The protocols of a folder; a fault is an error."""
    found, faults = protocols.read_protocols(tasks, folder)
    refuse(faults, ProtocolError)
    return found


def parse_protocol(protocol_id: str, text: str, tasks: dict[str, Task]) -> Protocol:
    return protocols.KIND.parse(protocol_id, text, protocols.context_of(tasks))


def refuse(faults: Iterable[Fault], error: type[ReasonBoardError]) -> None:
    """Raise an `error` with every fault; nothing where there is none."""
    if lines := list(dict.fromkeys(fault.text for fault in faults)):
        raise error("\n".join(lines))


def toml_texts(sound: str, names: Iterable[str]) -> st.SearchStrategy[str]:
    """Any text, and `sound` with any values of the fields called `names`, at the top
    and in tables.
    """
    keys = st.sampled_from(sorted(names)) | st.text(max_size=5)
    leaves = (
        st.integers() | st.booleans() | st.floats() | st.sampled_from(["", " ", "yes", "b", "no"])
    )
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )
    changed = st.dictionaries(keys, values, max_size=4).map(lambda table: _replaced(sound, table))
    return st.text() | changed


def check_read_or_refused(
    parse: Callable[[str], object], error: type[ReasonBoardError], text: str
) -> None:
    """`parse` gives a value or raises an `error` that says something, and nothing else."""
    said = "read"
    try:
        parse(text)
    except error as refused:
        said = str(refused)
    assert said


def _replaced(sound: str, table: dict[str, Any]) -> str:
    """`sound`, which has a field a line, with those of `table` in place of its own."""
    kept = [line for line in sound.splitlines() if line.split(" = ")[0] not in table]
    return "\n".join([*(f"{_text(name)} = {_toml(value)}" for name, value in table.items()), *kept])


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_text(name)} = {_toml(inner)}" for name, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value).lower()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
