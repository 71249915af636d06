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
    asked: str = ""
    """Another example, whose query stands beside the id; "" where none does."""


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
        self._bare_queries: dict[str, Mapping[str, str]] = {}

    def find(self, row: Row) -> Found | None:
        """Return the example that `row` answers; None where nothing tells it."""
        match = self._by_id(row)
        match = self._by_query(row, self._gold) if match is None else self._held_against(row, match)
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
            named = _told_apart(tasks, row)
            match = self._by_query(row, named)
            tasks = [match.task] if match is not None else named
        elif tasks[0] not in (_named_in_full(self._gold, row.clues.task) or tasks):
            return None  # it says itself that it is of another task
        if len(tasks) > 1 and self._latest.get(row.file) in tasks:
            tasks = [self._latest[row.file]]
        return Found(tasks[0], name, "id") if len(tasks) == 1 else None

    def _held_against(self, row: Row, match: Found) -> Found:
        """Return what an id tells, with the example that the query beside it is of, if another.

        Scripts number rows themselves, and such a number may be the id of an example that was not
        asked about.
        """
        assert row.clues is not None  # noqa: S101 (that is what is looked at)
        own = self._queries(match.task)[match.example_id]
        if any(own in _bare(text) for text in row.clues.texts):
            return match
        other = self._by_query(row, [match.task])
        return match if other is None else match._replace(asked=other.example_id)

    def _queries(self, task: str) -> Mapping[str, str]:
        """Return example id -> query, without spaces and case."""
        if task not in self._bare_queries:
            examples = self._gold[task]
            self._bare_queries[task] = {e.example_id: _bare(e.query) for e in examples}
        return self._bare_queries[task]

    def _by_query(self, row: Row, tasks: Iterable[str]) -> Found | None:
        """Return the example whose query ends last in the prompt.

        What stands before it are demonstrations.
        """
        assert row.clues is not None  # noqa: S101 (that is what is looked at)
        # Of several texts the first that holds a query: a field of the row is surer than a prompt,
        # whose end may be cut off, so that a demonstration stands last in it.
        held = ([hit for hit in self._held(text) if hit[1] in tasks] for text in row.clues.texts)
        occurrences = next(filter(None, held), [])
        # Demonstrations of a few-shot prompt are examples too, and stand before the question.
        last = max((end for end, _, _ in occurrences), default=0)
        hits = {(task, index) for end, task, index in occurrences if end == last}
        if len({task for task, _ in hits}) > 1:
            named = _told_apart([task for task, _ in hits], row)
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


def _told_apart(tasks: list[str], row: Row) -> list[str]:
    """Return those of `tasks` that a sample says it is of or, where it does not, its file's name."""
    own = row.clues.task if row.clues is not None else ""
    named = _named(tasks, own)
    return named if len(named) < len(tasks) else _named(tasks, row.file)


def _named_in_full(tasks: Iterable[str], called: str) -> list[str]:
    """Return those of `tasks` whose whole id stands in what a sample's task is called."""
    plain = f"-{_plain(called)}-"
    return [task for task in tasks if f"-{_plain(task)}-" in plain]


def _named(tasks: list[str], called: str) -> list[str]:
    """Return those of `tasks` whose name stands in what the sample's task or file is called, the
    longest; else all.
    """
    plain = f"-{_plain(called)}-"
    named = _named_in_full(tasks, called) or [
        task for task in tasks if f"-{_plain(task.split('/', 1)[1])}-" in plain
    ]
    longest = max(map(len, named), default=0)
    return [task for task in named if len(task) == longest] or tasks


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _bare(text: str) -> str:
    return _SPACE.sub("", text).casefold()
