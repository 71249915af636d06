"""What systems answered example by example, and what each answer scored.

Only what a release lists is read: outputs and arrays are named by its rows. Posts and references
come from the task's own file; whether they may be shown is the task's to say (`gold_public`,
`posts_public`) and the reader's to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scoring.entailment.judged import JudgedSentence, sentences_in
from scoring.extraction import EXTRACTION
from scoring.metrics import stored_metric
from scoring.metrics.correctness import CorrectnessMetric
from scoring.segments import Example, Reading
from scoring.statistics.bootstrap import Bools, Floats, mean_of_defined
from scoring.tasks import Task
from submissions.store.files.arrays import load_array, load_spans
from submissions.store.files.outputs import segments
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CellRow

RIGHTNESS = "accuracy"
"""The metric whose statistics say which answers were right."""


SENTENCES = "sentence_support"
"""The metric beside whose values sentences are kept."""


@dataclass(frozen=True)
class Answers:
    """One system's answers to one task, in the task's order; of several repetitions, the first.

    Attributes:
        readings: Label, rule and explanation of each.
        outputs: The raw texts; None where only labels were sent.
        repetitions: How many there are.
        spans: (n, sentences, 4) what is kept of the explanations' sentences (see
            `scoring.entailment.judged`), NaN for none; None where nothing is.
    """

    readings: tuple[Reading, ...]
    outputs: tuple[str | None, ...]
    repetitions: int
    spans: Floats | None = field(default=None, compare=False)

    def sentences(self, index: int) -> tuple[tuple[int, JudgedSentence], ...]:
        """Return the sentences of an explanation that were held against the post, each with its
        place; none where that is not known.
        """
        explanation = self.readings[index].explanation
        if self.spans is None or explanation is None:
            return ()
        return sentences_in(explanation, self.spans[index])

    @property
    def labels(self) -> tuple[str | None, ...]:
        """The labels; None for an unparsed output."""
        return tuple(reading.label for reading in self.readings)


@dataclass(frozen=True)
class Rights:
    """Who got what right.

    Attributes:
        systems: Ids of those that have answered.
        right: (systems, examples) whether most repetitions are right.
    """

    systems: tuple[str, ...]
    right: Bools


def answers(
    folder: DataFolder, task: Task, outputs: str, examples: Sequence[Example]
) -> Answers | None:
    """Return what one system answered to `task`.

    None where it has left the task out, or its outputs are gone.

    Args:
        folder: Where the outputs are.
        task: The task as declared.
        outputs: Name of the system's file, as a release lists it; "" for none.
        examples: The task's gold, in its order.
    """
    path = folder.outputs(outputs)
    if not outputs or not path.is_file():
        return None
    runs = segments(path, task, examples)
    return Answers(runs[0].readings, runs[0].outputs, len(runs)) if runs else None


def sentence_spans(folder: DataFolder, cell: CellRow) -> Floats | None:
    """Return (n, sentences, 4) what is kept of the sentences of the first repetition.

    None where nothing is, or explanations are read otherwise by now.

    Args:
        folder: Where the arrays are.
        cell: A system's of `SENTENCES` on a task.
    """
    if cell.array is None or cell.identity.get("extraction") != EXTRACTION:
        return None
    spans = load_spans(folder, cell.array)
    return None if spans is None else spans[0]


def item_scores(folder: DataFolder, task: Task, metric: str, array: str) -> Floats:
    """Return (n,) the metric on each example alone, meaned over repetitions.

    NaN where the example has no value.

    Of any metric of labels that is 1 for a right answer and 0 for a wrong one.
    """
    measured, items = stored_metric(metric), load_array(folder, array)
    # F1 of a single example means nothing; whether it is right does.
    if isinstance(measured, CorrectnessMetric):
        measured = stored_metric(RIGHTNESS)
    values = np.where(
        measured.present(items), _alone(items, measured.aggregate(items, task)), np.nan
    )
    return mean_of_defined(values)


def rights(folder: DataFolder, task: Task, cells: Sequence[CellRow]) -> Rights:
    """Return which examples each system got right.

    Args:
        folder: Where the arrays are.
        task: The task as declared.
        cells: The systems' cells of `RIGHTNESS` on it; blank ones are passed over.
    """
    scored = [
        (cell.system, cell.array)
        for cell in cells
        if cell.array is not None and cell.value is not None
    ]
    # More than half of the repetitions.
    right = [item_scores(folder, task, RIGHTNESS, array) > 0.5 for _, array in scored]
    shape = (len(right), len(right[0]) if right else 0)
    return Rights(tuple(system for system, _ in scored), np.array(right, dtype=bool).reshape(shape))


def disagreement(first: Sequence[Example], second: Sequence[Example]) -> tuple[int, int]:
    """Return how many questions stand in both sets, and on how many of them the gold labels differ.

    A question is a post with what is asked of it; one that a set holds twice with different labels
    is left out.
    """
    sides = []
    for examples in (first, second):
        labels: dict[tuple[object, ...], set[str]] = {}
        for example in examples:
            # Attributes are part of the question: the two risk factors of a post have two
            # answers.
            # Of several posts all and their order count: their user may be asked about others.
            posts = tuple(post.post_id for post in example.parts)
            key = (posts, *sorted(example.attributes.items()))
            labels.setdefault(key, set()).add(example.gold)
        sides.append(
            {
                key: labels_of_example.pop()
                for key, labels_of_example in labels.items()
                if len(labels_of_example) == 1
            }
        )
    both = sides[0].keys() & sides[1].keys()
    return len(both), sum(sides[0][key] != sides[1][key] for key in both)


def _alone(items: Floats, values: Floats) -> Floats:
    return values.reshape(items.shape[:-1])
