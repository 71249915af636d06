"""What computes log-probabilities, behind one door: `torch_runtime` does, tests put others in its
place.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.tokens import Tokens


class OutOfMemoryError(Exception):
    """A batch did not fit in the device's memory; a smaller one may."""


class Runtime(Protocol):
    """A loaded BART on a device.

    Encoding is a step of its own because several batches of targets may share their sources.
    """

    default_token_budget: int
    """Tokens a batch (distinct sources and targets together) that are quick on this device."""

    def encode(self, sources: Sequence[Tokens]) -> Any:
        """Return encoder states of `sources`, for `scores` of the same runtime.

        They live as long as they are held.

        Raises:
            OutOfMemoryError: They do not fit.
        """

    def scores(self, encoded: Any, targets: Sequence[Sequence[Tokens]]) -> NDArray[np.float64]:
        """Return BARTScore of each target given its source.

        Args:
            encoded: What `encode` made of some sources.
            targets: For each of these sources its targets, at least one.

        Returns:
            (n,) mean log-probability a target token, in nats, source by source.

        Raises:
            OutOfMemoryError: The batch does not fit.
        """

    def describe(self) -> dict[str, str]:
        """Return device, libraries and their versions: provenance, not identity."""


def processor() -> str:
    """Return this machine's processor, as provenance names it."""
    return (
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    )
