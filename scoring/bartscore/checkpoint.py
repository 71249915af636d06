"""Where a checkpoint's files are, and what they are called by their contents.

A checkpoint's fingerprint covers what its scores depend on and nothing else: the fields of
`config.json` that enter the arithmetic (with their defaults filled in), the tokenizer's vocabulary
and merges (whichever of its two forms the folder holds), and the bytes of the weights. So a copy in
another place, with another README or written by another version of Transformers, keeps its
identity. ParaBank2 weights replace every tensor of the checkpoint they are loaded over, so the
fingerprint covers them instead of the weights beneath.

Nothing here needs torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scoring.errors import CheckpointError
from scoring.hub import folder_of, in_short

CONFIG = "config.json"
LONGEST = 1024
"""Tokens that BARTScore keeps of a text, whatever the model could take."""

ARITHMETIC: dict[str, Any] = {
    "activation_function": "gelu",
    "bos_token_id": 0,
    "d_model": 1024,
    "decoder_attention_heads": 16,
    "decoder_ffn_dim": 4096,
    "decoder_layers": 12,
    "decoder_start_token_id": 2,
    "encoder_attention_heads": 16,
    "encoder_ffn_dim": 4096,
    "encoder_layers": 12,
    "eos_token_id": 2,
    "max_position_embeddings": 1024,
    "pad_token_id": 1,
    "scale_embedding": False,
    "vocab_size": 50265,
}
"""Fields of the configuration that change a score, with the values Transformers gives them when
absent.
"""

_HUB_FILES = (
    CONFIG,
    "tokenizer*.json",
    "vocab.json",
    "merges.txt",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
)
_HUB_OLDER_WEIGHTS = ("pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json")


@dataclass(frozen=True)
class Checkpoint:
    """A BART on this machine's disk.

    Attributes:
        name: As it was asked for: a hub name or a folder.
        folder: Holds `config.json`, weights and tokenizer.
        weights: A state dict to load over the checkpoint's own weights; None to keep them.
    """

    name: str
    folder: Path
    weights: Path | None = None

    @cached_property
    def config(self) -> dict[str, Any]:
        """`config.json` as it stands."""
        return dict(json.loads((self.folder / CONFIG).read_text(encoding="utf-8")))

    @property
    def max_tokens(self) -> int:
        """Tokens kept of each text: 1,024, or the model's positions where it has fewer."""
        return min(LONGEST, int(self.config.get("max_position_embeddings", LONGEST)))

    @property
    def demonstration(self) -> bool:
        """Whether it says of itself that it is a fixture, whose scores mean nothing."""
        return bool(self.config.get("reasonboard_demonstration", False))

    @property
    def weight_files(self) -> tuple[Path, ...]:
        """The files the weights are in, as Transformers chooses them: safetensors where there are
        any.
        """
        for pattern in (
            "model.safetensors",
            "model-*.safetensors",
            "pytorch_model.bin",
            "pytorch_model-*.bin",
        ):
            if files := tuple(sorted(self.folder.glob(pattern))):
                return files
        return ()

    @cached_property
    def fingerprint(self) -> str:
        """Sha256, in hex, over all that scores depend on."""
        digest = hashlib.sha256()
        arithmetic = {name: self.config.get(name, default) for name, default in ARITHMETIC.items()}
        digest.update(_canonical(arithmetic))
        # Whichever of its two forms the folder holds.
        digest.update(_canonical(self.tokenizer))
        for path in (self.weights,) if self.weights else self.weight_files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @cached_property
    def tokenizer(self) -> dict[str, Any]:
        """Vocabulary and merges, from whichever form is there."""
        whole = self.folder / "tokenizer.json"
        if whole.is_file():
            model = json.loads(whole.read_text(encoding="utf-8"))["model"]
            merges = [
                " ".join(merge) if isinstance(merge, list) else merge for merge in model["merges"]
            ]
            return {"vocab": model["vocab"], "merges": merges}
        vocab = json.loads((self.folder / "vocab.json").read_text(encoding="utf-8"))
        lines = (self.folder / "merges.txt").read_text(encoding="utf-8").split("\n")
        return {
            "vocab": vocab,
            "merges": [line for line in lines if line and not line.startswith("#version")],
        }


def _canonical(value: dict[str, Any]) -> bytes:
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    ).digest()


def find_checkpoint(name: str, weights: Path | str | None = None) -> Checkpoint:
    """Find a checkpoint on disk, or fetch it from the hub.

    Args:
        name: A folder, or a hub name such as "facebook/bart-large-cnn".
        weights: A `.pth` state dict to be loaded over it.

    Raises:
        CheckpointError: It cannot be had or is not a whole BART. No other is taken instead.
    """
    checkpoint = Checkpoint(
        name=str(name),
        folder=folder_of(str(name), _HUB_FILES, _HUB_OLDER_WEIGHTS),
        weights=Path(weights).expanduser() if weights is not None else None,
    )
    faults = list(_faults(checkpoint))
    if faults:
        raise CheckpointError(
            f"checkpoint {str(name)!r} cannot be used ({checkpoint.folder}): {'; '.join(faults)}"
        )
    return checkpoint


def _faults(checkpoint: Checkpoint) -> Iterator[str]:
    folder = checkpoint.folder
    if not (folder / CONFIG).is_file():
        yield f"{CONFIG} is missing"
    else:
        yield from _config_faults(checkpoint)
    if not checkpoint.weight_files:
        yield "model.safetensors (or pytorch_model.bin) is missing"
    yield from _tokenizer_faults(checkpoint)
    if checkpoint.weights is not None and not checkpoint.weights.is_file():
        yield f"there is no weights file {checkpoint.weights.absolute()}"


def _tokenizer_faults(checkpoint: Checkpoint) -> Iterator[str]:
    try:
        _ = checkpoint.tokenizer
    except FileNotFoundError:
        yield "tokenizer.json (or vocab.json and merges.txt) is missing"
    except (ValueError, KeyError, TypeError) as error:
        yield f"the tokenizer's vocabulary and merges cannot be read: {in_short(error)}"


def _config_faults(checkpoint: Checkpoint) -> Iterator[str]:
    try:
        kind = checkpoint.config.get("model_type")
    except (ValueError, TypeError) as error:
        yield f"{CONFIG} is not a JSON object: {error}"
        return
    if kind != "bart":
        yield f"BARTScore needs a BART (model_type 'bart'), not {kind!r}"
