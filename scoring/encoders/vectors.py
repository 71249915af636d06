"""Rows of numbers of several texts, one text after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from scoring.bartscore.batching import Indices


@dataclass(frozen=True)
class TextVectors:
    """Vectors of texts: one a token, or one a text.

    Attributes:
        rows: (rows, d).
        counts: (texts,) rows of each text.
    """

    rows: Tensor
    counts: Indices

    @cached_property
    def starts(self) -> Indices:
        """(texts,) the first row of each."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    @classmethod
    def joined(cls, parts: Sequence[TextVectors]) -> TextVectors:
        """Return the vectors of all parts' texts, in order."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            torch.cat([part.rows for part in parts]), np.concatenate([p.counts for p in parts])
        )

    def some(self, places: Indices) -> TextVectors:
        """Return a copy for the texts at some places, so that the others' can be let go."""
        counts = self.counts[places]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        at = torch.from_numpy(np.repeat(self.starts[places], counts) + within)
        return TextVectors(self.rows[at.to(self.rows.device)], counts)
