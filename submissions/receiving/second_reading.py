"""Reads a submission's outputs a second time, by a model, and holds what it says against the rules.

The result is a file like any submission's, with the labels in the `label` column: submitted as a
version of its own it stands on the board as that, and nobody takes one reading for the other. What
the rules read out of the same outputs is compared row by row; where no gold is looked at, neither
side can be flattered.

Of `both`, the rules decide where they read a label, and the model where they read none. A label
that was sent beside an output is no reading of it, and gives way; one that was sent alone stays.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scoring.extraction import answer_in, stated_label
from scoring.extraction.column import UNPARSED
from scoring.readers import LabelReader, ReaderIdentity
from scoring.segments import Example
from scoring.tasks import Task
from submissions.receiving.formats.columns import RUNS
from submissions.receiving.reader_kinds import Reader
from submissions.store.files.outputs import TaskOutputs


@dataclass(frozen=True)
class TwiceRead:
    """One row with two readings of its output.

    Attributes:
        task: The task id.
        example_id: Which example.
        repetition: From 0.
        named: The prompt and the seed that name the repetition; None where nothing does.
        output: As generated; None where a label was sent alone, which nobody reads.
        sent: The label as sent beside the output, or alone.
        rules: What the rules read out of the output; None where they read nothing.
        model: What the model says; None where it says that there is no answer, or there is no text.
        probability: Of what the model says; NaN where there is no text.
        explanation: As sent in a column of its own.
        confidence: As sent.
        evidence: As sent, the passages themselves.
    """

    task: str
    example_id: str
    repetition: int
    named: tuple[str, str] | None
    output: str | None
    sent: str | None
    rules: str | None
    model: str | None
    probability: float
    explanation: str | None
    confidence: float | None
    evidence: tuple[str, ...] | None

    def label(self, reader: Reader) -> str | None:
        """Return what is taken for the answer: where there is no output, the label as sent."""
        if self.output is None:
            return self.sent
        return self.model if reader is Reader.neural or self.rules is None else self.rules


@dataclass(frozen=True)
class Agreement:
    """How far the rules and a model say the same of a task's outputs; counts of outputs.

    Attributes:
        task: The task id.
        repetition: From 0.
        named: The prompt and the seed that name the repetition; None where nothing does.
        outputs: All.
        same: Both read the same label.
        different: Both read a label, and not the same.
        rules_alone: The model says that there is none.
        model_alone: The rules read none.
    """

    task: str
    repetition: int
    named: tuple[str, str] | None
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
    """Yield each run's rows, their outputs with both readings.

    Args:
        runs: As a check took them.
        gold: Task id -> its examples.
        tasks: By id.
        reader_of: The reader of a task; asked only where the task has outputs.

    Raises:
        CheckpointError: A reader cannot be had.
    """
    for run in runs:
        task = tasks[run.task]
        examples = {example.example_id: example for example in gold[run.task]}
        asked = [examples[name] for name in run.example_ids]
        texts = {
            place: answer_in(task, output, post=example.post, attributes=example.attributes)
            for place, (output, example) in enumerate(zip(run.outputs, asked, strict=True))
            if output is not None
        }
        said: dict[int, tuple[str | None, float]] = {}
        if texts:
            read = reader_of(task).read(list(texts.values()))
            answers = zip(read.labels, map(float, read.probabilities), strict=True)
            said = dict(zip(texts, answers, strict=True))
        yield tuple(
            TwiceRead(
                run.task,
                example.example_id,
                run.repetition,
                run.named,
                run.outputs[place],
                run.labels_given[place],
                _by_rules(task, run, place, example),
                *said.get(place, (None, math.nan)),
                run.explanations_given[place],
                run.readings[place].confidence,
                run.readings[place].evidence,
            )
            for place, example in enumerate(asked)
        )


def _by_rules(task: Task, run: TaskOutputs, place: int, example: Example) -> str | None:
    """Return what the rules read out of a row's output, whatever label was sent beside it."""
    output = run.outputs[place]
    if output is None:
        return None
    if run.labels_given[place] is None:
        return run.readings[place].label
    return stated_label(task, output, post=example.post, attributes=example.attributes)


def agreement(rows: Sequence[TwiceRead]) -> Agreement | None:
    """Count where the rules and the model say the same of one run's outputs; None where there are
    none.
    """
    rows = [row for row in rows if row.output is not None]
    if not rows:
        return None
    both = [row for row in rows if row.rules is not None and row.model is not None]
    same = sum(row.rules == row.model for row in both)
    return Agreement(
        rows[0].task,
        rows[0].repetition,
        rows[0].named,
        len(rows),
        same,
        len(both) - same,
        sum(row.rules is not None and row.model is None for row in rows),
        sum(row.rules is None and row.model is not None for row in rows),
    )


def as_submission(rows: Sequence[TwiceRead], reader: Reader) -> str:
    """Return a submission in which the labels are the reader's, as JSON Lines.

    Repetitions are called what they were: by prompt and seed where these name every one.
    """
    named = all(row.named for row in rows)
    return "".join(
        json.dumps(_cells(row, reader, named=named), ensure_ascii=False) + "\n" for row in rows
    )


def _cells(row: TwiceRead, reader: Reader, *, named: bool) -> Mapping[str, object]:
    names = dict(zip(RUNS, row.named, strict=True)) if named and row.named else {}
    return {
        "task": row.task,
        "example_id": row.example_id,
        **(names or {"repetition": row.repetition}),
        "output": row.output,
        "label": row.label(reader) or UNPARSED,
        "explanation": row.explanation,
        **({} if row.confidence is None else {"confidence": row.confidence}),
        **({} if row.evidence is None else {"evidence": row.evidence}),
    }


def described(reader: Reader, identities: Mapping[str, ReaderIdentity]) -> str:
    """Return, as JSON, by what each task's labels were read; it is kept beside them."""
    readers = {task: identity.as_json() for task, identity in identities.items()}
    return json.dumps({"labels_by": reader.value, "readers": readers}, indent=2) + "\n"
