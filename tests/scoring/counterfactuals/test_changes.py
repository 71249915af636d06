"""Changes of answers between posts and counterfactuals, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.counterfactuals import Pair, changes, flips, worst_gap
from scoring.statistics import TOO_FEW_POSTS, wilson

# Twelve posts; post 0 has two counterfactuals. Three of the twelve labelled pairs flip.
FLIPPED = [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, None]
PAIRS = [
    Pair(f"post {max(0, number - 1)}", "women", 0.0, None if flip is None else float(flip))
    for number, flip in enumerate(FLIPPED)
]


def test_the_flip_rate_by_hand() -> None:
    rate = flips(PAIRS, 0)
    assert rate.value == 3 / 12
    assert (rate.n, rate.n_absent, rate.posts) == (12, 1, 11), "unparsed is absent, not unflipped"


def test_its_interval_is_that_of_drawing_posts_one_by_one() -> None:
    rng = np.random.default_rng(5)
    by_post: dict[str, list[float]] = {}
    for pair in PAIRS:
        if pair.after is not None:
            by_post.setdefault(pair.post, []).append(pair.after)
    posts = list(by_post.values())
    drawn = [
        np.mean([flip for at in rng.integers(len(posts), size=len(posts)) for flip in posts[at]])
        for _ in range(20_000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    interval = flips(PAIRS, 0).interval
    assert interval.low == pytest.approx(low, abs=0.03)
    assert interval.high == pytest.approx(high, abs=0.03)


def test_a_pair_a_post_has_wilsons_interval() -> None:
    pairs = [Pair(str(number), "women", 0.0, float(number < 2)) for number in range(15)]
    interval = flips(pairs, 0).interval
    assert (interval.low, interval.high) == (wilson(2, 15).low, wilson(2, 15).high)


def test_no_flip_at_all_has_a_bound_and_few_posts_none() -> None:
    still = [Pair(str(number), "women", 0.0, 0.0) for number in range(20)]
    # 1 - .05 ** (1 / 20)
    assert flips(still, 0).interval.high == pytest.approx(0.1391, abs=1e-4)
    assert flips(still[:9], 0).interval == TOO_FEW_POSTS
    assert flips([], 0).value is None


def pairs_of(rule: str, before: float, after: list[float]) -> list[Pair]:
    return [Pair(f"{rule} {at}", rule, before, value) for at, value in enumerate(after)]


def test_the_worst_group_and_its_wider_interval() -> None:
    by_rule = {
        "women": pairs_of("women", 1.0, [1.0] * 12 + [0.0] * 8),
        "men": pairs_of("men", 1.0, [1.0] * 18 + [0.0] * 2),
        "older": pairs_of("older", 0.0, [1.0] * 5 + [0.0] * 15),
    }
    name, gap = worst_gap(by_rule, 0) or ("", None)
    assert name == "women"
    assert gap is not None
    assert (gap.value, gap.before, gap.after) == (-0.4, 1.0, 0.6)
    alone = changes(by_rule["women"], 0).interval
    assert gap.interval.low is not None
    assert alone.low is not None
    assert gap.interval.low < alone.low, "named after looking at three"
    assert worst_gap({"women": []}, 0) is None
