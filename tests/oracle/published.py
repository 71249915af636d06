"""A release of an awkward board beside what is meant by every output: what the comparisons start
from.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from tests.oracle import awkward, formulas, texts
from tests.oracle.awkward import Board, Declared, Said

TASKS = {task.id: task for task in awkward.TASKS}
FEW = 10
ORDINAL = ("mean_absolute_error", "quadratic_weighted_kappa")
LABELS = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "mcc", "parse_rate", *ORDINAL)
REFERENCE = "Majority label"
Row = dict[str, object]
Answers = list[list[Said]]
"""What a system says on a task, a list a repetition."""


@dataclass
class Published:
    """A release, by its file.

    Attributes:
        board: Whose newest release it is.
        redacted: Examples, as (task, example), that count for nobody.
        emptied: Rows, as (task, example, system), of which the label alone is left.
    """

    board: Board
    redacted: frozenset[tuple[str, str]] = frozenset()
    emptied: frozenset[tuple[str, str, str]] = frozenset()
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    @cached_property
    def file(self) -> sqlite3.Connection:
        found = sqlite3.connect(max((self.board.data / "releases").glob("*.db")))
        found.row_factory = sqlite3.Row
        return found

    def rows(self, table: str) -> list[Row]:
        if table not in self._rows:
            found = self.file.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            self._rows[table] = [dict(row) for row in found]
        return self._rows[table]

    @cached_property
    def names(self) -> dict[str, str]:
        """Id of a system -> its name."""
        return {str(row["id"]): str(row["system"]) for row in self.rows("systems")}

    @cached_property
    def tasks(self) -> list[Declared]:
        """The board's tasks."""
        there = {row["id"] for row in self.rows("tasks")}
        return [task for task in awkward.TASKS if task.id in there]

    @cached_property
    def large(self) -> list[Declared]:
        """Those that enter means: of ten examples or more."""
        return [task for task in self.tasks if task.size >= FEW]

    def asked_on(self, metric: str) -> list[Declared]:
        """The large tasks on which a metric means anything."""
        return [task for task in self.large if metric not in ORDINAL or task.kind == "ordinal"]

    @cached_property
    def said(self) -> dict[str, list[Said]]:
        """System -> what it says, redacted rows left out; of a baseline, by the outputs that it
        submitted.
        """
        known = awkward.systems()
        on, found = {task.id for task in self.tasks}, {}
        for row in self.rows("systems"):
            name = str(row["system"])
            own = known[name] if name in known else self._baseline(row)
            found[name] = [
                self._left(name, one)
                for one in own
                if one.asked.task in on and (one.asked.task, one.asked.example) not in self.redacted
            ]
        return found

    def _left(self, name: str, one: Said) -> Said:
        gone = (one.asked.task, one.asked.example, name) in self.emptied
        return replace(one, explanation=None, output=None, whole=None) if gone else one

    def _baseline(self, row: Row) -> list[Said]:
        asked = {(o.task, o.example): o for ones in awkward.examples().values() for o in ones}
        outputs = pd.read_parquet(self.board.data / "files" / f"{row['outputs']}.parquet")
        return [
            self._read(asked[row.task, row.example_id], row.output, row.label)
            for row in outputs.itertuples()
        ]

    @staticmethod
    def _read(asked: awkward.Asked, output: object, label: str) -> Said:
        """A baseline's answer; where it held a redacted text, the label that was read before is all
        that is left.
        """
        if not isinstance(output, str):
            return Said(asked, label, None, None, None)
        sentence, _, explanation = output.partition(" Reasoning: ")
        (label,) = [n for n, w in TASKS[asked.task].wordings.items() if w == sentence]
        return Said(asked, label, explanation or None, output, output)

    def answers(self, name: str, task: str) -> Answers:
        """What a system says on a task; [] where it says nothing there."""
        said = [one for one in self.said[name] if one.asked.task == task]
        numbers = sorted({one.repetition for one in said})
        return [[one for one in said if one.repetition == number] for number in numbers]

    def posts(self, tasks: Sequence[str]) -> list[str]:
        """The distinct posts of tasks; a baseline answers every example of each."""
        return sorted({o.asked.post_id for o in self.said[REFERENCE] if o.asked.task in tasks})

    def cells(self) -> Iterator[tuple[Row, Declared, Answers]]:
        """Each cell of a system that says something on the cell's task."""
        for row in self.rows("cells"):
            found = self.answers(self.names[str(row["system"])], str(row["task"]))
            if found:
                yield row, TASKS[str(row["task"])], found

    @cached_property
    def by_name(self) -> dict[tuple[str, str, str], Row]:
        """(name of a system, task, metric) -> cell."""
        return {
            (self.names[str(row["system"])], str(row["task"]), str(row["metric"])): row
            for row in self.rows("cells")
        }

    def covered_value(self, name: str, task: str, metric: str) -> float | None:
        """A cell's value where the cell counts: docs/methods.md "Coverage"."""
        row = self.by_name.get((name, task, metric))
        if row is None or row["value"] is None:
            return None
        optional = metric in ("brier", "ece") or metric.startswith("evidence_")
        counted = ("n", "n_absent") if optional else ("n_given",)
        fullest = max(
            sum(int(str(self.by_name[other, task, metric][name] or 0)) for name in counted)
            for other in self.names.values()
            if (other, task, metric) in self.by_name
        )
        return float(str(row["value"])) if int(str(row["n_given"])) >= 0.95 * fullest else None

    def mean(self, name: str, tasks: Sequence[str], metric: str, less: str = "") -> float | None:
        """The plain mean over tasks, of values or of differences to another system; None where one
        is missing.
        """
        values = [self.covered_value(name, task, metric) for task in tasks]
        others = [self.covered_value(less, task, metric) if less else 0.0 for task in tasks]
        if not tasks or None in values or None in others:
            return None
        return float(np.mean(np.array(values, float) - np.array(others, float)))


def label_value(metric: str, task: Declared, said: Sequence[Said]) -> float | None:
    """A metric of labels of one repetition, by the formulas."""
    gold, labels = [one.asked.gold for one in said], [one.label for one in said]
    return formulas.correctness(metric, gold, labels, task.labels)


def entering(metric: str, said: Sequence[Said]) -> list[Said]:
    """The answers that a metric of labels is of."""
    return [one for one in said if metric not in ORDINAL or one.label is not None]


def tables(task: Declared, said: Sequence[Said], posts: Sequence[str] = ()) -> np.ndarray:
    """posts x gold x (labels and unparsed), over the posts of the answers unless
    others are named.
    """
    posts = posts or sorted({one.asked.post_id for one in said})
    place, size = {post: number for number, post in enumerate(posts)}, len(task.labels)
    own = np.zeros((len(posts), size, size + 1))
    for one in said:
        column = size if one.label is None else task.labels.index(one.label)
        own[place[one.asked.post_id], task.labels.index(one.asked.gold), column] += 1
    return own


def whole_reference(one: Said) -> str:
    """The reference as the `_full` metrics see it: in the benchmark's form, the label's sentence
    first.
    """
    wording = TASKS[one.asked.task].wordings[one.asked.gold]
    return f"{wording} Reasoning: {one.asked.reference}"


def pairs(said: Sequence[Said], *, full: bool = False) -> list[tuple[str, str, str]]:
    """(explanation, reference, post) as they are scored, of the answers that have
    an explanation.
    """
    found = []
    for one in said:
        text = one.whole if full else one.explanation
        if text is not None and not texts.absent(text):
            meant = whole_reference(one) if full else one.asked.reference
            found.append((texts.normal(text), texts.normal(meant), texts.normal(one.asked.post)))
    return found


TINY = awkward.ROOT / "leaderboard_data" / "checkpoints" / "tiny-bart"


def explanation_value(metric: str, said: Sequence[Said], tiny: Path = TINY) -> float | None:
    """A metric of explanations of one repetition, by the published programs; None where nothing has
    a value.

    Raises:
        KeyError: These programs do not know the metric.
    """
    found = pairs(said, full=metric.endswith("_full"))
    if not found:
        return None
    if metric in ("bleu", "chrf"):
        return getattr(texts, metric)([(h, r) for h, r, _ in found])
    return float(np.mean([text_value(metric, *one, tiny) for one in found]))


def text_value(metric: str, h: str, r: str, s: str, tiny: Path = TINY) -> float:
    """A metric's value of one explanation, its reference and its post."""
    name = metric.removesuffix("_full")
    if name in texts.ROUGE:
        return texts.rouge(name, h, r)
    if name == "words":
        return float(texts.count(h))
    if name == "own_words":
        return texts.own(h, s)
    if name.startswith("grounded_chrf"):
        return texts.grounded(h, s, None if name.endswith("_post") else r)
    if name in ("bleu", "chrf"):
        return float(getattr(texts, name)([(h, r)]))
    if name == "bartscore_f":
        return (texts.bartscore(tiny, h, r) + texts.bartscore(tiny, r, h)) / 2
    source, target = {
        "bartscore_hyp_to_ref": (h, r),
        "bartscore_ref_to_hyp": (r, h),
        "bartscore_src_to_hyp": (s, h),
    }[name]
    return texts.bartscore(tiny, source, target)
