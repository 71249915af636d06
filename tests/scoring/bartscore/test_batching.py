"""Every pair in one batch, no batch over its budget, little padding."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.bartscore.batching import distinct_pairs, plan_batches

LENGTHS = st.lists(st.tuples(st.integers(2, 1024), st.integers(2, 1024)), max_size=60)


@given(LENGTHS, st.integers(1, 5_000))
def test_batches_cover_every_pair_within_the_budget(lengths: list[tuple[int, int]], budget: int) -> None:
    table = np.array(lengths, dtype=np.int64).reshape(-1, 2)
    batches = plan_batches(table, np.arange(len(table)), budget)
    assert sorted(pair for batch in batches for pair in batch) == list(range(len(table)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * table[batch].max(axis=0).sum() <= budget


@given(LENGTHS)
def test_the_largest_targets_come_first(lengths: list[tuple[int, int]]) -> None:
    table = np.array([*lengths, (2, 1024)], dtype=np.int64)
    first = plan_batches(table, np.arange(len(table)), 1)[0]
    assert table[first[0], 1] // 16 == 64


def test_little_is_padding() -> None:
    draw = np.random.default_rng(0)
    table = np.stack([draw.integers(20, 400, 3_000), draw.integers(20, 250, 3_000)], axis=1)
    padded = sum(len(batch) * table[batch].max(axis=0).sum() for batch in plan_batches(table, np.arange(3_000), 4_096))
    assert table.sum() / padded > 0.9


TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=3)


@given(st.lists(st.tuples(TOKENS, TOKENS)))
def test_distinct_pairs_give_every_row_its_own_tokens(rows: list[tuple[list[int], list[int]]]) -> None:
    arrays = [(np.array(x, dtype=np.int32), np.array(y, dtype=np.int32)) for x, y in rows]
    work = distinct_pairs([x for x, _ in arrays], [y for _, y in arrays])
    assert len(work.pairs) == len({(tuple(x), tuple(y)) for x, y in rows})
    for row, (x, y) in enumerate(rows):
        source, target = work.pairs[work.pair_of_row[row]]
        assert (work.sequences[source].tolist(), work.sequences[target].tolist()) == (x, y)
        assert row in work.rows_of_pair[work.pair_of_row[row]]
