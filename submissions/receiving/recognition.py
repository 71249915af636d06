"""Which benchmark an upload is for, told from its rows: the board has every gold text.

A row *fits* a benchmark where a task of it is meant, by its id or by the file's name, and the row
stands for one of its examples: by `example_id` (a harness's sample, by what may be its id), or by
its place in the test set and, where gold is public, the gold text beside the output.
An upload is recognised where nearly all of its rows fit one benchmark, and no other as well. Gold
that is not public is not held against anything: what fits would tell what it is, a guess at a time.
There the number of rows decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scoring.segments import REDACTED, Example
from scoring.tasks import Task
from submissions.problems import Problem
from submissions.receiving.formats.row import Item, Row
from submissions.wording import counted

UNSAID = "unsaid"
"""Stands for the benchmark of files that do not name one, while they are read to find it."""
NEARLY_ALL, FEW = 0.9, 0.5
REASONING = "Reasoning:"
"""Stands before the explanation in both published forms of a gold text, which state the label in
other words.
"""


@dataclass(frozen=True)
class Recognised:
    """What an upload looks like.

    Attributes:
        benchmark: For which it is.
        fitting: Rows that fit it.
        rows: All of its rows.
        elsewhere: Rows that fit the benchmark that was asked about; 0 where none was.
        by_place: Whether some of its rows are placed by their order alone, so that the benchmark
            must be said.
    """

    benchmark: str
    fitting: int
    rows: int
    elsewhere: int
    by_place: bool

    def problem(self, asked: str, file: str) -> Problem:
        """Return the one thing that is wrong with an upload that was said to be for another
        benchmark.
        """
        says = f"the file looks like {self}; {self.elsewhere:,} fit {asked}"
        hint = (
            f"say that it is for {self.benchmark} (`--benchmark {self.benchmark}`; on the site,"
            " choose it above)"
        )
        return Problem(file, None, "benchmark", asked, says, "", hint)

    def __str__(self) -> str:
        """Say it in words: `imhi-expert (105 of 105 rows fit it)`."""
        return f"{self.benchmark} ({self.fitting:,} of {counted(self.rows, 'row')} fit it)"


@dataclass
class _Set:
    """One task's gold, as little of it as tells whether a row fits."""

    task: Task
    ids: frozenset[str]
    golden: tuple[int | None, ...]
    taken: int = 0

    @classmethod
    def of(cls, task: Task, examples: Iterable[Example]) -> _Set:
        listed = tuple(examples)
        golden = (_golden(task, example) for example in listed)
        return cls(task, frozenset(entry.example_id for entry in listed), tuple(golden))

    def fits(self, row: Row) -> bool:
        """Return whether a row stands for one of the examples, as far as that can be told from it
        alone.
        """
        if row.position is None:
            return row.example_id in self.ids
        self.taken += 1
        if row.position >= len(self.golden):
            return False
        expected = self.golden[row.position]
        return expected is None or row.golden is None or _essence(row.golden) == expected


@dataclass
class Recogniser:
    """Learns the gold of one benchmark after the other, keeps a hash of each text, and then looks
    at rows.
    """

    _sets: dict[str, dict[str, _Set]] = field(default_factory=dict)

    def learn(self, task: Task, examples: Iterable[Example]) -> None:
        """Take in a task's gold."""
        name = task.id.split("/", 1)[1]
        self._sets.setdefault(task.benchmark, {})[name] = _Set.of(task, examples)

    def look(self, items: Iterable[Item], asked: str | None = None) -> Recognised | None:
        """Return what the rows of an upload look like.

        None where that is not one benchmark plainly, or the one asked about.

        Args:
            items: Its rows, read for the benchmark UNSAID.
            asked: For which the upload was said to be.
        """
        fits, rows, placed = Counter[str](), 0, False
        for row in items:
            if isinstance(row, Row):
                rows += 1
                # Rows that are placed by their order name no benchmark, and could be read for any.
                placed = placed or row.position is not None
                fits.update(name for name, sets in self._sets.items() if _fits(sets, name, row))
        for name, sets in self._sets.items():
            if any(
                candidate.taken not in (0, len(candidate.golden)) and not candidate.task.gold_public
                for candidate in sets.values()
            ):
                fits[name] = 0  # by their number alone, which is another
        # Two that fit alike are no answer: benchmarks share data sets.
        enough = [name for name, count in fits.items() if count >= NEARLY_ALL * rows]
        if len(enough) != 1 or enough[0] == asked or (asked and fits[asked] > FEW * rows):
            return None
        return Recognised(enough[0], fits[enough[0]], rows, fits[asked or ""], placed)


def _fits(sets: Mapping[str, _Set], benchmark: str, row: Row) -> bool:
    if row.clues is not None:
        return any(name in candidate.ids for candidate in sets.values() for name in row.clues.names)
    named, _, name = row.task.casefold().partition("/")
    return named in (benchmark, UNSAID) and name in sets and sets[name].fits(row)


def _golden(task: Task, example: Example) -> int | None:
    """Return a hash of what must stand beside an output.

    None where nothing is known or may be told.
    """
    if not task.gold_public or example.post == REDACTED or example.reference_full is None:
        return None
    return _essence(example.reference_full)


def _essence(golden: str) -> int:
    """Return a hash of what a gold text explains, or of all of it where it explains nothing."""
    return hash("".join((golden.partition(REASONING)[2] or golden).replace("\\", "").split()))
