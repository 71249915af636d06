"""Which NLI model is wanted: the value that identities and instruments carry, cheap until the
scorer is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from scoring.entailment.checkpoint import OUTPUTS, NliCheckpoint, find_nli
from scoring.entailment.cost import pair_operations
from scoring.entailment.scorer import NliScorer
from scoring.entailment.tokens import PairEncoder
from scoring.instruments import NLI, Pair
from scoring.loaded_model import LoadedModel
from scoring.texts import normalized

DEFAULT_NLI = "MoritzLaurer/DeBERTa-v3-large-mnli-fever-anli-ling-wanli"
"""The model of CLPsych's shared task of 2026."""


@dataclass(frozen=True)
class NliModel(LoadedModel[NliScorer]):
    """An NLI model by value: (premise, hypothesis) to (entailment, neutral, contradiction).

    Equal values share one scorer in a process.

    Attributes:
        checkpoint: A hub name or a local folder.
        labels: What its outputs are, in their order; empty where the checkpoint says it.
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16".
    """

    kind = NLI
    outputs = OUTPUTS
    checkpoint: str = DEFAULT_NLI
    labels: tuple[str, ...] = ()
    device: str = "auto"
    dtype: str = "auto"

    def load(self) -> NliScorer:
        """See `LoadedModel`."""
        checkpoint = _files(self.checkpoint, self.labels)
        return NliScorer.on_device(checkpoint, self.device, self.dtype)

    @property
    def fingerprint(self) -> str:
        """The identity of checkpoint and order of outputs; needs the files, but no torch."""
        return self._files.fingerprint

    @property
    def max_tokens(self) -> int:
        """Tokens kept of a pair."""
        return self._files.max_tokens

    @property
    def demonstration(self) -> bool:
        """Whether the checkpoint says of itself that it is a fixture."""
        return self._files.demonstration

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return (tokens, floating-point operations) of scoring pairs, each by itself."""
        encoder = self._encoder
        length = self._lengths(pairs)
        kept = [encoder.kept(*(length[normalized(side)] for side in pair)) for pair in pairs]
        lengths = np.array([sum(both) + encoder.frame.tokens for both in kept], dtype=np.float64)
        return float(lengths.sum()), pair_operations(self._files.files.config, lengths)

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many texts are too long for the model even alone."""
        return self._encoder.count_truncated([normalized(text) for text in texts])

    def count_cut(self, pairs: Sequence[Pair]) -> int:
        """Return how many distinct texts are cut: a hypothesis that is too long alone, and a premise
        that is too long beside a hypothesis of its own.
        """
        length = self._lengths(pairs)
        cut = set[str]()
        for pair in pairs:
            texts = [normalized(side) for side in pair]
            kept = self._encoder.kept(*(length[text] for text in texts))
            cut |= {text for text, tokens in zip(texts, kept, strict=True) if tokens < length[text]}
        return len(cut)

    def _lengths(self, pairs: Sequence[Pair]) -> dict[str, int]:
        """Return text -> its tokens, of all texts of some pairs."""
        texts = list(dict.fromkeys(normalized(side) for pair in pairs for side in pair))
        return dict(zip(texts, map(len, self._encoder.encode(texts)), strict=True))

    @property
    def _files(self) -> NliCheckpoint:
        return _files(self.checkpoint, self.labels)

    @property
    def _encoder(self) -> PairEncoder:
        return _encoder(self.checkpoint, self.labels)


@cache
def _files(checkpoint: str, labels: tuple[str, ...]) -> NliCheckpoint:
    return find_nli(checkpoint, labels)


@cache
def _encoder(checkpoint: str, labels: tuple[str, ...]) -> PairEncoder:
    files = _files(checkpoint, labels)
    return PairEncoder(files.files.folder, files.max_tokens)
