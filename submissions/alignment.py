"""One task's rows held against its gold, example by example.

* A label may be sent as its name or as one of the task's gold wordings, in any case; anything else is refused.
* Goldens are compared without white space and backslashes, since the benchmark's script doubles the latter;
  where they prove that it did, the doubling is undone in the outputs too.
* Nearest matches among thousands of ids cost time, so only the first few unknown ids get one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scoring.extraction import read
from scoring.segments import REDACTED, Example, Reading
from scoring.tasks import Task, normalise_gold
from submissions.formats.row import Row
from submissions.outputs import Run
from submissions.problems import Problem, nearest, shorten

LISTED = 1_000
SUGGESTIONS = 10
LAST_REPETITION = 2**31 - 1
REPETITIONS = 100
SHIFTS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)


@dataclass
class Complaints:
    """Problems as they are found, of which only so many are kept.

    Attributes:
        listed: At most LISTED.
        count: All of them.
    """

    listed: list[Problem] = field(default_factory=list)
    count: int = 0
    _suggestions: int = SUGGESTIONS

    def add(self, problem: Problem) -> None:
        """Keep the problem, or only count it."""
        if not self.full:
            self.listed.append(problem)
        self.count += 1

    @property
    def full(self) -> bool:
        """Whether further problems are only counted: then nobody need word them."""
        return self.count >= LISTED

    def suggest(self, value: str, candidates: Sequence[str]) -> str:
        """The nearest of a few candidates, as long as problems are still listed."""
        return "" if self.full else nearest(value, candidates)

    def suggest_id(self, value: str, candidates: Collection[str]) -> str:
        """The nearest of many ids: the same but for case and leading zeros, else the most similar."""
        self._suggestions -= 1
        if self._suggestions < 0:
            return ""
        plain = {_plain_id(candidate): candidate for candidate in candidates}
        same = plain.get(_plain_id(value))
        return f"did you mean {same!r}?" if same else nearest(value, list(candidates), cutoff=0.8)


class Tray:
    """One task's rows, in any order, by repetition and example.

    Attributes:
        task: The task.
        examples: Its gold, in its order.
    """

    def __init__(self, task: Task, examples: tuple[Example, ...], complaints: Complaints) -> None:
        self.task, self.examples = task, examples
        self._complaints = complaints
        self._place = {example.example_id: index for index, example in enumerate(examples)}
        self._seen: dict[int, dict[int, Row]] = {}
        self._bad: set[tuple[int, int]] = set()
        self._differing: dict[str, list[Row]] = {}
        self._doubled: set[str] = set()

    def take(self, row: Row) -> None:
        """Place one row, or say why it cannot be."""
        index, repetition = self._index(row), self._repetition(row)
        if index is None or repetition is None:
            return
        rows = self._seen.setdefault(repetition, {})
        if index in rows:
            first = f"{shorten(rows[index].file)}, line {rows[index].line}"
            where = f" in repetition {repetition}" if row.repetition else ""
            self._complain(row, "example_id", self._name(index), f"stands there twice{where}, first in {first}")
            return
        label = self._label(row)
        rows[index] = row if label == row.label else replace(row, label=label)
        if (row.label is not None and label is None) or not self._answered(row):
            self._bad.add((repetition, index))
        if row.golden is not None:
            self._compare(row, self.examples[index])

    def runs(self) -> list[Run]:
        """What was placed, in the task's order; says what is missing. To be called once, at the end."""
        self._report_differing()
        return [self._run(repetition, rows) for repetition, rows in sorted(self._seen.items())]

    def _index(self, row: Row) -> int | None:
        if row.position is not None:
            if row.position < len(self.examples):
                return row.position
            allowed = f"{len(self.examples)} rows, in the test set's order"
            self._complain(row, "", "", "a row more than the test set has", allowed)
            return None
        index = self._place.get(row.example_id or "")
        if index is None:
            problem = f"not an example of {self.task.id}" if row.example_id else "is empty"
            allowed = f"{self._name(0)} to {self._name(-1)}, as `reasonboard benchmark template` writes them"
            hint = self._complaints.suggest_id(row.example_id, self._place) if row.example_id else ""
            self._complain(row, "example_id", row.example_id or "", problem, allowed, hint)
        return index

    def _repetition(self, row: Row) -> int | None:
        text = (row.repetition or "1").removesuffix(".0")
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LAST_REPETITION):
            allowed = f"0 to {LAST_REPETITION:,}, or nothing"
            self._complain(row, "repetition", text, "not a whole number", allowed)
            return None
        if int(text) not in self._seen and len(self._seen) == REPETITIONS:
            self._complain(row, "repetition", text, "one repetition too many", f"at most {REPETITIONS} a task")
            return None
        return int(text)

    def _label(self, row: Row) -> str | None:
        if row.label is None:
            return None
        label = self.task.gold_labels.get(normalise_gold(row.label))
        if label is None:
            names = self.task.label_names
            problem, hint = f"not a label of {self.task.id}", self._complaints.suggest(row.label, names)
            self._complain(row, "label", row.label, problem, ", ".join(names), hint)
        return label

    def _answered(self, row: Row) -> bool:
        # "" (not None) says that the model generated nothing, which is an answer: an unparsed one.
        if row.output is not None or row.label is not None:
            return True
        hint = 'a model that generated nothing is sent as JSON Lines or Parquet with "" for its output'
        self._complain(row, "output", "", "neither an output nor a label", "one of them", hint)
        return False

    def _compare(self, row: Row, example: Example) -> None:
        # What is wrong with private gold would tell what it is, a guess at a time; what was redacted is not known.
        if not self.task.gold_public or example.post == REDACTED:
            return
        golden, expected = row.golden or "", example.reference_full
        if expected is None:
            same = self.task.gold_labels.get(normalise_gold(golden)) == example.gold
        else:
            same = golden == expected or _bare(golden) == _bare(expected)
            if same and "\\" in expected and golden.count("\\") == 2 * expected.count("\\"):
                self._doubled.add(row.file)
        if not same:
            self._differing.setdefault(row.file, []).append(row)

    def _report_differing(self) -> None:
        for rows in self._differing.values():
            hint = self._shift(rows) or "is it another version of the test set, or another benchmark's?"
            for row in rows:
                problem = f"differs from the gold of {self.task.id} at this place ({self._name(row.position or 0)})"
                allowed = "the gold text of the same row"
                self._complain(row, "goldens", row.golden or "", problem, allowed, hint)

    def _shift(self, rows: Sequence[Row]) -> str:
        gold = [_bare(example.reference_full or example.gold) for example in self.examples]
        found = [(row.position or 0, _bare(row.golden or "")) for row in rows]
        for shift in SHIFTS:
            hits = sum(0 <= at + shift < len(gold) and gold[at + shift] == text for at, text in found)
            if hits > len(found) / 2:
                what = "left out" if shift > 0 else "inserted"
                return f"the rows look shifted by {shift:+d}: is a row {what} at or before line {rows[0].line}?"
        return ""

    def _run(self, repetition: int, rows: Mapping[int, Row]) -> Run:
        self._report_missing(repetition, rows)
        kept = [(i, rows[i]) for i in sorted(rows) if (repetition, i) not in self._bad]
        outputs = tuple(self._output(row) for _, row in kept)
        return Run(
            task=self.task.id,
            repetition=repetition,
            example_ids=tuple(self._name(i) for i, _ in kept),
            outputs=outputs,
            labels_given=tuple(row.label for _, row in kept),
            explanations_given=tuple(row.explanation for _, row in kept),
            readings=tuple(
                self._read(self.examples[i], row, output) for (i, row), output in zip(kept, outputs, strict=True)
            ),
        )

    def _output(self, row: Row) -> str | None:
        doubled = row.output is not None and row.file in self._doubled
        return row.output.replace("\\\\", "\\") if doubled and row.output else row.output

    def _read(self, example: Example, row: Row, output: str | None) -> Reading:
        return read(
            self.task,
            output=output,
            label=row.label,
            explanation=row.explanation,
            post=example.post,
            attributes=example.attributes,
        )

    def _report_missing(self, repetition: int, rows: Mapping[int, Row]) -> None:
        missing = [self._name(i) for i in range(len(self.examples)) if i not in rows]
        if not missing:
            return
        several = f" in repetition {repetition}" if len(self._seen) > 1 else ""
        problem = f"{len(missing):,} of {len(self.examples):,} examples of {self.task.id} are missing{several}"
        file = next(iter(rows.values())).file
        first = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        hint = f"missing are {first}; add them, or leave the whole task out"
        self._complaints.add(Problem(file, None, "example_id", "", problem, "every example of the task", hint))

    def _name(self, index: int) -> str:
        return self.examples[index].example_id

    def _complain(self, row: Row, name: str, value: str, problem: str, allowed: str = "", hint: str = "") -> None:
        if self._complaints.full:
            self._complaints.count += 1
        else:
            self._complaints.add(Problem(row.file, row.line, name, value, problem, allowed, hint))


def _bare(text: str) -> str:
    """What must agree of two gold texts."""
    return "".join(text.replace("\\", "").split())


def _plain_id(text: str) -> str:
    return re.sub(r"0*([0-9]+)", r"\1", text.strip().casefold()[:200])
