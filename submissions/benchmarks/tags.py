"""Tags of examples, for questions such as sarcasm, metaphor or implicit mention: any metric can be
broken down by them.

A file is a CSV with the columns task, example (or example_id) and tag, a row a tag; an example may
have several. Tags are compared in lower case with single spaces. A release breaks results down by
them beside the task's own attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scoring.tasks import Task, TasksById
from submissions.benchmarks.gold_table import GoldTable, Record, read_table
from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.complaints import Complaints
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.tags import Tag, add_tags, tags

LONGEST = 60


@dataclass(frozen=True)
class TagsImported:
    """What an import did.

    Attributes:
        rows: Rows of the file.
        new: Tags that were not there before.
    """

    rows: int
    new: int


def import_tags(
    folder: DataFolder, tasks: TasksById, path: Path, author: str, reason: str
) -> TagsImported:
    """Store the tags of a file; those that are there already change nothing.

    Args:
        folder: Where.
        tasks: The declared tasks.
        path: The CSV.
        author: Who tags.
        reason: Why.

    Raises:
        SubmissionRefused: With everything that is wrong with the file; nothing is stored.
        BenchmarkError: It is no such table.
    """
    table = read_table(path, ("task", "tag"))
    read_tags = _Reader(folder, tasks, path.name).read(table)
    return TagsImported(table.n_rows, add_tags(folder, read_tags, author, path.name, reason))


def count_tags(folder: DataFolder) -> dict[tuple[str, str], int]:
    """Return (task, tag) -> how many examples have it."""
    return dict(Counter((tag.task, tag.tag) for tag in tags(folder)))


class _Reader:
    """Holds rows against the gold that is imported."""

    def __init__(self, folder: DataFolder, tasks: TasksById, file: str) -> None:
        self._store = PostStore(folder.posts)
        self._tasks = tasks
        self._file = file
        self._complaints = Complaints()
        self._examples: dict[str, frozenset[str]] = {}

    def read(self, table: GoldTable) -> list[Tag]:
        """Return every row as a tag.

        Raises:
            SubmissionRefused: With everything that is wrong.
        """
        column = next((name for name in ("example", "example_id") if name in table.header), "")
        if not column:
            self._complain(
                1,
                "header",
                ", ".join(table.header),
                "no column names the example",
                "task, example, tag",
            )
        for fault in table.faults:
            self._complaints.add(replace(fault, file=self._file))
        tags_read = [self._tag(record, column) for record in table.records if column]
        # Half a file of tags would be a breakdown of whatever happened to fit.
        if self._complaints.count:
            listed = self._complaints.listed
            raise SubmissionRefused(listed, self._complaints.count - len(listed))
        return tags_read

    def _tag(self, record: Record, column: str) -> Tag:
        task_id, example = record.cells["task"].strip(), record.cells[column].strip()
        # "Sarcasm" and "sarcasm " are one question to a reader.
        tag = " ".join(record.cells["tag"].split()).lower()
        if not tag:
            self._complain(record.line, "tag", "", "is empty", "a word or a few, e.g. sarcasm")
        elif len(tag) > LONGEST or not tag.isprintable():
            allowed = f"at most {LONGEST} visible characters"
            self._complain(
                record.line, "tag", tag, "too long, or holds invisible characters", allowed
            )
        task = self._tasks.get(task_id)
        if task is None:
            hint = self._complaints.suggest(task_id, list(self._tasks))
            self._complain(
                record.line,
                "task",
                task_id,
                "not a declared task",
                "a task's id, e.g. imhi/irf",
                hint,
            )
        elif not self._store.has(task):
            hint = f"import it first: `reasonboard benchmark import {task.id} FILE`"
            self._complain(record.line, "task", task_id, "its gold data are not imported", "", hint)
        elif example not in self._ids(task):
            hint = self._complaints.suggest_id(example, self._ids(task)) if example else ""
            allowed = f"an example id, as `reasonboard benchmark template {task.id}` writes them"
            self._complain(
                record.line, column, example, f"not an example of {task.id}", allowed, hint
            )
        return Tag(task_id, example, tag)

    def _ids(self, task: Task) -> frozenset[str]:
        if task.id not in self._examples:
            self._examples[task.id] = frozenset(
                example.example_id for example in self._store.examples(task)
            )
        return self._examples[task.id]

    def _complain(
        self, line: int, field: str, value: str, problem: str, allowed: str, hint: str = ""
    ) -> None:
        self._complaints.add(Problem(self._file, line, field, value, problem, allowed, hint))


def examples_by_tag(every: Sequence[Tag], task: Task) -> dict[str, frozenset[str]]:
    """Tag -> ids of a task's examples that have it, tags in alphabetical order."""
    of_task = [tag for tag in every if tag.task == task.id]
    names = sorted({tag.tag for tag in of_task})
    return {name: frozenset(tag.example_id for tag in of_task if tag.tag == name) for name in names}
