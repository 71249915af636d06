"""Which pairs are computed, and together with which others.

A source is encoded once for all its targets, so the pairs of one source go together: into one batch
or, where they are too many for that, into consecutive batches that hold no other source. A batch's
size is a budget of tokens, its distinct sources and its targets together; nothing is padded, so
lengths need not be alike. Still the sources with the longest pairs come first: if the memory is too
small, that is known at once; and neighbours of equal length share an attention call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Pairs to compute together.

    Attributes:
        pairs: (k,) positions in `Workload.pairs`; those of one source stand next to each other.
        sources: The distinct sources, as positions in `Workload.sequences`, in the order of the
            pairs.
        counts: Pairs of each source.
        tokens: Of sources and targets together.
    """

    pairs: Indices
    sources: Indices
    counts: Indices
    tokens: int


@dataclass(frozen=True)
class Workload:
    """The distinct pairs among the rows to score.

    Two rows are the same pair when their token ids are, on both sides: texts may differ beyond the
    cut.

    Attributes:
        sequences: Distinct token sequences.
        pairs: (m, 2) source and target of each distinct pair, as positions in `sequences`.
        pair_of_row: (n,) position in `pairs` of each row.
    """

    sequences: tuple[Tokens, ...]
    pairs: Indices
    pair_of_row: Indices

    @cached_property
    def lengths(self) -> Indices:
        """(m, 2) tokens of source and target of each distinct pair."""
        length = np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)
        return length[self.pairs]

    @cached_property
    def rows_of_pair(self) -> list[Indices]:
        """For each distinct pair the rows that are it, in order."""
        counts = np.bincount(self.pair_of_row, minlength=len(self.pairs))
        return _runs(np.argsort(self.pair_of_row, kind="stable"), np.cumsum(counts) - counts)

    def targets_of(self, batch: Batch) -> list[list[Tokens]]:
        """Return for each source of `batch` its targets."""
        targets = [self.sequences[target] for target in self.pairs[batch.pairs, 1].tolist()]
        ends = np.cumsum(batch.counts).tolist()
        return [targets[start:end] for start, end in pairwise([0, *ends])]


def distinct_pairs(sources: Sequence[Tokens], targets: Sequence[Tokens]) -> Workload:
    """Keep each pair once.

    Args:
        sources: One token sequence a row.
        targets: As many.
    """
    number: dict[bytes, int] = {}
    sequences: list[Tokens] = []
    numbered = []
    for tokens in (*sources, *targets):
        # By tokens and not by text: texts that differ beyond the cut are one to the model.
        key = tokens.tobytes()
        if key not in number:
            number[key] = len(sequences)
            sequences.append(tokens)
        numbered.append(number[key])
    rows = np.array(numbered, dtype=np.int64).reshape(2, -1).T
    pairs, pair_of_row = np.unique(rows, axis=0, return_inverse=True)
    return Workload(tuple(sequences), pairs, pair_of_row.reshape(-1))


def plan_batches(work: Workload, pairs: Indices, token_budget: int) -> list[Batch]:
    """Cut `pairs` into batches.

    Args:
        work: Whose pairs they are.
        pairs: The pairs to cut up, as positions in `work.pairs`.
        token_budget: Tokens a batch may have; a pair that exceeds it alone is a batch of its own.

    Returns:
        Each pair in exactly one batch.
    """
    plan: list[list[Indices]] = []
    room = 0
    for of_source, tokens in _by_source(work, pairs):
        # A source with more targets than fit is encoded once and decoded in parts.
        if tokens > token_budget:
            plan += [[part] for part in _cut(work, of_source, token_budget)]
            room = 0
            continue
        if tokens > room:
            plan.append([])
            room = token_budget
        plan[-1].append(of_source)
        room -= tokens
    return [_batch(work, groups) for groups in plan]


def _by_source(work: Workload, pairs: Indices) -> list[tuple[Indices, int]]:
    """Return the pairs of each source, and tokens of the source and its targets.

    The sources with the longest pairs first.
    """
    if not len(pairs):
        return []
    source, target = work.lengths[pairs].T
    number = np.unique(work.pairs[pairs, 0], return_inverse=True)[1].reshape(-1)
    longest = np.zeros(len(pairs), dtype=np.int64)
    np.maximum.at(longest, number, source + target)
    # Neighbours of equal length share a call of attention.
    order = np.lexsort((-target, number, -source, -longest[number]))
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    tokens = source[order][starts] + np.add.reduceat(target[order], starts)
    return list(zip(_runs(pairs[order], starts), tokens.tolist(), strict=True))


def _runs(ordered: Indices, starts: Indices) -> list[Indices]:
    """Cut at `starts`, of which 0 is the first; `numpy.split` takes ten times as long for many
    short runs.
    """
    ends = [*starts.tolist(), len(ordered)]
    return [ordered[start:end] for start, end in pairwise(ends)]


def _cut(work: Workload, pairs: Indices, token_budget: int) -> list[Indices]:
    """Return one source's pairs in parts that are within the budget, or single pairs."""
    targets = work.lengths[pairs, 1].tolist()
    starts = [0]
    source = used = int(work.lengths[pairs[0], 0])
    for place, tokens in enumerate(targets):
        if place > starts[-1] and used + tokens > token_budget:
            starts.append(place)
            used = source
        used += tokens
    return np.split(pairs, starts[1:])


def _batch(work: Workload, groups: Sequence[Indices]) -> Batch:
    pairs = np.concatenate(groups)
    counts = np.array([len(group) for group in groups])
    firsts = pairs[np.cumsum(counts) - counts]
    tokens = work.lengths[firsts, 0].sum() + work.lengths[pairs, 1].sum()
    return Batch(pairs, work.pairs[firsts, 0], counts, int(tokens))
