"""The files that a team fills in: of outputs, a row an example with its query beside it; and `submission.toml`.

A query is a post, somebody else's text, and a CSV is opened in spreadsheets: a query that would be a formula gets
an apostrophe in front, as in every export. The column is not read on the way back in.
"""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from scoring.segments import Example
from scoring.sources import OTHER, Sources
from scoring.tasks import Task
from submissions.exports import neutralise
from submissions.meta import METHODS

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


def declaration_template(sources: Sources) -> str:
    """The `submission.toml` to fill in, with the names that `trained_on` may hold.

    Args:
        sources: What the tasks tell about source data sets.
    """
    return f"""\
# What is declared of a system. What is not known is left out, and then counts as unknown.
system = ""
version = "1"
# One of: {", ".join(METHODS)}
method = ""
base_model = "unknown"
parameters = "unknown"
description = ""
prompt_strategy = "unknown"
licence = "unknown"
links = []
# May the results be published?
consent = false

# The data sets that the system was trained on: [] for none of them; without the line it is undeclared.
# Seen and unseen data are told apart by it. Data sets:
{_commented(sources.datasets)}
# A benchmark's name means all of its data sets:
{_commented([f"{name} ({', '.join(of)})" for name, of in sources.benchmarks.items()])}
# Other names and spellings are understood:
{_commented([alias for alias, _ in sources.aliases])}
# A data set that is none of these is written "{OTHER}NAME".
# trained_on = []
"""


def _commented(names: Iterable[str]) -> str:
    text = "; ".join(names)
    return textwrap.fill(
        text,
        100,
        initial_indent="#     ",
        subsequent_indent="#     ",
        break_on_hyphens=False,
        break_long_words=False,
    )
