"""Weights of tokens by how few texts they are in, as bert-score 0.3.13 computes them.

    idf(token) = log((N + 1) / (n(token) + 1))

with n of N texts that hold the token; a token that is in none has log(N + 1). The weights depend on
which texts are counted, so that they belong to a call, never to the identity of a pair's values:
metrics do without.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.bartscore.tokens import Tokens
from scoring.statistics.bootstrap import Floats


@dataclass(frozen=True)
class InverseFrequencies:
    """The weight of every token.

    Attributes:
        weights: Token -> weight, of those that were seen.
        unseen: The weight of all others.
    """

    weights: Mapping[int, float]
    unseen: float

    @classmethod
    def counted(cls, texts: Sequence[Tokens]) -> InverseFrequencies:
        """Count in how many of `texts` each token is; a text that is there twice counts twice."""
        counts = Counter(token for text in texts for token in set(text.tolist()))
        total = len(texts) + 1
        weights = {token: math.log(total / (count + 1)) for token, count in counts.items()}
        return cls(weights, math.log(total))

    def __call__(self, tokens: Tokens) -> Floats:
        """Return (tokens,) weights."""
        return np.array([self.weights.get(token, self.unseen) for token in tokens.tolist()])


@dataclass(frozen=True)
class EqualWeights:
    """Weight 1 for every token but the marks of beginning and end.

    Attributes:
        marks: Their ids.
    """

    marks: frozenset[int]

    def __call__(self, tokens: Tokens) -> Floats:
        """Return (tokens,) weights."""
        return np.asarray(~np.isin(tokens, list(self.marks)), dtype=float)
