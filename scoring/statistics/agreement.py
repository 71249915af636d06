"""How far raters agree: Krippendorff's alpha, Gwet's AC1 and AC2, intraclass correlation, Fleiss'
kappa, exact agreement; and how far what rates in their stead is off.

Each is a function of summed per-unit statistics, as metrics are (`scoring.metric`), so the
bootstrap over posts gives its interval. Where ratings have no variance there is nothing to agree on
beyond chance; chance-corrected coefficients are then "no variance", not 0 and not 1.

Alpha, kappa and Gwet's coefficients differ in what they take chance for. Where nearly all ratings
are one value, alpha and kappa expect raters to agree by chance almost always, and are near 0, or
negative, though raters agree almost always. Gwet takes chance for what raters do who guess, which
is rare where ratings are skewed. The one misleads on skewed ratings, the other is generous there:
so both are shown, beside exact agreement.

Alpha is computed here because the packages that offer it are under the GPL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scoring.statistics.bootstrap import (
    Bools,
    Floats,
    Indices,
    numbered,
    percentile_interval,
    post_sums,
    replicate_weights,
    replicates,
)
from scoring.statistics.estimate import NO_VARIANCE, Estimate
from scoring.statistics.interval import FEW_POSTS

SKEWED = (
    "Alpha and kappa are near 0, or negative, where nearly all ratings are one value, however much"
    " raters agree: by them, that much agreement is chance. Gwet's AC1 (equal ratings) and AC2"
    " (near ones count in part) take for chance only what raters would do who guess, and stay near"
    " the exact agreement there."
)
"""What a reader has to know to whom alpha and Gwet's coefficients are shown side by side."""

LEVELS = ("nominal", "ordinal", "interval")
"""Levels of measurement that alpha knows: how far apart two ratings are."""

DRAWS = 1_000

NO_ESTIMATE = "undefined: the estimated variance of the ratings is not positive"


class Coefficient(NamedTuple):
    """A coefficient of agreement as a function of summed statistics.

    Attributes:
        items: (units, k) statistics.
        statistic: (..., k) sums -> (...) values, NaN where there is no variance.
        used: (units,) whether the unit enters.
        why_none: What to say where none does.
        why_undefined: What to say where the units that enter have no value.
    """

    items: Floats
    statistic: Callable[[Floats], Floats]
    used: Bools
    why_none: str = "no unit has two ratings"
    why_undefined: str = NO_VARIANCE


def estimate_agreement(
    coefficient: Coefficient, posts: Indices, rng: np.random.Generator, draws: int = DRAWS
) -> Estimate:
    """Return a coefficient with its 95% percentile interval over posts.

    Args:
        coefficient: `krippendorff_alpha(ratings)` or another of this module.
        posts: (units,) the post of each unit.
        rng: Source of randomness.
        draws: Resamples.
    """
    items = coefficient.items[coefficient.used]
    index = numbered(posts[coefficient.used])
    n, clusters = len(items), int(index.max(initial=-1)) + 1
    if not n:
        return Estimate.none(coefficient.why_none)
    value = float(coefficient.statistic(items.sum(axis=0)))
    if np.isnan(value):
        return Estimate.none(coefficient.why_undefined, n, clusters)
    if clusters < 2:
        return Estimate(value, FEW_POSTS, n, clusters)
    drawn = replicates(
        post_sums(items, index), replicate_weights(clusters, draws, rng), coefficient.statistic
    )
    interval = percentile_interval(drawn, method=f"percentile bootstrap over posts, {draws} draws")
    return Estimate(value, interval, n, clusters)


def krippendorff_alpha(ratings: ArrayLike, level: str = "ordinal") -> Coefficient:
    """Return Krippendorff's alpha: 1 - observed / expected disagreement.

    Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): a unit with m ratings adds
    each of its ordered pairs of values with weight 1 / (m - 1) to the coincidence matrix o; with
    n_c its marginals and n its total, alpha = 1 - (n - 1) sum o_ck d_ck / sum n_c n_k d_ck. The
    squared distance d_ck is 1 (nominal), (c - k)^2 (interval), or (n_c / 2 + the n_g between + n_k
    / 2)^2 (ordinal). Units with fewer than two ratings do not enter.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
        level: One of LEVELS.
    """
    if level not in LEVELS:
        raise ValueError(f"{level!r} is not a level of measurement; there are {', '.join(LEVELS)}")
    counts, values = _counts(ratings)
    given = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    items = pairs / np.maximum(given - 1, 1)[:, None, None]

    def statistic(sums: Floats) -> Floats:
        coincidences = sums.reshape(*sums.shape[:-1], len(values), len(values))
        marginals = coincidences.sum(axis=-1)
        distances = _distances(marginals, values, level)
        expected = (marginals[..., :, None] * marginals[..., None, :] * distances).sum(
            axis=(-2, -1)
        )
        observed = (coincidences * distances).sum(axis=(-2, -1)) * (marginals.sum(axis=-1) - 1)
        # Nothing expected to differ: "no variance", and neither 0 nor 1.
        return np.asarray(1 - observed / np.where(expected > 0, expected, np.nan))

    return Coefficient(items.reshape(len(counts), -1), statistic, given > 1)


def gwet(ratings: ArrayLike, low: int, high: int, *, quadratic: bool) -> Coefficient:
    """Return Gwet's AC1, or AC2 with quadratic weights: agreement beyond what guessing would make.

    Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement",
    British Journal of Mathematical and Statistical Psychology 61 (2008), for several raters and
    weights as in Gwet, "Handbook of Inter-Rater Reliability", 4th edition (2014), chapters 2 to 5.
    With r_ik the ratings of unit i in category k of q, r_i their number, w_kl the weights (AC1: 1
    where k = l, else 0; AC2: 1 - (k - l)^2 / (q - 1)^2) and r*_ik = sum_l w_kl r_il:

        AC  = (p_a - p_e) / (1 - p_e)
        p_a = mean over units with r_i >= 2 of sum_k r_ik (r*_ik - 1) / (r_i (r_i - 1))
        p_e = sum_kl w_kl / (q (q - 1)) sum_k pi_k (1 - pi_k),  pi_k = mean over units with r_i >= 1 of r_ik / r_i

    So a rating that nobody doubled counts for what chance is, and not for agreement. The categories
    are those of the scale, whether anybody gave them or not: raters could have. Where all ratings
    are one value, both are 1.

    Args:
        ratings: (raters, units), whole numbers from `low` to `high`, NaN where a rater gave none.
        low: The lowest category of the scale.
        high: The highest.
        quadratic: Whether near ratings agree in part: AC2.
    """
    table = np.asarray(ratings, dtype=np.float64)
    # All of the scale, given or not: raters could have guessed them.
    categories = np.arange(low, high + 1, dtype=np.float64)
    q = len(categories)
    counts = np.asarray((table[:, :, None] == categories).sum(axis=0), dtype=np.float64)
    steps = np.abs(categories[:, None] - categories)
    weights = 1 - (steps / (q - 1)) ** 2 if quadratic else (steps == 0).astype(np.float64)
    given = counts.sum(axis=1)
    pairs = (counts * (counts @ weights - 1)).sum(axis=1) / np.maximum(given * (given - 1), 1)
    shares = counts / np.maximum(given, 1)[:, None]
    # A unit with one rating tells of chance and not of agreement.
    paired = np.asarray(given > 1, dtype=np.float64)
    items = np.column_stack([pairs * paired, paired, given > 0, shares])

    def statistic(sums: Floats) -> Floats:
        doubled = sums[..., 1]
        agreement = sums[..., 0] / np.where(doubled > 0, doubled, np.nan)
        prevalence = sums[..., 3:] / sums[..., 2:3]
        guessed = (prevalence * (1 - prevalence)).sum(axis=-1)
        chance = weights.sum() / (q * (q - 1)) * guessed
        return np.asarray((agreement - chance) / (1 - chance))

    used = np.asarray(given > 0) & bool(paired.any())
    return Coefficient(items, statistic, used)


def exact_agreement(ratings: ArrayLike) -> Coefficient:
    """Return the share of pairs of raters who gave the same rating, a unit counting once however
    many rated it.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
    """
    counts, _ = _counts(ratings)
    given = counts.sum(axis=1)
    items = np.stack([_agreeing(counts), np.ones(len(counts))], axis=1)
    return Coefficient(items, lambda sums: sums[..., 0] / sums[..., 1], given > 1)


def fleiss_kappa(ratings: ArrayLike) -> Coefficient:
    """Return Fleiss' kappa: exact agreement beyond chance, categories without order.

    Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971),
    equation 7. It is defined for the same number of ratings of every unit, by whomever, so units
    that have fewer than others do not enter.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
    """
    counts, _ = _counts(ratings)
    items = np.concatenate([_agreeing(counts)[:, None], np.ones((len(counts), 1)), counts], axis=1)

    def statistic(sums: Floats) -> Floats:
        agreement = sums[..., 0] / sums[..., 1]
        shares = sums[..., 2:] / sums[..., 2:].sum(axis=-1, keepdims=True)
        chance = (shares**2).sum(axis=-1)
        # One category throughout leaves nothing beyond chance to agree on.
        varies = np.count_nonzero(shares, axis=-1) > 1
        return np.asarray((agreement - chance) / np.where(varies, 1 - chance, np.nan))

    given = counts.sum(axis=1)
    return Coefficient(items, statistic, given == max(2, given.max(initial=0)))


def icc(ratings: ArrayLike, *, average: bool) -> Coefficient:
    """Return intraclass correlation with raters as a random effect, absolute agreement.

    Shrout and Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological
    Bulletin 86 (1979): ICC(2,1) for one rater, ICC(2,k) for the mean of all k, from the mean
    squares of the two-way analysis of variance. Units that lack a rating do not enter. The
    denominator estimates the variance of ratings (of their means); raters who contradict each other
    can make the estimate 0 or negative, and then there is no coefficient.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
        average: Whether for the mean of the raters, ICC(2,k), or for one of them, ICC(2,1).
    """
    return _of_mean_squares(ratings, _of_all if average else _of_one)


def icc_consistency(ratings: ArrayLike) -> Coefficient:
    """Return intraclass correlation of one rater by consistency: ICC(C,1).

    McGraw and Wong, "Forming inferences about some intraclass correlation coefficients",
    Psychological Methods 1 (1996), table 4: (MS_R - MS_E) / (MS_R + (k - 1) MS_E), the same number
    as Shrout and Fleiss's ICC(3,1). A rater who gives a point more to everything loses nothing by
    it. Their ICC(A,1), by absolute agreement, where that does count, is `icc(..., average=False)`.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
    """
    return _of_mean_squares(ratings, _of_one_but_for_level)


def signed_bias(metric: ArrayLike, human: ArrayLike) -> Coefficient:
    """Return the mean of metric less human: above 0 where the metric rates higher than people.

    Args:
        metric: (units,) values on the raters' scale, NaN where there is none.
        human: (units,) ratings, usually means over raters; NaN where there is none.
    """
    difference = np.asarray(metric, dtype=np.float64) - np.asarray(human, dtype=np.float64)
    both = np.asarray(~np.isnan(difference))
    items = np.stack([np.where(both, difference, 0.0), both.astype(np.float64)], axis=1)
    return Coefficient(
        items, lambda sums: sums[..., 0] / sums[..., 1], both, "no unit has a value and a rating"
    )


def reliability_bound(ratings: ArrayLike) -> Coefficient:
    """Return the square root of ICC(2,k): how far anything can correlate with the raters' mean.

    A correlation with a measure is at most the square root of that measure's reliability (Spearman,
    "The proof and measurement of association between two things", American Journal of Psychology
    15, 1904), and ICC(2,k) is the reliability of the mean of all k raters. A negative estimate is
    taken for 0: of such ratings nothing could be told.

    Args:
        ratings: (raters, units), NaN where a rater gave none.
    """
    squared = icc(ratings, average=True)
    return squared._replace(
        statistic=lambda sums: np.sqrt(np.maximum(squared.statistic(sums), 0.0))
    )


class _MeanSquares(NamedTuple):
    """(...) mean squares of the two-way analysis of variance of ratings: of units, of raters, and
    what is left.
    """

    units: Floats
    raters: Floats
    error: Floats


_Denominator = Callable[[_MeanSquares, int, Floats], Floats]
"""Of an intraclass correlation: (mean squares, raters, units) -> the variance of ratings."""


def _of_one(squares: _MeanSquares, raters: int, units: Floats) -> Floats:
    spread = raters / units * (squares.raters - squares.error)
    return squares.units + (raters - 1) * squares.error + spread


def _of_all(squares: _MeanSquares, raters: int, units: Floats) -> Floats:  # noqa: ARG001
    return squares.units + (squares.raters - squares.error) / units


def _of_one_but_for_level(squares: _MeanSquares, raters: int, units: Floats) -> Floats:  # noqa: ARG001
    return squares.units + (raters - 1) * squares.error


def _of_mean_squares(ratings: ArrayLike, variance: _Denominator) -> Coefficient:
    """Return (MS of units - MS of error) / the variance of ratings."""
    table = np.asarray(ratings, dtype=np.float64)
    complete = np.asarray(~np.isnan(table).any(axis=0))
    # Sums of squares are differences of large numbers; centred, they are not large.
    centre = table[:, complete].mean() if complete.any() else 0.0
    centred = np.where(complete, table - centre, 0.0).T
    squares = [centred.sum(axis=1) ** 2, (centred**2).sum(axis=1)]
    items = np.concatenate([np.ones((len(centred), 1)), np.stack(squares, axis=1), centred], axis=1)
    values = np.unique(table[:, complete])

    def statistic(sums: Floats) -> Floats:
        return _icc(sums, variance) if len(values) > 1 else np.full(sums.shape[:-1], np.nan)

    return Coefficient(
        items,
        statistic,
        complete & (len(table) > 1),
        "no unit was rated by all of several raters",
        _why_no_icc(int(complete.sum()), len(values)),
    )


def _why_no_icc(units: int, values: int) -> str:
    if values < 2:
        return NO_VARIANCE
    return NO_ESTIMATE if units > 1 else "only one unit was rated by all raters"


def _icc(sums: Floats, variance: _Denominator) -> Floats:
    """Return an intraclass correlation from (units, R^2, sum of x^2, each rater's sum)."""
    units, raters = sums[..., 0], sums.shape[-1] - 3
    correction = sums[..., 3:].sum(axis=-1) ** 2 / (units * raters)
    total = sums[..., 2] - correction
    squares = _mean_squares(sums, total, correction)
    denominator = variance(squares, raters, units)
    positive = (total > 1e-9 * units) & (denominator > 1e-9 * total / units)
    return np.asarray((squares.units - squares.error) / np.where(positive, denominator, np.nan))


def _mean_squares(sums: Floats, total: Floats, correction: Floats) -> _MeanSquares:
    units, raters = sums[..., 0], sums.shape[-1] - 3
    between_units = sums[..., 1] / raters - correction
    between_raters = (sums[..., 3:] ** 2).sum(axis=-1) / units - correction
    degrees = np.where(units > 1, units - 1, np.nan)
    return _MeanSquares(
        between_units / degrees,
        between_raters / (raters - 1),
        (total - between_units - between_raters) / (degrees * (raters - 1)),
    )


def _counts(ratings: ArrayLike) -> tuple[Floats, Floats]:
    """Return (units, V) how often each value was given, and the (V,) values in order."""
    table = np.asarray(ratings, dtype=np.float64)
    values = np.unique(table[~np.isnan(table)])
    return np.asarray((table[:, :, None] == values).sum(axis=0), dtype=np.float64), values


def _agreeing(counts: Floats) -> Floats:
    """Return (units,) share of a unit's pairs of ratings that are equal; 0 with fewer than two."""
    given = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / np.maximum(given * (given - 1), 1))


def _distances(marginals: Floats, values: Floats, level: str) -> Floats:
    """Return (..., V, V) squared distances."""
    if level == "ordinal":
        # With c the middle of value c's run of ranks, |c - k| is n_c / 2 + the n_g between + n_k /
        # 2.
        middles = np.cumsum(marginals, axis=-1) - marginals / 2
        return np.asarray((middles[..., :, None] - middles[..., None, :]) ** 2)
    steps = values[:, None] - values
    return np.asarray(steps**2 if level == "interval" else steps != 0, dtype=np.float64)
