"""A checkpoint's files to a torch model, or an error that says which tensors are at fault.

Transformers fills tensors that a checkpoint lacks with random numbers and goes on; here that is an
error. Weights are read as float32 whatever the file holds: Transformers 5 would keep fp16, whose
log-probabilities tie.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from transformers import BartForConditionalGeneration

from scoring.bartscore.checkpoint import Checkpoint
from scoring.errors import CheckpointError
from scoring.pretrained import UNREADABLE, load_pretrained


def load_model(checkpoint: Checkpoint, device: str, dtype: str) -> Any:
    """Return a `BartForConditionalGeneration` in evaluation mode.

    Args:
        checkpoint: Its files.
        device: A torch device.
        dtype: "float32" or "bfloat16".

    Raises:
        CheckpointError: The files cannot be read or do not fit the model exactly.
    """
    model = _pretrained(checkpoint)
    if checkpoint.weights is not None:
        _load_over(model, checkpoint.weights)
    return model.to(device=device, dtype=getattr(torch, dtype)).eval()


def _pretrained(checkpoint: Checkpoint) -> Any:
    try:
        kind = BartForConditionalGeneration
        model, report = load_pretrained(kind, checkpoint.folder, torch.float32)
    except UNREADABLE as error:
        raise CheckpointError(
            f"the weights of checkpoint {checkpoint.name!r} in {checkpoint.folder} cannot be read"
            f" ({error}); fetch the checkpoint again"
        ) from error
    _refuse_misfit(checkpoint.folder, report["missing_keys"], report["unexpected_keys"])
    return model


def _load_over(model: Any, path: Path) -> None:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load lets whatever the bytes provoke through
        reason = str(error).strip().split("\n", 1)[0][:200]
        raise CheckpointError(
            f"{path} is not a state dict that can be loaded safely (weights only):"
            f" {type(error).__name__}: {reason}"
        ) from error
    if not isinstance(state, dict):
        raise CheckpointError(
            f"{path} holds a {type(state).__name__}, not a state dict (tensor name -> tensor)"
        )
    expected = model.state_dict()
    _refuse_misfit(path, expected.keys() - state.keys(), state.keys() - expected.keys())
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise CheckpointError(
            f"{path} does not fit the checkpoint it is loaded over: {error}"
        ) from error
    _refuse_untied(path, model, state)


def _refuse_untied(path: Path, model: Any, state: dict[str, torch.Tensor]) -> None:
    """Refuse a checkpoint whose embeddings and LM head differ.

    They are one tensor under several names; of unlike ones the last would win.
    """
    loaded = model.state_dict()
    lost = [name for name in loaded if not torch.equal(loaded[name], state[name].to(loaded[name]))]
    if lost:
        raise CheckpointError(
            f"{path} has other values for tensors that the model shares: {', '.join(lost)}"
        )


def _refuse_misfit(path: Path, missing: Iterable[str], unexpected: Iterable[str]) -> None:
    faults = [
        f"{what}: {', '.join(sorted(map(str, names)))}"
        for what, names in (("missing", list(missing)), ("unexpected", list(unexpected)))
        if names
    ]
    if faults:
        raise CheckpointError(
            f"{path} does not hold exactly the tensors of the model; {'; '.join(faults)}"
        )
