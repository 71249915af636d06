"""Which example a harness's sample answers: told by an id, or by the query that its prompt holds.

A harness numbers its samples by itself, and knows nothing of our tasks' names; but what it was
given stands in the sample: the row of the data set, and the prompt. An id decides. Where several
tasks have it, what the file and the harness call the task does, then the query, then the task of
the samples before it in the same file. Where nothing decides, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from scoring.segments import Example
from submissions.receiving.formats.row import Row

ANCHOR = 40
"""Characters of a query's beginning by which it is looked for within a prompt."""
# The query stands last in a prompt, after the examples of a few-shot prompt.
LONGEST_PROMPT = 1 << 16
_SPACE = re.compile(r"\s+")


class Found(NamedTuple):
    """An example, and by what it was told."""

    task: str
    example_id: str
    by: str


class Finder:
    """Finds examples among the tasks that a submission may be for."""

    def __init__(self, gold: Mapping[str, tuple[Example, ...]]) -> None:
        self._gold = gold
        self._ids: dict[str, list[str]] = {}
        for task, examples in gold.items():
            for example in examples:
                self._ids.setdefault(example.example_id, []).append(task)
        self._anchors: dict[str, list[tuple[str, int]]] | None = None
        self._sizes: tuple[int, ...] = ()
        self._latest: dict[str, str] = {}

    def find(self, row: Row) -> Found | None:
        """Return the example that `row` answers; None where nothing tells it."""
        match = self._by_id(row) or self._by_query(row, self._gold)
        if match is not None:
            self._latest[row.file] = match.task
        return match

    def _by_id(self, row: Row) -> Found | None:
        assert row.clues is not None  # noqa: S101 (that is what is looked at)
        name = next((name for name in row.clues.names if name in self._ids), None)
        if name is None:
            return None
        tasks = self._ids[name]
        if len(tasks) > 1:
            named = _named(tasks, f"{row.clues.task} {row.file}")
            match = self._by_query(row, named)
            tasks = [match.task] if match is not None else named
        if len(tasks) > 1 and self._latest.get(row.file) in tasks:
            tasks = [self._latest[row.file]]
        return Found(tasks[0], name, "id") if len(tasks) == 1 else None

    def _by_query(self, row: Row, tasks: Iterable[str]) -> Found | None:
        """Return the example whose query ends last in the prompt.

        What stands before it are demonstrations.
        """
        assert row.clues is not None  # noqa: S101 (that is what is looked at)
        occurrences = [
            hit for text in row.clues.texts for hit in self._held(text) if hit[1] in tasks
        ]
        # Demonstrations of a few-shot prompt are examples too, and stand before the question.
        last = max((end for end, _, _ in occurrences), default=0)
        hits = {(task, index) for end, task, index in occurrences if end == last}
        if len({task for task, _ in hits}) > 1:
            named = _named([task for task, _ in hits], f"{row.clues.task} {row.file}")
            hits = {hit for hit in hits if hit[0] in named}
        if len(hits) != 1:
            return None
        ((task, index),) = hits
        return Found(task, self._gold[task][index].example_id, "query")

    def _held(self, text: str) -> Iterator[tuple[int, str, int]]:
        """Yield (characters from the beginning, task, index) of every query that `text` holds, the
        longest at a place.
        """
        anchors, bare = self._anchored(), _bare(text[-LONGEST_PROMPT:])
        for size in self._sizes:
            for start in range(len(bare) - size + 1):
                for task, index in anchors.get(bare[start : start + size], ()):
                    query = _bare(self._gold[task][index].query)
                    if bare.startswith(query, start):
                        yield start + len(query), task, index

    def _anchored(self) -> dict[str, list[tuple[str, int]]]:
        if self._anchors is None:
            self._anchors = {}
            for task, examples in self._gold.items():
                for index, example in enumerate(examples):
                    # A note in place of a query is in no prompt, and would be the same for all that
                    # were redacted.
                    query = "" if example.redacted else _bare(example.query)
                    if query:
                        self._anchors.setdefault(query[:ANCHOR], []).append((task, index))
            self._sizes = tuple(sorted({len(anchor) for anchor in self._anchors}))
        return self._anchors


def _named(tasks: list[str], called: str) -> list[str]:
    """Return those of `tasks` whose name stands in what the sample's task or file is called, the
    longest; else all.
    """
    plain = f"-{_plain(called)}-"
    named = [task for task in tasks if f"-{_plain(task)}-" in plain] or [
        task for task in tasks if f"-{_plain(task.split('/', 1)[1])}-" in plain
    ]
    longest = max(map(len, named), default=0)
    return [task for task in named if len(task) == longest] or tasks


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _bare(text: str) -> str:
    return _SPACE.sub("", text).casefold()
