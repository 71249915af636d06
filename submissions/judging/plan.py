"""Whose explanations are judged: those of submitted systems, and the texts that people rated, without
which nobody could say how far the judge is to be believed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scoring.errors import nearest_or_all
from scoring.extraction import with_references_cut
from scoring.judging.pairs import judged_pairs
from scoring.judging.values import PAIRWISE
from scoring.judging.verdicts import VerdictKey, texts_hash
from scoring.segments import Segments
from scoring.tasks import Task
from submissions.asking.texts import Decoding, GenerationError
from submissions.benchmarks.importing import declared_task
from submissions.judging.judges import JudgeError, declared_judge
from submissions.judging.prompts import JudgePrompter, JudgeRequest
from submissions.rating.rated_values import rated_sets
from submissions.rating.rubrics import declared_rubric, usable_rubrics
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission, submissions

REPEATS = 100


@dataclass(frozen=True)
class JudgeOrder:
    """What is to be judged.

    Attributes:
        benchmark: Whose explanations; or a task of transcripts.
        rubric: By which rubric.
        judge: Asked how: the id of a declared judge.
        decoding: How tokens are chosen.
        repeats: Verdicts of each explanation.
        systems: Names of systems, latest version each; () for all, and what people rated.
        tasks: Of these tasks alone; () for all.
        against: Of a pairwise judge: the system that others are compared with.
    """

    benchmark: str
    rubric: str
    judge: str
    decoding: Decoding
    repeats: int = 1
    systems: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    against: str | None = None

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.repeats <= REPEATS:
            faults.append(f"--repeats is {self.repeats}; allowed: 1 to {REPEATS}")
        if self.repeats > 1 and not self.decoding.temperature:
            faults.append(
                "several --repeats and --temperature 0: every verdict would be the same; say a"
                " temperature, or one repeat"
            )
        if faults:
            raise GenerationError("\n".join(faults))

    @property
    def seeds(self) -> range:
        """Of the repeats."""
        return range(1, self.repeats + 1)


@dataclass(frozen=True)
class JudgedRuns:
    """The explanations of one task that a system gave, or that people rated.

    Attributes:
        of: The submission; None for what people rated.
        name: The system's, with its version, or the rated set's.
        runs: A repetition each.
    """

    of: Submission | None
    name: str
    runs: tuple[Segments, ...]

    @property
    def task(self) -> Task:
        """The task."""
        return self.runs[0].task


@dataclass(frozen=True)
class VerdictPlan(ABC):
    """What an order means on a board.

    Attributes:
        order: The order.
        prompter: The judge with the rubric.
    """

    order: JudgeOrder
    prompter: JudgePrompter

    @property
    @abstractmethod
    def judged(self) -> tuple[tuple[str, ...], ...]:
        """The texts of each verdict, each once."""

    @cached_property
    def requests(self) -> list[JudgeRequest]:
        """Every verdict that there is to be, each once."""
        by_key = {
            (key := VerdictKey(texts_hash(*texts), seed)): JudgeRequest(key, self.prompter, texts)
            for texts in self.judged
            for seed in self.order.seeds
        }
        return list(by_key.values())


@dataclass(frozen=True)
class JudgePlan(VerdictPlan):
    """Which explanations are judged.

    Attributes:
        parts: What is judged.
        rival: Task id -> the explanations that others are compared with; empty but for a pairwise
            judge.
    """

    parts: tuple[JudgedRuns, ...]
    rival: Mapping[str, JudgedRuns]

    @cached_property
    def judged(self) -> tuple[tuple[str, ...], ...]:
        """The texts of each verdict, each once."""
        return tuple(dict.fromkeys(texts for part in self.parts for texts in self.texts_of(part)))

    def texts_of(self, part: JudgedRuns) -> Iterator[tuple[str, ...]]:
        """Yield what a judge is shown of a part; of a pairwise judge in both orders."""
        for run in part.runs:
            if self.prompter.judge.kind != PAIRWISE:
                yield from (pair for pair in judged_pairs(run) if pair is not None)
                continue
            for first, second in self.compared(run):
                yield first
                yield second

    def compared(self, run: Segments) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Yield of each example that both systems explain what a pairwise judge is shown: the
        system's answer first, and the rival's first.
        """
        other = self.rival[run.task.id].runs[0]
        for own, rival in zip(judged_pairs(run), judged_pairs(other), strict=True):
            if own is not None and rival is not None and own[1] != rival[1]:
                yield (own[0], own[1], rival[1]), (own[0], rival[1], own[1])


def planned_judging(folder: DataFolder, tasks: Mapping[str, Task], order: JudgeOrder) -> JudgePlan:
    """Work out what is to be judged, and refuse what cannot be.

    Raises:
        ReasonBoardError: With what is wrong, and what to do.
    """
    benchmarks = dict.fromkeys(task.benchmark for task in tasks.values())
    if order.benchmark not in benchmarks:
        raise GenerationError(
            f"{order.benchmark!r} is not a benchmark; there are: {', '.join(benchmarks)}"
        )
    rubric = declared_rubric(usable_rubrics(folder.path), order.rubric)
    judge = declared_judge(folder.path, order.judge)
    judge.require_fit(rubric)
    if judge.of_transcripts:
        raise JudgeError(
            f"the judge {judge.id} is shown transcripts, and {order.benchmark} is a benchmark of"
            " explanations; name another with --judge"
        )
    if (judge.kind == PAIRWISE) != (order.against is not None):
        raise JudgeError(
            f"the judge {judge.id} is {judge.kind}: --against names the system that others are"
            " compared with, for a pairwise judge and for no other"
        )
    asked = _asked(tasks, order)
    parts = [part for each in _chosen(folder, order) for part in _of_system(folder, asked, each)]
    if not order.systems and judge.kind != PAIRWISE:
        parts += _rated(folder, tasks, asked)
    if not any(pair for part in parts for run in part.runs for pair in judged_pairs(run)):
        raise GenerationError(
            f"nothing to judge: no explanation for {order.benchmark} is here; systems come in by"
            " `reasonboard submit`, rated texts by `reasonboard ratings import`"
        )
    rival = _rival(folder, asked, order)
    if order.against is not None:
        parts = [part for part in parts if part.task.id in rival]
    if not parts:
        raise GenerationError(
            f"nothing to compare: {order.against} explains none of the tasks that are asked for"
        )
    return JudgePlan(order, JudgePrompter(judge, rubric), tuple(parts), rival)


def _asked(tasks: Mapping[str, Task], order: JudgeOrder) -> list[Task]:
    if not order.tasks:
        return [t for t in tasks.values() if t.benchmark == order.benchmark and t.explained]
    named = [declared_task(tasks, name) for name in dict.fromkeys(order.tasks)]
    if other := [
        task.id for task in named if task.benchmark != order.benchmark or not task.explained
    ]:
        raise GenerationError(
            f"{', '.join(other)}: not of the benchmark {order.benchmark}, or without explanations"
        )
    return named


def _chosen(folder: DataFolder, order: JudgeOrder) -> list[Submission]:
    """Return the latest version of each system that is to be judged."""
    latest = _latest(folder, order.benchmark)
    if not order.systems:
        # What nobody may read yet is sent nowhere, unless somebody names it.
        return [each for name, each in latest.items() if name != order.against and each.public]
    for name in (*order.systems, *([order.against] if order.against else [])):
        if name not in latest:
            raise GenerationError(
                f"no system {name!r} was submitted to {order.benchmark};"
                f" {nearest_or_all(name, sorted(latest))}"
            )
    return [latest[name] for name in order.systems if name != order.against]


def _latest(folder: DataFolder, benchmark: str) -> dict[str, Submission]:
    standing = [each for each in submissions(folder, benchmark) if each.withdrawn_at is None]
    by_name = {each.system: each for each in sorted(standing, key=lambda s: s.received_at)}
    return {name: by_name[name] for name in sorted(by_name)}


def _of_system(
    folder: DataFolder, asked: Sequence[Task], submission: Submission
) -> Iterator[JudgedRuns]:
    store = PostStore(folder.posts)
    for task in asked:
        if task.id in submission.tasks and store.has(task):
            examples = with_references_cut(task, store.examples(task))
            runs = segments(folder.outputs(submission.outputs), task, examples)
            name = f"{submission.system} {submission.version}"
            yield JudgedRuns(submission, name, tuple(runs))


def _rated(
    folder: DataFolder, tasks: Mapping[str, Task], asked: Sequence[Task]
) -> Iterator[JudgedRuns]:
    ids = {task.id for task in asked}
    for rated in rated_sets(folder, tasks, usable_rubrics(folder.path)):
        for part in rated.parts:
            if part.task.id in ids:
                yield JudgedRuns(None, f"rated texts {rated.name}", (part.segments,))


def _rival(folder: DataFolder, asked: Sequence[Task], order: JudgeOrder) -> dict[str, JudgedRuns]:
    if order.against is None:
        return {}
    latest = _latest(folder, order.benchmark)
    if order.against not in latest:
        raise GenerationError(
            f"no system {order.against!r} was submitted to {order.benchmark};"
            f" {nearest_or_all(order.against, sorted(latest))}"
        )
    return {part.task.id: part for part in _of_system(folder, asked, latest[order.against])}
