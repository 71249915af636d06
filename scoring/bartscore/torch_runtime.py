"""The formula in torch: a packed forward pass, one transfer a batch, and a mean on the host.

On a GPU a batch is one pass. On a CPU it is cut into passes of about `CPU_PASS` tokens, which its
threads take one after another (see `workers`); what they share is the sources' encoder states. The
log-probabilities of the batch's target tokens come to the host together and are averaged there in
float64.

fp32 matrix products are exact fp32: torch leaves TF32 off unless a program asks for it, and nothing
here does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scoring.bartscore.attention import Attention
from scoring.bartscore.head import Head
from scoring.bartscore.packed import Encoded, PackedBart
from scoring.bartscore.tokens import Tokens
from scoring.bartscore.torch_device import TorchDevice

CPU_PASS = 1_024
"""Tokens of one pass on one CPU thread: matrix products are at full speed,
activations stay small.
"""

GPU_BATCH = 131_072
"""Tokens of a batch on a GPU: twice as many are 1% quicker and take 2 GiB more."""


class TorchRuntime:
    """A Transformers BART on one device; see `runtime.Runtime`."""

    def __init__(
        self, model: Any, head: Head | None = None, attention: type[Attention] | None = None
    ) -> None:
        """Take over a model.

        Args:
            model: A `BartForConditionalGeneration` in evaluation mode, on its device.
            head: The model's; the quickest on its device if None.
            attention: Likewise.
        """
        self.model = model
        self._device = TorchDevice(model.device)
        on_cpu = self._device.on_cpu
        self._bart = PackedBart(model, head, attention)
        self._pass_tokens = CPU_PASS if on_cpu else sys.maxsize
        # Some passes for every thread, so that none waits long for the others; a GPU wants to be
        # filled.
        self.default_token_budget = 4 * CPU_PASS * self._device.threads if on_cpu else GPU_BATCH

    def encode(self, sources: Sequence[Tokens]) -> Encoded:
        """See `runtime.Runtime.encode`."""
        jobs = _cut(sources, self._pass_tokens)
        return self._device.within_memory(
            lambda: Encoded.joined(self._device.map(self._bart.encode, jobs))
        )

    def scores(self, encoded: Encoded, targets: Sequence[Sequence[Tokens]]) -> NDArray[np.float64]:
        """See `runtime.Runtime.scores`."""
        jobs = _passes(encoded, targets, self._pass_tokens)
        log_probs = self._device.within_memory(
            lambda: torch.cat(self._device.map(self._pass, jobs)).cpu().numpy()
        )
        lengths = np.array([len(target) for group in targets for target in group])
        starts = np.cumsum(lengths) - lengths
        return np.asarray(np.add.reduceat(log_probs.astype(np.float64), starts) / lengths)

    def _pass(self, job: _Pass) -> Tensor:
        return self._bart.log_probs(job.encoded, job.targets)

    def describe(self) -> dict[str, str]:
        """Return device, hardware, threads and versions."""
        return self._device.describe()


@dataclass(frozen=True)
class _Pass:
    """Some of a batch's targets, and their sources."""

    encoded: Encoded
    targets: Sequence[Sequence[Tokens]]


def _cut(sources: Sequence[Tokens], tokens: int) -> list[Sequence[Tokens]]:
    """Return the sources in order, in parts of about `tokens` tokens."""
    ends = np.cumsum([len(source) for source in sources])
    starts = np.flatnonzero(np.diff(ends // tokens, prepend=-1)).tolist()
    return [
        sources[start:end] for start, end in zip(starts, [*starts[1:], len(sources)], strict=True)
    ]


def _passes(encoded: Encoded, targets: Sequence[Sequence[Tokens]], tokens: int) -> list[_Pass]:
    """Return the targets in order, in parts of about `tokens` tokens.

    A source's targets may be in several.
    """
    parts: list[tuple[int, list[list[Tokens]]]] = []
    used = tokens
    for source, group in enumerate(targets):
        for target in group:
            if used >= tokens:
                parts.append((source, []))
                used = 0
            first, groups = parts[-1]
            # The source's first target in this part: its states are attended to here too.
            if len(groups) == source - first:
                groups.append([])
                used += encoded.lengths[source]
            groups[-1].append(target)
            used += len(target)
    return [_Pass(encoded.some(first, first + len(groups)), groups) for first, groups in parts]
