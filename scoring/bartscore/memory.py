"""What becomes of a computation that the device's memory is too small for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from scoring.bartscore.runtime import OutOfMemoryError

T = TypeVar("T")


def within_memory(device: torch.device, compute: Callable[[], T]) -> T:
    """Return what `compute` returns.

    Raises:
        OutOfMemoryError: Memory ran out; what the device had cached is free again.
    """
    done = _attempt(compute)
    if done is None:
        # Outside the handler: until it ends, the traceback holds the failed batch's tensors.
        if device.type == "cuda":
            torch.cuda.empty_cache()
        raise OutOfMemoryError
    return done


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
