"""Logits of pairs in torch: padded batches of like lengths, one transfer a batch.

A DeBERTa is computed as `disentangled` says, any other model by its own forward pass. On a CPU
every thread takes batches of its own (see `scoring.bartscore.thread_pool`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scoring.bartscore.torch_device import TorchDevice
from scoring.entailment.disentangled import DisentangledClassifier
from scoring.entailment.tokens import Frame, Ids

CPU_BATCH = 1_024
"""Tokens of one batch on one CPU thread: more are no quicker, and need more memory."""

GPU_BATCH = 32_768
"""Tokens of a batch on a GPU: DeBERTa's two terms of positions are then some hundred MiB."""

EVEN = 8
"""On a GPU lengths are multiples of this: its matrix units want aligned rows."""

JoinedPair = tuple[Ids, Ids]
"""A pair's token ids and their types."""

Forward = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""(n, length) ids, which of them are tokens, and their types if any -> (n, outputs) logits."""


class NliRuntime:
    """A Transformers classifier of pairs on one device.

    Attributes:
        default_token_budget: Tokens of a batch that are quick on this device.
        streams: Batches that are computed beside each other.
    """

    def __init__(self, model: Any, frame: Frame, forward: Forward | None = None) -> None:
        """Take over a model.

        Args:
            model: A `...ForSequenceClassification` in evaluation mode, on its device.
            frame: Of its tokenizer.
            forward: How its logits are computed; the quickest way that fits it if None.
        """
        self._device = TorchDevice(model.device)
        self._frame = frame
        fits = DisentangledClassifier.fits(model)
        self._forward = forward or (
            DisentangledClassifier(model) if fits else PlainClassifier(model)
        )
        on_cpu = self._device.on_cpu
        self._even = 1 if on_cpu else EVEN
        self.streams = self._device.threads
        self.default_token_budget = CPU_BATCH if on_cpu else GPU_BATCH

    def logits(self, batches: Sequence[Sequence[JoinedPair]]) -> list[NDArray[np.float64]]:
        """Return the logits of each batch's pairs, (pairs, outputs) in the model's order.

        Raises:
            OutOfMemoryError: A batch does not fit.
        """
        return self._device.within_memory(lambda: self._device.map(self._of, batches))

    def _of(self, batch: Sequence[JoinedPair]) -> NDArray[np.float64]:
        lengths = np.array([len(ids) for ids, _ in batch])
        longest = -(-lengths.max() // self._even) * self._even
        ids = np.full((len(batch), longest), self._frame.padding, dtype=np.int64)
        types = np.zeros_like(ids)
        for row, (own, own_types) in enumerate(batch):
            ids[row, : len(own)] = own
            types[row, : len(own)] = own_types
        given = self._sent(types) if self._frame.types else None
        real = np.arange(longest) < lengths[:, None]
        logits = self._forward(self._sent(ids), self._sent(real), given)
        return logits.float().cpu().numpy().astype(np.float64)

    def _sent(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(self._device.device, non_blocking=True)

    def describe(self) -> dict[str, str]:
        """Return device, hardware, threads and versions."""
        return self._device.describe()


class PlainClassifier:
    """A model's own forward pass."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @torch.inference_mode()
    def __call__(self, ids: Tensor, real: Tensor, types: Tensor | None) -> Tensor:
        """Return (n, outputs) logits; see `DisentangledClassifier`."""
        given = {} if types is None else {"token_type_ids": types}
        return torch.as_tensor(
            self._model(input_ids=ids, attention_mask=real.long(), **given).logits
        )
