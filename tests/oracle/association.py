"""How metrics go along with human ratings, once more: scipy's functions, a loop a resample, and no
cleverness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy import stats

Key = tuple[str, str]
"""(system, example)."""


def tied(values: Sequence[float]) -> np.ndarray:
    """Values that are equal but for rounding made equal. Source: docs/methods.md "Equal but for
    rounding".
    """
    least = 1e-12 * max(map(abs, values))
    name: dict[float, float] = {}
    before = None
    for value in sorted(set(values)):
        name[value] = name[before] if before is not None and value - before <= least else value
        before = value
    return np.array([name[value] for value in values])


def associate(
    measure: str, first: Sequence[float], second: Sequence[float], item: Sequence[int] = ()
) -> float | None:
    """A measure of docs/methods.md "Validity of a metric"; None where a side is constant.

    `item` numbers the items, so that copies of one, which a resample has, can be told.
    """
    x, y = tied(first), tied(second)
    if len(set(x)) == 1 or len(set(y)) == 1:
        return None
    if measure == "acc_eq":
        return acc_eq(x, y, np.array(item or range(len(x))))
    found = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}
    return float(found[measure](x, y).statistic)


def acc_eq(x: np.ndarray, y: np.ndarray, item: np.ndarray) -> float:
    """The best share of pairs that metric and people order alike or both tie, over all thresholds
    of the metric's tie.
    """
    i, j = np.triu_indices(len(x), 1)
    kept = item[i] != item[j]
    i, j = i[kept], j[kept]
    apart = tied(np.abs(x[i] - x[j]).tolist())
    order = np.argsort(apart, kind="stable")
    ties = (y[i] == y[j])[order]
    alike = ((x[i] - x[j]) * (y[i] - y[j]) > 0)[order]
    right = np.append(0, np.cumsum(ties)) + alike.sum() - np.append(0, np.cumsum(alike))
    ends = [0, *np.flatnonzero(np.diff(apart[order])) + 1, len(order)]
    return float(right[ends].max() / len(order))


@dataclass(frozen=True)
class Rated:
    """Texts, what people gave them, and a metric's values.

    Attributes:
        keys: The texts; in a resample some are there twice.
        ratings: Text -> rater -> rating.
        values: Text -> value, where there is one; None stands for the human in a rater's place.
    """

    keys: tuple[Key, ...]
    ratings: Mapping[Key, Mapping[str, int]]
    values: Mapping[Key, float] | None = None

    def of(self, values: Mapping[Key, float] | None) -> Rated:
        """The same with a metric's values; texts without one are left out."""
        kept = self.keys if values is None else tuple(key for key in self.keys if key in values)
        return replace(self, keys=kept, values=values)

    def against_all(self, measure: str) -> float | None:
        """A metric against the mean of all raters."""
        assert self.values is not None
        mean = [float(np.mean(list(self.ratings[key].values()))) for key in self.keys]
        return associate(
            measure, [self.values[k] for k in self.keys], mean, self._numbers(self.keys)
        )

    def in_place_of_one(self, measure: str, usable: Sequence[str] = ()) -> float | None:
        """A metric, or a human, in each rater's place, against the mean of the others; averaged by
        their texts.

        Raters who have no measure of their own are left out, of the metric as of the human:
        `usable` names the others.
        """
        found, weights = [], []
        for rater in usable or self.usable(measure):
            keys = self._shared(rater)
            own = [
                float(self.ratings[key][rater]) if self.values is None else self.values[key]
                for key in keys
            ]
            found.append(associate(measure, own, self._others(rater, keys), self._numbers(keys)))
            weights.append(len(self._shared(rater)))
        if not found or None in found:
            return None
        return float(np.average(np.array(found, float), weights=weights))

    def usable(self, measure: str) -> list[str]:
        """The raters who can be held against the others."""
        raters = sorted({rater for key in self.keys for rater in self.ratings[key]})
        kept = []
        for rater in raters:
            keys = self._shared(rater)
            own = [float(self.ratings[key][rater]) for key in keys]
            if len(keys) > 2 and associate(measure, own, self._others(rater, keys)) is not None:
                kept.append(rater)
        return kept

    def resampled(self, posts: Sequence[str]) -> Rated:
        """The texts of drawn posts, as often as these were drawn."""
        by: dict[str, list[Key]] = {}
        for key in self.keys:
            by.setdefault(key[1], []).append(key)
        return replace(self, keys=tuple(key for post in posts for key in by[post]))

    @property
    def posts(self) -> list[str]:
        """The distinct posts; a post has one example here."""
        return sorted({example for _, example in self.keys})

    def _shared(self, rater: str) -> list[Key]:
        return [k for k in self.keys if rater in self.ratings[k] and len(self.ratings[k]) > 1]

    def _others(self, rater: str, keys: Sequence[Key]) -> list[float]:
        return [
            float(np.mean([r for name, r in self.ratings[key].items() if name != rater]))
            for key in keys
        ]

    @staticmethod
    def _numbers(keys: Sequence[Key]) -> list[int]:
        number = {key: place for place, key in enumerate(sorted(set(keys)))}
        return [number[key] for key in keys]


Statistic = Callable[[Rated], float | None]


def resamples(rated: Rated, statistic: Statistic, number: int, seed: int) -> np.ndarray:
    """The statistic of resamples of as many posts; NaN where there is none."""
    dice, posts = np.random.default_rng(seed), rated.posts
    drawn = (dice.choice(posts, len(posts)).tolist() for _ in range(number))
    return np.array([statistic(rated.resampled(some)) for some in drawn], dtype=float)


def left_out(rated: Rated, statistic: Statistic) -> np.ndarray:
    """The statistic without each post."""
    posts = rated.posts
    return np.array(
        [statistic(rated.resampled([p for p in posts if p != gone])) for gone in posts], dtype=float
    )


def bca_fits(
    end: float, tail: float, value: float, replicates: np.ndarray, jackknife: np.ndarray, drawn: int
) -> bool:
    """Whether `end` may be that end of a BCa interval from `drawn` draws. Source: Efron and
    Tibshirani 1993, 14.9 to 14.15.

    The bias correction is itself estimated from draws, so the level is known up to that: five of
    its errors.
    """
    known = replicates[~np.isnan(replicates)]
    near = 1e-9 * max(1.0, float(np.abs(known).max()))
    below = float(np.mean(known < value - near) + np.mean(np.abs(known - value) <= near) / 2)
    spread = jackknife.mean() - jackknife
    a = float((spread**3).sum() / (6 * (spread**2).sum() ** 1.5))
    z0 = stats.norm.ppf(below)
    error = sqrt(below * (1 - below) * (1 / drawn + 1 / len(known))) / stats.norm.pdf(z0)
    levels = []
    for bias in (z0 - 5 * error, z0 + 5 * error):
        moved = bias + stats.norm.ppf(tail)
        levels.append(float(stats.norm.cdf(bias + moved / (1 - a * moved))))
    least, most = min(levels), max(levels)
    slack = [5 * sqrt(x * (1 - x) * (1 / drawn + 1 / len(known))) + 1.5 / drawn for x in levels]
    return bool(
        np.mean(known < end - near) <= most + max(slack)
        and np.mean(known <= end + near) >= least - max(slack)
    )


def perm_both(
    measure: str,
    first: np.ndarray,
    second: np.ndarray,
    human: np.ndarray,
    posts: Sequence[str],
    number: int,
    seed: int,
) -> tuple[float, float]:
    """Difference and two-sided p: PERM-BOTH, whole posts swapped. Source: Deutsch, Dror and Roth
    2021, section 4.2.
    """
    a, b = ((x - x.mean()) / x.std() for x in map(tied, (first.tolist(), second.tolist())))
    place = np.unique(posts, return_inverse=True)[1]
    dice = np.random.default_rng(seed)

    def difference(swapped: np.ndarray) -> float:
        both = (np.where(swapped, b, a).tolist(), np.where(swapped, a, b).tolist())
        one, other = (associate(measure, side, human.tolist()) for side in both)
        return np.nan if one is None or other is None else one - other

    observed = difference(np.zeros(len(a), bool))
    reached = 0
    for _ in range(number):
        found = difference((dice.random(place.max() + 1) < 0.5)[place])
        reached += not abs(found) < abs(observed) - 1e-9
    return observed, (1 + reached) / (1 + number)
