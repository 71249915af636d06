"""An encoder on a device: batches cut into passes that its threads share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from torch import Tensor

from scoring.bartscore.tokens import Tokens
from scoring.bartscore.torch_device import TorchDevice
from scoring.bartscore.torch_runtime import CPU_PASS
from scoring.encoders.packed import States
from scoring.encoders.vectors import TextVectors

GPU_BATCH = 131_072
"""Tokens of a batch on a GPU."""


class TorchStates:
    """Makes vectors of texts out of an encoder's states.

    Attributes:
        default_token_budget: Tokens of a batch that are quick on the device.
        device: Where it computes.
    """

    def __init__(self, states: States) -> None:
        self._states = states
        self.device = TorchDevice(states.device)
        on_cpu = self.device.on_cpu
        # Some passes for every thread, so that none waits long for the others.
        self.default_token_budget = 4 * CPU_PASS * self.device.threads if on_cpu else GPU_BATCH
        self._pass_tokens = CPU_PASS if on_cpu else sys.maxsize

    def encode(
        self,
        texts: Sequence[Tokens],
        vectors_of: Callable[[Tensor, Sequence[Tokens]], TextVectors],
    ) -> TextVectors:
        """Return the vectors that `vectors_of` makes of a pass's states and texts.

        Raises:
            OutOfMemoryError: They do not fit.
        """
        limit = min(self._pass_tokens, self.default_token_budget)
        passes = self._states.passes(texts, limit)

        def made(some: Sequence[Tokens]) -> TextVectors:
            return vectors_of(self._states(some), some)

        return self.device.within_memory(lambda: TextVectors.joined(self.device.map(made, passes)))
