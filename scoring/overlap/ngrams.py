"""N-grams that pairs of sequences share, counted for many pairs at once.

All windows of the longest order are sorted. Equal n-grams of any shorter order then lie side by
side too, since they are what windows begin with: one sort serves all orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Tokens = Sequence[int] | Integers
"""A text's tokens as positive numbers."""

# Tokens that are sorted together: more of them leave the processor's cache, fewer pay for more
# calls.
BATCH = 8192


def ngram_counts(pairs: Sequence[tuple[Tokens, Tokens]], orders: int) -> Integers:
    """Return how many n-grams two sequences have, and share.

    Args:
        pairs: Two sequences of positive numbers each.
        orders: The longest n-grams.

    Returns:
        (pairs, orders, 3): for each length the n-grams of the first, of the second, and those in
        both, an n-gram as often as in the one that has it less often.
    """
    lengths = np.array([list(map(len, pair)) for pair in pairs], dtype=np.int64).reshape(-1, 2)
    counts = np.zeros((len(pairs), orders, 3), dtype=np.int64)
    counts[..., :2] = np.maximum(lengths[:, None] - np.arange(orders)[:, None], 0)
    batches = np.cumsum(lengths.sum(axis=1)) // BATCH
    starts = (np.flatnonzero(np.diff(batches)) + 1).tolist()
    for start, end in pairwise([0, *starts, len(pairs)]):
        counts[start:end, :, 2] = _shared(pairs[start:end], orders)
    return counts


def _shared(pairs: Sequence[tuple[Tokens, Tokens]], orders: int) -> Integers:
    """Return (pairs, orders) the n-grams in both."""
    # A window that reaches into the gap is of a shorter order only.
    gap = np.zeros(orders, dtype=np.int64)
    sequences = [np.asarray(tokens, dtype=np.int64) for pair in pairs for tokens in pair]
    parts = [part for sequence in sequences for part in (sequence, gap)]
    ids = _dense(np.concatenate([gap, *parts]))
    owners = np.repeat(np.arange(len(sequences)), [len(sequence) for sequence in sequences])
    places = np.flatnonzero(ids)
    windows = [ids[places + place] for place in range(orders)]
    numbers, *windows, sides = _sorted_rows([owners >> 1, *windows, owners & 1])
    shared = np.zeros((len(pairs), orders), dtype=np.int64)
    seconds_before = np.concatenate([[0], np.cumsum(sides)])
    # Where a window begins other than the one before it; the end counts as one.
    begins = np.ones(len(sides) + 1, dtype=bool)
    begins[1:-1] = numbers[1:] != numbers[:-1]
    for order, column in enumerate(windows):
        begins[1:-1] |= column[1:] != column[:-1]
        bounds = np.flatnonzero(begins)
        starts = bounds[:-1]
        both, second = np.diff(bounds), np.diff(seconds_before[bounds])
        least = np.where(column[starts] > 0, np.minimum(second, both - second), 0)
        shared[:, order] = np.bincount(numbers[starts], weights=least, minlength=len(pairs))
    return shared


def _dense(ids: Integers) -> Integers:
    """Give the numbers that occur the least ones in the same order, 0 among them."""
    occurs = np.zeros(ids.max(initial=0) + 1, dtype=bool)
    occurs[ids] = True
    occurs[0] = True
    return (np.cumsum(occurs) - 1)[ids]


def _sorted_rows(columns: Sequence[Integers]) -> list[Integers]:
    """Return the columns of a table, its rows sorted; of numbers that are not negative."""
    bits = [int(column.max(initial=0)).bit_length() for column in columns]
    # Seldom: a long text in thousands of different characters.
    if sum(bits) > 63:
        order = np.lexsort(columns[::-1])
        return [column[order] for column in columns]
    rows = np.zeros(len(columns[0]), dtype=np.int64)
    for column, width in zip(columns, bits, strict=True):
        rows = rows << width | column
    rows.sort()
    table = []
    for width in reversed(bits):
        table.append(rows & ((1 << width) - 1))
        rows = rows >> width
    return table[::-1]
