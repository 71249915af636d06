"""The files of invented outputs beside this one: an output a line, with what may be read in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from scoring.tasks import Task

POST = "An invented post about nothing in particular."


class Kind(NamedTuple):
    """One line."""

    task: str
    asked_about: str | None
    kind: str
    accept: tuple[str | None, ...]
    output: str


def lines(name: str) -> list[Kind]:
    """All lines of a file."""
    text = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8")
    read_lines = [json.loads(line) for line in text.splitlines()]
    return [Kind(**{**line, "accept": tuple(line["accept"])}) for line in read_lines]


FILES = (
    "kinds_of_outputs",
    "further_outputs",
    "openings_and_lists",
    "traces_and_tools",
    "traces_and_tools_again",
    "traces_and_tools_third",
    "traps",
    "traps_again",
    "traps_third",
    "plain_statements",
    "plain_statements_again",
    "plain_statements_last",
    "siblings_first",
    "siblings_second",
    "siblings_third",
    "siblings_fourth",
    "siblings_fifth",
    "siblings_adversarial",
)


def attributes(task: Task, asked_about: str | None) -> dict[str, str]:
    """The attributes of a row whose query has the word that is asked about."""
    if asked_about is None:
        return {}
    return {
        name: next(value for value in values if asked_about in value)
        for name, values in task.attributes.items()
    }
