"""Human-anchored means: what people would say on average of all of a system's texts, from ratings
of some of them and a metric's values of all.

**Prediction-powered inference**. Angelopoulos, Bates, Fannjiang, Jordan and Zrnic,
"Prediction-powered inference", Science 382 (2023). With y the ratings of n texts and f the metric's
values of these and of N others that nobody rated,

    mean_N f + mean_n (y - f),   variance var_N(f) / N + var_n(y - f) / n:

the metric's mean, put right by how far off it is where people looked. However biased the metric, the
estimate is not; the better the metric, the narrower the interval. That needs f on the scale of y. The
power-tuned form does not (Angelopoulos, Duchi and Zrnic, "PPI++: Efficient Prediction-Powered
Inference", 2023, section 6):

    mean_n y + lambda (mean_N f - mean_n f),   lambda = cov_n(y, f) / ((1 + n/N) var(f)),

the least variance of all lambda. lambda 1 is the plain form, 0 the mean of the ratings, and a metric
in nats or words has a lambda that takes these to ratings. It is a formula of the sample at hand,
estimated anew from each and kept nowhere: with whatever f and lambda the mean is that of ratings,
so nothing is fitted that could fail to carry over to another system.

**Rogan-Gladen** where both say yes or no. Rogan and Gladen, "Estimating prevalence from the results
of a screening test", American Journal of Epidemiology 107 (1978): of a check that says yes to p of
the texts, with sensitivity and specificity by the rated ones, (p + spec - 1) / (sens + spec - 1). The
interval is Lang and Reiczigel's ("Confidence limits for prevalence of disease adjusted for estimated
sensitivity and specificity", Preventive Veterinary Medicine 113, 2014), which keeps its coverage where
shares are near 0 or 1.

Both take the rated texts for a random sample of those that have a value. Posts are the units: what
is summed for a variance is a post with all of its texts, rated and not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from scoring.statistics.bootstrap import Bools, Floats, Indices, numbered
from scoring.statistics.estimate import NO_VARIANCE, Estimate
from scoring.statistics.interval import COVERAGE, TOO_FEW_POSTS, Interval
from scoring.statistics.rounding import canonical

FEWEST_POSTS = 10
"""Rated posts without which there is no interval, nor a mean that is put right by them."""

TOO_FEW = f"fewer than {FEWEST_POSTS} posts with a rating and a value"
ALL_RATED = "every text with a value is rated, so the mean of the ratings says it all"
CONSTANT = f"{NO_VARIANCE} in the metric"
NO_CHECK = "by the rated texts the check is right no more often than a coin"
ONE_SIDED = "of the rated texts people say yes to all, or to none"


@dataclass(frozen=True)
class AnchoredMean:
    """What people would say on average.

    Attributes:
        raw: The mean of the ratings of the texts that have a value.
        anchored: The estimate for all texts that have a value.
        tuning: lambda; None without an estimate.
        n_all: Texts with a value, rated or not.
    """

    raw: Estimate
    anchored: Estimate
    tuning: float | None
    n_all: int


def anchored_mean(
    values: Floats, ratings: Floats, posts: Indices, tuning: float | None = None
) -> AnchoredMean:
    """Return the prediction-powered mean of ratings beside their plain mean.

    Args:
        values: (n,) the metric's, NaN where there is none; such texts are left out.
        ratings: (n,) usually means over raters; NaN where nobody rated.
        posts: (n,) the post of each text.
        tuning: lambda; by the formula above unless given.

    Returns:
        Both with Student's intervals, variances summed by post.
    """
    sample = _Sample.of(values, ratings, posts)
    raw = sample.estimate(0.0, "") if sample.rated.any() else Estimate.none("no text is rated")
    why = sample.why_none
    if why:
        return AnchoredMean(raw, Estimate.none(why, raw.n, raw.posts), None, sample.n_all)
    chosen = sample.best_tuning if tuning is None else tuning
    how = "prediction-powered" + (", lambda tuned" if tuning is None else "")
    anchored = sample.estimate(chosen, f"{how}, ", estimated=1 + (tuning is None))
    return AnchoredMean(raw, anchored, chosen, sample.n_all)


@dataclass(frozen=True)
class _Sample:
    """The texts that have a value.

    Attributes:
        values: (n,) the metric's.
        ratings: (n,) NaN where nobody rated.
        rated: (n,) which are rated.
        post: (n,) the post of each, from 0.
    """

    values: Floats
    ratings: Floats
    rated: Bools
    post: Indices

    @classmethod
    def of(cls, values: Floats, ratings: Floats, posts: Indices) -> _Sample:
        present = ~np.isnan(values)
        given = ratings[present]
        return cls(values[present], given, ~np.isnan(given), numbered(posts[present]))

    @property
    def n_all(self) -> int:
        return len(self.values)

    @property
    def rated_posts(self) -> int:
        return len(np.unique(self.post[self.rated]))

    @property
    def why_none(self) -> str:
        """Why there is no mean that the metric makes better; "" where there is."""
        if self.rated_posts < FEWEST_POSTS:
            return TOO_FEW
        if self.rated.all():
            return ALL_RATED
        held = canonical(self.values)
        return CONSTANT if held.min() == held.max() else ""

    @property
    def best_tuning(self) -> float:
        """The lambda of the least variance."""
        f, y = self.values[self.rated], self.ratings[self.rated]
        n, others = len(f), self.n_all - len(f)
        covariance = float(((f - f.mean()) * (y - y.mean())).mean())
        return covariance / ((1 + n / others) * float(self.values.var()))

    def estimate(self, tuning: float, how: str, estimated: int = 1) -> Estimate:
        """Return the mean under a lambda.

        Args:
            tuning: lambda.
            how: What the interval's method begins with.
            estimated: Numbers that the rated texts' residuals are about: their mean, and lambda.
        """
        rated, n = self.rated, int(self.rated.sum())
        residuals = np.where(rated, self.ratings - tuning * self.values, 0.0)
        value = float(residuals.sum()) / n
        moved = np.where(rated, (residuals - value) / n, 0.0)
        moved *= _degrees(self.rated_posts, estimated)
        if tuning:
            others = np.where(rated, np.nan, self.values)
            mean = float(np.nanmean(others))
            value += tuning * mean
            share = np.nan_to_num(others - mean) * tuning / (~rated).sum()
            moved = moved + share * _degrees(len(np.unique(self.post[~rated])), 1)
        if self.rated_posts < FEWEST_POSTS:
            return Estimate(value, TOO_FEW_POSTS, n, self.rated_posts)
        error = math.sqrt(float((np.bincount(self.post, moved) ** 2).sum()))
        from scipy import stats

        half = error * float(stats.t.ppf((1 + COVERAGE) / 2, self.rated_posts - estimated))
        interval = Interval(value - half, value + half, f"{how}Student's t over posts")
        return Estimate(value, interval, n, self.rated_posts)


def _degrees(posts: int, estimated: int) -> float:
    """Return what makes the root of a sum of squares over posts one over degrees of freedom."""
    return math.sqrt(posts / (posts - estimated)) if posts > estimated else 1.0


def anchored_share(checks: Floats, ratings: Floats, posts: Indices) -> AnchoredMean:
    """Return Rogan and Gladen's share of texts that people would say yes to, beside the raw share.

    What a check says is counted on the texts that nobody rated, how far it is right on the others.
    For its interval a post counts once, with however many texts.

    Args:
        checks: (n,) 1 for yes, 0 for no, NaN where the check says nothing.
        ratings: (n,) likewise, NaN where nobody rated.
        posts: (n,) the post of each text.
    """
    sample = _Sample.of(checks, ratings, posts)
    raw = sample.estimate(0.0, "") if sample.rated.any() else Estimate.none("no text is rated")
    screening = _Screening.of(sample)
    why = sample.why_none or screening.why_none
    estimate = (
        Estimate.none(why, raw.n, raw.posts)
        if why
        else Estimate(screening.share, screening.interval(), raw.n, raw.posts)
    )
    return AnchoredMean(raw, estimate, None, sample.n_all)


@dataclass(frozen=True)
class _Share:
    """A share of yes, and of how many posts."""

    value: float
    posts: float

    @classmethod
    def of(cls, yes: Floats, post: Indices) -> _Share:
        return cls(float(yes.mean()) if len(yes) else math.nan, len(np.unique(post)))

    def with_more(self, posts: float) -> _Share:
        """Return it with so many more posts, half of them yes."""
        total = self.posts + posts
        return _Share((self.value * self.posts + posts / 2) / total, total)

    @property
    def variance(self) -> float:
        return self.value * (1 - self.value) / self.posts


@dataclass(frozen=True)
class _Screening:
    """What a check says of the texts that nobody rated, and how far it is right on the others."""

    apparent: _Share
    sensitivity: _Share
    specificity: _Share

    @classmethod
    def of(cls, sample: _Sample) -> _Screening:
        rated, yes = sample.rated, sample.ratings == 1

        def share(said: Floats, chosen: Bools) -> _Share:
            return _Share.of(said[chosen], sample.post[chosen])

        return cls(
            share(sample.values, ~rated),
            share(sample.values, rated & yes),
            share(1 - sample.values, rated & ~yes),
        )

    @property
    def why_none(self) -> str:
        if not self.sensitivity.posts or not self.specificity.posts:
            return ONE_SIDED
        return "" if self.youden > 0 else NO_CHECK

    @property
    def youden(self) -> float:
        return self.sensitivity.value + self.specificity.value - 1

    @property
    def unbounded(self) -> float:
        return (self.apparent.value + self.specificity.value - 1) / self.youden

    @property
    def share(self) -> float:
        """The share by the formula, held to what a share can be."""
        return min(1.0, max(0.0, self.unbounded))

    def interval(self) -> Interval:
        """Return Lang and Reiczigel's interval: by shares with more texts, so
        that none has a variance of 0, and moved by how much those move the middle.
        """
        z = NormalDist().inv_cdf((1 + COVERAGE) / 2)
        more = _Screening(
            self.apparent.with_more(z * z),
            self.sensitivity.with_more(2),
            self.specificity.with_more(2),
        )
        share = more.unbounded
        errors = share**2 * more.sensitivity.variance, (1 - share) ** 2 * more.specificity.variance
        moved = (
            2
            * z
            * z
            * (share * more.sensitivity.variance - (1 - share) * more.specificity.variance)
        )
        half = z * math.sqrt(more.apparent.variance + sum(errors)) / more.youden
        low, high = max(0.0, share + moved - half), min(1.0, share + moved + half)
        return Interval(low, high, "Rogan-Gladen, Lang and Reiczigel's interval over posts")
