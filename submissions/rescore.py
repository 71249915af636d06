"""Scores whatever is pending: plan (a query), run (an engine), commit.

Pending work is never queued. What a submission's tasks would have under the metrics' current identities, less what
is stored, is what remains to do: a crash loses nothing but the unit under way, and a new metric version makes
exactly its own scores pending.

A unit is one submission's one task, with all metrics that it lacks: the model's metrics share their pairs (`f` is
made from two other directions), so each distinct pair is scored once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.errors import ReasonBoardError
from scoring.metric import BartIdentity, Floats, Instruments, Metric, PairMetric, mean_of_pairs, with_presence
from scoring.metrics import METRICS
from scoring.score import assemble
from scoring.segments import Segments
from scoring.tasks import Task
from submissions.engines import Engine, Pair
from submissions.outputs import segments as stored_segments
from submissions.store.arrays import drop_partial, load_partial, save_array, save_partial
from submissions.store.folder import DataFolder
from submissions.store.posts import PostStore
from submissions.store.scores import Run, Score, ScoreKey, commit_scores, score_of, scored_keys
from submissions.store.submissions import Submission, submissions

Report = Callable[["Progress"], None]


class UnitsFailed(ReasonBoardError):
    """Some units could not be scored; the others were."""


@dataclass(frozen=True)
class Unit:
    """One submission's one task, with the metrics that it lacks."""

    submission: Submission
    task: Task
    metrics: tuple[Metric, ...]
    instruments: Instruments

    @property
    def steps(self) -> int:
        """Progress steps: examples times repetitions times metrics."""
        return self.task_size * len(self.metrics)

    @property
    def task_size(self) -> int:
        """Outputs of the task: examples times repetitions."""
        return self.submission.tasks[self.task.id] * (self.task.expected_size or 1)

    def __str__(self) -> str:
        return f"{self.submission.system} {self.submission.version} on {self.task.id}"


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    unit: Unit
    done: int
    total: int


@dataclass(frozen=True)
class Workplace:
    """What planning and running need: the data, the declared tasks and each benchmark's instruments."""

    folder: DataFolder
    tasks: Mapping[str, Task]
    instruments: Mapping[str, Instruments] = field(default_factory=dict)

    def instruments_of(self, task: Task) -> Instruments:
        """What the task's benchmark is scored with."""
        return self.instruments.get(task.benchmark, Instruments())


def current_keys(
    workplace: Workplace, submission: Submission, metrics: Sequence[Metric] = METRICS
) -> dict[ScoreKey, tuple[Task, Metric]]:
    """The scores that `submission` has, or lacks, under the current identities."""
    posts = PostStore(workplace.folder.posts)
    keys = {}
    for task_id in submission.tasks:
        task = workplace.tasks.get(task_id)
        if task is None or not posts.has(task):
            continue
        instruments = workplace.instruments_of(task)
        for metric in metrics:
            if metric.applies_to(task) and (instruments.bart or not isinstance(metric, PairMetric)):
                key = ScoreKey(submission.id, task.id, task.revision, metric.identity(instruments).key)
                keys[key] = (task, metric)
    return keys


def plan(workplace: Workplace, benchmark: str | None = None, metrics: Sequence[Metric] = METRICS) -> tuple[Unit, ...]:
    """What is pending, oldest submission first."""
    scored = scored_keys(workplace.folder)
    units = []
    for submission in submissions(workplace.folder, benchmark):
        pending: dict[str, list[Metric]] = {}
        for key, (task, metric) in current_keys(workplace, submission, metrics).items():
            if key not in scored:
                pending.setdefault(task.id, []).append(metric)
        for task_id, lacking in pending.items():
            task = workplace.tasks[task_id]
            units.append(Unit(submission, task, tuple(lacking), workplace.instruments_of(task)))
    return tuple(units)


def run(
    workplace: Workplace, units: Sequence[Unit], engine: Engine, under: Run, report: Report = lambda _: None
) -> int:
    """Score `units`, committing each as it is done.

    Args:
        workplace: The data.
        units: From `plan`.
        engine: What runs the model.
        under: The run that the scores will name.
        report: Called as steps are done.

    Returns:
        How many scores were stored.

    Raises:
        UnitsFailed: After all others were scored: which units failed, and why.
    """
    stored, done, failures = 0, 0, []
    total = sum(unit.steps for unit in units)
    for unit in units:

        def advance(share: float, unit: Unit = unit, done: int = done) -> None:
            report(Progress(unit, done + round(unit.steps * share), total))

        try:
            stored += commit_scores(workplace.folder, _score_unit(workplace, unit, engine, under, advance))
        except ReasonBoardError as error:
            failures.append(f"{unit}: {error}")
        done += unit.steps
        report(Progress(unit, done, total))
    if failures:
        raise UnitsFailed(
            "\n".join([f"{len(failures)} of {len(units)} units failed, the others are stored:", *failures])
        )
    return stored


def _score_unit(
    workplace: Workplace, unit: Unit, engine: Engine, under: Run, advance: Callable[[float], None]
) -> list[Score]:
    examples = PostStore(workplace.folder.posts).examples(unit.task)
    path = workplace.folder.files / f"{unit.submission.outputs}.parquet"
    runs = stored_segments(path, unit.task, examples)
    values = _ModelValues(workplace.folder, unit, engine, advance)
    known = values.score(runs)
    scores = []
    for metric in unit.metrics:
        items = [_items(metric, segments, unit.instruments, known) for segments in runs]
        scored = assemble(metric, runs, items, n_truncated=values.n_truncated(metric, runs))
        identity = metric.identity(unit.instruments)
        array = save_array(workplace.folder, scored.items)
        scores.append(score_of(unit.submission.id, unit.task, identity, scored, array, under.id))
    values.forget()
    return scores


def _items(metric: Metric, segments: Segments, instruments: Instruments, known: dict[Pair, float]) -> Floats:
    if isinstance(metric, PairMetric):
        return with_presence(mean_of_pairs(metric.pairs(segments), known))
    return metric.measure(segments, instruments)


class _ModelValues:
    """The model's part of a unit: the distinct pairs of all its metrics, scored once, partial values kept."""

    def __init__(self, folder: DataFolder, unit: Unit, engine: Engine, advance: Callable[[float], None]) -> None:
        self._folder, self._unit, self._engine, self._advance = folder, unit, engine, advance
        self._key = ""

    def score(self, runs: Sequence[Segments]) -> dict[Pair, float]:
        """Pair -> nats a token."""
        wanted = [metric for metric in self._unit.metrics if isinstance(metric, PairMetric)]
        pairs = list(dict.fromkeys(p for metric in wanted for s in runs for item in metric.pairs(s) for p in item))
        model = self._unit.instruments.bart
        if not pairs or model is None:
            return {}
        self._key = _partial_key(model, pairs)
        done = 0

        def advance(more: int) -> None:
            nonlocal done
            done += more
            self._advance(done / len(pairs))

        values = self._engine.score(
            model, pairs, load_partial(self._folder, self._key, len(pairs)),
            lambda so_far: save_partial(self._folder, self._key, so_far), advance,
        )  # fmt: skip
        return dict(zip(pairs, values.tolist(), strict=True))

    def n_truncated(self, metric: Metric, runs: Sequence[Segments]) -> int:
        """How many distinct texts of `metric` were cut to the model's length."""
        model = self._unit.instruments.bart
        if not isinstance(metric, PairMetric) or model is None:
            return 0
        texts = {text for s in runs for item in metric.pairs(s) for pair in item for text in pair}
        return model.scorer().count_truncated(sorted(texts))

    def forget(self) -> None:
        """Drop the partial values: their scores are about to be committed."""
        if self._key:
            drop_partial(self._folder, self._key)


def _partial_key(model: BartIdentity, pairs: Sequence[Pair]) -> str:
    canonical = json.dumps([model.fingerprint, model.max_tokens, model.dtype_name, pairs])
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
