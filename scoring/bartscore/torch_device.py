"""A device as torch computes on it: its threads, its memory, and what provenance says of it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from typing import TypeVar

import tokenizers
import torch
import transformers

from scoring.bartscore.memory import within_memory
from scoring.bartscore.runtime import processor
from scoring.bartscore.thread_pool import workers

T = TypeVar("T")
Job = TypeVar("Job")


class TorchDevice:
    """Where a loaded model computes.

    Attributes:
        on_cpu: Whether it is this machine's processor.
        threads: Of a CPU, each of which takes jobs of its own.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.on_cpu = device.type == "cpu"
        self.threads = torch.get_num_threads() if self.on_cpu else 1

    def map(self, compute: Callable[[Job], T], jobs: Sequence[Job]) -> list[T]:
        """Return what `compute` makes of each job; a CPU's threads share them."""
        if self.threads == 1:
            return [compute(job) for job in jobs]
        return list(workers(self.threads).map(compute, jobs))

    def within_memory(self, compute: Callable[[], T]) -> T:
        """Return what `compute` returns.

        Raises:
            OutOfMemoryError: Memory ran out; what the device had cached is free again.
        """
        return within_memory(self.device, compute)

    def describe(self) -> dict[str, str]:
        """Return device, hardware, threads and versions."""
        on_gpu = self.device.type == "cuda"
        return {
            "runtime": "torch",
            "device": str(self.device),
            "hardware": torch.cuda.get_device_name(self.device) if on_gpu else processor(),
            "threads": str(torch.get_num_threads()),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokenizers": tokenizers.__version__,
        }
