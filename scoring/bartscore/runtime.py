"""What computes log-probabilities: torch now, others behind the same door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens


class OutOfMemoryError(Exception):
    """A batch did not fit in the device's memory; a smaller one may."""


class Runtime(Protocol):
    """A loaded BART on a device."""

    default_token_budget: int
    """Padded tokens a batch (sources and targets together) that are quick on this device."""

    def scores(self, sources: Sequence[Tokens], targets: Sequence[Tokens]) -> NDArray[np.float64]:
        """BARTScore of each pair of one batch.

        Returns:
            (n,) mean log-probability a target token, in nats.

        Raises:
            OutOfMemoryError: The batch does not fit.
        """

    def describe(self) -> dict[str, str]:
        """Device, libraries and their versions: provenance, not identity."""
