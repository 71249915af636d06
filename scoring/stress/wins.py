"""The share of pairs in which a metric values the real explanation above the perturbed one.

A tie is a loss: a metric that cannot tell them apart is no help to whoever looks for the better
one. So a constant metric wins nothing, and one of random numbers half; both stand as rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.baselines import filled
from scoring.instruments import Instrument, Instruments, Pair, scores_of
from scoring.metric import Metric, PairMetric, combined, pairs_of
from scoring.metrics.explanation_metric import FULL
from scoring.segments import Segments
from scoring.statistics.bootstrap import Floats
from scoring.statistics.proportions import proportion_interval
from scoring.stress.perturbations import PERTURBATIONS, Explained, Perturbation
from scoring.tasks import Task

Scored = Callable[[Instrument, Sequence[Pair]], Floats]
CONSTANT, RANDOM = "constant", "random"
"""What the two rows are called that no metric may be below and none should be near."""


@dataclass(frozen=True)
class Wins:
    """How one metric fares against one perturbation.

    Attributes:
        metric: The metric's name; CONSTANT or RANDOM for the two rows to compare with.
        perturbation: The perturbation's name.
        version: The perturbation's version.
        share: The share of pairs that the metric wins, posts weighing alike; None without a pair.
        low: Lower end of the 95% interval.
        high: Upper end.
        interval: How it was made.
        pairs: Pairs of which the metric has both values.
        posts: Posts that these are about.
    """

    metric: str
    perturbation: str
    version: str
    share: float | None
    low: float | None
    high: float | None
    interval: str
    pairs: int
    posts: int


def stress(
    segments: Segments,
    metrics: Sequence[Metric],
    instruments: Instruments,
    *,
    seed: int = 0,
    advance: Callable[[str], None] = lambda _: None,
    scored: Scored = scores_of,
) -> Iterator[Wins]:
    """Yield how metrics fare against every perturbation, by perturbation and then by metric.

    Args:
        segments: One task's examples with one run of a system; examples without an explanation, or
            with another label than gold, are left out.
        metrics: Those of explanations without the label sentence are tried; the others read more
            than the explanation, and are left out.
        instruments: What model metrics measure with; without a model they are left out.
        seed: Of the perturbations.
        advance: Told the title of each perturbation.
        scored: What gives a model's numbers of pairs.
    """
    real = _right(segments)
    own = zlib.crc32(segments.task.id.encode())  # tasks must not repeat each other's draws
    tried = [metric for metric in metrics if is_tried(metric, segments.task, instruments)]
    before = _values(tried, real, instruments, scored) | {CONSTANT: np.zeros(len(real))}
    posts = np.array([example.post_id for example in real.examples])
    drawing = np.random.default_rng((seed, own, 1))
    for perturbation in PERTURBATIONS:
        advance(perturbation.title)
        # By name, so that one that comes or goes does not move what the others draw.
        named = zlib.crc32(perturbation.name.encode())
        perturbed = _perturbed(real, perturbation, np.random.default_rng((seed, own, 2, named)))
        gone = np.array([reading.explanation is None for reading in perturbed.readings], bool)
        after = _values(tried, perturbed, instruments, scored) | {CONSTANT: np.zeros(len(real))}
        # Drawn anew: one draw for all perturbations would lift, or lower, the whole row.
        before[RANDOM], after[RANDOM] = drawing.random((2, len(real)))
        for name, values in after.items():
            yield _wins(name, perturbation, before[name], np.where(gone, np.nan, values), posts)


def pooled(tasks: Iterable[Sequence[Wins]]) -> Iterator[Wins]:
    """Yield what comes of several tasks together, posts weighing alike.

    A post that two tasks ask about counts in both.
    """
    of_pair: dict[tuple[str, str], list[Wins]] = {}
    for wins in tasks:
        for each in wins:
            of_pair.setdefault((each.metric, each.perturbation), []).append(each)
    for (metric, perturbation), parts in of_pair.items():
        posts = sum(each.posts for each in parts)
        won = sum(each.share * each.posts for each in parts if each.share is not None)
        pairs = sum(each.pairs for each in parts)
        yield _stated(metric, perturbation, parts[0].version, won, posts, pairs)


def is_tried(metric: Metric, task: Task, instruments: Instruments) -> bool:
    """Return whether a metric is one of explanations alone that can be measured."""
    if metric.group != "explanation" or not metric.applies_to(task):
        return False
    if not metric.can_measure(instruments):
        return False
    return metric.identity(instruments).text != FULL


def _right(segments: Segments) -> Segments:
    """Return the examples with an explanation whose label is right."""
    kept = [
        row
        for row, (example, reading) in enumerate(
            zip(segments.examples, segments.readings, strict=True)
        )
        if reading.explanation is not None
        and reading.label == example.gold
        and not example.redacted
    ]
    return Segments(
        segments.task,
        tuple(segments.examples[row] for row in kept),
        tuple(segments.outputs[row] for row in kept),
        tuple(segments.readings[row] for row in kept),
    )


def _perturbed(real: Segments, perturbation: Perturbation, rng: np.random.Generator) -> Segments:
    """Return `real` with what a perturbation puts in its explanations' place."""
    rows = [
        Explained(
            reading.explanation or "",
            example.post,
            example.post_id,
            example.gold,
            filled(_sentence(real.task, example.gold), example),
        )
        for example, reading in zip(real.examples, real.readings, strict=True)
    ]
    readings = tuple(
        replace(reading, explanation=None if _same(text, reading.explanation) else text)
        for reading, text in zip(real.readings, perturbation.make(rows, rng), strict=True)
    )
    return replace(real, readings=readings)


def _sentence(task: Task, answer: str) -> str:
    """Return the gold sentence of an answer; the answer itself where there is none."""
    labels = [task.label(name) for name in task.labels_of(answer)]
    return task.sentence(answer) if labels and all(label.gold for label in labels) else answer


def _same(text: str | None, real: str | None) -> bool:
    """Return whether nothing was spoilt: a system may say the same of every post."""
    return text is not None and real is not None and text.split() == real.split()


def _values(
    metrics: Sequence[Metric], run: Segments, instruments: Instruments, scored: Scored
) -> dict[str, Floats]:
    """Return each metric's value of each example by itself, the higher the better.

    Metrics with a model are measured together: they share pairs.
    """
    values = {}
    for metric in metrics:
        if not isinstance(metric, PairMetric):
            items = metric.measure(run, instruments)
            alone = np.asarray(metric.aggregate(items, run.task), float)
            values[metric.name] = np.where(metric.present(items), alone, np.nan)
    for model in instruments.models:
        paired = [m for m in metrics if isinstance(m, PairMetric) and m.needs == model.kind]
        pairs = pairs_of(paired, [run])
        outputs = scored(instruments.usable(model.kind), pairs) if pairs else ()
        known = dict(zip(pairs, outputs, strict=True))
        values |= {each.name: combined(each, each.pairs(run), known) for each in paired}
    # In the order of the metrics, whatever they need.
    return {
        metric.name: values[metric.name] * (-1.0 if metric.higher_is_better is False else 1.0)
        for metric in metrics
    }


def _wins(
    metric: str, perturbation: Perturbation, before: Floats, after: Floats, posts: Floats
) -> Wins:
    both = ~np.isnan(before) & ~np.isnan(after)
    names, of_post = np.unique(posts[both], return_inverse=True)
    won = (before[both] > after[both]).astype(float)
    # A post with several questions is one trial: what is asked of it is not independent.
    by_post = np.bincount(of_post, won) / np.bincount(of_post)
    return _stated(
        metric, perturbation.name, perturbation.version, float(by_post.sum()), len(names), len(won)
    )


def _stated(
    metric: str, perturbation: str, version: str, won: float, posts: int, pairs: int
) -> Wins:
    """Return the share of `won` posts with its interval."""
    if not posts:
        return Wins(metric, perturbation, version, None, None, None, "no pair", 0, 0)
    ends = proportion_interval(round(won, 9), posts)
    share = won / posts
    return Wins(
        metric, perturbation, version, share, ends.low, ends.high, ends.method, pairs, posts
    )
