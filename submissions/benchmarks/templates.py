"""The file that a team fills in: a row an example, with its query beside it.

A query is a post, somebody else's text, and a CSV is opened in spreadsheets: a query that would be a formula gets
an apostrophe in front, as in every export. The column is not read on the way back in.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from scoring.segments import Example
from scoring.tasks import Task
from submissions.exports import neutralise

COLUMNS = ("task", "example_id", "query", "output")


def write_template(task: Task, examples: Iterable[Example], target: Path | TextIO) -> None:
    """Write the CSV to fill in, UTF-8.

    Args:
        task: The task.
        examples: Its gold, in its order; only ids and queries are written.
        target: A file to make, or an open text stream (opened with `newline=""`).
    """
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as stream:
            write_template(task, examples, stream)
        return
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        [task.id, example.example_id, neutralise(example.query), ""] for example in examples
    )
