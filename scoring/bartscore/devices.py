"""Which device and which arithmetic "auto" stands for, and what the two are called in identities.

bf16 on GPUs that have it, fp32 elsewhere: a CPU without bf16 units emulates them, many times slower than
fp32. torch is only imported where the answer depends on the machine.

Another runtime than torch rounds elsewhere, though the arithmetic is the same: its name is part of the arithmetic's,
"float32/openvino", so that its scores stand under an identity of their own. torch is left out, and is the default.
"""

from __future__ import annotations

from scoring.errors import ScoringError

DTYPES = ("auto", "float32", "bfloat16")
RUNTIMES = ("torch", "openvino")


def resolve_device(device: str, runtime: str = "torch") -> str:
    """The torch device that `device` means here, e.g. "cuda", "cuda:1" or "cpu".

    Raises:
        ScoringError: There is no such device on this machine, or none that the runtime computes on; no such runtime.
    """
    if runtime not in RUNTIMES:
        raise ScoringError(f"runtime is {runtime!r}; allowed: {', '.join(RUNTIMES)}")
    if runtime == "openvino" and device not in ("auto", "cpu"):
        raise ScoringError(
            f"the runtime 'openvino' computes on CPUs only, and the device is {device!r}; use 'cpu'"
        )
    if runtime == "openvino" or device == "cpu":
        return "cpu"
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ScoringError(
            f"device {device!r} cannot be used here ({reason}); use 'auto' or 'cpu'"
        ) from error
    return device


def resolve_dtype(dtype: str, device: str, runtime: str = "torch") -> str:
    """The arithmetic, "float32" or "bfloat16", that `dtype` means on `device` (which may be "auto").

    Raises:
        ScoringError: `dtype` is not one of DTYPES, or not one that the runtime computes in; as `resolve_device`.
    """
    if dtype not in DTYPES:
        raise ScoringError(f"dtype is {dtype!r}; allowed: {', '.join(DTYPES)}")
    if runtime == "openvino" and dtype == "bfloat16":
        raise ScoringError(
            "the runtime 'openvino' computes in float32 only, and dtype is 'bfloat16'"
        )
    if dtype != "auto":
        return dtype
    found = resolve_device(device, runtime)
    return "bfloat16" if found.startswith("cuda") and _has_bfloat16(found) else "float32"


def arithmetic_name(dtype: str, device: str, runtime: str) -> str:
    """What identities call the arithmetic: "float32", "bfloat16" or "float32/openvino".

    Raises:
        ScoringError: As `resolve_dtype`.
    """
    resolved = resolve_dtype(dtype, device, runtime)
    return resolved if runtime == "torch" else f"{resolved}/{runtime}"


def _has_bfloat16(device: str) -> bool:
    import torch

    with torch.cuda.device(device):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
