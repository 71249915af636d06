"""What the next release will state: the working database's public part, as rows.

Only the latest consented version of each system, only tasks whose gold is imported, only values of the current
identities: numbers of different identity never share a column, a value of another identity leaves a blank cell
that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from scoring.metric import Instruments, Metric, PairMetric
from scoring.metrics import METRICS
from scoring.metrics import metric as metric_named
from scoring.score import UNDEFINED, breakdown, confusion
from scoring.segments import Example
from scoring.sources import Sources, Training
from scoring.tasks import Task
from submissions.benchmarks.protocols import board_protocols
from submissions.benchmarks.tags import examples_by_tag
from submissions.progress import Report, unseen
from submissions.rating.rated_values import unmeasured
from submissions.rating.rubrics import usable_rubrics
from submissions.rating.validity import COMPARING, Validity, find_validity
from submissions.releasing.board_column import columns
from submissions.releasing.changes import TAG
from submissions.releasing.coverage import given
from submissions.releasing.generalization import (
    Declarations,
    cross_dataset_rows,
    generalization_rows,
    participation_rows,
    protocol_rows,
)
from submissions.releasing.overall import overall_rows
from submissions.releasing.platforms import platform_rows
from submissions.releasing.post_sums import Indices, number_posts, save_numbers
from submissions.releasing.redaction import large_enough, redacted, suffix, unread, without_redacted
from submissions.rescoring.pending import Workplace, current_keys
from submissions.store.files.arrays import is_damaged, load_array
from submissions.store.files.outputs import OutputsError, parse_rules
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    GeneralizationRow,
    MetricRow,
    OverallRow,
    PlatformRow,
    ReleaseContent,
    SystemRow,
    TaskRow,
)
from submissions.store.scored.failures import Failure, failures
from submissions.store.scored.scores import (
    FEWEST,
    PinnedBart,
    Run,
    Score,
    ScoreKey,
    pinned_bart,
    runs,
    scores,
    too_few,
    with_enough,
)
from submissions.store.scored.workers import signs
from submissions.store.submitted.submissions import Submission, submissions
from submissions.store.submitted.tags import tags

DAMAGED = "its values of the single examples are damaged, and have to be computed again"
NOT_SCORED = "not scored yet under this signature"
CONFUSION_METRIC = "accuracy"


@dataclass(frozen=True)
class Board:
    """One benchmark's public rows, and all that is needed to fill its cells."""

    benchmark: str
    tasks: tuple[Task, ...]
    examples: Mapping[str, tuple[Example, ...]]
    post_numbers: Mapping[str, Indices]
    systems: tuple[Submission, ...]
    metrics: tuple[Metric, ...]
    pinned: PinnedBart | None
    scores: Mapping[tuple[str, str, str], Score]
    failures: Mapping[ScoreKey, Failure]
    lost: frozenset[ScoreKey]

    def score(self, system: Submission, task: Task, metric: Metric) -> Score | None:
        """Return the current score of a cell; None for a blank."""
        return self.scores.get((system.id, task.id, metric.name))

    def scores_on(self, task: Task) -> Iterator[Score]:
        """Yield the current scores on one task, in the order of the rows and columns."""
        for system in self.systems:
            for metric in self.metrics:
                score = self.score(system, task, metric)
                if score is not None:
                    yield score


@dataclass(frozen=True)
class Draft:
    """What the next release will be made from: quickly read, so that what it lacks is known before it is made.

    Attributes:
        folder: The data.
        tasks: The declared tasks.
        boards: Those with a system that may be public.
        cells: Benchmark -> its cells.
        begun: Benchmarks of which anything is scored, or to which somebody who lives will come.
        unmeasured: Metrics whose values of rated texts are pending.
        damaged: Tasks that are left out because their posts are damaged.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    boards: tuple[Board, ...]
    cells: Mapping[str, tuple[CellRow, ...]]
    begun: frozenset[str]
    unmeasured: int
    damaged: frozenset[str] = frozenset()

    @property
    def pending(self) -> dict[str, int]:
        """Those of `blank` that somebody has begun to fill."""
        return {name: count for name, count in self.blank.items() if name in self.begun}

    @property
    def blank(self) -> dict[str, int]:
        """Benchmark -> how many of its cells will be blank although they are only not scored yet; 0 is left out.

        A cell whose scoring has failed for good waits for nobody; a metric whose model no run has recorded yet is no
        column, so it has no cells.
        """
        counts = {
            name: sum(cell.why_blank == NOT_SCORED for cell in cells)
            for name, cells in self.cells.items()
        }
        return {name: count for name, count in counts.items() if count}


def draft(folder: DataFolder, tasks: Mapping[str, Task]) -> Draft:
    """Read what the next release will be made from."""
    posts = PostStore(folder.posts)
    imported_tasks = [
        task for task in tasks.values() if posts.has(task) and task.superseded_by is None
    ]
    damaged = frozenset(task.id for task in imported_tasks if posts.fault(task))
    imported = [task for task in imported_tasks if task.id not in damaged]
    provenance = runs(folder)
    boards = [
        _board(folder, tasks, imported, name)
        for name in dict.fromkeys(task.benchmark for task in imported)
    ]
    boards = [board for board in boards if board.systems]
    cells = {board.benchmark: tuple(_cell_rows(board, provenance)) for board in boards}
    at_work = [sign.benchmark for sign in signs(folder) if sign.alive]
    begun = frozenset(
        board.benchmark
        for board in boards
        if board.scores or not {"", board.benchmark}.isdisjoint(at_work)
    )
    pending = unmeasured(folder, tasks, usable_rubrics(folder.path))
    return Draft(folder, tasks, tuple(boards), cells, begun, pending, damaged)


def build_content(folder: DataFolder, tasks: Mapping[str, Task]) -> ReleaseContent:
    """Return everything that the next release will state."""
    return content_of(draft(folder, tasks))


def content_of(made_from: Draft, report: Report = unseen) -> ReleaseContent:
    """Return everything that the next release will state.

    Args:
        made_from: From `draft`.
        report: Called as work is done.
    """
    folder, tasks = made_from.folder, made_from.tasks
    boards, cells = made_from.boards, made_from.cells
    posts = PostStore(folder.posts)
    declared = _declarations(folder, boards, tasks)
    means = [_means(folder, board, declared[board.benchmark], report) for board in boards]
    people = find_validity(folder, tasks, advance=partial(report, f"publishing: {COMPARING}"))
    report("publishing: breakdowns, confusions and declarations", 0, 0)
    return ReleaseContent(
        tasks=tuple(
            _task_row(folder, posts, board, task) for board in boards for task in board.tasks
        ),
        metrics=tuple(row for board in boards for row in _metric_rows(board, people)),
        systems=tuple(
            _system_row(folder, board, system, training)
            for board in boards
            for system, training in zip(
                board.systems, declared[board.benchmark].trainings, strict=True
            )
        ),
        cells=tuple(row for rows in cells.values() for row in rows),
        overall=tuple(row for mean in means for row in mean.overall),
        breakdowns=tuple(row for board in boards for row in _breakdown_rows(folder, board)),
        confusions=tuple(row for board in boards for row in _confusion_rows(folder, board)),
        platforms=tuple(row for mean in means for row in mean.platforms),
        protocols=tuple(
            row for declaration in declared.values() for row in protocol_rows(declaration)
        ),
        participation=tuple(
            row for declaration in declared.values() for row in participation_rows(declaration)
        ),
        generalization=tuple(row for mean in means for row in mean.generalization),
        cross_dataset=tuple(
            row
            for board in boards
            for row in cross_dataset_rows(declared[board.benchmark], tasks, cells[board.benchmark])
        ),
        rubrics=people.rubrics,
        agreement=people.agreement,
        validity=people.rows,
        contests=people.contests,
        rating_sets=people.sets,
    )


def _board(
    folder: DataFolder, declared: Mapping[str, Task], imported: Sequence[Task], benchmark: str
) -> Board:
    tasks = tuple(task for task in imported if task.benchmark == benchmark)
    systems = _latest(submissions(folder, benchmark))
    pinned = pinned_bart(folder, benchmark)
    workplace = Workplace(folder, declared, {benchmark: Instruments(pinned)})
    posts = PostStore(folder.posts)
    examples = {task.id: posts.examples(task) for task in tasks}
    wanted = {}
    for system in systems:
        for key, (task, metric) in current_keys(workplace, system).items():
            if task.id in examples:  # a superseded task has its scores, and no place on the board
                wanted[key] = (system.id, task.id, metric.name)
    stored = scores(folder, set(wanted))
    lost = {score.key for score in stored if is_damaged(folder, score.array)}
    kept_scores = {
        wanted[score.key]: with_enough(
            without_redacted(folder, declared[score.task], examples[score.task], score)
        )
        for score in stored
        if score.key not in lost
    }
    metrics = tuple(
        metric
        for metric in METRICS
        if any(metric.applies_to(task) for task in tasks)
        and (pinned or not isinstance(metric, PairMetric))
    )
    return Board(
        benchmark,
        tasks,
        examples,
        number_posts(examples),
        systems,
        metrics,
        pinned,
        kept_scores,
        failures(folder),
        frozenset(lost),
    )


def _latest(versions: Iterable[Submission]) -> tuple[Submission, ...]:
    """Return the newest version of each system that may be public.

    `versions` is in order of receipt.
    """
    return tuple({version.system: version for version in versions if version.public}.values())


def _task_row(folder: DataFolder, posts: PostStore, board: Board, task: Task) -> TaskRow:
    info = posts.info(task)
    examples = board.examples[task.id]
    classes = Counter(example.gold for example in examples)
    return TaskRow(
        id=task.id,
        benchmark=task.benchmark,
        title=task.title,
        family=task.family,
        dataset=task.dataset,
        platform=task.platform,
        annotation=task.annotation,
        unit=task.unit,
        kind=task.kind,
        question=task.question,
        headline=task.headline,
        reference_authors=task.references,
        licence=task.licence,
        citation=task.citation,
        known_problems=[*task.known_problems, *_redaction_note(examples)],
        labels=[{"name": label.name, "title": label.title} for label in task.labels],
        attributes={name: list(values) for name, values in task.attributes.items()},
        classes={name: classes[name] for name in task.label_names} if task.gold_public else {},
        revision=task.revision,
        superseded_by=task.superseded_by,
        demonstration=task.demonstration,
        expected_size=task.expected_size,
        size=len(examples),
        posts=len({e.post_id for e in examples}),
        source_sha256=info.source_sha256,
        hash_matches=None if task.sha256 is None else info.source_sha256 == task.sha256,
        post_numbers=save_numbers(folder, board.post_numbers[task.id]),
    )


def _redaction_note(examples: Sequence[Example]) -> Iterator[str]:
    gone = int(redacted(examples).sum())
    if gone:
        yield f"{gone} of its {len(examples)} examples were redacted since, and count for no system."


def _metric_rows(board: Board, people: Validity) -> Iterator[MetricRow]:
    for position, metric in enumerate(board.metrics):
        pinned = board.pinned if isinstance(metric, PairMetric) else None
        yield MetricRow(
            benchmark=board.benchmark,
            name=metric.name,
            title=metric.title,
            grouping=metric.group,
            measures=metric.measures,
            limits=metric.limits,
            unit=metric.unit,
            higher_is_better=metric.higher_is_better,
            low_bound=metric.bounds[0],
            high_bound=metric.bounds[1],
            checkpoint=pinned.checkpoint if pinned else "",
            demonstration=bool(pinned and pinned.demonstration),
            validity=people.sentence(board.benchmark, metric.name)
            if metric.group == "explanation"
            else "",
            position=position,
        )


def _system_row(
    folder: DataFolder, board: Board, system: Submission, training: Training | None
) -> SystemRow:
    meta = system.meta
    versions = [
        other for other in submissions(folder, board.benchmark) if other.system == system.system
    ]
    return SystemRow(
        id=system.id,
        benchmark=board.benchmark,
        system=system.system,
        version=system.version,
        versions=len(versions),
        published=sum(other.public for other in versions),
        description=meta.description,
        base_model=meta.base_model,
        parameters=str(meta.parameters),
        method=meta.method,
        prompt_strategy=meta.prompt_strategy,
        trained_on=None if meta.trained_on is None else list(meta.trained_on),
        links=list(meta.links),
        licence=meta.licence,
        trivial=system.trivial,
        demonstration=any(t.demonstration for t in board.tasks),
        received_at=system.received_at,
        n_rows=system.n_rows,
        parse_rules=_parse_rules(folder, system),
        outputs=system.outputs,
        training=None
        if training is None
        else {name: list(names) for name, names in asdict(training).items()},
    )


def _parse_rules(folder: DataFolder, system: Submission) -> dict[str, dict[str, int]]:
    """Return how labels were found.

    Nothing is known of that where the file of outputs is damaged, and all else stands.
    """
    try:
        return parse_rules(folder.outputs(system.outputs))
    except OutputsError:
        return {}


def _cell_rows(board: Board, provenance: Mapping[str, Run]) -> Iterator[CellRow]:
    for system in board.systems:
        for task in board.tasks:
            for metric in board.metrics:
                if metric.applies_to(task):
                    score = board.score(system, task, metric)
                    yield (
                        _blank(board, system, task, metric)
                        if score is None
                        else _cell(board, score, task, provenance[score.run])
                    )


def _cell(board: Board, score: Score, task: Task, run: Run) -> CellRow:
    provenance = {
        **run.provenance,
        "run": run.id,
        "author": run.author,
        "reason": run.reason,
        "at": score.scored_at,
    }
    return CellRow(
        system=score.submission,
        task=score.task,
        metric=score.identity.metric,
        value=score.value,
        low=score.low,
        high=score.high,
        interval=score.interval,
        sd=score.sd,
        repetitions=score.repetitions,
        n=score.n,
        n_absent=score.n_absent,
        n_unparsed=score.n_unparsed,
        n_truncated=score.n_truncated,
        signature=score.signature,
        identity=asdict(score.identity),
        provenance=provenance,
        array=score.array
        if task.gold_public
        else None,  # right and wrong, item by item, would tell the gold
        why_blank=_why_blank(score.n) if score.value is None else None,
        n_given=given(board.scores, score, metric_named(score.identity.metric).counted_by),
    )


def _why_blank(n: int) -> str:
    """Return why there is no value of `n` examples that have one."""
    if not n:
        return "no example has a value"
    return too_few(n) if n < FEWEST else UNDEFINED


def _blank(board: Board, system: Submission, task: Task, metric: Metric) -> CellRow:
    identity = metric.identity(Instruments(board.pinned))
    why = NOT_SCORED if task.id in system.tasks else "task not submitted"
    key = ScoreKey(system.id, task.id, task.revision, identity.key)
    failure = board.failures.get(key)
    if key in board.lost:
        why = DAMAGED
    if failure is not None and failure.given_up:
        why = f"scoring failed: {failure.reason.split(':', 1)[0]}"
    signature = identity.signature(task) + suffix(redacted(board.examples[task.id]))
    return CellRow(
        system=system.id,
        task=task.id,
        metric=metric.name,
        value=None,
        low=None,
        high=None,
        interval="",
        sd=None,
        repetitions=0,
        n=0,
        n_absent=0,
        n_unparsed=0,
        n_truncated=0,
        signature=signature,
        identity=asdict(identity),
        provenance={},
        array=None,
        why_blank=why,
    )


@dataclass
class _Means:
    """What rests on several tasks at once."""

    overall: list[OverallRow]
    platforms: list[PlatformRow]
    generalization: list[GeneralizationRow]


def _means(folder: DataFolder, board: Board, declared: Declarations, report: Report) -> _Means:
    means = _Means([], [], [])
    systems = [system.id for system in board.systems]
    tasks = [task for task in board.tasks if large_enough(board.examples[task.id])]
    stage = f"publishing: means, intervals and rank tests of {board.benchmark}"
    report(stage, 0, len(board.metrics))
    for column in columns(folder, systems, tasks, board.metrics, board.post_numbers, board.scores):
        means.overall += overall_rows(folder, board.benchmark, column)
        means.platforms += platform_rows(
            board.benchmark, column, declared.reference, declared.reference_name
        )
        means.generalization += generalization_rows(column, declared)
        report(
            stage, board.metrics.index(column.metric) + 1, len(board.metrics), column.metric.title
        )
    return means


def _declarations(
    folder: DataFolder, boards: Iterable[Board], tasks: Mapping[str, Task]
) -> dict[str, Declarations]:
    """Return benchmark -> what its systems declare, and what it is held against."""
    protocols, sources = board_protocols(folder.path, tasks).values(), Sources.of(tasks)
    return {
        board.benchmark: Declarations(
            board.benchmark,
            board.systems,
            tuple(p for p in protocols if p.benchmark == board.benchmark),
            sources,
        )
        for board in boards
    }


def _breakdown_rows(folder: DataFolder, board: Board) -> Iterator[BreakdownRow]:
    all_tags = tags(folder)
    for task in board.tasks:
        examples = board.examples[task.id]
        attributes = tuple(
            dict.fromkeys(name for example in examples for name in example.attributes)
        )
        tagged = [
            _tagged(examples, tag, ids) for tag, ids in examples_by_tag(all_tags, task).items()
        ]
        for score in board.scores_on(task) if attributes or tagged else ():
            yield from _parts(folder, task, examples, attributes, score)
            for examples_of_tag in tagged:
                yield from _parts(folder, task, examples_of_tag, (TAG,), score)


def _tagged(examples: Sequence[Example], tag: str, ids: Collection[str]) -> tuple[Example, ...]:
    """Return the examples with one tag as their only attribute: an example may have several."""
    return tuple(replace(e, attributes={TAG: tag} if e.example_id in ids else {}) for e in examples)


def _parts(
    folder: DataFolder,
    task: Task,
    examples: tuple[Example, ...],
    attributes: Sequence[str],
    score: Score,
) -> Iterator[BreakdownRow]:
    scored = metric_named(score.identity.metric)
    items = load_array(folder, score.array)
    segments = [unread(task, examples)] * len(items)
    for attribute in attributes:
        for value, part in breakdown(scored, segments, list(items), attribute).items():
            few = part.n < FEWEST
            if (
                task.gold_public or not few
            ):  # of few whose gold is not public, a result would tell the gold
                yield BreakdownRow(
                    score.submission,
                    task.id,
                    scored.name,
                    attribute,
                    value,
                    None if few else part.value,
                    None if few else part.low,
                    None if few else part.high,
                    part.n,
                    _why_blank(part.n) if few or part.value is None else "",
                )


def _confusion_rows(folder: DataFolder, board: Board) -> Iterator[ConfusionRow]:
    for task in board.tasks:
        for score in board.scores_on(task) if task.gold_public else ():
            if score.identity.metric == CONFUSION_METRIC:
                counts = confusion(load_array(folder, score.array), task)
                for i, gold in enumerate(task.label_names):
                    for j, predicted in enumerate((*task.label_names, "unparsed")):
                        if counts[i, j]:
                            yield ConfusionRow(
                                score.submission, task.id, gold, predicted, int(counts[i, j])
                            )
