"""What was read out of an upload, before anything is stored: what a team wants to see before it
submits.

Nothing in it says what the gold of a private task is, be it only how often each label occurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scoring.bartscore.checkpoint import Checkpoint, find_checkpoint
from scoring.errors import CheckpointError, ReasonBoardError
from scoring.instruments import BARTSCORE
from scoring.segments import Example
from scoring.tasks import Task
from submissions.declarations.settings import board_settings
from submissions.problems import Problem
from submissions.receiving.alignment import StageExample
from submissions.receiving.validate import Checked, Coverage
from submissions.store.files.outputs import TaskOutputs, Thoughts, text_hash

EXAMPLES = 5
EXAMPLE_LENGTH = 300
HEAD = 8
"""Characters a token, at which the beginning of a text is almost always enough to know that it is
cut.
"""


@dataclass(frozen=True)
class UnparsedExample:
    """An output that states no label: which, why, and how it begins."""

    example_id: str
    reason: str
    output: str


@dataclass(frozen=True)
class LabelCount:
    """How often a label was read, over all repetitions, and how often it is gold; None where gold
    is private.
    """

    label: str
    read: int
    gold: int | None


@dataclass(frozen=True)
class TaskPreview:
    """What was read of one task.

    Attributes:
        task: Its id.
        title: Its title.
        expected: Examples of the task.
        repetitions: How often it was run.
        rows: Rows read, of `expected * repetitions`.
        parse_rate: Rows with a label, of those read; None where there are none.
        refused: Rows that decline to answer, or only offer to.
        cut_off: Rows that end within the model's thought.
        thoughts: How long the thoughts are that were kept apart, and not scored; None where there
            are none.
        stages: Stage of reading -> rows in which it applied.
        shown: Of each stage a few rows, with what it cut off and what it left.
        rules: Rule -> rows whose label it found.
        unparsed: Reason -> rows without a label.
        examples: Some of those.
        labels: In the task's order.
        repeated: Rows whose output is, to the letter, another example's too.
        truncated: Outputs that the benchmark's BARTScore model will cut; None where no model scores
            the task, or its tokenizer is not at hand.
    """

    task: str
    title: str
    expected: int
    repetitions: int
    rows: int
    parse_rate: float | None
    refused: int
    cut_off: int
    thoughts: Thoughts | None
    stages: Mapping[str, int]
    shown: tuple[StageExample, ...]
    rules: Mapping[str, int]
    unparsed: Mapping[str, int]
    examples: tuple[UnparsedExample, ...]
    labels: tuple[LabelCount, ...]
    repeated: int
    truncated: int | None

    @property
    def unread(self) -> int:
        """How many rows state no label."""
        return sum(self.unparsed.values())


@dataclass(frozen=True)
class Preview:
    """What was read of an upload: what is to be put right before what is well.

    Attributes:
        problems: What is to be put right: at most `complaints.LISTED`.
        unlisted: How many more there are.
        notes: What the team should know, though it is no fault.
        tasks: The tasks of which rows were read, in the order of ids.
        without_rows: The other imported tasks of the benchmark, in the order of ids -> how many
            examples they have.
    """

    problems: tuple[Problem, ...] = ()
    unlisted: int = 0
    notes: tuple[str, ...] = ()
    tasks: tuple[TaskPreview, ...] = ()
    without_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether it could be submitted."""
        return not self.problems

    @property
    def whole(self) -> bool:
        """Whether it has rows of every task."""
        return not self.without_rows

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Preview:
        """Return the preview whose fields, in terms of JSON, these are."""
        problems = tuple(Problem(**problem) for problem in fields["problems"])
        tasks = tuple(map(_task_from_json, fields["tasks"]))
        notes = tuple(fields["notes"])
        return cls(**{**fields, "problems": problems, "tasks": tasks, "notes": notes})


def preview(
    checked: Checked,
    gold: Mapping[str, tuple[Example, ...]],
    tasks: Mapping[str, Task],
    benchmark: str,
    data: Path,
) -> Preview:
    """Sum up what was read.

    Args:
        checked: What the check found.
        gold: Task id -> its examples, for every imported task of the benchmark.
        tasks: The declared tasks.
        benchmark: For which the upload is.
        data: Where the board's data are: they may say which model it is scored with.
    """
    lengths = _Lengths(benchmark, data)
    coverage = {task_coverage.task: task_coverage for task_coverage in checked.coverage}
    runs: dict[str, list[TaskOutputs]] = {}
    for run in checked.runs:
        runs.setdefault(run.task, []).append(run)
    return Preview(
        problems=checked.problems,
        unlisted=checked.unlisted,
        notes=(*_barely_read(checked.coverage), *(note.said for note in checked.notes)),
        tasks=tuple(
            _task(tasks[name], gold[name], runs[name], coverage[name], lengths)
            for name in sorted(gold)
            if name in runs
        ),
        without_rows={name: len(gold[name]) for name in sorted(gold) if name not in runs},
    )


def _task(
    task: Task,
    examples: Sequence[Example],
    runs: Sequence[TaskOutputs],
    coverage: Coverage,
    lengths: _Lengths,
) -> TaskPreview:
    read = _counted(task, coverage.labels)
    support = _counted(task, Counter(e.gold for e in examples)) if task.gold_public else None
    return TaskPreview(
        task=task.id,
        title=task.title,
        expected=len(examples),
        repetitions=len(runs),
        rows=sum(map(len, runs)),
        parse_rate=coverage.parse_rate,
        refused=coverage.refused,
        cut_off=coverage.cut_off,
        thoughts=coverage.thoughts,
        stages=dict(coverage.stages),
        shown=tuple(
            replace(each, cut=each.cut[:EXAMPLE_LENGTH], left=each.left[:EXAMPLE_LENGTH])
            for each in coverage.shown
        ),
        rules=dict(sorted(coverage.rules.items())),
        unparsed=dict(sorted(coverage.unparsed.items())),
        examples=_unparsed(runs) if coverage.unparsed else (),
        labels=tuple(
            LabelCount(n, read.get(n, 0), None if support is None else support[n])
            for n in task.label_names
        ),
        repeated=sum(_repeated(run) for run in runs),
        truncated=lengths.cut(text for run in runs for text in run.outputs if text)
        if task.explained
        else None,
    )


def _counted(task: Task, answers: Mapping[str, int]) -> Counter[str]:
    """Return how often each label stands in answers that were counted."""
    labels = Counter[str]()
    for answer, count in answers.items():
        labels.update(dict.fromkeys(task.labels_of(answer), count))
    return labels


def _unparsed(runs: Sequence[TaskOutputs]) -> tuple[UnparsedExample, ...]:
    examples = []
    for run in runs:
        for example_id, output, reading in zip(
            run.example_ids, run.outputs, run.readings, strict=True
        ):
            if reading.label is None:
                examples.append(
                    UnparsedExample(
                        example_id, reading.reason or "", (output or "")[:EXAMPLE_LENGTH]
                    )
                )
                if len(examples) == EXAMPLES:
                    return tuple(examples)
    return tuple(examples)


def _repeated(run: TaskOutputs) -> int:
    counts = Counter(text_hash(output) for output in run.outputs if output)
    return sum(count for count in counts.values() if count > 1)


class _Lengths:
    """Counts tokens with the tokenizer of the benchmark's model, and nothing else of it.

    A byte-level BPE never makes more tokens than a text has bytes, so that most texts need no
    tokenizing.
    """

    def __init__(self, benchmark: str, data: Path) -> None:
        self._benchmark, self._data = benchmark, data
        self._found: Checkpoint | None = None
        self._tokenizer: Any = None

    def cut(self, texts: Iterable[str]) -> int | None:
        """Return how many of `texts` are longer than the model reads.

        None where that cannot be known here.
        """
        if self._found is None and not self._find():
            return None
        assert self._found is not None  # noqa: S101 (found above)
        most = self._found.max_tokens - 2  # with <s> and </s>
        return sum(self._longer(text, most) for text in texts)

    def _longer(self, text: str, most: int) -> bool:
        if len(text.encode()) <= most:
            return False
        return self._count(_beginning(text, HEAD * most)) > most or self._count(text) > most

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _find(self) -> bool:
        try:
            from tokenizers import Tokenizer, models, pre_tokenizers

            settings = board_settings(self._benchmark, self._data)
            checkpoint = find_checkpoint(settings[BARTSCORE].checkpoint)
            parts = checkpoint.tokenizer
        except (CheckpointError, ReasonBoardError, OSError, ModuleNotFoundError):
            return False  # nor can tokens be counted where scoring's libraries are not installed
        model = models.BPE(
            vocab=parts["vocab"], merges=[tuple(merge.split(" ")) for merge in parts["merges"]]
        )
        self._tokenizer = Tokenizer(model)
        self._tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self._found = checkpoint
        return True


def _beginning(text: str, length: int) -> str:
    """Return whole words from the beginning: they make the same tokens whatever follows."""
    return text if len(text) <= length else text[:length].rpartition(" ")[0]


def _task_from_json(fields: Mapping[str, Any]) -> TaskPreview:
    examples = tuple(UnparsedExample(**example) for example in fields["examples"])
    labels = tuple(LabelCount(**label) for label in fields["labels"])
    shown = tuple(StageExample(**example) for example in fields["shown"])
    thoughts = fields["thoughts"] and Thoughts(**fields["thoughts"])
    made = {"examples": examples, "labels": labels, "shown": shown, "thoughts": thoughts}
    return TaskPreview(**{**fields, **made})


def _barely_read(coverage: Iterable[Coverage]) -> Iterator[str]:
    for task_coverage in coverage:
        if task_coverage.barely_read:
            yield (
                f"{task_coverage.task}: {1 - (task_coverage.parse_rate or 0.0):.0%} of the outputs "
                "state no answer that could be read. They would count as wrong; "
                "that is more often a mistake in the file than a poor system."
            )
