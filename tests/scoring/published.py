"""What tests of the published IMHI sets share: their rows, and what a query holds."""

from __future__ import annotations

import csv
from pathlib import Path

from scoring.tasks import Task

PUBLISHED = {
    "CAMS": "imhi/cams",
    "DR": "imhi/dr",
    "Irf": "imhi/irf",
    "MultiWD": "imhi/multiwd",
    "SAD": "imhi/sad",
    "dreaddit": "imhi/dreaddit",
}
"""File -> the task that it is of."""


def rows_of(path: Path) -> list[dict[str, str]]:
    """All rows of a published CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def post_of(query: str) -> str:
    """The post that a query quotes."""
    return query[query.index('"') + 1 : query.rindex('" Question:')]


def asked_about(task: Task, query: str) -> dict[str, str]:
    """The attributes that a query's question names."""
    question = query[query.rindex("Question:") :].lower()
    return {
        name: next(value for value in values if value in question)
        for name, values in task.attributes.items()
    }
