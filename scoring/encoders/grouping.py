"""Which pairs are compared together, so that each text's vectors are made once and few are held.

Pairs that share texts hang together: a post, its references, and what the systems say of it. Such
clusters are kept whole, as many to a group as its budget of tokens has room for. A cluster that is
larger than a group, as a text that many systems give to every post makes it, is cut; its pairs stand
source by source, and what neighbours share is carried over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scoring.bartscore.batching import Indices, Workload


@dataclass(frozen=True)
class PairGroup:
    """Pairs whose texts' vectors are held together.

    Attributes:
        pairs: (k,) positions in `Workload.pairs`.
        texts: Their distinct texts, as positions in `Workload.sequences`.
        tokens: Of these texts together.
    """

    pairs: Indices
    texts: Indices
    tokens: int


def plan_groups(work: Workload, pairs: Indices, token_budget: int) -> list[PairGroup]:
    """Put `pairs` into groups, those with the longest texts first.

    Args:
        work: Whose pairs they are.
        pairs: Positions in `work.pairs`.
        token_budget: Tokens that a group's distinct texts may have; a pair that exceeds it alone is
            a group of its own.

    Returns:
        Each pair in exactly one group.
    """
    lengths = np.array([len(sequence) for sequence in work.sequences], dtype=np.int64)
    plan: list[list[Indices]] = []
    room = 0
    for cluster, tokens in _clusters(work, pairs, lengths):
        if tokens > token_budget:
            plan += [[part] for part in _cut(work, cluster, lengths, token_budget)]
            room = 0
            continue
        if tokens > room:
            plan.append([])
            room = token_budget
        plan[-1].append(cluster)
        room -= tokens
    return [_group(work, np.concatenate(parts), lengths) for parts in plan]


def batches_of(texts: Indices, lengths: Indices, token_budget: int) -> list[Indices]:
    """Cut texts into batches of at most so many tokens, the longest texts first.

    Args:
        texts: Positions.
        lengths: Tokens of each of them.
        token_budget: A text that exceeds it alone is a batch of its own.
    """
    order = np.argsort(-lengths, kind="stable")
    starts, used = [0], 0
    for place, tokens in enumerate(lengths[order].tolist()):
        if used and used + tokens > token_budget:
            starts.append(place)
            used = 0
        used += tokens
    return [part for part in np.split(texts[order], starts[1:]) if len(part)]


def _clusters(work: Workload, pairs: Indices, lengths: Indices) -> Iterator[tuple[Indices, int]]:
    """Yield the pairs of each cluster, by source, and the tokens of its distinct texts."""
    if not len(pairs):
        return
    source, target = work.pairs[pairs].T
    size = len(lengths)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (source, target)), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    used = np.unique(work.pairs[pairs])
    tokens = np.bincount(label[used], weights=lengths[used])
    longest = np.zeros(len(tokens), dtype=np.int64)
    np.maximum.at(longest, label[used], lengths[used])
    cluster = label[source]
    order = np.lexsort((target, source, cluster, -longest[cluster]))
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    for part, first in zip(np.split(pairs[order], starts[1:]), order[starts], strict=True):
        yield part, int(tokens[cluster[first]])


def _cut(work: Workload, pairs: Indices, lengths: Indices, token_budget: int) -> list[Indices]:
    """Return a cluster's pairs in parts whose distinct texts are within the budget."""
    starts = [0]
    held: set[int] = set()
    used = 0
    for place, texts in enumerate(work.pairs[pairs].tolist()):
        more = int(lengths[list(set(texts) - held)].sum())
        if held and used + more > token_budget:
            starts.append(place)
            held, used = set(), 0
            more = int(lengths[list(set(texts))].sum())
        held.update(texts)
        used += more
    return np.split(pairs, starts[1:])


def _group(work: Workload, pairs: Indices, lengths: Indices) -> PairGroup:
    texts = np.unique(work.pairs[pairs])
    return PairGroup(pairs, texts, int(lengths[texts].sum()))
