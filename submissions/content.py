"""What the next release will state: the working database's public part, as rows.

Only the latest consented version of each system, only tasks whose gold is imported, only values of the current
identities: numbers of different identity never share a column, a value of another identity leaves a blank cell
that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from scoring.metric import Instruments, Metric, PairMetric
from scoring.metrics import METRICS
from scoring.metrics import metric as metric_named
from scoring.score import breakdown, confusion
from scoring.segments import Example, Reading, Segments
from scoring.tasks import Task
from submissions.outputs import read_outputs
from submissions.overall import Cell, overall_rows
from submissions.rescore import Workplace, current_keys
from submissions.store.arrays import load_array
from submissions.store.failures import Failure, failures
from submissions.store.folder import DataFolder
from submissions.store.posts import PostStore
from submissions.store.release_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    MetricRow,
    OverallRow,
    ReleaseContent,
    SystemRow,
    TaskRow,
)
from submissions.store.scores import PinnedBart, Run, Score, ScoreKey, pinned_bart, runs, scores
from submissions.store.submissions import Submission, submissions

NOT_VALIDATED = "not validated here: nobody has rated this benchmark's explanations yet"
CONFUSION_METRIC = "accuracy"


@dataclass(frozen=True)
class Board:
    """One benchmark's public rows, and all that is needed to fill its cells."""

    benchmark: str
    tasks: tuple[Task, ...]
    examples: Mapping[str, tuple[Example, ...]]
    systems: tuple[Submission, ...]
    metrics: tuple[Metric, ...]
    pinned: PinnedBart | None
    scores: Mapping[tuple[str, str, str], Score]
    failures: Mapping[ScoreKey, Failure]

    def score(self, system: Submission, task: Task, metric: Metric) -> Score | None:
        """The current score of a cell; None for a blank."""
        return self.scores.get((system.id, task.id, metric.name))

    def scores_on(self, task: Task) -> Iterator[Score]:
        """The current scores on one task, in the order of the rows and columns."""
        for system in self.systems:
            for metric in self.metrics:
                score = self.score(system, task, metric)
                if score is not None:
                    yield score


def build_content(folder: DataFolder, tasks: Mapping[str, Task]) -> ReleaseContent:
    """Everything that the next release will state."""
    posts = PostStore(folder.posts)
    imported = [task for task in tasks.values() if posts.has(task) and task.superseded_by is None]
    provenance = runs(folder)
    boards = [_board(folder, tasks, imported, name) for name in dict.fromkeys(task.benchmark for task in imported)]
    boards = [board for board in boards if board.systems]
    return ReleaseContent(
        tasks=tuple(_task_row(posts, board, task) for board in boards for task in board.tasks),
        metrics=tuple(row for board in boards for row in _metric_rows(board)),
        systems=tuple(_system_row(folder, board, system) for board in boards for system in board.systems),
        cells=tuple(row for board in boards for row in _cell_rows(board, provenance)),
        overall=tuple(row for board in boards for row in _overall_rows(folder, board)),
        breakdowns=tuple(row for board in boards for row in _breakdown_rows(folder, board)),
        confusions=tuple(row for board in boards for row in _confusion_rows(folder, board)),
    )


def _board(folder: DataFolder, declared: Mapping[str, Task], imported: Sequence[Task], benchmark: str) -> Board:
    tasks = tuple(task for task in imported if task.benchmark == benchmark)
    systems = _latest(submissions(folder, benchmark))
    pinned = pinned_bart(folder, benchmark)
    workplace = Workplace(folder, declared, {benchmark: Instruments(pinned)})
    wanted = {}
    for system in systems:
        for key, (task, metric) in current_keys(workplace, system).items():
            wanted[key] = (system.id, task.id, metric.name)
    found = {wanted[score.key]: score for score in scores(folder, set(wanted))}
    posts = PostStore(folder.posts)
    metrics = tuple(
        metric
        for metric in METRICS
        if any(metric.applies_to(task) for task in tasks) and (pinned or not isinstance(metric, PairMetric))
    )
    examples = {task.id: posts.examples(task) for task in tasks}
    return Board(benchmark, tasks, examples, systems, metrics, pinned, found, failures(folder))


def _latest(versions: Iterable[Submission]) -> tuple[Submission, ...]:
    """The newest consented version of each system; `versions` is in order of receipt."""
    return tuple({version.system: version for version in versions if version.consent}.values())


def _task_row(posts: PostStore, board: Board, task: Task) -> TaskRow:
    info = posts.info(task)
    examples = board.examples[task.id]
    classes = Counter(example.gold for example in examples)
    return TaskRow(
        id=task.id, benchmark=task.benchmark, title=task.title, family=task.family, dataset=task.dataset,
        platform=task.platform, annotation=task.annotation, unit=task.unit, kind=task.kind, question=task.question,
        headline=task.headline, reference_authors=task.references, licence=task.licence, citation=task.citation,
        known_problems=list(task.known_problems),
        labels=[{"name": label.name, "title": label.title} for label in task.labels],
        attributes={name: list(values) for name, values in task.attributes.items()},
        classes={name: classes[name] for name in task.label_names} if task.gold_public else {},
        revision=task.revision, superseded_by=task.superseded_by, demonstration=task.demonstration,
        expected_size=task.expected_size, size=len(examples), posts=len({e.post_id for e in examples}),
        source_sha256=info.source_sha256,
        hash_matches=None if task.sha256 is None else info.source_sha256 == task.sha256,
    )  # fmt: skip


def _metric_rows(board: Board) -> Iterator[MetricRow]:
    for position, metric in enumerate(board.metrics):
        pinned = board.pinned if isinstance(metric, PairMetric) else None
        yield MetricRow(
            benchmark=board.benchmark, name=metric.name, title=metric.title, grouping=metric.group,
            measures=metric.measures, limits=metric.limits, unit=metric.unit,
            higher_is_better=metric.higher_is_better, low_bound=metric.bounds[0], high_bound=metric.bounds[1],
            checkpoint=pinned.checkpoint if pinned else "", demonstration=bool(pinned and pinned.demonstration),
            validity=NOT_VALIDATED if metric.group == "explanation" else "", position=position,
        )  # fmt: skip


def _system_row(folder: DataFolder, board: Board, system: Submission) -> SystemRow:
    meta = system.meta
    versions = sum(other.system == system.system and other.consent for other in submissions(folder, board.benchmark))
    return SystemRow(
        id=system.id, benchmark=board.benchmark, system=system.system, version=system.version, versions=versions,
        description=meta.description, base_model=meta.base_model, parameters=str(meta.parameters), method=meta.method,
        prompt_strategy=meta.prompt_strategy,
        trained_on=None if meta.trained_on is None else list(meta.trained_on), links=list(meta.links),
        licence=meta.licence, trivial=system.trivial, demonstration=any(t.demonstration for t in board.tasks),
        received_at=system.received_at, n_rows=system.n_rows,
        parse_rules=_parse_rules(folder, system),
    )  # fmt: skip


def _parse_rules(folder: DataFolder, system: Submission) -> dict[str, dict[str, int]]:
    """Task id -> rule (or "unparsed: " and the reason) -> rows."""
    counts: dict[str, Counter[str]] = {}
    for run in read_outputs(folder.files / f"{system.outputs}.parquet").runs:
        read = counts.setdefault(run.task, Counter())
        read.update(reading.rule or f"unparsed: {reading.reason}" for reading in run.readings)
    return {task: dict(sorted(rules.items())) for task, rules in sorted(counts.items())}


def _cell_rows(board: Board, provenance: Mapping[str, Run]) -> Iterator[CellRow]:
    for system in board.systems:
        for task in board.tasks:
            for metric in board.metrics:
                if metric.applies_to(task):
                    score = board.score(system, task, metric)
                    yield (
                        _blank(board, system, task, metric) if score is None else _cell(score, provenance[score.run])
                    )


def _cell(score: Score, run: Run) -> CellRow:
    provenance = {
        **run.provenance,
        "run": run.id,
        "author": run.author,
        "reason": run.reason,
        "at": score.scored_at,
    }
    return CellRow(
        system=score.submission, task=score.task, metric=score.identity.metric, value=score.value, low=score.low,
        high=score.high, interval=score.interval, sd=score.sd, repetitions=score.repetitions, n=score.n,
        n_absent=score.n_absent, n_unparsed=score.n_unparsed, n_truncated=score.n_truncated,
        signature=score.signature, identity=asdict(score.identity), provenance=provenance, array=score.array,
        why_blank="no example has a value" if score.value is None else None,
    )  # fmt: skip


def _blank(board: Board, system: Submission, task: Task, metric: Metric) -> CellRow:
    identity = metric.identity(Instruments(board.pinned))
    why = "not scored yet under this signature" if task.id in system.tasks else "task not submitted"
    failure = board.failures.get(ScoreKey(system.id, task.id, task.revision, identity.key))
    if failure is not None and failure.given_up:
        why = f"scoring failed: {failure.reason.split(':', 1)[0]}"
    return CellRow(
        system=system.id, task=task.id, metric=metric.name, value=None, low=None, high=None, interval="", sd=None,
        repetitions=0, n=0, n_absent=0, n_unparsed=0, n_truncated=0, signature=identity.signature(task),
        identity=asdict(identity), provenance={}, array=None, why_blank=why,
    )  # fmt: skip


def _overall_rows(folder: DataFolder, board: Board) -> Iterator[OverallRow]:
    cells = [
        Cell(system.id, task, metric, score)
        for metric in board.metrics
        for task in board.tasks
        if metric.applies_to(task)
        for system in board.systems
        if (score := board.score(system, task, metric)) is not None and score.value is not None
    ]
    return overall_rows(folder, board.benchmark, [s.id for s in board.systems], board.tasks, board.examples, cells)


def _breakdown_rows(folder: DataFolder, board: Board) -> Iterator[BreakdownRow]:
    for task in board.tasks:
        examples = board.examples[task.id]
        attributes = tuple(dict.fromkeys(name for example in examples for name in example.attributes))
        if attributes:
            for score in board.scores_on(task):
                yield from _parts(folder, task, examples, attributes, score)


def _parts(
    folder: DataFolder, task: Task, examples: tuple[Example, ...], attributes: Sequence[str], score: Score
) -> Iterator[BreakdownRow]:
    scored = metric_named(score.identity.metric)
    items = load_array(folder, score.array)
    segments = [_unread(task, examples)] * len(items)
    for attribute in attributes:
        for value, part in breakdown(scored, segments, list(items), attribute).items():
            yield BreakdownRow(
                score.submission, task.id, scored.name, attribute, value, part.value, part.low, part.high, part.n
            )


def _unread(task: Task, examples: tuple[Example, ...]) -> Segments:
    """The task's examples without outputs: what a breakdown of stored statistics needs."""
    nothing = Reading(label=None, rule=None, reason="not read", explanation=None)
    return Segments(task, examples, (None,) * len(examples), (nothing,) * len(examples))


def _confusion_rows(folder: DataFolder, board: Board) -> Iterator[ConfusionRow]:
    for task in board.tasks:
        for score in board.scores_on(task) if task.gold_public else ():
            if score.identity.metric == CONFUSION_METRIC:
                counts = confusion(load_array(folder, score.array), task)
                for i, gold in enumerate(task.label_names):
                    for j, predicted in enumerate((*task.label_names, "unparsed")):
                        if counts[i, j]:
                            yield ConfusionRow(score.submission, task.id, gold, predicted, int(counts[i, j]))
