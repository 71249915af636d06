"""Holds the gold texts that the benchmark's own script wrote beside outputs against ours.

Where they differ, rows are often shifted: one was left out or inserted, and all after it stand beside
another example's gold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scoring.segments import REDACTED, Example
from scoring.tasks import Task, normalise_gold
from submissions.problems import VALUE_LENGTH
from submissions.receiving.complaints import Complaints
from submissions.receiving.formats.row import Row

REASONING = "Reasoning:"
"""Stands between the label sentence and the explanation of a published gold text."""
SHIFTS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)


class _Differing(NamedTuple):
    """A row whose gold text is not ours: how its text begins, and a hash of all that must agree."""

    file: str
    line: int
    position: int
    golden: str
    essence: int


class GoldComparison:
    """Compares one task's rows, in any order.

    Attributes:
        completed: Files whose gold states the label in another form before the same reasoning.
        doubled: Files in which backslashes are doubled.
    """

    def __init__(self, task: Task, complaints: Complaints) -> None:
        self.completed: set[str] = set()
        self.doubled: set[str] = set()
        self._task, self._complaints = task, complaints
        self._differing: dict[str, list[_Differing]] = {}

    def compare(self, row: Row, example: Example) -> None:
        """Hold the gold text that a row came with against ours."""
        # What is wrong with private gold would tell what it is, a guess at a time; what was
        # redacted is not known.
        if not self._task.gold_public or example.post == REDACTED:
            return
        golden, expected = row.golden or "", example.reference_full
        if expected is None:
            stated = golden.split("Reasoning:", 1)[0]
            same = self._task.stated(stated) == example.gold
        else:
            same = golden == expected or _bare(golden) == _bare(expected)
            if not same and self._essence(golden) == self._essence(expected):
                same = True
                self.completed.add(row.file)
            if same and "\\" in expected and golden.count("\\") == 2 * expected.count("\\"):
                self.doubled.add(row.file)
        if not same:
            begins, essence = golden[: VALUE_LENGTH + 1], self._essence(golden)
            differing = _Differing(row.file, row.line, row.position or 0, begins, essence)
            self._differing.setdefault(row.file, []).append(differing)

    def _essence(self, gold: str) -> int:
        """Return a hash of what two gold texts have in common that say the same.

        Label and reasoning, or all that is there.
        """
        sentence, _, reasoning = gold.partition(REASONING)
        label = self._task.gold_labels.get(normalise_gold(sentence))
        return hash((label, _bare(reasoning)) if label else _bare(gold))

    def report(self, examples: Sequence[Example]) -> None:
        """Say which rows differ, when all were compared.

        Args:
            examples: The task's gold, in its order.
        """
        for rows in self._differing.values():
            hint = (
                self._shift(rows, examples)
                or "is it another version of the test set, or another benchmark's?"
            )
            for row in rows:
                problem = f"differs from the gold of {self._task.id} at this place"
                allowed = "the gold text of the same row"
                self._complaints.complain(row, "goldens", row.golden, problem, allowed, hint)

    def _shift(self, rows: Sequence[_Differing], examples: Sequence[Example]) -> str:
        gold = [self._essence(example.reference_full or example.gold) for example in examples]
        for shift in SHIFTS:
            hits = sum(
                0 <= row.position + shift < len(gold) and gold[row.position + shift] == row.essence
                for row in rows
            )
            if hits > len(rows) / 2:
                what = "left out" if shift > 0 else "inserted"
                return (
                    f"the rows look shifted by {shift:+d}: is a row {what} at or before line"
                    f" {rows[0].line}?"
                )
        return ""


def _bare(text: str) -> str:
    """Return what must agree of two gold texts."""
    return "".join(text.replace("\\", "").split())
