"""The files that a team fills in: of outputs, a row an example with its query beside it; and
`submission.toml`.

A query is a post, somebody else's text, and a CSV is opened in spreadsheets: a query that would be
a formula gets an apostrophe in front, as in every export. The column is not read on the way back
in.
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
from submissions.csv_export import LINE_END, LineFeeds, neutralise
from submissions.declarations.meta import METHODS

COLUMNS = ("task", "example_id", "query", "output")


def write_template(
    task: Task, examples: Iterable[Example], target: Path | TextIO, *, posts: bool = True
) -> None:
    """Write the CSV to fill in, UTF-8.

    Args:
        task: The task.
        examples: Its gold, in its order; only ids and queries are written.
        target: A file to make, or an open text stream (opened with `newline=""`).
        posts: Whether queries are written whole; else the task's question alone, without a word of
            the post.
    """
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as stream:
            write_template(task, examples, stream, posts=posts)
        return
    writer = csv.writer(LineFeeds(target), lineterminator=LINE_END)
    writer.writerow(COLUMNS)
    for example in examples:
        # A query holds the post.
        query = example.query if posts else question_of(task, example)
        writer.writerow([task.id, example.example_id, neutralise(query), ""])


def question_of(task: Task, example: Example) -> str:
    """Return what a task asks of an example, without the post: the question, and what of its
    attributes that lacks.
    """
    question = task.question
    for name, value in example.attributes.items():
        question = question.replace(f"{{{name}}}", value)
    more = [
        f"{name}: {value}" for name, value in example.attributes.items() if value not in question
    ]
    return "; ".join([question, *more])


def declaration_template(sources: Sources, strategies: Iterable[str]) -> str:
    """Return the `submission.toml` to fill in, with the names that `trained_on` may hold.

    Args:
        sources: What the tasks tell about source data sets.
        strategies: The ids of the board's.
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
# How the model was asked or made, by which boards group. One of:
{_commented(strategies)}
strategy = "unknown"
# How it was asked, in your own words.
prompt_strategy = "unknown"
licence = "unknown"
links = []
# May the results be published?
consent = false

# The data sets that the system was trained on: [] for none of them; without the line it is
# undeclared. Seen and unseen data are told apart by it. Data sets:
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
