"""From per-item statistics to a value with its interval.

The value is the mean over repetitions of the aggregated sums. The interval is chosen by what the metric is:

- plain proportions with one question a post and one repetition: Wilson's;
- a proportion without a single failure or success: an exact one-sided bound, on posts;
- any other correctness metric without a single wrong item: every resample is perfect too, so the bootstrap
  would claim certainty. The bound is the metric's value if as many items were wrong as the exact one-sided bound
  on the share of right posts allows, spread evenly over gold labels and wrong answers;
- one without a single right item that is the same in every resample: its mirror image, with as many items right as the
  bound allows, spread evenly over gold labels;
- everything else: the percentile bootstrap over posts, in which all repetitions share each draw's posts. Where no
  resample differs from another there is no interval: no width would claim certainty.

Metrics of one task use the same draws (same seed, same posts), so differences between their intervals are not
noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError
from scoring.extraction import IMHI_RULE
from scoring.metric import Floats, Instruments, Metric, PairMetric, Scored
from scoring.metrics.confusion import ConfusionMetric, as_cells, hits
from scoring.metrics.proportion import Proportion
from scoring.segments import Segments
from scoring.statistics import (
    NO_SPREAD,
    Interval,
    one_sided_bound,
    percentile_interval,
    post_sums,
    proportion_interval,
    replicate_weights,
    replicates,
)
from scoring.statistics.rounding import mean
from scoring.tasks import Task

DRAWS = 1000
SEED = 0

UNDEFINED = "undefined: one label throughout"
"""Why a metric has no value though examples have one: kappa of gold and answers that are one and the same label."""


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


@dataclass(frozen=True)
class Resampling:
    """How the bootstrap draws.

    Attributes:
        draws: Resamples.
        seed: Of the generator.
    """

    draws: int = DRAWS
    seed: int = SEED


def score(
    metric: Metric,
    segments: Sequence[Segments],
    instruments: Instruments,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Scored:
    """Measure a metric on every repetition and put the result together.

    Args:
        metric: Must apply to the task.
        segments: One a repetition, all of the same examples.
        instruments: What the metric measures with.
        draws: Bootstrap resamples.
        seed: Of the bootstrap.

    Raises:
        ScoringError: The metric does not apply, or the repetitions do not match.
    """
    task = _task(segments)
    if not metric.applies_to(task):
        raise ScoringError(
            f"{metric.name} does not apply to {task.id} ({task.kind}, references: {task.references})"
        )
    items = [metric.measure(segment, instruments) for segment in segments]
    n_truncated = _truncated(metric, segments, instruments)
    return assemble(metric, segments, items, draws=draws, seed=seed, n_truncated=n_truncated)


def assemble(
    metric: Metric,
    segments: Sequence[Segments],
    items: Sequence[Floats],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    n_truncated: int = 0,
) -> Scored:
    """Value, interval and counts from statistics that were measured before.

    Args:
        metric: What was measured.
        segments: One a repetition, all of the same examples.
        items: For each repetition (n, k) statistics.
        draws: Bootstrap resamples.
        seed: Of the bootstrap.
        n_truncated: Distinct texts that were cut to the model's length.

    Returns:
        Where repetitions differ, `n` is the smallest and `n_unparsed` the largest count.

    Raises:
        ScoringError: The repetitions do not match, or the statistics are not theirs.
    """
    task = _task(segments)
    stacked = _stack(metric, segments, items)
    values = metric.aggregate(stacked.sum(axis=1), task)
    interval = _interval(metric, task, stacked, _post_index(segments[0]), Resampling(draws, seed))
    n = _count(metric, stacked)
    return Scored(
        items=stacked,
        value=_mean(values),
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        sd=_sd(values),
        n=n,
        n_absent=len(segments[0]) - n,
        n_unparsed=_unparsed(metric, segments),
        n_truncated=n_truncated,
    )


def breakdown(
    metric: Metric,
    segments: Sequence[Segments],
    items: Sequence[Floats],
    attribute: str,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Mapping[str, Slice]:
    """The metric on the examples of each value of an attribute.

    Args:
        metric: What was measured.
        segments: One a repetition, all of the same examples.
        items: For each repetition (n, k) statistics.
        attribute: Examples without it are in no slice.
        draws: Bootstrap resamples.
        seed: Of the bootstrap.

    Returns:
        Attribute value -> slice, in the order in which the task declares the values, other values after them.
    """
    task = _task(segments)
    stacked = _stack(metric, segments, items)
    given = [example.attributes.get(attribute) for example in segments[0].examples]
    posts = _post_index(segments[0])
    slices = {}
    for value in _ordered(task, attribute, given):
        rows = np.array([entry == value for entry in given])
        slices[value] = _slice(metric, task, stacked[:, rows], posts[rows], Resampling(draws, seed))
    return slices


def confusion(items: Floats, task: Task) -> NDArray[np.int64]:
    """The confusion matrix from a correctness metric's statistics.

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
    lengths = [len(segment) for segment in segments]
    if [len(rows) for rows in items] != lengths:
        raise ScoringError(
            f"{metric.name}: statistics of {[len(rows) for rows in items]} items for repetitions of {lengths}"
        )
    return np.stack(items)


def _slice(
    metric: Metric, task: Task, items: Floats, posts: NDArray[np.intp], resampling: Resampling
) -> Slice:
    values = metric.aggregate(items.sum(axis=1), task)
    interval = _interval(metric, task, items, np.unique(posts, return_inverse=True)[1], resampling)
    n = _count(metric, items)
    return Slice(_mean(values), interval.low, interval.high, interval.method, n, items.shape[1] - n)


def _ordered(task: Task, attribute: str, given: Sequence[str | None]) -> list[str]:
    occurring = {value for value in given if value is not None}
    declared = [value for value in task.attributes.get(attribute, ()) if value in occurring]
    return declared + sorted(occurring.difference(declared))


def _post_index(segments: Segments) -> NDArray[np.intp]:
    """(n,) the post of each example, numbered by sorted id, so that the order of examples changes no draw."""
    return np.unique([example.post_id for example in segments.examples], return_inverse=True)[1]


def _count(metric: Metric, items: Floats) -> int:
    return int(metric.present(items).sum(axis=1).min())


def _unparsed(metric: Metric, segments: Sequence[Segments]) -> int:
    if isinstance(metric, ConfusionMetric) and metric.extraction == IMHI_RULE:
        return 0
    return max(sum(reading.label is None for reading in segment.readings) for segment in segments)


def _truncated(metric: Metric, segments: Sequence[Segments], instruments: Instruments) -> int:
    """How many distinct texts were cut to the model's length."""
    if not isinstance(metric, PairMetric) or instruments.bart is None:
        return 0
    pairs = (pair for segment in segments for item in metric.pairs(segment) for pair in item)
    return instruments.bart.scorer().count_truncated(
        sorted({text for pair in pairs for text in pair})
    )


def _mean(values: Floats) -> float | None:
    """Mean of the defined repetitions; None when there is none."""
    found = mean(values[~np.isnan(values)])
    return None if np.isnan(found) else found


def _sd(values: Floats) -> float | None:
    defined = values[~np.isnan(values)]
    return float(defined.std(ddof=1)) if defined.size > 1 else None


def _interval(
    metric: Metric, task: Task, items: Floats, post_index: NDArray[np.intp], resampling: Resampling
) -> Interval:
    valued = post_index[metric.present(items).any(axis=0)]
    if len(np.unique(valued)) < 2:
        return Interval.none("fewer than two posts have a value")
    if np.isnan(metric.aggregate(items.sum(axis=1), task)).all():
        return Interval.none(UNDEFINED)
    drawn = _exact(metric, task, items, valued) or _bootstrap(
        metric, task, post_sums(items, post_index), resampling
    )
    if drawn == NO_SPREAD and isinstance(metric, ConfusionMetric):
        return _bound_of_hopeless(metric, task, items, valued) or drawn
    return drawn


def _exact(metric: Metric, task: Task, items: Floats, valued: NDArray[np.intp]) -> Interval | None:
    """The interval where there is a better one than the bootstrap's.

    Args:
        metric: What was measured.
        task: On which task.
        items: (repetitions, n, k) statistics.
        valued: The posts of the examples that have a value.
    """
    sums = items[metric.present(items)].sum(axis=0)
    posts = len(np.unique(valued))
    if isinstance(metric, Proportion):
        tally = metric.tally(sums, task)
        if tally.successes in (0, tally.trials):
            return proportion_interval(posts if tally.successes else 0, posts)
        independent = len(items) == 1 and posts == len(valued)
        return proportion_interval(tally.successes, tally.trials) if independent else None
    if (
        isinstance(metric, ConfusionMetric)
        and hits(as_cells(sums, len(task.labels))).sum() == sums.sum()
    ):
        return _bound_of_perfect(metric, task, sums, posts)
    return None


def _bound_of_perfect(metric: ConfusionMetric, task: Task, sums: Floats, posts: int) -> Interval:
    labels = len(task.labels)
    right = one_sided_bound(posts)
    cells = np.zeros((labels, labels + 1))
    gold = as_cells(sums, labels).sum(axis=-1)
    cells[:, :labels] = (gold * (1 - right) / (labels - 1))[:, None]
    np.fill_diagonal(cells, gold * right)
    return _between(metric, task, sums, cells, f"right posts, errors spread evenly, {posts} posts")


def _bound_of_hopeless(
    metric: ConfusionMetric, task: Task, items: Floats, valued: NDArray[np.intp]
) -> Interval | None:
    """The mirror image of a perfect score's bound; None where some item is right."""
    labels, posts = len(task.labels), len(np.unique(valued))
    sums = items[metric.present(items)].sum(axis=0)
    cells = as_cells(sums, labels)
    if hits(cells).any():
        return None
    right = 1 - one_sided_bound(posts)
    bound = cells * (1 - right)
    np.fill_diagonal(bound, cells.sum(axis=-1) * right)
    return _between(
        metric, task, sums, bound, f"wrong posts, right answers spread evenly, {posts} posts"
    )


def _between(
    metric: ConfusionMetric, task: Task, sums: Floats, bound: Floats, what: str
) -> Interval:
    """From the value to what it would be at the bound; none where the metric cannot tell the two apart."""
    low, high = sorted(
        float(value) for value in metric.aggregate(np.stack([bound.ravel(), sums]), task)
    )
    return (
        Interval(low, high, f"exact one-sided bound on {what}") if high - low > 1e-6 else NO_SPREAD
    )


def _bootstrap(metric: Metric, task: Task, sums: Floats, resampling: Resampling) -> Interval:
    weights = _weights(sums.shape[-2], resampling.draws, resampling.seed)
    values = replicates(sums, weights, lambda totals: metric.aggregate(totals, task))
    method = f"percentile bootstrap over posts, {resampling.draws} draws, seed {resampling.seed}"
    return percentile_interval(_mean_of_repetitions(values), method=method)


def _mean_of_repetitions(values: Floats) -> Floats:
    """(repetitions, draws) -> (draws,) mean of the defined repetitions; NaN where none is."""
    defined = ~np.isnan(values)
    counts = defined.sum(axis=0)
    return np.asarray(
        np.where(defined, values, 0.0).sum(axis=0) / np.where(counts > 0, counts, np.nan)
    )


@lru_cache(maxsize=8)
def _weights(posts: int, draws: int, seed: int) -> NDArray[np.uint16]:
    """Draws are most of a bootstrap's time, and the same for all metrics of a task."""
    return replicate_weights(posts, draws, np.random.default_rng(seed))
