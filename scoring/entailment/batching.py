"""Which pairs are computed, and together with which others.

Pairs of like lengths share a batch: sorted by length, the longest first, so that a memory that is
too small is known at once. A batch ends where its budget of tokens does, or where the next pair
would have to be padded by more than `PADDED` of its batch's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens
from scoring.entailment.tokens import PairEncoder

Indices = NDArray[np.int64]

PADDED = 1 / 16
"""The share of a batch's length that any of its pairs is padded by at most."""


@dataclass(frozen=True)
class PairWork:
    """The distinct pairs among the rows to score.

    Two rows are the same pair when the tokens that are kept of them are.

    Attributes:
        sequences: Distinct token sequences, without special tokens.
        pairs: (m, 2) premise and hypothesis of each distinct pair, as positions in `sequences`.
        lengths: (m,) tokens of each, special ones included.
        pair_of_row: (n,) position in `pairs` of each row.
    """

    sequences: tuple[Tokens, ...]
    pairs: Indices
    lengths: Indices
    pair_of_row: Indices

    @cached_property
    def rows_of_pair(self) -> list[Indices]:
        """For each distinct pair the rows that are it, in order."""
        order = np.argsort(self.pair_of_row, kind="stable")
        ends = np.cumsum(np.bincount(self.pair_of_row, minlength=len(self.pairs)))
        return [order[start:end] for start, end in pairwise([0, *ends.tolist()])]


def distinct_work(sources: Sequence[str], targets: Sequence[str], encoder: PairEncoder) -> PairWork:
    """Cut each distinct text into tokens once, and keep each distinct pair once.

    Args:
        sources: Premises, one a row.
        targets: As many hypotheses.
        encoder: The model's tokenizer.
    """
    # A post stands in many pairs.
    texts = list(dict.fromkeys([*sources, *targets]))
    tokens = dict(zip(texts, encoder.encode(texts), strict=True))
    sequences: dict[bytes, tuple[int, Tokens]] = {}
    # By tokens and not by text: texts that differ beyond the cut are one to the model.
    rows = [
        [_number(sequences, side) for side in _cut(encoder, tokens[premise], tokens[hypothesis])]
        for premise, hypothesis in zip(sources, targets, strict=True)
    ]
    numbered = np.array(rows, dtype=np.int64).reshape(-1, 2)
    pairs, pair_of_row = np.unique(numbered, axis=0, return_inverse=True)
    kept = tuple(sequence for _, sequence in sequences.values())
    length = np.array([len(sequence) for sequence in kept], dtype=np.int64)
    lengths = length[pairs].sum(axis=1) + encoder.frame.tokens
    return PairWork(kept, pairs, lengths, pair_of_row.reshape(-1))


def _cut(encoder: PairEncoder, premise: Tokens, hypothesis: Tokens) -> tuple[Tokens, Tokens]:
    kept = encoder.kept(len(premise), len(hypothesis))
    return premise[: kept[0]], hypothesis[: kept[1]]


def _number(sequences: dict[bytes, tuple[int, Tokens]], tokens: Tokens) -> int:
    return sequences.setdefault(tokens.tobytes(), (len(sequences), tokens))[0]


def plan_alike(lengths: Indices, pairs: Indices, token_budget: int) -> list[Indices]:
    """Cut `pairs` into batches of like lengths.

    Args:
        lengths: (m,) tokens of every pair.
        pairs: The pairs to cut up, as positions in `lengths`.
        token_budget: Tokens a batch may have, its padding included; a pair that exceeds it alone is
            a batch of its own.

    Returns:
        Each pair in exactly one batch; those with the longest first.
    """
    order = pairs[np.argsort(-lengths[pairs], kind="stable")]
    plan = []
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        most = start + max(1, token_budget // longest)
        # Sorted falling: those that are long enough are the first of the rest.
        alike = np.searchsorted(-lengths[order], -longest * (1 - PADDED), side="right")
        end = min(most, int(alike))
        plan.append(order[start:end])
        start = end
    return plan
