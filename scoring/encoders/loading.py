"""An encoder's files to its states and its tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModel

from scoring.encoders.packed import States, states_of
from scoring.encoders.tokens import EncoderTokens
from scoring.readers.checkpoint import EncoderCheckpoint, load

UNNEEDED = ("pooler.", "embeddings.position_ids")
"""What many checkpoints lack, and no state depends on."""


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder on a device.

    Attributes:
        states: Of one of its layers.
        tokens: Its tokenizer.
    """

    states: States
    tokens: EncoderTokens


def load_encoder(
    checkpoint: EncoderCheckpoint,
    layer: int,
    max_tokens: int,
    device: str,
    dtype: str,
    **options: Any,
) -> LoadedEncoder:
    """Load a checkpoint.

    Args:
        checkpoint: Its files.
        layer: Whose states are wanted.
        max_tokens: Tokens kept of each text.
        device: A torch device.
        dtype: "float32" or "bfloat16".
        options: Of the tokenizer.

    Raises:
        CheckpointError: The files cannot be read, or lack tensors, or the architecture is not one
            of which a layer can be had.
    """
    model, tokenizer = load(checkpoint, AutoModel, device, UNNEEDED, **options)
    states = states_of(model.to(getattr(torch, dtype)), layer)
    return LoadedEncoder(states, EncoderTokens(tokenizer, max_tokens))
