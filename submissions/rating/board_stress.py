"""Stress tests as a release states them: of each explanation metric of a board, which spoilt texts
it takes for worse.

What is spoilt has to be an explanation that is good beyond doubt, and of nobody whom the board
ranks: what a metric wins or loses must not hang on whose texts were taken. That is the benchmark's
own *reference*, and whatever does not read references is tried on these. What compares with the
reference cannot be: it would hold the reference against itself, and win all. It is tried on what
the board's *systems* explained where their label is right: of up to eight systems that read the
post (no trivial baseline), drawn by seed, so that a system that comes moves little, a post's taken
from one of them. A board with nobody else's explanations has no such rows.

Of each task a seeded sample is tried, one example a post; of a metric with a model, a smaller one,
since each pair costs it 14 more. Results are kept under a hash of all that they follow from: who
publishes computes nothing, and what is not kept yet has no rows. The worker tries a task at a time
when no submission waits; `reasonboard score` tries all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

import numpy as np

from scoring.extraction import EXTRACTION, with_references_cut
from scoring.instruments import Instrument, Instruments, Pair
from scoring.metric import REFERENCE, Metric
from scoring.metrics import METRICS, metrics_with
from scoring.segments import Example, Reading, Segments
from scoring.statistics.bootstrap import Floats
from scoring.stress import CONSTANT, PERTURBATIONS, RANDOM, Wins, stress
from scoring.stress.wins import is_tried, pooled
from scoring.tasks import Task, TasksById
from submissions.progress import Report, unseen
from submissions.rating.rated_values import at_hand
from submissions.rescoring.engines.local import Engine, LocalEngine
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import kept_statistics, save_statistics
from submissions.store.released.rated_rows import StressRow
from submissions.store.scored.scores import FEWEST, recorded, too_few
from submissions.store.submitted.submissions import Submission, newest_public, submissions

REFERENCES, SYSTEMS = "references", "systems"
"""Whose explanations a metric is tried on."""
POSTS = 100
"""Of a task: the interval of a share over ten tasks is then at most ±.03."""
MODEL_POSTS = 5
"""The same of a metric with a model."""
DRAWN = 8
"""Systems of a task."""
SEED = 0
VERSION = "stress/1"
"""Raised when what is tried changes otherwise than by what is hashed."""
STRESSING = "stress tests of metrics"
YARDSTICKS = (CONSTANT, RANDOM)

Kept = Mapping[str, Mapping[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class TriedTask:
    """One task's explanations that metrics are tried on.

    Attributes:
        task: The task.
        tried_on: REFERENCES or SYSTEMS.
        sample: One example a post, in the order drawn.
        drawn: Of SYSTEMS, whose outputs are read.
    """

    task: Task
    tried_on: str
    sample: tuple[Example, ...]
    drawn: tuple[Submission, ...] = ()

    def key(self, name: str, instruments: Instruments) -> str:
        """Return under what the results of a metric, or a yardstick, are kept."""
        metric = _metric(name, instruments)
        identity = metric.identity(instruments).key if metric else name
        made = [(perturbation.name, perturbation.version) for perturbation in PERTURBATIONS]
        stated = (VERSION, identity, most_posts(name), made, self._digest)
        return hashlib.sha256(repr(stated).encode()).hexdigest()

    @cached_property
    def _digest(self) -> str:
        """Hash of all that is tried."""
        digest = hashlib.sha256(repr((self.task.id, self.task.revision, EXTRACTION)).encode())
        digest.update(repr((self.tried_on, [each.outputs for each in self.drawn])).encode())
        for example in self.sample:
            texts = (example.example_id, example.post, example.gold, example.reference)
            digest.update(repr(texts).encode())
        return digest.hexdigest()

    def names(self, instruments: Instruments) -> list[str]:
        """Return the metrics, and the yardsticks, that are tried on it."""
        own = [
            metric.name
            for metric in metrics_with(instruments)
            if is_tried(metric, self.task, instruments)
            and (REFERENCE in metric.held_against) == (self.tried_on == SYSTEMS)
        ]
        return [*own, *YARDSTICKS] if self.tried_on == REFERENCES else own

    def segments(self, folder: DataFolder, most: int) -> Segments:
        """Return its explanations, of at most so many posts."""
        examples = with_references_cut(self.task, self.sample[:most])
        if self.tried_on == REFERENCES:
            readings = tuple(Reading(each.gold, None, None, each.reference) for each in examples)
            return Segments(self.task, examples, (None,) * len(examples), readings)
        runs = [
            segments(folder.outputs(system.outputs), self.task, examples)[0].readings
            for system in self.drawn
        ]
        readings = tuple(
            self._of_one(example, answers)
            for example, *answers in zip(examples, *runs, strict=True)
        )
        return Segments(self.task, examples, (None,) * len(examples), readings)

    def _of_one(self, example: Example, answers: Sequence[Reading]) -> Reading:
        """Return what one of the systems that are right says, by draw; a wrong one where none is."""
        right = [each for each in answers if each.explanation and each.label == example.gold]
        place = int.from_bytes(_draw(self.task.id, example.example_id)[:4], "big")
        return right[place % len(right)] if right else answers[0]


def _metric(name: str, instruments: Instruments) -> Metric | None:
    """Return the metric that is called so; None of a yardstick."""
    return next((each for each in metrics_with(instruments) if each.name == name), None)


_OF_NO_MODEL = frozenset([*(each.name for each in METRICS if not each.needs), *YARDSTICKS])


def most_posts(name: str) -> int:
    """Return of how many posts of a task a metric is tried."""
    return POSTS if name in _OF_NO_MODEL else MODEL_POSTS


def stress_boards(
    folder: DataFolder,
    tasks: TasksById,
    models: Mapping[str, Instruments],
    sees_to: Callable[[str], bool] = lambda _: True,
    engine: Engine | None = None,
    report: Report = unseen,
) -> Iterator[int]:
    """Try what is not kept yet, a task at a time; yield how many metrics were.

    Args:
        folder: The data.
        tasks: The declared tasks.
        models: Benchmark -> its loaded model; others' metrics with a model stay untried.
        sees_to: Which benchmarks are asked for.
        engine: What runs the models.
        report: Called as work is done.

    Raises:
        OutputsError: A system's outputs are damaged.
    """
    for benchmark in dict.fromkeys(task.benchmark for task in tasks.values()):
        if not sees_to(benchmark):
            continue
        instruments = at_hand(models, benchmark, recorded(folder, benchmark))
        own, systems, examples = _board(folder, tasks, benchmark)
        for trial in _trials(own, systems, examples) if systems else ():
            kept = kept_statistics(folder)
            wanted = [
                name
                for name in trial.names(instruments)
                if trial.key(name, instruments) not in kept
                and not _only_demonstrates(name, trial, instruments)
            ]
            if wanted:
                outcomes = _tried(
                    folder, trial, wanted, instruments, engine or LocalEngine(), report
                )
                keys = {trial.key(name, instruments): rows for name, rows in outcomes.items()}
                save_statistics(
                    folder, {key: {"wins": list(map(asdict, rows))} for key, rows in keys.items()}
                )
                yield len(wanted)


def stress_rows(
    folder: DataFolder,
    tasks: Sequence[Task],
    systems: Sequence[Submission],
    examples: Mapping[str, Sequence[Example]],
) -> Iterator[StressRow]:
    """Yield what is kept of one board, tasks together: metrics tried on all of its tasks.

    Args:
        folder: The data.
        tasks: The board's.
        systems: The public ones.
        examples: Task -> its gold.
    """
    trials = list(_trials(tasks, systems, examples))
    if not trials:
        return
    kept: Kept = kept_statistics(folder)
    instruments = recorded(folder, tasks[0].benchmark)
    of_metric: dict[str, list[TriedTask]] = {}
    for trial in trials:
        for name in trial.names(instruments):
            of_metric.setdefault(name, []).append(trial)
    for name in sorted(of_metric, key=_place):
        outcomes = [kept.get(trial.key(name, instruments)) for trial in of_metric[name]]
        results = [[Wins(**row) for row in each["wins"]] for each in outcomes if each is not None]
        # Of some tasks alone it would be another sample than what stands beside it.
        if len(results) == len(outcomes):
            signed = _signature(name, of_metric[name], instruments)
            for wins in pooled(results):
                yield _row(wins, of_metric[name], signed)


def kept_rows(folder: DataFolder, tasks: TasksById) -> Iterator[StressRow]:
    """Yield what is kept of every board: what a release would state."""
    for benchmark in dict.fromkeys(task.benchmark for task in tasks.values()):
        own, systems, examples = _board(folder, tasks, benchmark)
        if systems:
            yield from stress_rows(folder, own, systems, examples)


def _place(name: str) -> int:
    """Return where a metric stands: in the board's order, yardsticks last."""
    names = [*(metric.name for metric in METRICS), *YARDSTICKS]
    # Of a board's own rubrics after those that every board has.
    return names.index(name) if name in names else len(names)


def _only_demonstrates(name: str, trial: TriedTask, instruments: Instruments) -> bool:
    """Return whether a metric's model is at chance on such posts."""
    metric = _metric(name, instruments)
    if metric is None or not metric.needs or trial.task.demonstration:
        return False
    return instruments.usable(metric.needs).demonstration


def _board(
    folder: DataFolder, tasks: TasksById, benchmark: str
) -> tuple[list[Task], tuple[Submission, ...], dict[str, tuple[Example, ...]]]:
    """Return a board's tasks, its public systems, and task -> its gold."""
    store = PostStore(folder.posts)
    own = [
        task
        for task in tasks.values()
        if task.benchmark == benchmark
        and task.superseded_by is None
        and task.counterfactual_of is None
        and store.has(task)
        and not store.fault(task)
    ]
    systems = newest_public(submissions(folder, benchmark)) if own else ()
    # A board without a system has nothing to state.
    examples = {task.id: store.examples(task) for task in own} if systems else {}
    return own, systems, examples


def _trials(
    tasks: Iterable[Task],
    systems: Sequence[Submission],
    examples: Mapping[str, Sequence[Example]],
) -> Iterator[TriedTask]:
    for task in tasks:
        sample = tuple(islice(_one_a_post(task, examples[task.id]), POSTS))
        if not (task.explained and sample):
            continue
        yield TriedTask(task, REFERENCES, sample)
        reading = [each for each in systems if task.id in each.tasks and not each.trivial]
        drawn = sorted(reading, key=lambda system: _draw(task.id, system.system))[:DRAWN]
        if drawn:
            yield TriedTask(task, SYSTEMS, sample, tuple(drawn))


def _one_a_post(task: Task, examples: Iterable[Example]) -> Iterator[Example]:
    """Yield an example a post that has a reference, in an order that is drawn."""
    usable = [each for each in examples if each.reference and not each.redacted]
    posts = set[str]()
    for example in sorted(usable, key=lambda each: _draw(task.id, each.example_id)):
        if example.post_id not in posts:
            posts.add(example.post_id)
            yield example


def _draw(*names: str) -> bytes:
    """Return a number that is as good as drawn, and the same whatever else is there."""
    return hashlib.sha256(repr((SEED, *names)).encode()).digest()


def _tried(
    folder: DataFolder,
    trial: TriedTask,
    names: Sequence[str],
    instruments: Instruments,
    engine: Engine,
    report: Report,
) -> dict[str, list[Wins]]:
    """Return metric, or yardstick -> how it fares against each perturbation."""
    outcomes: dict[str, list[Wins]] = {name: [] for name in names}
    by_size: dict[int, list[str]] = {}
    for name in names:
        by_size.setdefault(most_posts(name), []).append(name)
    for most, own in by_size.items():
        metrics = [each for each in metrics_with(instruments) if each.name in own]
        done = iter(range(len(PERTURBATIONS)))

        def advance(title: str, done: Iterator[int] = done) -> None:
            report(STRESSING, next(done), len(PERTURBATIONS), f"{trial.task.id}: {title}")

        run = trial.segments(folder, most)
        scored = partial(_scored, engine)
        for wins in stress(run, metrics, instruments, seed=SEED, advance=advance, scored=scored):
            if wins.metric in own:
                outcomes[wins.metric].append(wins)
    return outcomes


def _scored(engine: Engine, model: Instrument, pairs: Sequence[Pair]) -> Floats:
    """Return what a model says of pairs; they are few, and none is kept by itself."""
    engine.prepare(model)
    unknown = np.full((len(pairs), len(model.outputs)), np.nan)
    return engine.score(model, pairs, unknown, lambda _: None, lambda _: None)


def _row(wins: Wins, trials: Sequence[TriedTask], signed: str) -> StressRow:
    few = wins.posts < FEWEST
    return StressRow(
        benchmark=trials[0].task.benchmark,
        task=", ".join(trial.task.id for trial in trials),
        metric=wins.metric,
        perturbation=wins.perturbation,
        tried_on=trials[0].tried_on,
        value=None if few else wins.share,
        low=None if few else wins.low,
        high=None if few else wins.high,
        interval="" if few else wins.interval,
        pairs=wins.pairs,
        posts=wins.posts,
        signature=f"{signed}|made:{wins.perturbation}/{wins.version}|{VERSION}|seed:{SEED}",
        why_blank=_why_blank(wins) if few else "",
    )


def _why_blank(wins: Wins) -> str:
    return too_few(wins.posts) if wins.posts else "it cannot be made, or has no value"


def _signature(name: str, trials: Sequence[TriedTask], instruments: Instruments) -> str:
    metric = _metric(name, instruments)
    every = "+".join(f"{trial.task.id}@{trial.task.revision}" for trial in trials)
    if metric is None:
        return f"{name}|task:{every}"
    task = trials[0].task
    head = metric.identity(instruments).signature(task)
    return head.replace(f"task:{task.id}@{task.revision}", f"task:{every}")
