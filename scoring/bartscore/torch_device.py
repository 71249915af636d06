"""A device as torch computes on it: its threads, its memory, and what provenance says of it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from typing import TypeVar

import tokenizers
import torch
import transformers

from scoring.bartscore.runtime import OutOfMemoryError, processor
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
            OutOfMemoryError: Memory ran out; what was made until then is let go.
        """
        done = _attempt(compute)
        if done is None:
            # Outside the handler: until it ends, the traceback holds the failed batch's tensors.
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            raise OutOfMemoryError
        return done

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


def _attempt(compute: Callable[[], T]) -> T | None:
    try:
        return compute()
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Return whether memory ran out.

    Accelerators raise a type of their own; torch's CPU allocator raises a bare RuntimeError
    that names it.

    Its wording differs by system ("can't allocate memory", "not enough memory"), its name does not.
    Where the kernel ends the process instead, nothing can be caught.
    """
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
