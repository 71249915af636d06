"""The formula in torch: one encoder pass, one decoder pass, and the LM head on real target tokens only.

The LM head is most of the memory: a batch's full logits are tokens x 50,264 numbers. So padding is dropped
before it, and it runs in slices of bounded size; of each slice only log p(y_t) = logit(y_t) -
logsumexp(logits) is kept, in fp32 whatever the model's arithmetic. One transfer a batch brings these to the
host, where they are averaged in float64. No decoder padding mask is needed: attention there is causal,
padding stands last, and what it computes is dropped.

fp32 matrix products are exact fp32: torch leaves TF32 off unless a program asks for it, and nothing here
does.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
import tokenizers
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import linear

from scoring.bartscore.runtime import OutOfMemoryError
from scoring.bartscore.tokens import Tokens

LOGITS_PER_SLICE = 2**25
"""Logits that exist at one time: 128 MiB in fp32."""


class TorchRuntime:
    """A Transformers BART on one device; see `runtime.Runtime`."""

    def __init__(self, model: Any, logits_per_slice: int = LOGITS_PER_SLICE) -> None:
        self.model = model
        self._device: torch.device = model.device
        self._rows_per_slice = max(1, logits_per_slice // model.config.vocab_size)
        # On a CPU small batches are quicker (they stay in the caches); a GPU wants to be filled.
        self.default_token_budget = 1_024 if self._device.type == "cpu" else 65_536

    def scores(self, sources: Sequence[Tokens], targets: Sequence[Tokens]) -> NDArray[np.float64]:
        """(n,) BARTScores of one batch; see `runtime.Runtime.scores`."""
        log_probs = self._within_memory(sources, targets)
        if log_probs is None:
            # Outside the handler: until it ends, the traceback holds the failed batch's tensors.
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
            raise OutOfMemoryError
        lengths = np.array([len(target) for target in targets])
        starts = np.cumsum(lengths) - lengths
        return np.asarray(np.add.reduceat(log_probs.astype(np.float64), starts) / lengths)

    def _within_memory(self, sources: Sequence[Tokens], targets: Sequence[Tokens]) -> NDArray[np.float32] | None:
        try:
            return np.asarray(self._log_probs(sources, targets).cpu())
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
        return None

    @torch.inference_mode()
    def _log_probs(self, sources: Sequence[Tokens], targets: Sequence[Tokens]) -> Tensor:
        """(tokens,) log p of every target token, the targets one after another, in fp32."""
        memory, memory_mask = self._encode(sources)
        hidden = self._decode(targets, memory, memory_mask)
        labels = self._send(np.concatenate(targets).astype(np.int64))
        size = self._rows_per_slice
        slices = zip(torch.split(hidden, size), torch.split(labels, size), strict=True)
        return torch.cat([self._label_log_probs(part, label) for part, label in slices])

    def _encode(self, sources: Sequence[Tokens]) -> tuple[Tensor, Tensor | None]:
        """(n, S, d) encoder states and their (n, S) mask, None where nothing is padded."""
        ids, real = _padded(sources, self.model.config.pad_token_id)
        mask = None if real.all() else self._send(real.astype(np.int64))
        encoded = self.model.model.encoder(input_ids=self._send(ids), attention_mask=mask)
        return encoded.last_hidden_state, mask

    def _decode(self, targets: Sequence[Tokens], memory: Tensor, memory_mask: Tensor | None) -> Tensor:
        """(tokens, d) decoder states of the real target tokens."""
        config = self.model.config
        shifted = [np.concatenate(([config.decoder_start_token_id], target[:-1])) for target in targets]
        ids, real = _padded(shifted, config.pad_token_id)
        decoded = self.model.model.decoder(
            input_ids=self._send(ids),
            encoder_hidden_states=memory,
            encoder_attention_mask=memory_mask,
            use_cache=False,
        )
        states = decoded.last_hidden_state
        # Indices made on the host: a boolean mask would make the device report its count back, and wait.
        return torch.index_select(states.flatten(0, 1), 0, self._send(np.flatnonzero(real)))

    def _label_log_probs(self, hidden: Tensor, labels: Tensor) -> Tensor:
        logits = linear(hidden, self.model.lm_head.weight, self.model.final_logits_bias[0]).float()
        return logits.gather(1, labels.unsqueeze(1)).squeeze(1) - logits.logsumexp(1)

    def _send(self, array: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(array).to(self._device, non_blocking=True)

    def describe(self) -> dict[str, str]:
        """Device, hardware, threads and versions."""
        on_gpu = self._device.type == "cuda"
        return {
            "runtime": "torch",
            "device": str(self._device),
            "hardware": torch.cuda.get_device_name(self._device) if on_gpu else _processor(),
            "threads": str(torch.get_num_threads()),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
        }


def _padded(sequences: Sequence[Tokens], padding: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n, longest) ids with `padding` at the right, and where they are real."""
    lengths = np.array([len(sequence) for sequence in sequences])
    real = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(real.shape, padding, dtype=np.int64)
    ids[real] = np.concatenate(sequences)
    return ids, real


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Accelerators raise a type of their own; torch's CPU allocator raises a bare RuntimeError that names it.

    Its wording differs by system ("can't allocate memory", "not enough memory"), its name does not.
    Where the kernel ends the process instead, nothing can be caught.
    """
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _processor() -> str:
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
