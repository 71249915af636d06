"""Which pairs are computed, and together with which others.

Padding is work thrown away, so a batch holds pairs of like lengths: ordered by bands of target length and,
within a band, by source length. A batch's size is a budget of padded tokens, both sides together, so that
long pairs come in small batches. The longest come first: if the memory is too small, that is known at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens

Indices = NDArray[np.int64]

BAND = 16
"""Target lengths that are taken as alike."""


@dataclass(frozen=True)
class Workload:
    """The distinct pairs among the rows to score.

    Two rows are the same pair when their token ids are, on both sides: texts may differ beyond the cut.

    Attributes:
        sequences: Distinct token sequences.
        pairs: (m, 2) source and target of each distinct pair, as positions in `sequences`.
        pair_of_row: (n,) position in `pairs` of each row.
    """

    sequences: tuple[Tokens, ...]
    pairs: Indices
    pair_of_row: Indices

    @property
    def lengths(self) -> Indices:
        """(m, 2) tokens of source and target of each distinct pair."""
        length = np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)
        return np.asarray(length[self.pairs])

    @cached_property
    def rows_of_pair(self) -> list[Indices]:
        """For each distinct pair the rows that are it, in order."""
        counts = np.bincount(self.pair_of_row, minlength=len(self.pairs))
        return np.split(np.argsort(self.pair_of_row, kind="stable"), np.cumsum(counts)[:-1])


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
        key = tokens.tobytes()
        if key not in number:
            number[key] = len(sequences)
            sequences.append(tokens)
        numbered.append(number[key])
    rows = np.array(numbered, dtype=np.int64).reshape(2, -1).T
    pairs, pair_of_row = np.unique(rows, axis=0, return_inverse=True)
    return Workload(tuple(sequences), pairs, pair_of_row.reshape(-1))


def plan_batches(lengths: Indices, pairs: Indices, token_budget: int) -> list[Indices]:
    """Cut `pairs` into batches.

    Args:
        lengths: (m, 2) tokens of source and target of every pair.
        pairs: The pairs to cut up, as rows of `lengths`.
        token_budget: Padded tokens a batch may have; a pair that exceeds it alone is a batch of its own.

    Returns:
        Each pair in exactly one batch; the longest targets first.
    """
    source, target = lengths[pairs, 0], lengths[pairs, 1]
    order = np.lexsort((-source, -(target // BAND)))
    batches: list[list[int]] = []
    widest = np.zeros(2, dtype=np.int64)
    for pair in pairs[order].tolist():
        wider = np.maximum(widest, lengths[pair])
        if batches and (len(batches[-1]) + 1) * wider.sum() <= token_budget:
            batches[-1].append(pair)
            widest = wider
        else:
            batches.append([pair])
            widest = lengths[pair]
    return [np.array(batch, dtype=np.int64) for batch in batches]
