"""Which device and which arithmetic "auto" stands for.

bf16 on GPUs that have it, fp32 elsewhere: a CPU without bf16 units emulates them, many times slower
than fp32. torch is only imported where the answer depends on the machine.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scoring.errors import ScoringError

DTYPES = ("auto", "float32", "bfloat16")


def resolve_device(device: str) -> str:
    """Return the torch device that `device` means here, e.g. "cuda", "cuda:1" or "cpu".

    Raises:
        ScoringError: There is no such device on this machine.
    """
    if device == "cpu":
        return "cpu"
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        # torch has no list of devices that covers every kind; making a tensor tells.
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ScoringError(
            f"device {device!r} cannot be used here ({reason}); use 'auto' or 'cpu'"
        ) from error
    return device


def resolve_dtype(dtype: str, device: str) -> str:
    """Return the arithmetic, "float32" or "bfloat16", that `dtype` means on `device` (which may be
    "auto").

    Raises:
        ScoringError: `dtype` is not one of DTYPES; as `resolve_device`.
    """
    if dtype not in DTYPES:
        raise ScoringError(f"dtype is {dtype!r}; allowed: {', '.join(DTYPES)}")
    if dtype != "auto":
        return dtype
    resolved = resolve_device(device)
    return "bfloat16" if resolved.startswith("cuda") and _has_bfloat16(resolved) else "float32"


@cache
def has_matrix_units() -> bool:
    """Return whether this machine's processor multiplies bfloat16 in matrix units (AMX)."""
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # another system than Linux: it cannot be told without torch
        return False
    return "amx_bf16" in said


def _has_bfloat16(device: str) -> bool:
    import torch

    with torch.cuda.device(device):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
