"""How answers differ between posts and their counterfactuals: means of paired differences, with
intervals over posts.

A pair is an example and its counterfactual, both answered by one system. A post with several
questions or several counterfactuals is drawn with all of its pairs (Davison and Hinkley, 1997,
section 3.8). What has no value on either side is left out and counted, never taken for "no
change". The share of pairs whose label flips is the counterfactual token fairness of Garg et al.
("Counterfactual Fairness in Text Classification through Robustness", AIES 2019) read off labels.

Of several groups' gaps the worst is named afterwards, so its interval is at 1 - .05 / k for k
groups (Bonferroni): it holds for whichever is the worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from scoring.statistics import (
    MIN_POSTS,
    TOO_FEW_POSTS,
    Interval,
    percentile_interval,
    post_sums,
    proportion_interval,
    replicate_weights,
    replicates,
)
from scoring.statistics.bootstrap import Counts, Floats, Indices, numbered
from scoring.statistics.interval import COVERAGE

DRAWS = 1_000
WORST = "worst_gap"
"""The measure of the group that loses most."""


@dataclass(frozen=True)
class Pair:
    """A post and its counterfactual, as one system answered them.

    Attributes:
        post: The post's id.
        rule: What was changed.
        before: The value on the post; None for none.
        after: The value on the counterfactual; None for none.
    """

    post: str
    rule: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class MeanChange:
    """The mean over pairs of the values after, less those before.

    Attributes:
        value: None where no pair has both.
        before: The mean before.
        after: The mean after.
        interval: 95%, or why there is none.
        n: Pairs with both values.
        n_absent: Pairs without.
        posts: Distinct posts of the pairs.
    """

    value: float | None
    before: float | None
    after: float | None
    interval: Interval
    n: int
    n_absent: int
    posts: int


def changes(pairs: Sequence[Pair], seed: int, coverage: float = COVERAGE) -> MeanChange:
    """Return the mean change over pairs.

    Args:
        pairs: In any order.
        seed: Of the bootstrap's draws.
        coverage: Of the interval.
    """
    valued = [
        (pair.post, pair.before, pair.after)
        for pair in pairs
        if pair.before is not None and pair.after is not None
    ]
    absent = len(pairs) - len(valued)
    if not valued:
        return MeanChange(None, None, None, Interval.none("no pair has both values"), 0, absent, 0)
    posts = numbered(np.array([post for post, _, _ in valued]))
    before, after = (np.array([row[at] for row in valued], float) for at in (1, 2))
    return MeanChange(
        float((after - before).mean()),
        float(before.mean()),
        float(after.mean()),
        _interval(after - before, posts, seed, coverage),
        len(valued),
        absent,
        int(posts.max()) + 1,
    )


def worst_gap(by_rule: Mapping[str, Sequence[Pair]], seed: int) -> tuple[str, MeanChange] | None:
    """Return the rule after which the mean falls most, and by how much; None where none has a value.

    Args:
        by_rule: Pairs of each group's rule.
        seed: Of the bootstrap's draws.
    """
    coverage = 1 - (1 - COVERAGE) / max(1, len(by_rule))
    made = {rule: changes(pairs, seed, coverage) for rule, pairs in by_rule.items()}
    valued = {rule: change.value for rule, change in made.items() if change.value is not None}
    if not valued:
        return None
    # By name where two fall alike, so that the order of rules says nothing.
    worst = min(sorted(valued), key=lambda rule: valued[rule])
    return worst, made[worst]


def _interval(differences: Floats, posts: Indices, seed: int, coverage: float) -> Interval:
    count = int(posts.max()) + 1
    if count < MIN_POSTS:
        return TOO_FEW_POSTS
    items = np.column_stack([differences, np.ones(len(differences))])
    sums = post_sums(items, posts)
    weights = _weights(count, seed)
    drawn = replicates(sums, weights, lambda total: total[..., 0] / total[..., 1])
    method = f"paired bootstrap over posts, {DRAWS} draws, seed {seed}"
    return percentile_interval(drawn, method, coverage)


@lru_cache(maxsize=8)
def _weights(posts: int, seed: int) -> Counts:
    """Draw weights once for all measures of the same number of posts."""
    return replicate_weights(posts, DRAWS, np.random.default_rng(seed))


def flips(pairs: Sequence[Pair], seed: int) -> MeanChange:
    """Return the share of pairs whose label differs: pairs of before 0, and after 1 where it does.

    With a pair a post the interval is Wilson's; without a single flip, or with flips alone, an
    exact bound on posts.
    """
    rate = changes(pairs, seed)
    if rate.value is None or rate.posts < MIN_POSTS:
        return rate
    if rate.value in (0.0, 1.0) or rate.n == rate.posts:
        return replace(rate, interval=proportion_interval(rate.value * rate.posts, rate.posts))
    return rate
