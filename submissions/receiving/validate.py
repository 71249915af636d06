"""Rows held against tasks and gold: what is wrong, all of it at once, and what was read out of the
rest.

An unknown task is one problem with the number of its rows, not one a row, and missing examples are
one a run: a file for another benchmark is one mistake, not twenty thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from scoring.extraction.finding import CUT_OFF, REFUSED
from scoring.segments import Example
from scoring.tasks import Task, unreadable
from submissions.likeness.quotation import NOTHING, Remembered
from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.alignment import StageExample, Tray
from submissions.receiving.complaints import LISTED, Complaints
from submissions.receiving.formats.columns import RUNS
from submissions.receiving.formats.row import Item, Note, Row
from submissions.receiving.matching import Finder, Found
from submissions.receiving.named_runs import NamedRuns
from submissions.receiving.spool import Spool
from submissions.store.files.gold import post_id_of
from submissions.store.files.outputs import TaskOutputs, Thoughts, without_texts
from submissions.wording import counted, noun_for

CLUES = "an id as `reasonboard benchmark template` writes it, or the example's query in the prompt"
"""What a sample may be told by."""


BARELY = 0.5
"""Parse rates below it are more likely a mistake in the file than a poor system."""


@dataclass(frozen=True)
class Coverage:
    """How much of one task a submission has, and how its labels were found.

    Attributes:
        task: The task id.
        expected: Examples of the task.
        repetitions: How often the task was run.
        rows: Rows read, of `expected * repetitions`.
        labels: Label -> rows that state it.
        rules: Rule -> rows whose label it found.
        unparsed: Reason -> rows without a label.
        stages: Stage of reading -> rows in which it applied.
        shown: Of each stage a few rows, with what it cut off and what it left.
        thoughts: How long the thoughts are that were kept apart; None where there are none.
    """

    task: str
    expected: int
    repetitions: int
    rows: int
    labels: Mapping[str, int]
    rules: Mapping[str, int]
    unparsed: Mapping[str, int]
    stages: Mapping[str, int] = field(default_factory=dict)
    shown: tuple[StageExample, ...] = ()
    thoughts: Thoughts | None = None

    @property
    def refused(self) -> int:
        """Rows that decline to answer, or only offer to."""
        return self.unparsed.get(REFUSED, 0)

    @property
    def cut_off(self) -> int:
        """Rows that end within the model's thought."""
        return self.unparsed.get(CUT_OFF, 0)

    @property
    def parse_rate(self) -> float | None:
        """Rows with a label, of the rows read; None where there are none."""
        return sum(self.rules.values()) / self.rows if self.rows else None

    @property
    def barely_read(self) -> bool:
        """Whether so few answers were read that a mistake in the file is likelier than a poor
        system.
        """
        return self.parse_rate is not None and self.parse_rate < BARELY


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        runs: By task and repetition, each in the task's order; rows with a problem are left out.
        coverage: A task each, in the order of ids.
        problems: By file and line; at most `complaints.LISTED`.
        unlisted: How many more there are.
        notes: What the team should know, though it is no fault.
    """

    runs: tuple[TaskOutputs, ...]
    coverage: tuple[Coverage, ...]
    problems: tuple[Problem, ...]
    unlisted: int
    notes: tuple[Note, ...]

    @property
    def accepted(self) -> bool:
        """Whether there is nothing to put right."""
        return not self.problems

    @property
    def tasks(self) -> tuple[str, ...]:
        """The ids of the tasks that the submission has."""
        return tuple(coverage.task for coverage in self.coverage)

    @property
    def repetitions(self) -> dict[str, int]:
        """Task id -> how often the submission has it."""
        return {coverage.task: coverage.repetitions for coverage in self.coverage}

    @property
    def n_rows(self) -> int:
        """Rows read, of all tasks."""
        return sum(coverage.rows for coverage in self.coverage)

    def require(self) -> Checked:
        """Return this, if it is accepted.

        Raises:
            SubmissionRefused: It is not, and here is why.
        """
        if self.problems:
            raise SubmissionRefused(self.problems, self.unlisted)
        return self

    def rows(self) -> Iterator[dict[str, str | int | None]]:
        """Yield what was read out of every row.

        Task, example_id, label, rule, reason, stages, explanation, reasoning.

        `stages` says which stages of reading applied: what was cut off (a model's thought, an
        echoed prompt), and what decided. `reasoning` is the thought.
        `repetition` stands with them where a task was run more than once, with `prompt` and `seed`
        where these name it, and `classifier` where the benchmark's classifier read a label too.
        """
        for run in self.runs:
            extra: dict[str, str | int | None] = {}
            if self.repetitions[run.task] > 1:
                extra["repetition"] = run.repetition
                extra |= dict(zip(RUNS, run.named or (), strict=False))
            classified = run.classified or (None,) * len(run)
            for example_id, reading, label in zip(
                run.example_ids, run.readings, classified, strict=True
            ):
                if run.classified:
                    extra["classifier"] = label
                yield {
                    "task": run.task,
                    "example_id": example_id,
                    "label": reading.label,
                    "rule": reading.rule,
                    "reason": reading.reason,
                    "stages": "; ".join(reading.stages) or None,
                    "explanation": reading.explanation,
                    "reasoning": reading.reasoning,
                    **extra,
                }


def check(
    rows: Iterable[Item],
    gold: Mapping[str, tuple[Example, ...]],
    tasks: Mapping[str, Task],
    benchmark: str | None = None,
    redacted: Remembered = NOTHING,
) -> Checked:
    """Hold a submission against the tasks.

    Args:
        rows: What `submissions.receiving.formats.read_rows` yields.
        gold: Task id -> examples in the task's order, for every task whose gold was imported.
        tasks: Every declared task.
        benchmark: The benchmark that the submission is for; None to take rows of any.
        redacted: What is remembered of posts that were taken down: what quotes them is not kept.
    """
    desk = _Desk(gold, tasks, benchmark)
    for item in rows:
        desk.take(item)
    return _without_redacted(desk.close(), gold, redacted)


def _without_redacted(
    checked: Checked, gold: Mapping[str, tuple[Example, ...]], redacted: Remembered
) -> Checked:
    """Return what was found, without the words about or of posts that were taken
    down. Labels stay.
    """
    standing = {
        task: {example.example_id for example in examples if not _taken_down(example, redacted)}
        for task, examples in gold.items()
    }
    gone = [list(redacted_in(run, standing[run.task], redacted)) for run in checked.runs]
    said = sum(map(len, gone))
    if not said:
        return checked
    note = Note("", not_kept(said))
    runs = tuple(without_texts(run, names) for run, names in zip(checked.runs, gone, strict=True))
    hidden = {
        (run.task, name) for run, names in zip(checked.runs, gone, strict=True) for name in names
    }
    coverage = tuple(_without_shown(each, hidden) for each in checked.coverage)
    return replace(checked, runs=runs, coverage=coverage, notes=(*checked.notes, note))


def _without_shown(coverage: Coverage, hidden: Set[tuple[str, str]]) -> Coverage:
    shown = (each for each in coverage.shown if (coverage.task, each.example_id) not in hidden)
    return replace(coverage, shown=tuple(shown))


def not_kept(outputs: int) -> str:
    """Tell a team how many outputs are not kept because of takedowns."""
    return (
        f"{counted(outputs, 'output')} about posts that were taken down, or that quote one, "
        f"{noun_for(outputs, 'is', 'are')} not kept; labels are"
    )


def _taken_down(example: Example, redacted: Remembered) -> bool:
    """Return whether a post of an example is gone, or about to be.

    It is remembered before its words are deleted.
    """
    return example.redacted or (
        bool(redacted) and any(post_id_of(text) in redacted.hashes for text in example.texts)
    )


def redacted_in(run: TaskOutputs, standing: Set[str], redacted: Remembered) -> Iterator[str]:
    """Yield the examples of which a run says what may not be kept.

    Args:
        run: The run.
        standing: The ids of those whose posts were not taken down.
        redacted: What is remembered of posts that were.
    """
    if not redacted and set(run.example_ids) <= standing:
        return
    said = zip(run.example_ids, run.outputs, run.explanations_given, run.readings, strict=True)
    for name, output, explanation, reading in said:
        texts = [text for text in (output, explanation, *(reading.evidence or ())) if text]
        if texts and (name not in standing or any(map(redacted.are_in, texts))):
            yield name


@dataclass
class _Refusal:
    """Rows of one task value that cannot be placed at all."""

    row: Row
    problem: str
    allowed: str
    hint: str
    count: int = 0


@dataclass
class _Samples:
    """A harness's samples in one file: how many were matched, by what, and those that were not."""

    matched: Counter[tuple[str, str]] = field(default_factory=Counter)
    strange: list[Row] = field(default_factory=list)
    strangers: int = 0

    def add(self, row: Row, match: Found | None) -> None:
        """Count one."""
        if match is not None:
            self.matched[match.task, match.by] += 1
            return
        self.strangers += 1
        if len(self.strange) < LISTED:
            self.strange.append(replace(row, output=None))


class _Desk:
    """Takes rows in any order and sorts them by task and repetition."""

    def __init__(
        self,
        gold: Mapping[str, tuple[Example, ...]],
        tasks: Mapping[str, Task],
        benchmark: str | None,
    ) -> None:
        self._gold, self._tasks, self._benchmark = gold, tasks, benchmark
        self._complaints, self._spool = Complaints(), Spool()
        self._notes: list[Note] = []
        self._trays: dict[str, Tray | _Refusal] = {}
        self._taken = 0
        self._runs = NamedRuns()
        self._finder: Finder | None = None
        self._samples: dict[str, _Samples] = {}
        self._candidates = [t for t in tasks if benchmark in (None, t.split("/", 1)[0])]
        self._listed = _listed(self._candidates)

    def take(self, item: Item) -> None:
        """Place a row; keep a problem or note."""
        if isinstance(item, Problem):
            self._complaints.add(item)
        elif isinstance(item, Note):
            self._notes.append(item)
        else:
            self._taken += 1
            if item.run is not None:
                item = replace(item, repetition=str(self._runs.number(item.run, item.file)))
            self._place(item) if item.clues is None else self._find(item)

    def close(self) -> Checked:
        """Return the result, when every row was taken."""
        trays = [tray for _, tray in sorted(self._trays.items()) if isinstance(tray, Tray)]
        for refusal in self._trays.values():
            if isinstance(refusal, _Refusal):
                self._complaints.add(self._refusal_problem(refusal))
        self._sum_up_samples()
        names = self._runs.names
        runs = tuple(run for tray in trays for run in tray.runs(names))
        self._notes += [*self._runs.notes(), *(note for tray in trays for note in tray.notes())]
        self._notes += _uneven(Counter(run.task for run in runs))
        if not self._taken and not self._complaints.count:
            self._complaints.add(
                Problem("", None, "", "", "there are no rows", "at least one task's examples")
            )
        listed = sorted(self._complaints.listed, key=lambda p: (p.file, p.line or 0))
        repetitions = Counter(run.task for run in runs)
        coverage = tuple(_coverage(tray, repetitions[tray.task.id]) for tray in trays)
        return Checked(
            runs, coverage, tuple(listed), self._complaints.count - len(listed), tuple(self._notes)
        )

    def _find(self, row: Row) -> None:
        if self._finder is None:
            candidates = {name: self._gold[name] for name in self._candidates if name in self._gold}
            self._finder = Finder(candidates)
        match = self._finder.find(row)
        self._samples.setdefault(row.file, _Samples()).add(row, match)
        if match is not None and match.asked:
            self._complaints.add(
                Problem(
                    row.file,
                    row.line,
                    "id",
                    match.example_id,
                    f"the query beside it is that of {match.asked}",
                    f"an id of {match.task}, with its own query or without one",
                    "is it a number that the program gave the row itself?",
                )
            )
        elif match is not None:
            self._place(replace(row, task=match.task, example_id=match.example_id, clues=None))

    def _sum_up_samples(self) -> None:
        for file, samples in self._samples.items():
            if samples.matched:
                each = (
                    f"{task}: {count:,} by {by}" for (task, by), count in samples.matched.items()
                )
                self._notes.append(Note(file, f"examples found: {', '.join(each)}"))
                self._list_strangers(samples)
            else:
                problem = (
                    f"none of its {counted(samples.strangers, 'sample')} is {self._an_example}"
                )
                names = ", ".join(_called(row) for row in samples.strange[:3])
                hint = f"they are called {names}, ..." if names.strip(", ") else ""
                self._complaints.add(Problem(file, None, "", "", problem, CLUES, hint))

    def _list_strangers(self, samples: _Samples) -> None:
        for row in samples.strange:
            problem = f"the sample is not {self._an_example}"
            self._complaints.add(Problem(row.file, row.line, "id", _called(row), problem, CLUES))
        self._complaints.count += samples.strangers - len(samples.strange)

    @property
    def _an_example(self) -> str:
        return (
            f"an example of {self._benchmark or 'an imported task'}, or it is one of several tasks"
        )

    def _refusal_problem(self, refusal: _Refusal) -> Problem:
        row, rest = refusal.row, refusal.count - 1
        problem = refusal.problem + (f" (and in {counted(rest, 'more row')})" if rest else "")
        hint = refusal.hint or self._complaints.suggest(row.task, self._candidates)
        return Problem(row.file, row.line, "task", row.task, problem, refusal.allowed, hint)

    def _place(self, row: Row) -> None:
        name = row.task if row.task in self._tasks else row.task.casefold()
        tray = self._trays.get(name)
        if tray is None:
            tray = self._trays[name] = self._open(name, row)
        if isinstance(tray, _Refusal):
            tray.count += 1
        else:
            tray.take(row)

    def _open(self, name: str, row: Row) -> Tray | _Refusal:
        candidates, listed = self._candidates, self._listed
        if name in unreadable(self._tasks):
            said = "the task's declaration cannot be read on this board"
            hint = (
                "ask a maintainer: `reasonboard status` says what is wrong; or leave the task out"
            )
            return _Refusal(row, said, listed, hint)
        if name not in self._tasks:
            problem = "not a task" if name else "no task is named"
            return _Refusal(row, problem, listed, "")
        if self._benchmark not in (None, self._tasks[name].benchmark):
            return _Refusal(
                row, f"not a task of {self._benchmark}", listed, "change it, or --benchmark"
            )
        if not self._gold.get(name):
            imported = _listed([t for t in candidates if t in self._gold])
            hint = "leave the task out, or ask a maintainer to run `reasonboard benchmark import`"
            return _Refusal(row, "the task's gold data are not imported here", imported, hint)
        return Tray(self._tasks[name], self._gold[name], self._complaints, self._spool)


def _called(row: Row) -> str:
    """Return the id of a sample, or how its prompt begins."""
    clues = row.clues
    return next(iter((*clues.names, *clues.texts)), "") if clues is not None else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:40]) + (", ..." if len(names) > 40 else "") or "none yet"


def _uneven(repetitions: Mapping[str, int]) -> Iterator[Note]:
    """Say that tasks were not run equally often, where they were not."""
    if len(set(repetitions.values())) > 1:
        most, least = (pick(repetitions, key=repetitions.__getitem__) for pick in (max, min))
        yield Note(
            "",
            f"{most} has {repetitions[most]} repetitions and {least} {repetitions[least]}: a mean over"
            " the tasks has no standard deviation over repetitions",
        )


def _coverage(tray: Tray, repetitions: int) -> Coverage:
    labels, rules, unparsed = Counter[str](), Counter[str](), Counter[str]()
    for (label, rule, reason), rows in tray.stated.items():
        if label is None:
            unparsed[reason or ""] += rows
        else:
            labels[label] += rows
        if rule is not None:
            rules[rule] += rows
    return Coverage(
        task=tray.task.id,
        expected=len(tray.examples),
        repetitions=repetitions,
        rows=tray.stated.total(),
        labels=labels,
        rules=rules,
        unparsed=unparsed,
        stages=dict(tray.stages),
        shown=tuple(tray.shown),
        thoughts=Thoughts.of(tray.thoughts) if tray.thoughts else None,
    )
