"""JSON objects of one file -> items: rows by the contract or, where the first object is a
harness's, by its adapter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from submissions.problems import Problem, shorten
from submissions.receiving.formats.adapters import RESULTS, SAMPLES, Harness, SampleReader
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import (
    GENERATED,
    REQUIRED,
    UploadTable,
    column,
    ignored,
    table,
)
from submissions.receiving.formats.harness import Unusable, items_of
from submissions.receiving.formats.row import REPETITIONS, Item, Note, describe, refused

ALLOWED = (
    'objects such as {"task": "imhi/dr", "example_id": "dr-0001", "output": "..."}, '
    "each on a line of its own, or all in one array"
)


class Doubled(dict[str, object]):
    """An object in which a key stands twice.

    Attributes:
        names: Those that do.
    """

    names = ""


def whole(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of its pairs: the json module's `object_pairs_hook`."""
    members = dict(pairs)
    return members if len(members) == len(pairs) else _doubled([name for name, _ in pairs])


def _doubled(names: list[str]) -> Doubled:
    doubled = Doubled()
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 100 else []
    doubled.names = shorten(", ".join(twice))
    return doubled


class Records:
    """Takes the objects of one file in their order.

    Attributes:
        file: For messages.
        passed_over: Whether it holds no outputs, but is known to stand beside such as do.
    """

    def __init__(self, file: str, benchmark: str | None, budget: Budget) -> None:
        self.file = file
        self._benchmark, self._budget = benchmark, budget
        self._table: UploadTable | None = None
        self._samples: SampleReader | None = None
        self._harness: Harness | None = None
        self._seen: set[str] = set()
        self._position = 0
        self.passed_over = False

    def items(self, value: object, line: int) -> list[Item]:
        """Return what one value becomes.

        Raises:
            SubmissionRefused: It is the first, and the file has no shape that is read.
        """
        record = self._record(value, line)
        if isinstance(record, Problem):
            return [record]
        if self._table is None:
            results = next((kind for kind in RESULTS if kind.recognises(record)), None)
            if results is not None:
                again, self.passed_over = self.passed_over, True
                if again:
                    return []
                return [Note(self.file, f"not read: {results.said(record)}")]
            self._table = self._open(record)
        if self._harness is not None:
            return list(self._of_harness(record, line, self._harness, self._table))
        self._position += 1
        return [
            *self._unread(record, self._table),
            *self._table.rows(line, self._position - 1, record),
        ]

    @property
    def holds_rows(self) -> bool:
        """Whether something in it is read, and not all of it passed over."""
        return self._table is not None or not self.passed_over

    def notes(self) -> Iterator[Note]:
        """Yield what is to be said of the file, when all of it was taken."""
        if self._samples is not None:
            yield from (Note(self.file, text) for text in self._samples.notes())

    def _open(self, record: Mapping[str, object]) -> UploadTable:
        limits = self._budget.limits
        self._harness = next((harness for harness in SAMPLES if harness.recognises(record)), None)
        if self._harness is None:
            _check_orientation(record, self.file)
            return table(list(record), self.file, self._benchmark, limits, headed=False)
        self._samples = self._harness.open()
        return UploadTable(self.file, self._benchmark, limits, generated=False)

    def _unread(self, record: Mapping[str, object], made: UploadTable) -> list[Item]:
        new = record.keys() - self._seen
        if not new or len(self._seen) >= self._budget.limits.columns:
            return []
        notes = ignored(sorted(new), made, self._seen)
        self._seen |= new
        return notes

    def _of_harness(
        self, record: Mapping[str, object], line: int, harness: Harness, made: UploadTable
    ) -> Iterator[Item]:
        if self._samples is None or not harness.recognises(record):
            problem = f"not a sample of {harness.name}, as the first one is"
            yield describe(self.file, problem, line=line)
            return
        try:
            for place, sample in enumerate(self._samples.read(record)):
                self._count(place)
                yield from items_of(sample, made, line)
        except Unusable as fault:
            yield describe(self.file, str(fault), line=line, field=fault.key, allowed=fault.allowed)

    def _count(self, place: int) -> None:
        """Count one of a record's texts; the record itself is counted already.

        Raises:
            Unusable: There are more of them than repetitions are taken.
        """
        if place == REPETITIONS:
            allowed = f"at most {REPETITIONS} texts an example"
            raise Unusable("holds more texts than repetitions are taken", allowed=allowed)
        if place:
            self._budget.row(self.file)

    def _record(self, value: object, line: int) -> Mapping[str, object] | Problem:
        if not isinstance(value, dict):
            kind = "a list" if isinstance(value, list) else "a single value"
            shown = str(value)[:100]
            return describe(
                self.file, f"{kind}, not an object", line=line, value=shown, allowed=ALLOWED
            )
        cells = {column(name): cell for name, cell in value.items()}
        if not isinstance(value, Doubled) and len(cells) != len(value):
            value = _doubled([column(name) for name in value])
        if isinstance(value, Doubled):
            problem = f"a key stands there twice: {value.names}"
            return describe(self.file, problem, line=line, allowed=ALLOWED)
        return cells


def _check_orientation(record: Mapping[str, object], file: str) -> None:
    nested = [name for name, value in record.items() if isinstance(value, dict | list)]
    if {*REQUIRED} <= {*nested} or {*GENERATED} <= {*nested}:
        hint = 'in pandas, `to_json(PATH, orient="records", lines=True)`'
        raise refused(
            file, "an object of columns, not one of a row", line=1, allowed=ALLOWED, hint=hint
        )
    if len(record) == 1 and nested and isinstance(record[nested[0]], list):
        hint = "write the list alone, or an object a line"
        problem = "a list of rows within an object"
        raise refused(file, problem, line=1, field=nested[0], allowed=ALLOWED, hint=hint)
