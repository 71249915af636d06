"""Which sentence encoder is wanted: the value that identities and instruments carry, cheap until the
scorer is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from scoring.bartscore.devices import resolve_device
from scoring.encoders.operations import layers_of, operations_of
from scoring.encoders.scorer import EncoderScorer
from scoring.encoders.tokens import EncoderTokens
from scoring.instruments import SIMILARITY, Pair
from scoring.loaded_model import LoadedModel
from scoring.readers.checkpoint import EncoderCheckpoint, load_tokenizer
from scoring.readers.encoder import SentenceEncoder, open_encoder
from scoring.texts import normalized

METHOD = "cosine-of-means/1"
"""What the numbers depend on besides files and fields; raised when they change."""

PACKAGED = "all-MiniLM-L6-v2"
"""The checkpoint that comes with what scoring installs (Apache-2.0)."""


@dataclass(frozen=True)
class SimilarityModel(LoadedModel[EncoderScorer]):
    """A sentence encoder by value. Equal values share one scorer in a process.

    Attributes:
        checkpoint: A hub name or a local folder; PACKAGED for the one that a package brings.
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16": the encoder's; means and cosines are float32.
    """

    kind = SIMILARITY
    outputs = ("cosine",)

    checkpoint: str = PACKAGED
    device: str = "auto"
    dtype: str = "auto"

    def load(self) -> EncoderScorer:
        """See `LoadedModel`."""
        files = _encoder(self.checkpoint).checkpoint
        # Before torch's model code is loaded: a wrong name is told at once.
        device, dtype = resolve_device(self.device), self.dtype_name
        from scoring.encoders.loading import load_encoder
        from scoring.similarity.pooling import PoolingRuntime

        encoder = load_encoder(files, _layers(files), self.max_tokens, device, dtype)
        return EncoderScorer(PoolingRuntime(encoder.states), encoder.tokens, dtype)

    @property
    def fingerprint(self) -> str:
        """The identity of the model's numbers; needs the checkpoint's files, but no torch.

        Raises:
            CheckpointError: They cannot be had.
        """
        material = [METHOD, self._files.fingerprint, self.max_tokens]
        return hashlib.sha256(json.dumps(material).encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """Tokens kept of each text."""
        return _encoder(self.checkpoint).longest

    @property
    def demonstration(self) -> bool:
        """Whether the checkpoint says of itself that it is a fixture."""
        return bool(self._files.config.get("reasonboard_demonstration", False))

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return tokens and floating-point operations of scoring pairs, each distinct text encoded
        once; from tokenizer and configuration alone.
        """
        texts = list(dict.fromkeys(normalized(text) for pair in pairs for text in pair))
        tokens = _tokens(self).encode(texts)
        return operations_of(self._files.config, _layers(self._files), tokens)

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many texts are cut; from the tokenizer alone."""
        return _tokens(self).count_truncated([normalized(text) for text in texts])

    @property
    def _files(self) -> EncoderCheckpoint:
        return _encoder(self.checkpoint).checkpoint


@cache
def _encoder(checkpoint: str) -> SentenceEncoder:
    return open_encoder("" if checkpoint == PACKAGED else checkpoint)


def _layers(files: EncoderCheckpoint) -> int:
    layers = layers_of(files.config)
    if layers is None:
        raise files.faulty("config.json", "does not say how many layers there are")
    return layers


@cache
def _tokens(model: SimilarityModel) -> EncoderTokens:
    return EncoderTokens(load_tokenizer(_encoder(model.checkpoint).checkpoint), model.max_tokens)
