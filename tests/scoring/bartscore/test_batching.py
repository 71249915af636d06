"""Every pair in one batch, no batch over its budget, a source's pairs together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.bartscore.batching import Workload, distinct_pairs, plan_batches

LENGTHS = st.lists(st.tuples(st.integers(2, 1024), st.integers(2, 1024)), max_size=60)


def workload(pairs: list[tuple[int, int]]) -> Workload:
    """Pairs of (source, target) of these lengths; sources of one length are one source, targets are
    not.
    """
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    sources = [np.full(length, 1, dtype=np.int32) for length in table[:, 0]]
    targets = [
        np.append(np.full(length - 1, 2), 3 + row).astype(np.int32)
        for row, length in enumerate(table[:, 1])
    ]
    return distinct_pairs(sources, targets)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 5_000))
def test_batches_cover_every_pair_within_the_budget(
    lengths: list[tuple[int, int]], budget: int
) -> None:
    work = workload(lengths)
    batches = plan_batches(work, np.arange(len(work.pairs)), budget)
    assert sorted(pair for batch in batches for pair in batch.pairs) == list(range(len(lengths)))
    for batch in batches:
        distinct = sum(len(work.sequences[source]) for source in batch.sources)
        assert batch.tokens == distinct + work.lengths[batch.pairs, 1].sum()
        assert len(batch.pairs) == 1 or batch.tokens <= budget


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 5_000))
def test_a_source_is_in_one_batch_or_alone_in_consecutive_ones(
    lengths: list[tuple[int, int]], budget: int
) -> None:
    work = workload(lengths)
    batches = plan_batches(work, np.arange(len(work.pairs)), budget)
    for source in {source for batch in batches for source in batch.sources.tolist()}:
        at = [place for place, batch in enumerate(batches) if source in batch.sources]
        assert at == list(range(at[0], at[-1] + 1))
        assert len(at) == 1 or all(batches[place].sources.tolist() == [source] for place in at)


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 5_000))
def test_targets_stand_with_their_sources(lengths: list[tuple[int, int]], budget: int) -> None:
    work = workload(lengths)
    for batch in plan_batches(work, np.arange(len(work.pairs)), budget):
        groups = zip(batch.sources, work.targets_of(batch), strict=True)
        found = [(source, target[-1]) for source, group in groups for target in group]
        assert found == [
            (source, work.sequences[target][-1]) for source, target in work.pairs[batch.pairs]
        ]


@settings(deadline=None)
@given(LENGTHS)
def test_the_longest_pair_comes_first(lengths: list[tuple[int, int]]) -> None:
    work = workload([*lengths, (1024, 1024)])
    first = plan_batches(work, np.arange(len(work.pairs)), 1)[0]
    assert work.lengths[first.pairs[0]].tolist() == [1024, 1024]


TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(TOKENS, TOKENS)))
def test_distinct_pairs_give_every_row_its_own_tokens(
    rows: list[tuple[list[int], list[int]]],
) -> None:
    arrays = [(np.array(x, dtype=np.int32), np.array(y, dtype=np.int32)) for x, y in rows]
    work = distinct_pairs([x for x, _ in arrays], [y for _, y in arrays])
    assert len(work.pairs) == len({(tuple(x), tuple(y)) for x, y in rows})
    for row, (x, y) in enumerate(rows):
        source, target = work.pairs[work.pair_of_row[row]]
        assert (work.sequences[source].tolist(), work.sequences[target].tolist()) == (x, y)
        assert row in work.rows_of_pair[work.pair_of_row[row]]
