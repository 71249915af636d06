"""What makes vectors of texts and numbers of pairs, behind one door; tests put others in its
place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.batching import Indices
from scoring.bartscore.tokens import Tokens


class EncoderRuntime(Protocol):
    """A loaded encoder on a device.

    What it makes of texts is for itself alone to read; it lives as long as it is held.
    """

    outputs: tuple[str, ...]
    """Names of the numbers that it gives a pair."""

    default_token_budget: int
    """Tokens of a batch that are quick on this device."""

    def encode(self, texts: Sequence[Tokens]) -> Any:
        """Return the vectors of some texts.

        Raises:
            OutOfMemoryError: They do not fit.
        """

    def joined(self, parts: Sequence[Any]) -> Any:
        """Return the vectors of all parts' texts, in order.

        Raises:
            OutOfMemoryError: They do not fit.
        """

    def some(self, vectors: Any, places: Indices) -> Any:
        """Return the vectors of the texts at some places, apart from those of the others.

        Raises:
            OutOfMemoryError: They do not fit.
        """

    def compare(self, vectors: Any, texts: Sequence[Tokens], pairs: Indices) -> NDArray[np.float64]:
        """Return each pair's numbers.

        Args:
            vectors: Of some texts.
            texts: These texts.
            pairs: (m, 2) places of source and target among them.

        Returns:
            (m, outputs), none of them NaN.

        Raises:
            OutOfMemoryError: They do not fit.
        """

    def describe(self) -> dict[str, str]:
        """Return device, libraries and their versions: provenance, not identity."""
