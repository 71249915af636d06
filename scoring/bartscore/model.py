"""Which scorer is wanted: the value that identities and instruments carry, cheap until the scorer
is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from scoring.bartscore.checkpoint import Checkpoint, find_checkpoint
from scoring.bartscore.cost import pair_flops
from scoring.bartscore.scorer import BartScorer
from scoring.bartscore.tokens import TextEncoder
from scoring.instruments import BARTSCORE, Pair
from scoring.loaded_model import LoadedModel

DEFAULT_CHECKPOINT = "facebook/bart-large-cnn"


@dataclass(frozen=True)
class BartModel(LoadedModel[BartScorer]):
    """A BARTScore model by value: nats a token of a target given a source. Equal values share one scorer in a process.

    Attributes:
        checkpoint: A hub name or a local folder.
        weights: A ParaBank2 `.pth` to load over it.
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16".
    """

    kind = BARTSCORE
    outputs = ("log_likelihood",)
    checkpoint: str = DEFAULT_CHECKPOINT
    weights: Path | None = None
    device: str = "auto"
    dtype: str = "auto"

    def load(self) -> BartScorer:
        """See `LoadedModel`."""
        checkpoint = _files(
            self.checkpoint, self.weights
        )  # with its fingerprint, if that was asked for: large files
        return BartScorer.on_device(checkpoint, self.device, self.dtype)

    @property
    def fingerprint(self) -> str:
        """The checkpoint's identity; needs its files (a hub checkpoint is
        fetched), but no torch.
        """
        return self._files.fingerprint

    @property
    def max_tokens(self) -> int:
        """Tokens kept of each text."""
        return self._files.max_tokens

    @property
    def demonstration(self) -> bool:
        """Whether the checkpoint says of itself that it is a fixture; boards must
        then say so too.
        """
        return self._files.demonstration

    @property
    def public_name(self) -> str:
        """Checkpoint and weights without the folders of this machine."""
        name = super().public_name
        return name if self.weights is None else f"{name}+{self.weights.name}"

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return (tokens, floating-point operations) of scoring pairs, each by itself."""
        encoder = self._encoder
        source, target = (
            np.array([len(ids) for ids in encoder.encode([pair[side] for pair in pairs])], float)
            for side in (0, 1)
        )
        flops = pair_flops(self._files.config, source, target)
        return float(source.sum() + target.sum()), float(flops.sum())

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many texts are cut to the model's length."""
        return self._encoder.count_truncated(texts)

    @property
    def _encoder(self) -> TextEncoder:
        return _encoder(self.checkpoint, self.weights)

    @property
    def _files(self) -> Checkpoint:
        return _files(self.checkpoint, self.weights)


@cache
def _files(checkpoint: str, weights: Path | None) -> Checkpoint:
    return find_checkpoint(checkpoint, weights)


@cache
def _encoder(checkpoint: str, weights: Path | None) -> TextEncoder:
    files = _files(checkpoint, weights)
    return TextEncoder(files.folder, files.max_tokens)
