"""What is pending, why, and in which groups it is worked on.

Pending work is never queued. What a submission's tasks would have under the metrics' current
identities, less what is stored, is what remains to do: a crash loses nothing but the last values of
the unit under way, and a new metric version makes exactly its own scores pending.

A unit is one submission's one task, with all metrics that it lacks: the model's metrics share their
pairs (`f` is made from two other directions), so each distinct pair is scored once. A group is the
units of one task under one model: their systems share posts and references, which an engine that is
given them together encodes once. Scoring for the first time and scoring again are therefore the
same thing; only who asks and why differ.

`submissions.rescoring.worker` leases groups and commits what `submissions.rescoring.group` makes of
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from scoring.instruments import Instruments
from scoring.metric import Metric, PairMetric
from scoring.metrics import metrics_with
from scoring.tasks import Task, TasksById
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import failures
from submissions.store.scored.leases import Work
from submissions.store.scored.scores import ScoreKey, scored_identities, scored_keys
from submissions.store.submitted.submissions import Submission, submissions

GROUP_PAIRS = 400_000
"""Pairs that a group may have: what a worker keeps in memory, and what it leases at once."""

NEW_SUBMISSION = "new submission"
NEW_IDENTITY = "new identity"
NOT_SCORED = "not scored yet"


@dataclass(frozen=True)
class Lacking:
    """A score that is to be made.

    Attributes:
        metric: With what.
        key: Under which key it will be stored.
        why: NEW_SUBMISSION (nothing of the unit is scored), NEW_IDENTITY (this metric was scored
            under another) or NOT_SCORED (other metrics were scored, this one never).
    """

    metric: Metric
    key: ScoreKey
    why: str


@dataclass(frozen=True)
class Unit:
    """One submission's one task, with what it lacks."""

    submission: Submission
    task: Task
    lacking: tuple[Lacking, ...]
    instruments: Instruments

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that it lacks."""
        return tuple(lacking.metric for lacking in self.lacking)

    @cached_property
    def pair_metrics(self) -> tuple[PairMetric, ...]:
        """Those of them that need a model."""
        return tuple(metric for metric in self.metrics if isinstance(metric, PairMetric))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of model that those need."""
        return tuple(dict.fromkeys(metric.needs for metric in self.pair_metrics))

    def needing(self, kind: str) -> tuple[PairMetric, ...]:
        """Return the metrics that it lacks that need a model of a kind."""
        return tuple(metric for metric in self.pair_metrics if metric.needs == kind)

    @property
    def keys(self) -> tuple[ScoreKey, ...]:
        """The keys of the scores that it lacks."""
        return tuple(lacking.key for lacking in self.lacking)

    @property
    def work(self) -> Work:
        """What a worker leases."""
        return Work(self.submission.id, self.task.id)

    @cached_property
    def steps(self) -> int:
        """Progress steps: an output measured by a metric is one, and one more where a model has to
        read it first.
        """
        return self.task_size * len(self.lacking) + self.model_steps

    @cached_property
    def model_steps(self) -> int:
        """Those of a model."""
        return self.task_size * len(self.pair_metrics)

    @property
    def task_size(self) -> int:
        """Outputs of the task: examples times repetitions."""
        return self.submission.tasks[self.task.id] * (self.task.expected_size or 1)

    def without(self, keys: set[ScoreKey]) -> Unit:
        """Return the unit less what is in `keys`."""
        return replace(
            self, lacking=tuple(lacking for lacking in self.lacking if lacking.key not in keys)
        )

    def of_metric(self, name: str) -> Unit:
        """Return the unit with what it lacks of one metric."""
        return replace(
            self, lacking=tuple(each for each in self.lacking if each.metric.name == name)
        )

    def __str__(self) -> str:
        return f"{self.submission.system} {self.submission.version} on {self.task.id}"


@dataclass(frozen=True)
class Group:
    """Units of one task under one model, at most GROUP_PAIRS pairs of them unless one unit alone
    has more.
    """

    units: tuple[Unit, ...]

    @property
    def task(self) -> Task:
        """The task of all of them."""
        return self.units[0].task

    @property
    def instruments(self) -> Instruments:
        """What all of them are measured with."""
        return self.units[0].instruments

    @cached_property
    def steps(self) -> int:
        """Progress steps of all units."""
        return sum(unit.steps for unit in self.units)

    def __str__(self) -> str:
        more = f" and {len(self.units) - 1} more" if len(self.units) > 1 else ""
        first = self.units[0].submission
        return f"{first.system} {first.version}{more} on {self.task.id}"


@dataclass(frozen=True)
class Workplace:
    """What planning and running need: the data, the declared tasks and each benchmark's
    instruments.
    """

    folder: DataFolder
    tasks: TasksById
    instruments: Mapping[str, Instruments] = field(default_factory=dict)

    def instruments_of(self, task: Task) -> Instruments:
        """Return what the task's benchmark is scored with."""
        return self.instruments.get(task.benchmark, Instruments())


def current_keys(
    workplace: Workplace, submission: Submission, metrics: Sequence[Metric] | None = None
) -> dict[ScoreKey, tuple[Task, Metric]]:
    """Return the scores that `submission` has, or lacks, under the current identities.

    A withdrawn one needs none.

    Args:
        workplace: The data.
        submission: Whose.
        metrics: Only these; None for all that its benchmark is scored with.
    """
    if submission.withdrawn_at is not None:
        return {}
    posts = PostStore(workplace.folder.posts)
    keys = {}
    for task_id in submission.tasks:
        task = workplace.tasks.get(task_id)
        # A declaration may be gone, or its gold not imported yet: then there is nothing to score
        # on.
        if task is None or not posts.has(task):
            continue
        instruments = workplace.instruments_of(task)
        for metric in metrics_with(instruments) if metrics is None else metrics:
            if not metric.applies_to(task) or not metric.can_measure(instruments):
                continue
            # Of a single run there is nothing to hold against each other.
            if submission.tasks[task_id] > 1 or not metric.across_runs:
                key = ScoreKey(
                    submission.id, task.id, task.revision, _identity_key(metric, instruments)
                )
                keys[key] = (task, metric)
    return keys


@lru_cache(maxsize=1024)
def _identity_key(metric: Metric, instruments: Instruments) -> str:
    # One for all submissions: with hundreds of them, hashing it anew each time is most of a plan's
    # time.
    return metric.identity(instruments).key


def plan(
    workplace: Workplace,
    benchmark: str | None = None,
    metrics: Sequence[Metric] | None = None,
    system: str | None = None,
) -> tuple[Unit, ...]:
    """Return what lacks a score, oldest submission first.

    Failed units included (see `outstanding`).

    Args:
        workplace: The data.
        benchmark: Only this one's submissions.
        metrics: Only these; None for all that each benchmark is scored with.
        system: Only this system's submissions, all versions.
    """
    scored = scored_identities(workplace.folder)
    # Why a score is lacking tells a maintainer whether a rescoring was asked for or crept in.
    past = {(key.submission, key.task, metric) for key, metric in scored.items()}
    begun = {(submission, task) for submission, task, _ in past}
    units = []
    for submission in submissions(workplace.folder, benchmark):
        if system not in (None, submission.system):
            continue
        pending: dict[str, list[Lacking]] = {}
        for key, (task, metric) in current_keys(workplace, submission, metrics).items():
            if key not in scored:
                why = _why(key, metric, past, begun)
                pending.setdefault(task.id, []).append(Lacking(metric, key, why))
        for task_id, lacking in pending.items():
            task = workplace.tasks[task_id]
            units.append(Unit(submission, task, tuple(lacking), workplace.instruments_of(task)))
    return tuple(units)


def _why(
    key: ScoreKey, metric: Metric, past: set[tuple[str, str, str]], begun: set[tuple[str, str]]
) -> str:
    if (key.submission, key.task, metric.name) in past:
        return NEW_IDENTITY
    return NOT_SCORED if (key.submission, key.task) in begun else NEW_SUBMISSION


def outstanding(folder: DataFolder, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return what is still to be done of `units`: not scored since, not given up.

    What failed before comes last.
    """
    failed = failures(folder)
    finished = scored_keys(folder) | {key for key, failure in failed.items() if failure.given_up}
    left = [unit for unit in (unit.without(finished) for unit in units) if unit.lacking]
    return tuple(
        sorted(
            left,
            key=lambda unit: max(failed[key].tries if key in failed else 0 for key in unit.keys),
        )
    )


def groups(units: Sequence[Unit]) -> Iterator[Group]:
    """Cut `units` into groups, in the order in which their first units stand."""
    together: dict[tuple[str, Instruments], list[Unit]] = {}
    for unit in units:
        together.setdefault((unit.task.id, unit.instruments), []).append(unit)
    for alike in together.values():
        # Systems of one task stand together, so that an engine encodes each post once.
        batch, pairs = list[Unit](), 0
        for unit in alike:
            more = unit.task_size * sum(metric.pairs_each for metric in unit.pair_metrics)
            if batch and pairs + more > GROUP_PAIRS:
                yield Group(tuple(batch))
                batch, pairs = [], 0
            batch.append(unit)
            pairs += more
        yield Group(tuple(batch))
