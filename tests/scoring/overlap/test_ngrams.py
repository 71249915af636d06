"""N-grams of many pairs at once against counting them one by one, as sacrebleu does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.overlap.ngrams import BATCH, ngram_counts

# Few different numbers repeat; large ones leave no room for six in 63 bits, unless renumbered.
IDS = st.one_of(st.integers(1, 3), st.integers(1, 1_200_000))
SEQUENCE = st.lists(IDS, max_size=30)
PAIRS = st.lists(st.tuples(SEQUENCE, SEQUENCE), max_size=5)

Pair = tuple[Sequence[int], Sequence[int]]


def one_by_one(pair: Pair, orders: int) -> list[list[int]]:
    counts = []
    for order in range(1, orders + 1):
        first, second = (
            Counter(tuple(ids[i : i + order]) for i in range(len(ids) - order + 1)) for ids in pair
        )
        counts.append([first.total(), second.total(), (first & second).total()])
    return counts


@settings(deadline=None)
@given(pairs=PAIRS, orders=st.integers(1, 6))
def test_they_are_those_that_counting_one_by_one_finds(pairs: list[Pair], orders: int) -> None:
    assert ngram_counts(pairs, orders).tolist() == [one_by_one(pair, orders) for pair in pairs]


@pytest.mark.parametrize("different", [2, 90, 3000])
def test_many_pairs_and_long_ones(different: int) -> None:
    """Several batches, one of them a single pair; 3,000 numbers to the sixth exceed 63 bits."""
    draw = np.random.default_rng(different)
    lengths = [(0, 0), (1, 0), (700, 650), *[(50, 60)] * 120, (2 * BATCH, BATCH), (3, 5)]
    pairs = [
        tuple(draw.integers(1, different, size=size).tolist() for size in pair) for pair in lengths
    ]
    assert ngram_counts(pairs, 6).tolist() == [one_by_one(pair, 6) for pair in pairs]


def test_no_pair_has_no_counts() -> None:
    assert ngram_counts([], 4).shape == (0, 4, 3)
