"""Reads a submission's outputs a second time, by a model, and holds what it says against the rules.

The result is a file like any submission's, with the labels in the `label` column: submitted as a
version of its own it stands on the board as that, and nobody takes one reading for the other. What
the rules read out of the same outputs is compared row by row; where no gold is looked at, neither
side can be flattered.

Of `both`, the rules decide where they read a label, and the model where they read none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from scoring.extraction.column import UNPARSED
from scoring.extraction.lexicon import lexicon_of
from scoring.extraction.passage import open_passage
from scoring.readers import LabelReader, ReaderIdentity
from scoring.segments import Example
from scoring.tasks import Task
from scoring.texts import normalized
from submissions.store.files.outputs import TaskOutputs


class Reader(StrEnum):
    """By whom outputs are read."""

    neural = "neural"
    both = "both"


@dataclass(frozen=True)
class TwiceRead:
    """One output with two readings.

    Attributes:
        task: The task id.
        example_id: Which example.
        repetition: From 0.
        output: As generated.
        rules: What the rules read; None where they read nothing.
        model: What the model says; None where it says that there is no answer, or there is no text.
        probability: Of what the model says; NaN where there is no text.
        explanation: As sent in a column of its own.
    """

    task: str
    example_id: str
    repetition: int
    output: str
    rules: str | None
    model: str | None
    probability: float
    explanation: str | None

    def label(self, reader: Reader) -> str | None:
        """Return what is taken for the answer."""
        return self.model if reader is Reader.neural or self.rules is None else self.rules


@dataclass(frozen=True)
class Agreement:
    """How far the rules and a model say the same of a task's outputs; counts of outputs.

    Attributes:
        task: The task id.
        outputs: All.
        same: Both read the same label.
        different: Both read a label, and not the same.
        rules_alone: The model says that there is none.
        model_alone: The rules read none.
    """

    task: str
    outputs: int
    same: int
    different: int
    rules_alone: int
    model_alone: int

    @property
    def share(self) -> float | None:
        """Of the outputs of which both read a label, the share on which they agree."""
        both = self.same + self.different
        return self.same / both if both else None


def read_twice(
    runs: Iterable[TaskOutputs],
    gold: Mapping[str, Sequence[Example]],
    tasks: Mapping[str, Task],
    reader_of: Callable[[Task], LabelReader],
) -> Iterator[tuple[TwiceRead, ...]]:
    """Yield each run's outputs with both readings; runs of labels alone have none.

    Args:
        runs: As a check took them.
        gold: Task id -> its examples.
        tasks: By id.
        reader_of: The reader of a task.

    Raises:
        CheckpointError: A reader cannot be had.
    """
    for run in runs:
        task = tasks[run.task]
        examples = {example.example_id: example for example in gold[run.task]}
        places = [place for place, output in enumerate(run.outputs) if output is not None]
        if not places:
            continue
        outputs = [run.outputs[place] or "" for place in places]
        asked = [examples[run.example_ids[place]] for place in places]
        texts = [_spoken(task, *pair) for pair in zip(outputs, asked, strict=True)]
        read = reader_of(task).read(texts)
        yield tuple(
            TwiceRead(
                run.task,
                run.example_ids[place],
                run.repetition,
                output,
                run.readings[place].label,
                label,
                float(probability),
                run.explanations_given[place],
            )
            for place, output, label, probability in zip(
                places, outputs, read.labels, read.probabilities, strict=True
            )
        )


def _spoken(task: Task, output: str, example: Example) -> str:
    """Return what the rules read: the output without thoughts, tokens and repeated prompt."""
    lexicon = lexicon_of(task, example.attributes)
    return open_passage(normalized(output), example.post, lexicon.question, lexicon).shown.strip()


def agreement(rows: Sequence[TwiceRead]) -> Agreement:
    """Count where the rules and the model say the same of one task's outputs; there is at least
    one.
    """
    both = [row for row in rows if row.rules is not None and row.model is not None]
    same = sum(row.rules == row.model for row in both)
    return Agreement(
        rows[0].task,
        len(rows),
        same,
        len(both) - same,
        sum(row.rules is not None and row.model is None for row in rows),
        sum(row.rules is None and row.model is not None for row in rows),
    )


def write_labels(rows: Iterable[TwiceRead], reader: Reader, stream: TextIO) -> None:
    """Write a submission in which the labels are the reader's, as JSON Lines."""
    for row in rows:
        cells = {
            "task": row.task,
            "example_id": row.example_id,
            "repetition": row.repetition,
            "output": row.output,
            "label": row.label(reader) or UNPARSED,
            "explanation": row.explanation,
        }
        stream.write(json.dumps(cells, ensure_ascii=False) + "\n")


def described(reader: Reader, identities: Mapping[str, ReaderIdentity]) -> str:
    """Return, as JSON, by what each task's labels were read; it is kept beside them."""
    readers = {task: identity.as_json() for task, identity in identities.items()}
    return json.dumps({"labels_by": reader.value, "readers": readers}, indent=2) + "\n"
