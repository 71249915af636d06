"""Which scorer is wanted: the value that identities and instruments carry, cheap until the scorer
is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.bartscore.devices import resolve_device
from scoring.bertscore.layers import layer_of
from scoring.bertscore.rescaling import RescalingBaseline, checked, read_baseline
from scoring.encoders.operations import layers_of, operations_of, width_of
from scoring.encoders.tokens import EncoderTokens, longest_of
from scoring.instruments import BERTSCORE, Pair
from scoring.loaded_model import LoadedModel
from scoring.readers.checkpoint import EncoderCheckpoint, find_encoder, load_tokenizer
from scoring.texts import normalized

if TYPE_CHECKING:
    from scoring.bertscore.scorer import BertScorer

DEFAULT_CHECKPOINT = "roberta-large"
"""What the authors' program takes for English."""

METHOD = "bertscore/1"
"""What the numbers depend on besides files and fields; raised when they change."""

_PREFIXED = frozenset(("gpt2", "roberta"))
"""Kinds of model whose texts begin as if a space stood before them, as the authors' program has it."""


@dataclass(frozen=True)
class BertScoreModel(LoadedModel["BertScorer"]):
    """A BERTScore model by value. Equal values share one scorer in a process.

    Attributes:
        checkpoint: A hub name or a local folder.
        layer: Whose vectors are matched; the one that the authors recommend if None.
        baseline: What values are rescaled by: precision, recall and F of unrelated texts, or a file
            as bert-score ships them (LAYER, P, R, F), beside the checkpoint's own if it is no
            absolute path; None for values as they are.
        device: "auto", "cpu", "cuda", ...
        dtype: "auto", "float32" or "bfloat16": the encoder's; matching is in float32.
    """

    kind = BERTSCORE
    outputs = RescalingBaseline._fields

    checkpoint: str = DEFAULT_CHECKPOINT
    layer: int | None = None
    baseline: RescalingBaseline | Path | None = None
    device: str = "auto"
    dtype: str = "auto"

    def load(self) -> BertScorer:
        """See `LoadedModel`."""
        # Before torch's model code is loaded: a wrong name is told at once.
        layer, baseline = self.resolved_layer, self.resolved_baseline
        device, dtype = resolve_device(self.device), self.dtype_name
        from scoring.bertscore.scorer import BertScorer
        from scoring.encoders.loading import load_encoder

        encoder = load_encoder(
            _files(self.checkpoint),
            layer,
            self.max_tokens,
            device,
            dtype,
            **self.tokenizer_options,
        )
        return BertScorer(encoder, dtype, baseline)

    @property
    def fingerprint(self) -> str:
        """The identity of the model's numbers; needs the checkpoint's files, but no torch.

        Raises:
            CheckpointError: They cannot be had, or the layer or the baseline does not fit them.
        """
        material = [METHOD, self._files.fingerprint, self.resolved_layer, self.resolved_baseline]
        return hashlib.sha256(json.dumps(material).encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """Tokens kept of each text."""
        return longest_of(self._files)

    @property
    def demonstration(self) -> bool:
        """Whether the checkpoint says of itself that it is a fixture; boards must
        then say so too.
        """
        return bool(self._files.config.get("reasonboard_demonstration", False))

    @property
    def public_name(self) -> str:
        """The checkpoint without the folders of this machine, with what else was declared."""
        layer = "" if self.layer is None else f"_L{self.layer}"
        return f"{super().public_name}{layer}" + ("_rescaled" if self.baseline else "")

    @property
    def resolved_layer(self) -> int:
        """The layer whose vectors are matched."""
        layers = layers_of(self._files.config)
        if layers is None:
            raise self._files.faulty("config.json", "does not say how many layers there are")
        return layer_of(self.checkpoint, self.layer, layers)

    @property
    def resolved_baseline(self) -> RescalingBaseline | None:
        """What values are rescaled by."""
        if isinstance(self.baseline, Path):
            return read_baseline(self._files.folder / self.baseline, self.resolved_layer)
        return None if self.baseline is None else checked(RescalingBaseline(*self.baseline))

    def operations(self, pairs: Sequence[Pair]) -> tuple[float, float]:
        """Return tokens and floating-point operations of scoring pairs, each distinct text encoded
        once; from tokenizer and configuration alone.
        """
        texts = list(dict.fromkeys(normalized(text) for pair in pairs for text in pair))
        tokens = _tokens(self).encode(texts)
        total, encoding = operations_of(self._files.config, self.resolved_layer, tokens)
        length = dict(zip(texts, map(len, tokens), strict=True))
        width = float(width_of(self._files.config))
        matching = sum(
            2 * width * length[normalized(source)] * length[normalized(target)]
            for source, target in dict.fromkeys(pairs)
        )
        return total, encoding + matching

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many texts are cut; from the tokenizer alone."""
        return _tokens(self).count_truncated([normalized(text) for text in texts])

    @property
    def tokenizer_options(self) -> dict[str, bool]:
        """What the tokenizer is told besides what its files say."""
        prefixed = self._files.config.get("model_type") in _PREFIXED
        return {"add_prefix_space": True} if prefixed else {}

    @property
    def _files(self) -> EncoderCheckpoint:
        return _files(self.checkpoint)


@cache
def _files(checkpoint: str) -> EncoderCheckpoint:
    return find_encoder(checkpoint)


@cache
def _tokens(model: BertScoreModel) -> EncoderTokens:
    tokenizer = load_tokenizer(_files(model.checkpoint), **model.tokenizer_options)
    return EncoderTokens(tokenizer, model.max_tokens)
