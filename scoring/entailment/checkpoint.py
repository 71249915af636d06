"""An NLI model's files, and which of its outputs is which.

Checkpoints differ in the order of their outputs: 0 is entailment in some and contradiction in
others, and a wrong order turns every score round. So it is read from the names that `config.json`
gives (`id2label`), or said by whoever declares the model where it gives none; never guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scoring.errors import CheckpointError
from scoring.readers.checkpoint import CONFIG, EncoderCheckpoint, find_encoder

OUTPUTS = ("entailment", "neutral", "contradiction")
"""What a pair gets, in this order, whatever the order of the model's outputs."""

LONGEST = 512
"""Tokens that are kept of a pair, special ones included, whatever the model could take."""

KINDS = ("deberta-v2", "roberta", "bert")
"""`model_type` of what can be used; DeBERTa-v3 is a "deberta-v2" too."""


@dataclass(frozen=True)
class NliCheckpoint:
    """An NLI model on this machine's disk.

    Attributes:
        files: Where it is.
        columns: Positions of `OUTPUTS` among the model's outputs.
    """

    files: EncoderCheckpoint
    columns: tuple[int, ...]

    @cached_property
    def fingerprint(self) -> str:
        """Sha256, in hex, over all that the probabilities depend on, the order of outputs too."""
        said = f"{self.files.fingerprint} {self.columns}"
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """Tokens kept of a pair: 512, or the model's positions where it has fewer."""
        config = self.files.config
        positions = int(config.get("max_position_embeddings", LONGEST))
        if config.get("model_type") == "roberta":
            # Its positions are numbered from the one after the padding's.
            positions -= int(config.get("pad_token_id", 1)) + 1
        return min(LONGEST, positions)

    @property
    def demonstration(self) -> bool:
        """Whether it says of itself that it is a fixture, whose scores mean nothing."""
        return bool(self.files.config.get("reasonboard_demonstration", False))


def find_nli(name: str, labels: Sequence[str] = ()) -> NliCheckpoint:
    """Find an NLI model on disk, or fetch it from the hub.

    Args:
        name: A folder, or a hub name.
        labels: What its outputs are, in their order; empty where `id2label` says it.

    Raises:
        CheckpointError: It cannot be had, is no model of three outputs of a known kind, or it is
            not known which output is which.
    """
    files = find_encoder(name)
    kind = files.config.get("model_type")
    if kind not in KINDS:
        raise CheckpointError(
            f"checkpoint {name!r} cannot be used: NLI needs a model_type of {', '.join(KINDS)}, not"
            f" {kind!r}"
        )
    return NliCheckpoint(files, _columns(files, tuple(labels)))


def _columns(files: EncoderCheckpoint, declared: tuple[str, ...]) -> tuple[int, ...]:
    """Return the positions of `OUTPUTS` among the outputs.

    Raises:
        CheckpointError: They are not known.
    """
    named = _named(files)
    own, said = _folded(named), _folded(declared)
    # A name of the model's own is evidence; "LABEL_0" is none.
    known = sorted(own) == sorted(OUTPUTS)
    if not declared and known:
        return tuple(map(own.index, OUTPUTS))
    if (
        len(named) == len(OUTPUTS)
        and sorted(said) == sorted(OUTPUTS)
        and (not known or own == said)
    ):
        return tuple(map(said.index, OUTPUTS))
    raise CheckpointError(_unknown(files.name, named, declared))


def _unknown(name: str, named: Sequence[str], declared: Sequence[str]) -> str:
    """Return what to say where it is not known which output is which."""
    calls = f"checkpoint {name!r} calls its outputs {', '.join(named) or 'nothing'}"
    if len(named) not in (0, len(OUTPUTS)):
        return (
            f"{calls}: NLI needs the three {', '.join(OUTPUTS)}; declare a checkpoint that has them"
        )
    but = f", and is declared with {', '.join(declared)}" if declared else ""
    return (
        f"{calls}{but}: which of them are {', '.join(OUTPUTS)} is not known, and never guessed. Say"
        ' it in the order of its outputs, as its authors document it, e.g. labels = ["entailment",'
        ' "neutral", "contradiction"]'
    )


def _named(files: EncoderCheckpoint) -> list[str]:
    """Return the checkpoint's own names of its outputs, in their order."""
    names: Any = files.config.get("id2label") or {}
    if not isinstance(names, Mapping) or not all(key.isdecimal() for key in names):
        raise files.faulty(CONFIG, "has an `id2label` that does not name outputs by number")
    return [str(names[key]) for key in sorted(names, key=int)]


def _folded(names: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in names]
