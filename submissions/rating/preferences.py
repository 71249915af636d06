"""What closed pairwise rounds say: the strengths of systems, and whether metrics choose as people do.

Every choice of every rater counts by itself; "cannot say" is no choice. Of the choices that are no tie,
a metric goes along with those where the better value by the metric is that of the text that was
chosen; equal values count half, and a pair of which one text has no value does not count. A constant
metric has one half, and so has a coin. Beside it stand the baselines, more of which counts as better,
and people: how often two raters of the same pair chose alike, where neither saw a tie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import Floats
from scoring.statistics.bradley_terry import strengths
from scoring.statistics.estimate import Estimate
from scoring.statistics.moments import estimate, mean
from submissions.rating.figures import HUMAN
from submissions.rating.rated_values import Choice, RatedSet
from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import kept_statistics, save_statistics
from submissions.store.released.rated_rows import PreferenceRow, StrengthRow

SEED = 20_240_602
VERSION = "strengths/1"
"""Raised when anything changes that kept strengths follow from besides the choices."""
NO_DECIDED = "no choice between two texts that both have a value"


def strength_rows(folder: DataFolder, rated: RatedSet) -> Iterator[StrengthRow]:
    """Yield a row a system of a pairwise round, the strongest first; what was fitted before is kept."""
    choices = rated.choices
    systems = sorted({rated.texts[place].system for pair in choices for place in pair.places})
    number = {system: place for place, system in enumerate(systems)}
    left, right = (
        np.array([number[rated.texts[pair.places[side]].system] for pair in choices], dtype=np.intp)
        for side in (0, 1)
    )
    chosen = np.array([pair.choice for pair in choices], dtype=np.float64)
    posts = np.array([rated.texts[pair.left].post_id for pair in choices])
    key = hashlib.sha256(
        repr(
            (VERSION, systems, left.tolist(), right.tolist(), chosen.tolist(), posts.tolist())
        ).encode()
    ).hexdigest()
    fitted = kept_statistics(folder).get(key)
    if fitted is None:
        estimates = strengths(left, right, chosen, posts, len(systems), SEED)
        fitted = {system: each.columns for system, each in zip(systems, estimates, strict=True)}
        save_statistics(folder, {key: fitted})
    for system, columns in sorted(fitted.items(), key=lambda of: (-(of[1][0] or 0.0), of[0])):
        own = np.where(left == number[system], chosen, -chosen)
        own = own[(left == number[system]) | (right == number[system])]
        value, low, high, interval, n, n_posts, why = columns
        yield StrengthRow(
            rated.name,
            rated.benchmark,
            rated.rubric.id,
            system,
            int((own > 0).sum()),
            int((own == 0).sum()),
            int((own < 0).sum()),
            value,
            low,
            high,
            interval,
            n,
            n_posts,
            why,
        )


def preference_rows(rated: RatedSet, values: Mapping[str, Floats | str]) -> Iterator[PreferenceRow]:
    """Yield a row a metric and baseline of a pairwise round, and one of people.

    Args:
        rated: The round.
        values: Metric or baseline -> (n,) values of its texts, NaN for none, or why there are none.
    """
    downwards = {metric.name for metric in rated.metrics if metric.higher_is_better is False}
    decided = [pair for pair in rated.choices if pair.choice]
    for name, known in values.items():
        if isinstance(known, str):
            yield _row(rated, name, Estimate.none(known), len(decided))
            continue
        sign = -1.0 if name in downwards else 1.0
        yield _row(rated, name, _going_along(rated, decided, sign * known), len(decided))
    yield _row(rated, HUMAN, _alike(rated, decided), len(decided))


def _going_along(rated: RatedSet, decided: Sequence[Choice], values: Floats) -> Estimate:
    """Return the share of choices that values go along with."""
    left = np.array([values[pair.left] for pair in decided])
    right = np.array([values[pair.right] for pair in decided])
    chosen = np.array([pair.choice for pair in decided], dtype=np.float64)
    known = ~(np.isnan(left) | np.isnan(right))
    along = (1 + np.sign(left - right) * chosen) / 2
    posts = np.array([rated.texts[pair.left].post_id for pair in decided], dtype=np.str_)
    return _share(along[known], posts[known])


def _alike(rated: RatedSet, decided: Sequence[Choice]) -> Estimate:
    """Return how often two raters of one pair chose alike."""
    by_pair: dict[tuple[int, int], list[Choice]] = {}
    for pair in decided:
        by_pair.setdefault(pair.places, []).append(pair)
    twos = [two for given in by_pair.values() for two in combinations(given, 2)]
    alike = np.array([float(first.choice == other.choice) for first, other in twos])
    posts = np.array([rated.texts[first.left].post_id for first, _ in twos], dtype=np.str_)
    return _share(alike, posts)


def _share(shares: Floats, posts: NDArray[np.str_]) -> Estimate:
    if not len(shares):
        return Estimate.none(NO_DECIDED)
    return estimate(shares, shares, posts, mean, SEED)


def _row(rated: RatedSet, metric: str, share: Estimate, decided: int) -> PreferenceRow:
    value, low, high, interval, n, posts, why = share.columns
    head = (rated.name, rated.benchmark, rated.rubric.id, metric)
    return PreferenceRow(*head, value, low, high, interval, n, decided, posts, why)
