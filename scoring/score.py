"""From per-item statistics to a value with its interval.

The value is the mean over repetitions of the aggregated sums. The interval is chosen by what the
metric is:

- plain proportions with one question a post and one repetition: Wilson's;
- a proportion without a single failure or success: an exact one-sided bound, on posts;
- any other correctness metric without a single wrong item, or without a single right one: an exact
  one-sided bound too. Wrong answers are put where they cost most: as many in one gold label as the
  bound on that label's posts allows, given as one other answer, or as many over all labels as the
  bound on all posts allows;
- answers that are one label throughout: none, because what a metric makes of them follows from the
  gold alone;
- everything else: the Bayesian bootstrap over posts (`scoring.statistics.bayesian_bootstrap`), in
  which all repetitions share each draw's posts. Of fewer than ten posts there is none, and none
  where no replicate differs from another: no width would claim certainty.

Metrics of one task use the same draws (same seed, same posts), so differences between their
intervals are not noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError
from scoring.extraction.finding import CUT_OFF, REFUSED
from scoring.instruments import Instruments
from scoring.metric import Metric, PairMetric, Scored, pairs_of
from scoring.metrics.confusion import hits
from scoring.metrics.correctness import CorrectnessMetric, reads_by_script
from scoring.metrics.proportion import Proportion
from scoring.metrics.tallies import as_cells
from scoring.segments import Reading, Segments
from scoring.statistics import (
    MIN_POSTS,
    ONE_LABEL,
    TOO_FEW_POSTS,
    Estimator,
    Interval,
    Unseen,
    exponential_weights,
    farthest_tables,
    percentile_interval,
    post_sums,
    proportion_interval,
    replicate_many,
)
from scoring.statistics.bayesian_bootstrap import METHOD
from scoring.statistics.bootstrap import ROUNDING, Floats, Indices, numbered
from scoring.statistics.rounding import mean
from scoring.tasks import Task

# So 25 draws lie beyond each end of a 95% interval.
DRAWS = 1000
SEED = 0

UNDEFINED = "undefined: one label throughout"
"""Why a metric has no value though examples have one: kappa of gold and answers that are one and
the same label.
"""


@dataclass(frozen=True)
class Slice:
    """One metric on the examples that share an attribute's value.

    Attributes:
        value: None when no example of the slice has one.
        low: Lower end of the 95% interval; None without one.
        high: Upper end.
        interval: How the interval was made, or why there is none.
        n: Examples that entered the value.
        n_absent: Examples of the slice without a value.
    """

    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    n_absent: int


def score(
    metric: Metric,
    segments: Sequence[Segments],
    instruments: Instruments,
    *,
    draws: int = DRAWS,
) -> Scored:
    """Measure a metric on every repetition and put the result together.

    Args:
        metric: Must apply to the task.
        segments: One a repetition, all of the same examples.
        instruments: What the metric measures with.
        draws: Bootstrap resamples.

    Raises:
        ScoringError: The metric does not apply, or the repetitions do not match.
    """
    task = _task(segments)
    if not metric.applies_to(task):
        raise ScoringError(
            f"{metric.name} does not apply to {task.id} ({task.kind}, references:"
            f" {task.references})"
        )
    # Before the texts are counted, since a metric that refuses them says why.
    items = metric.measure_runs(segments, instruments)
    n_truncated = _truncated(metric, segments, instruments)
    return assemble(metric, segments, items, draws=draws, n_truncated=n_truncated)


def assemble(
    metric: Metric,
    segments: Sequence[Segments],
    items: Sequence[Floats],
    *,
    draws: int = DRAWS,
    n_truncated: int = 0,
) -> Scored:
    """Return value, interval and counts from statistics that were measured before.

    Args:
        metric: What was measured.
        segments: One a repetition, all of the same examples.
        items: For each repetition (n, k) statistics; of a metric `across_runs` one array.
        draws: Bootstrap resamples.
        n_truncated: Distinct texts that were cut to the model's length.

    Returns:
        Where repetitions differ, `n` is the smallest and what is unparsed the largest count.

    Raises:
        ScoringError: The repetitions do not match, or the statistics are not theirs.
    """
    task = _task(segments)
    stacked = _stack(metric, segments, items)
    value, sd, n = restated(metric, task, stacked)
    interval = _interval(metric, task, stacked, _post_index(segments[0]), draws)
    return Scored(
        items=stacked,
        value=value,
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        sd=sd,
        n=n,
        n_absent=len(segments[0]) - n,
        n_unparsed=_unread(metric, segments, lambda reading: reading.label is None),
        n_truncated=n_truncated,
        n_refused=_unread(metric, segments, lambda reading: reading.reason == REFUSED),
        n_cut_off=_unread(metric, segments, lambda reading: reading.reason == CUT_OFF),
    )


def restated(metric: Metric, task: Task, items: Floats) -> tuple[float | None, float | None, int]:
    """Return what `assemble` says of these statistics, without the texts.

    Value, standard deviation, and count.

    Args:
        metric: What was measured.
        task: On what.
        items: (repetitions, n, k) statistics.
    """
    values = metric.aggregate(items.sum(axis=1), task)
    return _mean(values), deviation(values), _count(metric, items)


def deviation(values: Floats) -> float | None:
    """Return the standard deviation over repetitions.

    Args:
        values: (repetitions,) NaN where there is none.

    Returns:
        With n - 1; None with fewer than two that have a value.
    """
    defined = values[~np.isnan(values)]
    return float(defined.std(ddof=1)) if defined.size > 1 else None


def between(values: Floats, groups: Sequence[str]) -> float | None:
    """Return the standard deviation over groups of repetitions, of the means of their values.

    Args:
        values: (repetitions,) the metric's, NaN where it has none.
        groups: Which group each is of: its prompt's name.

    Returns:
        With n - 1; None with fewer than two groups that have a value.
    """
    means = (_mean(part) for part in _by_group(values, groups))
    return deviation(np.array([value for value in means if value is not None], float))


def within(values: Floats, groups: Sequence[str]) -> float | None:
    """Return the standard deviation of repetitions about their own group's mean, pooled over the
    groups: the square root of the squared deviations' sum over its degrees of freedom.

    Args:
        values: (repetitions,) the metric's, NaN where it has none.
        groups: Which group each is of: its prompt's name.

    Returns:
        With a degree of freedom less for each group; None where no group has two values.
    """
    parts = [part[~np.isnan(part)] for part in _by_group(values, groups)]
    freedom = sum(part.size - 1 for part in parts if part.size)
    if not freedom:
        return None
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts if part.size)
    return float(np.sqrt(squares / freedom))


def _by_group(values: Floats, groups: Sequence[str]) -> list[Floats]:
    of = np.array(groups)
    return [values[of == group] for group in dict.fromkeys(groups)]


def breakdown(
    metric: Metric,
    segments: Sequence[Segments],
    items: Sequence[Floats],
    attribute: str,
) -> Mapping[str, Slice]:
    """Return the metric on the examples of each value of an attribute.

    Args:
        metric: What was measured.
        segments: One a repetition, all of the same examples.
        items: For each repetition (n, k) statistics.
        attribute: Examples without it are in no slice.

    Returns:
        Attribute value -> slice, in the order in which the task declares the values, other values
        after them.
    """
    task = _task(segments)
    stacked = _stack(metric, segments, items)
    given = [example.attributes.get(attribute) for example in segments[0].examples]
    posts = _post_index(segments[0])
    slices = {}
    for value in _ordered(task, attribute, given):
        rows = np.array([entry == value for entry in given])
        slices[value] = _slice(metric, task, stacked[:, rows], posts[rows])
    return slices


def confusion(items: Floats, task: Task) -> NDArray[np.int64]:
    """Return the confusion matrix from a correctness metric's statistics.

    Args:
        items: (..., n, L * (L + 1)) one-hot rows; repetitions are added up.
        task: Whose labels the rows are over.

    Returns:
        (L, L + 1) counts: gold by predicted, the last column "unparsed".
    """
    sums = items.reshape(-1, items.shape[-1]).sum(axis=0)
    return np.rint(as_cells(sums, len(task.labels))).astype(np.int64)


def _task(segments: Sequence[Segments]) -> Task:
    if not segments:
        raise ScoringError("nothing to score: not one repetition was given")
    first = segments[0]
    for number, other in enumerate(segments):
        if other.task != first.task or other.examples != first.examples:
            raise ScoringError(
                f"{first.task.id}: repetition {number} is not of the same examples as repetition 0"
            )
    return first.task


def _stack(metric: Metric, segments: Sequence[Segments], items: Sequence[Floats]) -> Floats:
    lengths = [len(segment) for segment in (segments[:1] if metric.across_runs else segments)]
    # Stored statistics may be of another revision of the task.
    if [len(rows) for rows in items] != lengths:
        raise ScoringError(
            f"{metric.name}: statistics of {[len(rows) for rows in items]} items for repetitions of"
            f" {lengths}"
        )
    return np.stack(items)


def _slice(metric: Metric, task: Task, items: Floats, posts: Indices) -> Slice:
    value, _, n = restated(metric, task, items)
    interval = _interval(metric, task, items, numbered(posts))
    return Slice(value, interval.low, interval.high, interval.method, n, items.shape[1] - n)


def _ordered(task: Task, attribute: str, given: Sequence[str | None]) -> list[str]:
    # A maintainer's tags are no declared values, and count as well.
    occurring = {value for value in given if value is not None}
    declared = [value for value in task.attributes.get(attribute, ()) if value in occurring]
    return declared + sorted(occurring.difference(declared))


def _post_index(segments: Segments) -> Indices:
    """Return (n,) the post of each example, numbered by sorted id, so that the order of examples
    changes no draw.
    """
    return numbered(np.array([example.post_id for example in segments.examples]))


def _count(metric: Metric, items: Floats) -> int:
    return int(metric.present(items).sum(axis=1).min())


def _unread(
    metric: Metric, segments: Sequence[Segments], of_kind: Callable[[Reading], bool]
) -> int:
    """Return how many readings are of a kind of unparsed ones, in the repetition with the most."""
    if reads_by_script(metric):
        return 0
    return max(sum(map(of_kind, segment.readings)) for segment in segments)


def _truncated(metric: Metric, segments: Sequence[Segments], instruments: Instruments) -> int:
    """Return how many distinct texts were cut to the model's length."""
    if not isinstance(metric, PairMetric) or not metric.can_measure(instruments):
        return 0
    return instruments.usable(metric.needs).count_cut(pairs_of([metric], segments))


def _mean(values: Floats) -> float | None:
    """Return mean of the defined repetitions; None when there is none."""
    average = mean(values[~np.isnan(values)])
    return None if np.isnan(average) else average


def _interval(
    metric: Metric,
    task: Task,
    items: Floats,
    post_index: Indices,
    draws: int = DRAWS,
) -> Interval:
    valued = post_index[metric.present(items).any(axis=0)]
    posts = len(np.unique(valued))
    if posts < 2:
        return Interval.none("fewer than two posts have a value")
    # Whatever is drawn, a kappa of one label throughout stays undefined.
    if np.isnan(metric.aggregate(items.sum(axis=1), task)).all():
        return Interval.none(UNDEFINED)
    if isinstance(metric, Proportion) and (exact := _proportion(metric, task, items, valued)):
        return exact
    if posts < MIN_POSTS:
        return TOO_FEW_POSTS
    sums, estimator = post_sums(items, post_index), metric.estimator(task)
    # After the proportions: of them even constant answers vary with the posts.
    if estimator.one_label(sums.sum(axis=1)):
        return ONE_LABEL
    if isinstance(metric, CorrectnessMetric) and (exact := _bound(metric, task, items, post_index)):
        return exact
    return _resampled(estimator, sums, draws)


def _proportion(metric: Proportion, task: Task, items: Floats, valued: Indices) -> Interval | None:
    """Return the interval where there is a better one than the bootstrap's.

    `valued` are the posts of the items.
    """
    posts = len(np.unique(valued))
    tally = metric.tally(items[metric.present(items)].sum(axis=0), task)
    # On posts: ten questions about one post are no ten trials.
    if tally.successes in (0, tally.trials):
        return proportion_interval(posts if tally.successes else 0, posts)
    # Wilson's interval takes each item for a trial of its own.
    independent = len(items) == 1 and posts == len(valued)
    return proportion_interval(tally.successes, tally.trials) if independent else None


def _bound(
    metric: CorrectnessMetric, task: Task, items: Floats, post_index: Indices
) -> Interval | None:
    """Bound answers that are all right, or all wrong, by the farthest value that is allowed."""
    # Ordinal metrics leave unparsed items out, though these have a cell.
    items = np.where(metric.present(items)[..., None], items, 0.0)
    table, sums = metric.estimator(task).table, post_sums(items, post_index)
    if isinstance(metric, Proportion) or table is None:
        return None
    cells = table.cells(sums.sum(axis=(0, 1)))
    right = float(hits(cells).sum())
    # With a single miss the bootstrap has something to draw.
    if right not in (0.0, float(cells.sum())):
        return None
    posts = int(np.count_nonzero(sums.any(axis=(0, 2))))
    values = table.value(farthest_tables(cells, table.row_posts(sums), posts, all_right=right > 0))
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    what = "wrong" if right else "right"
    return (
        Interval(low, high, f"exact one-sided bound on {what} posts, {posts} posts")
        if high - low > ROUNDING
        else None
    )


def _resampled(estimator: Estimator, sums: Floats, draws: int) -> Interval:
    weights = _weights(sums.shape[-2], draws)
    unseen = _unseen(estimator.rows(sums.sum(axis=1)), draws)
    drawn = replicate_many([sums], weights, [estimator], unseen)[0, 0, 1]
    return percentile_interval(drawn, method=f"{METHOD}, {draws} draws, seed {SEED}")


@lru_cache(maxsize=8)
def _weights(posts: int, draws: int) -> NDArray[np.uint16]:
    """Draw weights once for all metrics of a task: draws are most of a bootstrap's time."""
    return exponential_weights(posts, draws, np.random.default_rng(SEED))


@lru_cache(maxsize=16)
def _unseen(rows: int, draws: int) -> Unseen | None:
    """Return the unseen posts of a table of so many rows; None of no table."""
    return Unseen.draw(draws, rows, np.random.default_rng([SEED, rows])) if rows else None
