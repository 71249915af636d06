"""Models that read the label out of an output: another way beside the rules of
`scoring.extraction`.

A reader sees what the rules see, the output without thoughts, tokens and repeated prompt, and says
one label, or none, with a probability. It is a reading of its own identity, never mixed silently
with the rules': its labels stand in a `label` column, and what both say of the same output is
compared.

- `classifier`: a sequence classifier as the benchmark publishes one a data set (MentalBERT and the
  like);
- `trained`: logistic regression on a frozen sentence encoder (`encoder`), fitted here on labelled
  outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from scoring.statistics.bootstrap import Floats


@dataclass(frozen=True)
class ReaderIdentity:
    """What a reader's labels depend on.

    Attributes:
        kind: "classifier" or "trained".
        name: The checkpoint as it was asked for.
        fingerprint: Sha256, in hex, over weights, tokenizer and what of the configuration matters.
        labels: In the order of the model's outputs.
    """

    kind: str
    name: str
    fingerprint: str
    labels: tuple[str, ...]

    def as_json(self) -> Mapping[str, object]:
        """Return it as it stands beside the labels."""
        return {
            "reader": self.kind,
            "checkpoint": self.name,
            "fingerprint": self.fingerprint,
            "labels": list(self.labels),
        }


@dataclass(frozen=True)
class ModelReadings:
    """What a reader says of some outputs.

    Attributes:
        labels: One an output; None where it says that there is none, or where there is no text.
        probabilities: Of what it says, float64; NaN where there is no text.
    """

    labels: tuple[str | None, ...]
    probabilities: Floats


class LabelReader(Protocol):
    """Reads labels."""

    @property
    def identity(self) -> ReaderIdentity:
        """What its labels depend on."""

    def read(self, texts: Sequence[str]) -> ModelReadings:
        """Return what it says of each text; nothing of texts that are empty."""
