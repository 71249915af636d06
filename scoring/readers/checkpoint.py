"""An encoder's checkpoint on disk: its files, its identity, and loading it safely.

Weights are read from safetensors, or from pickles by torch's reader that makes tensors and nothing
else; code that a checkpoint brings along is never run. A tensor that is missing is an error:
Transformers would fill it with random numbers and go on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scoring.errors import CheckpointError
from scoring.hub import folder_of

CONFIG = "config.json"
FILES = (
    CONFIG,
    "tokenizer*.json",
    "special_tokens_map.json",
    "vocab.*",
    "merges.txt",
    "spm.model",
    "sentencepiece.bpe.model",
    "*/config.json",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
)
OLDER_WEIGHTS = ("pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json")
VOCABULARIES = (
    ("tokenizer.json",),
    ("vocab.txt",),
    ("vocab.json", "merges.txt"),
    ("spm.model",),
    ("sentencepiece.bpe.model",),
)
"""Files that make a tokenizer together; the first group that is there whole is a checkpoint's."""
IMMATERIAL = (
    "_name_or_path",
    "architectures",
    "dtype",
    "gradient_checkpointing",
    "id2label",
    "label2id",
    "torch_dtype",
    "transformers_version",
    "use_cache",
)
"""Fields of a configuration that change no number; the order of labels is declared
apart from it.
"""


@dataclass(frozen=True)
class EncoderCheckpoint:
    """An encoder on this machine's disk.

    Attributes:
        name: As it was asked for: a hub name or a folder.
        folder: Holds `config.json`, weights and tokenizer.
    """

    name: str
    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """`config.json` as it stands."""
        return self.declared(CONFIG)

    def declared(self, name: str) -> dict[str, Any]:
        """Return what a JSON file of it says.

        Raises:
            CheckpointError: It cannot be read, or is no JSON object.
        """
        try:
            said = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise self.faulty(name, f"cannot be read ({error})") from error
        if not isinstance(said, dict):
            raise self.faulty(name, "is no JSON object")
        return said

    def faulty(self, name: str, fault: str) -> CheckpointError:
        """Return the error that says what is wrong with a file of it."""
        return CheckpointError(
            f"checkpoint {self.name!r} cannot be used: {self.folder / name} {fault}; fetch it again"
        )

    @property
    def weight_files(self) -> tuple[Path, ...]:
        """The files the weights are in: safetensors where there are any."""
        for pattern in ("model*.safetensors", "pytorch_model*.bin"):
            if files := tuple(sorted(self.folder.glob(pattern))):
                return files
        return ()

    @property
    def vocabulary(self) -> tuple[Path, ...]:
        """The files that its tokenizer is made of: a whole group of `VOCABULARIES`, or none."""
        groups = (tuple(self.folder / name for name in group) for group in VOCABULARIES)
        whole = (group for group in groups if all(path.is_file() for path in group))
        return next(whole, ())

    @cached_property
    def fingerprint(self) -> str:
        """Sha256, in hex, over all that the numbers depend on."""
        material = {name: value for name, value in self.config.items() if name not in IMMATERIAL}
        digest = hashlib.sha256(json.dumps(material, sort_keys=True).encode())
        for path in (*self.vocabulary, *self.weight_files):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()


def find_encoder(name: str) -> EncoderCheckpoint:
    """Find a checkpoint on disk, or fetch it from the hub.

    Raises:
        CheckpointError: It cannot be had, or files of it are missing; all that are.
    """
    checkpoint = EncoderCheckpoint(name, folder_of(name, FILES, OLDER_WEIGHTS))
    folder = checkpoint.folder
    faults = []
    if not (folder / CONFIG).is_file():
        faults.append(f"{CONFIG} is missing")
    if not checkpoint.weight_files:
        faults.append("model.safetensors (or pytorch_model.bin) is missing")
    if not checkpoint.vocabulary:
        first, *others = (" with ".join(group) for group in VOCABULARIES)
        faults.append(f"{first} (or {', or '.join(others)}) is missing")
    elif unreadable := _unreadable_here(checkpoint.vocabulary):
        faults.append(unreadable)
    if faults:
        said = "; ".join(faults)
        raise CheckpointError(f"checkpoint {name!r} cannot be used ({folder}): {said}")
    _ = checkpoint.config  # said before a model runs
    return checkpoint


def _unreadable_here(vocabulary: Sequence[Path]) -> str:
    """Return why a vocabulary cannot be read on this machine; "" where it can."""
    # Without that package Transformers takes such a file for one of tiktoken's, and asks for that.
    if vocabulary[0].suffix != ".model" or find_spec("sentencepiece"):
        return ""
    return (
        f"{vocabulary[0].name} can be read only where the package sentencepiece is installed:"
        " `pip install sentencepiece`, or put the tokenizer.json of the same checkpoint beside it"
    )


def load(
    checkpoint: EncoderCheckpoint,
    auto_class: Any,
    device: str,
    unneeded: tuple[str, ...] = (),
    **options: Any,
) -> tuple[Any, Any]:
    """Return model and tokenizer, in fp32 and evaluation mode.

    Args:
        checkpoint: Its files.
        auto_class: Of Transformers, e.g. `AutoModel`.
        device: A torch device.
        unneeded: Beginnings of the names of tensors that may be missing, since no number that is
            asked for depends on them.
        options: Of the tokenizer.

    Raises:
        CheckpointError: The files cannot be read, or lack tensors.
    """
    import torch

    from scoring.pretrained import UNREADABLE, load_pretrained

    tokenizer = load_tokenizer(checkpoint, **options)
    try:
        model, report = load_pretrained(auto_class, checkpoint.folder, torch.float32)
    except UNREADABLE as error:
        raise _unreadable(checkpoint, error) from error
    lacking = sorted(map(str, report["missing_keys"]))
    if missing := [name for name in lacking if not name.startswith(unneeded)]:
        raise CheckpointError(
            f"checkpoint {checkpoint.name!r} lacks tensors of the model: {', '.join(missing)}"
        )
    return model.to(device).eval(), tokenizer


def load_tokenizer(checkpoint: EncoderCheckpoint, **options: Any) -> Any:
    """Return the tokenizer alone.

    Args:
        checkpoint: Its files.
        options: What it is told besides what its files say.

    Raises:
        CheckpointError: The files cannot be read.
    """
    from transformers import AutoTokenizer

    from scoring.pretrained import UNREADABLE, load_beside

    try:
        return load_beside(AutoTokenizer, checkpoint.folder, **options)
    except UNREADABLE as error:
        raise _unreadable(checkpoint, error) from error


def _unreadable(checkpoint: EncoderCheckpoint, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"checkpoint {checkpoint.name!r} in {checkpoint.folder} cannot be read ({error}); fetch it"
        " again"
    )
