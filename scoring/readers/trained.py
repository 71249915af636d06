"""A reader that is fitted here: logistic regression on a frozen sentence encoder's vectors.

Its classes are the task's labels and "none of them", for outputs that state no answer. A folder
holds it: `reader.json` says what it is of, `reader.safetensors` has the weights; nothing in it is
run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from scoring.errors import CheckpointError, ScoringError
from scoring.readers import ModelReadings, ReaderIdentity
from scoring.readers.encoder import SentenceEncoder, open_encoder
from scoring.statistics.bootstrap import Floats

DECLARED, WEIGHTS = "reader.json", "reader.safetensors"
NO_LABEL = ""
"""The class of outputs that state no answer; no label is called so."""
STRENGTH = 10.0
"""Inverse strength of the L2 penalty (scikit-learn's C): vectors have length 1, so weights must be
large.
"""
FOLDS = 10
FEWEST = 2
"""Outputs of a class, below which nothing is learned of it."""


@dataclass(frozen=True)
class Head:
    """A linear classifier.

    Attributes:
        task: Whose labels it says.
        classes: Labels, and `NO_LABEL` where the outputs that it was fitted on had such.
        weights: Classes x width, float64.
        biases: Classes, float64.
    """

    task: str
    classes: tuple[str, ...]
    weights: Floats
    biases: Floats

    def probabilities(self, vectors: Floats) -> Floats:
        """Return texts x classes: the softmax of the linear scores.

        Args:
            vectors: Texts x width.
        """
        scores = vectors @ self.weights.T + self.biases
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
        return shares


def fit(task: str, vectors: Floats, labels: Sequence[str | None]) -> Head:
    """Fit a head.

    Args:
        task: Whose labels these are.
        vectors: Texts x width.
        labels: One a text; None for an output that states no answer.

    Raises:
        ScoringError: Fewer than two classes have `FEWEST` outputs or more.
    """
    from sklearn.linear_model import LogisticRegression

    named = [NO_LABEL if label is None else label for label in labels]
    classes = sorted({label for label in named if named.count(label) >= FEWEST})
    if len(classes) < 2:
        raise ScoringError(
            f"a reader of {task} needs at least {FEWEST} outputs of each of two labels; there are: "
            + (
                ", ".join(f"{name or 'no answer'} {named.count(name)}" for name in set(named))
                or "none"
            )
        )
    kept = [place for place, label in enumerate(named) if label in classes]
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    model.fit(vectors[kept], [classes.index(named[place]) for place in kept])
    weights, biases = model.coef_, model.intercept_
    if len(classes) == 2:
        weights = np.concatenate([np.zeros_like(weights), weights])
        biases = np.concatenate([np.zeros_like(biases), biases])
    return Head(task, tuple(classes), weights, biases)


@dataclass(frozen=True)
class HeldOut:
    """How a reader did on outputs of kinds that it was not fitted on.

    Attributes:
        outputs: How many.
        right: What it says is so, "none of them" included.
        wrong: It says a label, and not the right one.
    """

    outputs: int
    right: int
    wrong: int


def held_out(
    task: str, vectors: Floats, labels: Sequence[str | None], kinds: Sequence[str]
) -> HeldOut:
    """Say how heads do that were fitted without the kinds that they are tried on;
    see `in_folds`.
    """
    said = in_folds(task, vectors, labels, kinds)
    pairs = list(zip(said, labels, strict=True))
    wrong = sum(label is not None and label != right for label, right in pairs)
    return HeldOut(len(labels), sum(label == right for label, right in pairs), wrong)


def in_folds(
    task: str, vectors: Floats, labels: Sequence[str | None], kinds: Sequence[str]
) -> list[str | None]:
    """Return what is said of each text by a head that was fitted without its kind, nor others of
    its fold.

    Args:
        task: Whose labels these are.
        vectors: Texts x width.
        labels: One a text.
        kinds: One a text; texts of one kind are in one of at most `FOLDS` folds.
    """
    said: list[str | None] = [None] * len(labels)
    groups = sorted(set(kinds))
    fold_of = {kind: place % FOLDS for place, kind in enumerate(groups)}
    for fold in range(min(FOLDS, len(groups))):
        out = [place for place, kind in enumerate(kinds) if fold_of[kind] == fold]
        others = [place for place, kind in enumerate(kinds) if fold_of[kind] != fold]
        try:
            head = fit(task, vectors[others], [labels[place] for place in others])
        except ScoringError:
            continue  # what the others hold teaches nothing: then nothing is said
        rows = head.probabilities(vectors[out])
        for place, row in zip(out, rows, strict=True):
            said[place] = head.classes[int(row.argmax())] or None
    return said


class TrainedReader:
    """Reads labels of one task.

    Args:
        head: What was fitted.
        encoder: On whose vectors.
        name: The folder, as it was asked for.
    """

    def __init__(self, head: Head, encoder: SentenceEncoder, name: str) -> None:
        self.head, self._encoder, self._name = head, encoder, name

    @cached_property
    def identity(self) -> ReaderIdentity:
        """What its labels depend on."""
        digest = hashlib.sha256(self._encoder.checkpoint.fingerprint.encode())
        digest.update(json.dumps(self.head.classes).encode())
        digest.update(self.head.weights.tobytes() + self.head.biases.tobytes())
        return ReaderIdentity("trained", self._name, digest.hexdigest(), self.head.classes)

    def read(self, texts: Sequence[str]) -> ModelReadings:
        """Return the likeliest class of each text, with its probability.

        Raises:
            CheckpointError: The encoder cannot be loaded.
        """
        said = [place for place, text in enumerate(texts) if text.strip()]
        labels: list[str | None] = [None] * len(texts)
        probabilities = np.full(len(texts), np.nan)
        vectors = self._encoder.vectors([texts[place] for place in said])
        for place, row in zip(said, self.head.probabilities(vectors), strict=True):
            labels[place] = self.head.classes[int(row.argmax())] or None
            probabilities[place] = row.max()
        return ModelReadings(tuple(labels), probabilities)


def save(head: Head, encoder: SentenceEncoder, folder: Path) -> None:
    """Write a reader into `folder`, which is there."""
    from safetensors.numpy import save_file

    tensors = {
        "weights": np.ascontiguousarray(head.weights),
        "biases": np.ascontiguousarray(head.biases),
    }
    save_file(tensors, folder / WEIGHTS)
    checkpoint = encoder.checkpoint
    declared = {
        "task": head.task,
        "classes": head.classes,
        "encoder": encoder.asked,
        "encoder_fingerprint": checkpoint.fingerprint,
    }
    (folder / DECLARED).write_text(json.dumps(declared, indent=2) + "\n", encoding="utf-8")


def open_trained(folder: Path, task: str, encoder: str = "", device: str = "auto") -> TrainedReader:
    """Return the reader in `folder`.

    Args:
        folder: Where `save` wrote it.
        task: Whose labels are wanted.
        encoder: Where the encoder is now; unless said, where it was when the reader was fitted, or
            the package's.
        device: "auto", "cpu", "cuda", ...

    Raises:
        CheckpointError: It is damaged, of another task, or the encoder is another or cannot be had.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        declared = json.loads((folder / DECLARED).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
        head = Head(
            str(declared["task"]),
            tuple(map(str, declared["classes"])),
            tensors["weights"],
            tensors["biases"],
        )
        named, fingerprint = str(declared["encoder"]), declared["encoder_fingerprint"]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(f"{folder} holds no reader that can be read: {error}") from error
    if head.weights.shape[:1] != (len(head.classes),) or head.biases.shape != (len(head.classes),):
        raise CheckpointError(f"{folder} holds no reader: its weights do not fit its classes")
    if head.task != task:
        raise CheckpointError(f"the reader in {folder} was fitted for {head.task}, not {task}")
    opened = open_encoder(encoder or named, device)
    if opened.checkpoint.fingerprint != fingerprint:
        raise CheckpointError(
            f"the reader in {folder} was fitted on another encoder than {opened.checkpoint.name}"
        )
    return TrainedReader(head, opened, str(folder))
