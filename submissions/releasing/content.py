"""What the next release will state: the working database's public part, as rows.

Only the latest consented version of each system, only tasks whose gold is imported, only values of
the current identities: numbers of different identity never share a column, a value of another
identity leaves a blank cell that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from itertools import chain
from typing import TypeVar

from scoring.answers import ONE
from scoring.instruments import Instruments
from scoring.metric import Metric
from scoring.metrics import metrics_with, stored_metric
from scoring.metrics.label_f1 import LabelF1
from scoring.metrics.macro_f1 import MacroF1
from scoring.score import UNDEFINED, assemble, breakdown, confusion
from scoring.segments import Example
from scoring.sources import Sources, Training
from scoring.statistics.bootstrap import Indices
from scoring.tasks import Task, TasksById
from submissions.benchmarks.protocols import board_protocols
from submissions.benchmarks.tags import examples_by_tag
from submissions.declarations.platforms import usable_platforms
from submissions.judging.results import kinship_of
from submissions.judging.transcripts import judged_transcripts
from submissions.progress import Report, unseen
from submissions.rating.board_stress import stress_rows
from submissions.rating.rated_values import unmeasured
from submissions.rating.rubric_figures import rubric_figures
from submissions.rating.rubrics import usable_rubrics
from submissions.rating.validity import COMPARING, Validity, find_validity
from submissions.releasing.board_column import columns
from submissions.releasing.by_name import TAG
from submissions.releasing.counterfactuals import CounterfactualPair, counterfactual_rows
from submissions.releasing.coverage import CurrentScores, concerns, given
from submissions.releasing.drops import TaskPart, drop_rows, parts_of
from submissions.releasing.generalization import (
    Declarations,
    cross_dataset_rows,
    generalization_rows,
    participation_rows,
    protocol_rows,
)
from submissions.releasing.named_alike import named_alike
from submissions.releasing.overall import overall_rows, part_rows
from submissions.releasing.platforms import platform_rows
from submissions.releasing.post_sums import number_posts, save_numbers
from submissions.releasing.reasoning import reasoning_rows
from submissions.releasing.redaction import large_enough, redacted, suffix, unread, without_redacted
from submissions.releasing.reported import Reported, board_reported
from submissions.releasing.spreads import Spreads
from submissions.rescoring.pending import Workplace, current_keys
from submissions.store.files.arrays import is_damaged, load_array
from submissions.store.files.outputs import OutputsError, Thoughts, parse_rules, thought_lengths
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import ReasoningRow
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.released.scored_rows import (
    LABEL,
    BreakdownRow,
    CellRow,
    ConfusionRow,
    CounterfactualRow,
    DropRow,
    GeneralizationRow,
    MetricRow,
    OverallRow,
    PartRow,
    PlatformRow,
    SystemRow,
    TaskRow,
)
from submissions.store.scored.failures import Failure, failures
from submissions.store.scored.scores import (
    FEWEST,
    PinnedModel,
    Run,
    Score,
    ScoreKey,
    pinned_models,
    recorded,
    runs,
    scores,
    too_few,
    with_enough,
)
from submissions.store.scored.workers import signs
from submissions.store.submitted.submissions import Submission, newest_public, submissions
from submissions.store.submitted.tags import tags

T = TypeVar("T")

DAMAGED = "its values of the single examples are damaged, and have to be computed again"
NOT_SCORED = "not scored yet under this signature"
CONFUSION_METRIC = "accuracy"


@dataclass(frozen=True)
class Board:
    """One benchmark's public rows, and all that is needed to fill its cells. Counterfactual tasks
    have none: what they show has a table of its own.
    """

    benchmark: str
    tasks: tuple[Task, ...]
    counterfactuals: tuple[Task, ...]
    examples: Mapping[str, tuple[Example, ...]]
    post_numbers: Mapping[str, Indices]
    systems: tuple[Submission, ...]
    metrics: tuple[Metric, ...]
    pinned: Mapping[str, PinnedModel]
    instruments: Instruments
    scores: CurrentScores
    failures: Mapping[ScoreKey, Failure]
    lost: frozenset[ScoreKey]

    def score(self, system: Submission, task: Task, metric: Metric) -> Score | None:
        """Return the current score of a cell; None for a blank."""
        return self.scores.get((system.id, task.id, metric.name))

    def concerns(self, metric: Metric, task: Task) -> bool:
        """Return whether a metric has cells of a task."""
        return concerns(metric, task, self._valued.get(metric.name, frozenset()))

    @cached_property
    def _valued(self) -> Mapping[str, Collection[str]]:
        """Metric -> the tasks on which some system has a value of it."""
        valued: dict[str, set[str]] = {}
        for (_, task, metric), score in self.scores.items():
            if score.value is not None:
                valued.setdefault(metric, set()).add(task)
        return valued

    def scores_on(self, task: Task) -> Iterator[Score]:
        """Yield the current scores on one task, in the order of the rows and columns."""
        for system in self.systems:
            for metric in self.metrics:
                score = self.score(system, task, metric)
                if score is not None:
                    yield score


@dataclass(frozen=True)
class Draft:
    """What the next release will be made from: quickly read, so that what it lacks is known before
    it is made.

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
    tasks: TasksById
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
        """Benchmark -> how many of its cells will be blank although they are only not scored yet; 0
        is left out.

        A cell whose scoring has failed for good waits for nobody; a metric whose model no run has
        recorded yet is no column, so it has no cells.
        """
        counts = {
            name: sum(cell.why_blank == NOT_SCORED for cell in cells)
            for name, cells in self.cells.items()
        }
        return {name: count for name, count in counts.items() if count}


def draft(folder: DataFolder, tasks: TasksById) -> Draft:
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
    # A board without a system has nothing to state.
    boards = [board for board in boards if board.systems and board.tasks]
    cells = {board.benchmark: tuple(_cell_rows(folder, board, provenance)) for board in boards}
    # "" stands for somebody who sees to every benchmark.
    at_work = [sign.benchmark for sign in signs(folder) if sign.alive]
    begun = frozenset(
        board.benchmark
        for board in boards
        if board.scores or not {"", board.benchmark}.isdisjoint(at_work)
    )
    pending = unmeasured(folder, tasks, usable_rubrics(folder.path))
    return Draft(folder, tasks, tuple(boards), cells, begun, pending, damaged)


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
    means = _Means([], [], [], [])
    for board in boards:
        _add_means(means, folder, board, declared[board.benchmark], report)
    printed = _reported(folder, tasks, boards)
    transcripts = rubric_figures(folder, judged_transcripts(folder))
    people = find_validity(folder, tasks, advance=partial(report, f"publishing: {COMPARING}"))
    report("publishing: breakdowns, confusions and declarations", 0, 0)
    return ReleaseContent(
        tasks=_rows(
            [_task_row(folder, posts, board, task) for task in board.tasks] for board in boards
        ),
        metrics=_rows(_metric_rows(board, people) for board in boards),
        systems=_rows(
            _system_rows(folder, board, declared[board.benchmark].trainings) for board in boards
        ),
        cells=_rows(cells.values()),
        overall=tuple(means.overall),
        breakdowns=_rows(_breakdown_rows(folder, board) for board in boards),
        confusions=_rows(_confusion_rows(folder, board) for board in boards),
        parts=tuple(means.parts),
        platforms=tuple(means.platforms),
        protocols=_rows(map(protocol_rows, declared.values())),
        participation=_rows(map(participation_rows, declared.values())),
        generalization=tuple(means.generalization),
        cross_dataset=_rows(
            cross_dataset_rows(declared[name], tasks, of_board) for name, of_board in cells.items()
        ),
        rubrics=people.rubrics,
        agreement=people.agreement,
        validity=people.rows,
        contests=people.contests,
        validity_views=people.views,
        on_scale=people.on_scale,
        anchored=people.anchored,
        strengths=people.strengths,
        preferences=people.preferences,
        rating_sets=people.sets,
        stress_tests=_rows(
            stress_rows(folder, board.tasks, board.systems, board.examples) for board in boards
        ),
        papers=printed.papers,
        reported=printed.cells,
        claims=printed.claims,
        rubric_boards=transcripts.boards,
        rubric_systems=transcripts.systems,
        rubric_values=transcripts.values,
        rubric_contrasts=transcripts.contrasts,
        rubric_agreement=transcripts.agreement,
        counterfactuals=_rows(_counterfactual_rows(folder, board) for board in boards),
        drops=_rows(_drop_rows(folder, board) for board in boards),
        reasoning=_rows(_reasoning_rows(folder, board) for board in boards),
    )


def _reported(folder: DataFolder, tasks: TasksById, boards: Sequence[Board]) -> Reported:
    """Return what papers print, of invented benchmarks only where their boards are."""
    invented = {task.benchmark for task in tasks.values() if task.demonstration}
    return board_reported(folder.path, tasks)[0].without(
        invented - {board.benchmark for board in boards}
    )


def _rows(parts: Iterable[Iterable[T]]) -> tuple[T, ...]:
    return tuple(chain.from_iterable(parts))


def _board(
    folder: DataFolder, declared: TasksById, imported: Sequence[Task], benchmark: str
) -> Board:
    own = tuple(task for task in imported if task.benchmark == benchmark)
    tasks = tuple(task for task in own if task.counterfactual_of is None)
    systems = newest_public(submissions(folder, benchmark))
    instruments = recorded(folder, benchmark)
    workplace = Workplace(folder, declared, {benchmark: instruments})
    posts = PostStore(folder.posts)
    examples = {task.id: posts.examples(task) for task in own}
    wanted = {}
    for system in systems:
        for key, (task, metric) in current_keys(workplace, system).items():
            if task.id in examples:  # a superseded task has its scores, and no place on the board
                wanted[key] = (system.id, task.id, metric)
    # All at once: a board has thousands of cells.
    stored = scores(folder, set(wanted))
    # Not tried and failed: a damaged array becomes a blank that says so, and the release is made.
    lost = {score.key for score in stored if is_damaged(folder, score.array)}
    kept_scores = {}
    for score in stored:
        if score.key not in lost:
            system_id, task_id, metric = wanted[score.key]
            standing = without_redacted(folder, declared[task_id], examples[task_id], score, metric)
            kept_scores[system_id, task_id, metric.name] = with_enough(standing)
    valued = {name for (_, _, name), score in kept_scores.items() if score.value is not None}
    metrics = tuple(
        metric
        for metric in metrics_with(instruments)
        if any(metric.applies_to(task) for task in tasks)
        and (metric.name in valued or not (metric.optional or metric.of_some_tasks))
        # Without a recorded model nobody could tell what such a column is of.
        and metric.can_measure(instruments)
        and (not metric.across_runs or _compares_runs(metric, systems, kept_scores))
    )
    return Board(
        benchmark,
        tasks,
        tuple(task for task in own if task.counterfactual_of is not None),
        examples,
        number_posts({task.id: examples[task.id] for task in tasks}),
        systems,
        metrics,
        pinned_models(folder, benchmark),
        instruments,
        kept_scores,
        failures(folder),
        frozenset(lost),
    )


def _compares_runs(metric: Metric, systems: Sequence[Submission], scored: CurrentScores) -> bool:
    """Return whether any system has, or waits for, a value of a metric of several runs."""
    cells = (
        scored.get((system.id, task, metric.name))
        for system in systems
        for task, repetitions in system.tasks.items()
        if repetitions > 1
    )
    return any(score is None or score.n > 0 for score in cells)


def _task_row(folder: DataFolder, posts: PostStore, board: Board, task: Task) -> TaskRow:
    info = posts.info(task)
    examples = board.examples[task.id]
    classes = Counter(name for each in examples for name in task.labels_of(each.gold))
    stated = named_alike(task, TaskRow) | {
        "reference_authors": task.references,
        "known_problems": [*task.known_problems, *_redaction_note(examples)],
        "labels": [{"name": label.name, "title": label.title} for label in task.labels],
        "attributes": {name: list(values) for name, values in task.attributes.items()},
        "classes": {name: classes[name] for name in task.label_names} if task.gold_public else {},
        "size": len(examples),
        "posts": len({post.post_id for example in examples for post in example.parts}),
        "source_sha256": info.source_sha256,
        # Nothing to hold it against is not a mismatch.
        "hash_matches": None if task.sha256 is None else info.source_sha256 == task.sha256,
        "post_numbers": save_numbers(folder, board.post_numbers[task.id]),
    }
    return TaskRow(**stated)


def _redaction_note(examples: Sequence[Example]) -> Iterator[str]:
    gone = int(redacted(examples).sum())
    if gone:
        yield (
            f"{gone} of its {len(examples)} examples were redacted since, and count for no system."
        )


def _metric_rows(board: Board, people: Validity) -> Iterator[MetricRow]:
    for position, metric in enumerate(board.metrics):
        pinned = board.pinned.get(metric.needs)
        explains = metric.group == "explanation"
        yield MetricRow(
            **named_alike(metric, MetricRow)
            | {"scale": f"{metric.scale.rubric}/{metric.scale.aspect}" if metric.scale else ""},
            benchmark=board.benchmark,
            grouping=metric.group,
            low_bound=metric.bounds[0],
            high_bound=metric.bounds[1],
            checkpoint=pinned.checkpoint if pinned else "",
            demonstration=bool(pinned and pinned.demonstration),
            validity=people.sentence(board.benchmark, metric.name) if explains else "",
            position=position,
        )


def _system_rows(
    folder: DataFolder, board: Board, trainings: Sequence[Training | None]
) -> Iterator[SystemRow]:
    versions: dict[str, list[Submission]] = {}
    for version in submissions(folder, board.benchmark):
        versions.setdefault(version.system, []).append(version)
    for system, training in zip(board.systems, trainings, strict=True):
        own = versions[system.system]
        stated = named_alike(system.meta, SystemRow) | named_alike(system, SystemRow)
        stated |= {
            "versions": len(own),
            "published": sum(other.public for other in own),
            # Teams write 7, "7B" or "unknown".
            "parameters": str(system.meta.parameters),
            # A board is a demonstration or none of it is.
            "demonstration": any(task.demonstration for task in board.tasks),
            "parse_rules": _parse_rules(folder, system),
            "thoughts": _thoughts(folder, system),
            "training": None if training is None else named_alike(training, Training),
        }
        yield SystemRow(**stated)


def _parse_rules(folder: DataFolder, system: Submission) -> dict[str, dict[str, int]]:
    """Return how labels were found.

    Nothing is known of that where the file of outputs is damaged, and all else stands.
    """
    try:
        return parse_rules(folder.outputs(system.outputs))
    except OutputsError:
        return {}


def _thoughts(folder: DataFolder, system: Submission) -> dict[str, dict[str, int]]:
    """Return how long the system's thoughts are; nothing where the file of outputs is damaged."""
    try:
        lengths = thought_lengths(folder.outputs(system.outputs))
    except OutputsError:
        return {}
    return {task: asdict(Thoughts.of(words)) for task, words in lengths.items()}


def _cell_rows(
    folder: DataFolder, board: Board, provenance: Mapping[str, Run]
) -> Iterator[CellRow]:
    for system in board.systems:
        spreads = Spreads(folder, system)
        for task in board.tasks:
            for metric in board.metrics:
                if board.concerns(metric, task):
                    score = board.score(system, task, metric)
                    cell = (
                        _blank(board, system, task, metric)
                        if score is None
                        else spreads.added(
                            _cell(board, score, task, provenance[score.run]), score, task
                        )
                    )
                    family = _family(board, system, metric)
                    yield cell if family is None else replace(cell, judge_family=family)


def _family(board: Board, system: Submission, metric: Metric) -> str | None:
    """Return whether a metric's judge is of a system's family; None where it has no judge."""
    model = board.instruments.of(metric.needs)
    judging = None if model is None else model.judging
    return None if judging is None else kinship_of(judging.model, system)


def _cell(board: Board, score: Score, task: Task, run: Run) -> CellRow:
    provenance = {
        **run.provenance,
        "run": run.id,
        "author": run.author,
        "reason": run.reason,
        "at": score.scored_at,
    }
    metric = stored_metric(score.identity.metric)
    return CellRow(
        **named_alike(score, CellRow)
        | {
            "system": score.submission,
            "metric": score.identity.metric,
            "identity": asdict(score.identity),
            "provenance": provenance,
            # Right and wrong, item by item, would tell the gold.
            "array": score.array if task.gold_public else None,
            "why_blank": _why_blank(score.n, metric.why_absent) if score.value is None else None,
            "n_given": given(board.scores, score, metric.counted_by),
        }
    )


def _why_blank(n: int, absent: str) -> str:
    """Return why there is no value of `n` examples that have one; `absent` where there are none."""
    if not n:
        return absent
    return too_few(n) if n < FEWEST else UNDEFINED


def _blank(board: Board, system: Submission, task: Task, metric: Metric) -> CellRow:
    identity = metric.identity(board.instruments)
    why = NOT_SCORED if task.id in system.tasks else "task not submitted"
    if metric.across_runs and system.tasks.get(task.id) == 1:
        why = metric.why_absent
    key = ScoreKey(system.id, task.id, task.revision, identity.key)
    failure = board.failures.get(key)
    if key in board.lost:
        why = DAMAGED
    # Waiting for it would be in vain, so the blank must not read as if it were coming.
    if failure is not None and failure.given_up:
        # The kind of error alone: its words may quote a post.
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
    parts: list[PartRow]
    platforms: list[PlatformRow]
    generalization: list[GeneralizationRow]


def _add_means(
    means: _Means, folder: DataFolder, board: Board, declared: Declarations, report: Report
) -> None:
    systems = [system.id for system in board.systems]
    # A task on which nobody can have a value would keep every system from full coverage.
    tasks = [task for task in board.tasks if large_enough(board.examples[task.id])]
    platforms = usable_platforms(folder.path)
    stage = f"publishing: means, intervals and rank tests of {board.benchmark}"
    report(stage, 0, len(board.metrics))
    for column in columns(folder, systems, tasks, board.metrics, board.post_numbers, board.scores):
        means.overall += overall_rows(folder, board.benchmark, column)
        means.parts += part_rows(folder, board.benchmark, column)
        means.platforms += platform_rows(
            board.benchmark, column, platforms, declared.reference, declared.reference_name
        )
        means.generalization += generalization_rows(column, declared)
        report(
            stage, board.metrics.index(column.metric) + 1, len(board.metrics), column.metric.title
        )


def _declarations(
    folder: DataFolder, boards: Iterable[Board], tasks: TasksById
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
    named = {metric.name: metric for metric in board.metrics}
    for task in board.tasks:
        examples = board.examples[task.id]
        attributes = tuple(
            dict.fromkeys(name for example in examples for name in example.attributes)
        )
        tagged = [
            _tagged(examples, tag, ids) for tag, ids in examples_by_tag(all_tags, task).items()
        ]
        for score in board.scores_on(task) if attributes or tagged else ():
            metric = named[score.identity.metric]
            yield from _parts(folder, task, examples, attributes, score, metric)
            for examples_of_tag in tagged:
                yield from _parts(folder, task, examples_of_tag, (TAG,), score, metric)
        for score in board.scores_on(task) if task.gold_public else ():
            if score.identity.metric == MacroF1.name and task.answers.takes != ONE:
                yield from _labels(folder, task, examples, score)


def _labels(
    folder: DataFolder, task: Task, examples: tuple[Example, ...], score: Score
) -> Iterator[BreakdownRow]:
    """Yield F1 of each label, where no confusion matrix tells it."""
    items = load_array(folder, score.array)
    segments = [unread(task, examples)] * len(items)
    counts = Counter(name for each in examples for name in task.labels_of(each.gold))
    for place, label in enumerate(task.labels):
        few = counts[label.name] < FEWEST
        part = assemble(LabelF1(place, label.title), segments, list(items))
        yield BreakdownRow(
            score.submission,
            task.id,
            MacroF1.name,
            LABEL,
            label.name,
            None if few else part.value,
            None if few else part.low,
            None if few else part.high,
            counts[label.name],
            too_few(counts[label.name]) if few else "",
        )


def _tagged(examples: Sequence[Example], tag: str, ids: Collection[str]) -> tuple[Example, ...]:
    """Return the examples with one tag as their only attribute: an example may have several."""
    return tuple(replace(e, attributes={TAG: tag} if e.example_id in ids else {}) for e in examples)


def _parts(
    folder: DataFolder,
    task: Task,
    examples: tuple[Example, ...],
    attributes: Sequence[str],
    score: Score,
    metric: Metric,
) -> Iterator[BreakdownRow]:
    items = load_array(folder, score.array)
    # Attributes alone are asked of them, which are the same in every repetition.
    segments = [unread(task, examples)] * len(items)
    for attribute in attributes:
        for value, part in breakdown(metric, segments, list(items), attribute).items():
            few = part.n < FEWEST
            if (
                task.gold_public or not few
            ):  # of few whose gold is not public, a result would tell the gold
                yield BreakdownRow(
                    score.submission,
                    task.id,
                    metric.name,
                    attribute,
                    value,
                    None if few else part.value,
                    None if few else part.low,
                    None if few else part.high,
                    part.n,
                    _why_blank(part.n, metric.why_absent) if few or part.value is None else "",
                )


def _counterfactual_rows(folder: DataFolder, board: Board) -> Iterator[CounterfactualRow]:
    by_id = {task.id: task for task in board.tasks}
    for task in board.counterfactuals:
        origin = by_id.get(task.counterfactual_of or "")
        if origin is not None:
            gold = board.examples
            pair = CounterfactualPair.of(task, origin, gold[task.id], gold[origin.id])
            names = [
                metric.name
                for metric in board.metrics
                if metric.group == "explanation" and metric.applies_to(task)
            ]
            yield from counterfactual_rows(folder, pair, board.systems, names, board.scores)


def _drop_rows(folder: DataFolder, board: Board) -> Iterator[DropRow]:
    all_tags = tags(folder)
    parts: list[TaskPart] = []
    for task in board.tasks:
        examples = board.examples[task.id]
        for name in dict.fromkeys(name for example in examples for name in example.attributes):
            parts += parts_of(task, examples, name)
        for tag, ids in examples_by_tag(all_tags, task).items():
            parts += parts_of(task, _tagged(examples, tag, ids), TAG)
    yield from drop_rows(folder, parts, board.systems, board.scores)


def _reasoning_rows(folder: DataFolder, board: Board) -> Iterator[ReasoningRow]:
    public = {task.id: board.examples[task.id] for task in board.tasks if task.gold_public}
    yield from reasoning_rows(folder, [system.id for system in board.systems], public)


def _confusion_rows(folder: DataFolder, board: Board) -> Iterator[ConfusionRow]:
    for task in board.tasks:
        one_label = task.answers.takes == ONE
        for score in board.scores_on(task) if task.gold_public and one_label else ():
            if score.identity.metric == CONFUSION_METRIC:
                counts = confusion(load_array(folder, score.array), task)
                for i, gold in enumerate(task.label_names):
                    for j, predicted in enumerate((*task.label_names, "unparsed")):
                        # Most cells of a table of many labels are empty, and a missing row says
                        # so.
                        if counts[i, j]:
                            yield ConfusionRow(
                                score.submission, task.id, gold, predicted, int(counts[i, j])
                            )
