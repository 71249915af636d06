"""A board of all boards: the best of each, what its metrics are worth, and each family of tasks
across the benchmarks; the same at every door.

A family is what the tasks declare as theirs: the same question of whatever data. Each task stands in
it by its own headline metric, and nothing is averaged over tasks here: a benchmark's metrics differ
from another's, and so do its examples. The means of systems are those of one board by one metric.
What is invented never shares a family with what is real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from app.chosen import chosen_tasks
from app.grouping import grouped
from app.summing_up import correlation, summing_up
from app.text import Names
from submissions.releasing.coverage import thin_cells
from submissions.store.released.scored_rows import common_headline
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.store.released.rated_rows import AgreementRow, ValidityRow
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import (
        CellRow,
        MetricRow,
        OverallRow,
        SystemRow,
        TaskRow,
    )

LEADERS = 3
"""Systems of a board that are named."""
_RULER = "words"
"""How the names of word counts begin, which are the line to beat and no metric to be believed."""


@dataclass(frozen=True)
class RankedSystem:
    """A system among all of a board, by its mean over the board's tasks.

    Attributes:
        system_id: Of its submission.
        system: Its name.
        value: The mean, with its 95% interval; `interval` says how that was made, or why there is
            none.
        rank: Among the systems that cover every task, baselines included; None of one that does
            not.
        rank_low: With `rank_high`, the ranks that paired tests allow.
    """

    system_id: str
    system: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None


@dataclass(frozen=True)
class Validation:
    """The explanation metric of a board that goes furthest along with people.

    It is the one whose worst Pearson correlation within a rated system is the best, and that worst
    one is told: the best of many is flattered enough. Where lower values are better, a correlation
    goes along with people below 0; metrics neither end of which is better are not held against
    them.

    Attributes:
        metric: Its name; "" where no metric of the board is validated, and `why_blank` says why.
        title: As it is written.
        lower_is_better: Whether low values of it are good, so that below 0 it goes along.
        of: How many metrics it is the best of.
        value: The correlation, one rater left out; with its interval, and how that was made.
        words: That of the stronger word count on the same texts; None where it is not told.
        ratings: The set of ratings that it is of, of several the one with the most texts.
        aspect: What was rated.
        system: Whose explanations.
        raters: How many rated them; None where it is not told.
        n: Texts that have a value, of `n_rated`.
    """

    metric: str = ""
    title: str = ""
    lower_is_better: bool = False
    of: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""
    words: float | None = None
    ratings: str = ""
    aspect: str = ""
    system: str = ""
    raters: int | None = None
    n: int = 0
    n_rated: int = 0
    why_blank: str = ""


@dataclass(frozen=True)
class BoardOverview:
    """A benchmark's board at a glance.

    Attributes:
        benchmark: Its name.
        demonstration: Whether its data are invented.
        tasks: Their ids.
        metric: What its systems are ranked by here: the headline metric that most of its tasks
            have; with its title.
        leaders: The first of those that cover every task and are no baselines, best first.
        trivial: The best trivial baseline; None where there is none.
        why_blank: Why there are no leaders; "" where there are.
        validation: How far its explanation metrics can be believed.
    """

    benchmark: str
    demonstration: bool
    tasks: tuple[str, ...]
    metric: str
    metric_title: str
    leaders: tuple[RankedSystem, ...]
    trivial: RankedSystem | None
    why_blank: str
    validation: Validation


@dataclass(frozen=True)
class ValuedSystem:
    """A system's value on one task, with its 95% interval.

    `interval` says how that was made, or why there is none. `n` counts the examples that entered.
    """

    system_id: str
    system: str
    value: float
    low: float | None
    high: float | None
    interval: str
    n: int


@dataclass(frozen=True)
class TaskOverview:
    """A task's best systems, by its own headline metric.

    Attributes:
        task: Its id.
        benchmark: Whose it is.
        family: What is asked, as it declares.
        dataset: The source data set.
        demonstration: Whether its data are invented.
        metric: Its headline metric; with its title.
        unit: What the metric is in; "" for shares.
        best: The best system that is no baseline and covers the task; several with equal values.
        trivial: The same of trivial baselines.
        n: Examples of the task.
        why_blank: Why there is no best; "" where there is one.
    """

    task: str
    benchmark: str
    family: str
    dataset: str
    demonstration: bool
    metric: str
    metric_title: str
    unit: str
    best: tuple[ValuedSystem, ...]
    trivial: tuple[ValuedSystem, ...]
    n: int
    why_blank: str


@dataclass(frozen=True)
class Overview:
    """All of a release at a glance, real boards first.

    Attributes:
        release: Its number.
        boards: A row a benchmark.
        tasks: A row a task, by family; families of several benchmarks first.
    """

    release: int
    boards: tuple[BoardOverview, ...]
    tasks: tuple[TaskOverview, ...]


def overview_of(release: ReleaseReader, headlines: Names) -> Overview:
    """Gather what a release states of all boards.

    Args:
        release: What is read.
        headlines: Rubric -> the aspect that sums its others up, as declared.
    """
    tasks = chosen_tasks(release, None, None, None)
    boards = grouped((task.benchmark, task) for task in tasks)
    return Overview(
        release.release.number,
        tuple(_board(release, own, headlines) for own in boards.values()),
        by_family(chain.from_iterable(_tasks(release, own) for own in boards.values())),
    )


def stated_overview(overview: Overview) -> dict[str, Any]:
    """Return an overview for programs."""
    return asdict(overview)


def by_family(tasks: Iterable[TaskOverview]) -> tuple[TaskOverview, ...]:
    """Return tasks with those of a family together, real ones first.

    Families of more benchmarks stand before those of fewer, else each where its first task does.
    """
    families = grouped(((task.demonstration, task.family), task) for task in tasks)
    spread = {key: len({task.benchmark for task in own}) for key, own in families.items()}
    order = sorted(families, key=lambda key: (key[0], -spread[key]))
    return tuple(chain.from_iterable(families[key] for key in order))


def _board(release: ReleaseReader, tasks: Sequence[TaskRow], headlines: Names) -> BoardOverview:
    name = tasks[0].benchmark
    systems = {row.id: row for row in release.systems(name)}
    metrics = {row.name: row for row in release.metrics(name)}
    metric = common_headline(tasks)
    means = release.overall(name, metric)
    ranked = sorted((row for row in means if row.rank is not None), key=lambda row: row.rank or 0)
    placed = [(systems[row.system].trivial, _placed(row, systems)) for row in ranked]
    leaders = tuple(row for trivial, row in placed if not trivial)[:LEADERS]
    return BoardOverview(
        name,
        tasks[0].demonstration,
        tuple(task.id for task in tasks),
        metric,
        metrics[metric].title if metric in metrics else metric,
        leaders,
        next((row for trivial, row in placed if trivial), None),
        "" if leaders else _why_no_leaders(means, systems),
        validation_of(
            tuple(metrics.values()),
            release.validity(name),
            release.agreement(),
            headlines,
        ),
    )


def _placed(row: OverallRow, systems: Mapping[str, SystemRow]) -> RankedSystem:
    return RankedSystem(
        row.system,
        systems[row.system].system,
        row.value,
        row.low,
        row.high,
        row.interval,
        row.rank,
        row.rank_low,
        row.rank_high,
    )


def _why_no_leaders(means: Sequence[OverallRow], systems: Mapping[str, SystemRow]) -> str:
    if any(row.value is not None and not systems[row.system].trivial for row in means):
        return "no system but baselines covers every task, so none is ranked"
    return "no system but baselines has a value"


def validation_of(
    metrics: Sequence[MetricRow],
    rows: Sequence[ValidityRow],
    agreement: Sequence[AgreementRow],
    headlines: Names,
) -> Validation:
    """Return which of a board's explanation metrics goes furthest along with people.

    Args:
        metrics: The board's.
        rows: How far its metrics do.
        agreement: How far the raters agree, which says how many there are.
        headlines: Rubric -> the aspect that sums its others up, as declared.
    """
    explaining = [
        row for row in metrics if row.grouping == "explanation" and not row.name.startswith(_RULER)
    ]
    directed = {row.name: row for row in explaining if row.higher_is_better is not None}
    if not explaining:
        return Validation(why_blank="the board has no explanation metric")
    if not directed:
        return Validation(why_blank="no explanation metric of the board has an end that is better")
    if not rows:
        return Validation(why_blank="nobody has rated explanations of this benchmark")
    # The sets come with the largest first.
    for name, own in summing_up(rows, headlines).items():
        by_metric = grouped(
            (row.metric, row)
            for row in own
            if row.metric in directed and correlation(row)[0] is not None
        )
        if by_metric:
            raters = [row.raters for row in agreement if row.ratings == name]
            return _best_validated(by_metric, directed, max(raters, default=0))
    why = next((row.why_blank for row in rows if row.metric in directed and row.why_blank), "")
    return Validation(
        why_blank=f"rated, but no metric has a correlation{f': {why}' if why else ''}"
    )


def _best_validated(
    by_metric: Mapping[str, Sequence[ValidityRow]], metrics: Mapping[str, MetricRow], raters: int
) -> Validation:
    def along(row: ValidityRow) -> float:
        sign = 1.0 if metrics[row.metric].higher_is_better else -1.0
        return sign * (correlation(row)[0] or 0.0)

    worst = {metric: min(rows, key=along) for metric, rows in by_metric.items()}
    # What is told of fewer rated systems had fewer chances to be bad.
    best = max(worst, key=lambda name: (len(by_metric[name]), along(worst[name])))
    return _validation(worst[best], metrics[best], len(by_metric), raters)


def _validation(row: ValidityRow, metric: MetricRow, of: int, raters: int) -> Validation:
    value, low, high = correlation(row)
    return Validation(
        metric=row.metric,
        title=metric.title,
        lower_is_better=metric.higher_is_better is False,
        of=of,
        value=value,
        low=low,
        high=high,
        interval=row.interval,
        words=row.ruler,
        ratings=row.ratings,
        aspect=row.aspect,
        system=row.system,
        raters=raters or None,
        n=row.n,
        n_rated=row.n_rated,
    )


def _tasks(release: ReleaseReader, tasks: Sequence[TaskRow]) -> Iterable[TaskOverview]:
    name = tasks[0].benchmark
    systems = {row.id: row for row in release.systems(name)}
    metrics = {row.name: row for row in release.metrics(name)}
    for task in tasks:
        metric = metrics.get(task.headline)
        cells = () if metric is None else release.cells(task=task.id, metric=metric.name)
        yield task_overview(task, metric, cells, systems)


def task_overview(
    task: TaskRow,
    metric: MetricRow | None,
    cells: Sequence[CellRow],
    systems: Mapping[str, SystemRow],
) -> TaskOverview:
    """Return a task's best systems.

    Args:
        task: Of any board.
        metric: Its headline metric; None where its board has not got it.
        cells: Of the task and that metric.
        systems: The board's, by id.
    """
    sparse = thin_cells(cells)
    valued = [cell for cell in cells if cell.value is not None]
    covering = [cell for cell in valued if (cell.system, task.id) not in sparse]
    direction = None if metric is None else metric.higher_is_better
    best, trivial = (
        _best([c for c in covering if systems[c.system].trivial is baselines], direction, systems)
        for baselines in (False, True)
    )
    others = [cell for cell in valued if not systems[cell.system].trivial]
    return TaskOverview(
        task.id,
        task.benchmark,
        task.family,
        task.dataset,
        task.demonstration,
        task.headline,
        task.headline if metric is None else metric.title,
        "" if metric is None else metric.unit,
        best,
        trivial,
        task.size,
        "" if best else _why_no_best(metric, others),
    )


def _best(
    cells: Sequence[CellRow], higher_is_better: bool | None, systems: Mapping[str, SystemRow]
) -> tuple[ValuedSystem, ...]:
    """Return the best of some cells; all whose values are equal but for rounding."""
    import numpy as np

    from scoring.statistics.rounding import canonical

    if not cells or higher_is_better is None:
        return ()
    values = canonical(np.array([cell.value for cell in cells], dtype=float))
    top = values.max() if higher_is_better else values.min()
    return tuple(
        ValuedSystem(
            cell.system,
            systems[cell.system].system,
            float(value),
            cell.low,
            cell.high,
            cell.interval,
            cell.n,
        )
        for cell, value in zip(cells, values.tolist(), strict=True)
        if value == top
    )


def _why_no_best(metric: MetricRow | None, others: Sequence[CellRow]) -> str:
    if metric is None:
        return "its headline metric is not on the board"
    if metric.higher_is_better is None:
        return "neither end of its headline metric is better"
    if others:
        return f"{counted(len(others), 'system')} answered, and too little of it to count"
    return "no system but baselines has a value"
