"""Draws which systems a pairwise round holds against each other, and on which side each stands.

On each post every system stands in one pair at most, so that nobody reads a text twice; of an odd
number, one sits out. Two systems whose texts look the same are never a pair: there would be nothing
to choose. Of what is possible, the pairs come first that have been drawn least, then by seed, so that
all pairs are about equally often compared. Within a pair, left and right take turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from submissions.rating.shown import looks
from submissions.store.rated.ratings import RatedText

Pair = tuple[RatedText, RatedText]


def paired(texts: Sequence[RatedText], seed: int) -> list[RatedText]:
    """Return the texts of all pairs, an item a pair, left before right.

    Args:
        texts: Every system's about every post.
        seed: To draw with.
    """
    rng = np.random.default_rng(seed)
    by_post: dict[str, list[RatedText]] = {}
    for text in texts:
        by_post.setdefault(text.item, []).append(text)
    drawn: Counter[frozenset[str]] = Counter()
    on_left: Counter[tuple[str, str]] = Counter()
    sides: list[RatedText] = []
    for item, own in by_post.items():
        # By name, so that the same seed draws the same pairs whatever came in first.
        named = sorted(own, key=lambda text: text.system)
        for number, pair in enumerate(_matched(named, drawn, rng), 1):
            left, right = _sided(pair, on_left, rng)
            # One post has several items: systems and sides alone do not make a name.
            sides += [replace(text, item=f"{item}/{number}") for text in (left, right)]
    return sides


def _matched(
    texts: Sequence[RatedText], drawn: Counter[frozenset[str]], rng: np.random.Generator
) -> Iterator[Pair]:
    """Yield pairs of different texts, each text in one at most, and count them in `drawn`."""
    possible = [pair for pair in combinations(texts, 2) if looks(pair[0]) != looks(pair[1])]
    order = [possible[place] for place in rng.permutation(len(possible)).tolist()]
    taken: set[str] = set()
    for pair in sorted(order, key=lambda both: drawn[_systems(both)]):
        if not taken & _systems(pair):
            taken |= _systems(pair)
            drawn[_systems(pair)] += 1
            yield pair


def _sided(pair: Pair, on_left: Counter[tuple[str, str]], rng: np.random.Generator) -> Pair:
    """Return a pair with whoever of it was left less often on the left; by chance at first."""
    first, second = pair if rng.random() < 0.5 else pair[::-1]
    if on_left[first.system, second.system] > on_left[second.system, first.system]:
        first, second = second, first
    on_left[first.system, second.system] += 1
    return first, second


def _systems(pair: Pair) -> frozenset[str]:
    return frozenset(text.system for text in pair)
