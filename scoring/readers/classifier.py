"""A sequence classifier that reads labels, as the IMHI benchmark publishes one a data set.

Yang et al. (MentaLLaMA, 2024, section 4.3) read labels out of free text with MentalBERT
classifiers, one fine-tuned on each data set's responses. Which output is which label is said by the
checkpoint (`id2label`), where it names labels of the task, or by whoever runs it; never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from scoring.bartscore.devices import resolve_device
from scoring.errors import CheckpointError, nearest
from scoring.extraction import column
from scoring.extraction.lexicon import lexicon_of
from scoring.readers import ModelReadings, ReaderIdentity
from scoring.readers.checkpoint import CONFIG, EncoderCheckpoint, find_encoder, load
from scoring.readers.encoding import encoded
from scoring.tasks import Task

LONGEST = 512
"""Tokens that are kept of an output, where the model's positions allow it."""


class SequenceClassifier:
    """Reads labels of one task.

    Args:
        checkpoint: Its files.
        labels: Of the task, in the order of the model's outputs.
        device: "auto", "cpu", "cuda", ...
    """

    def __init__(
        self, checkpoint: EncoderCheckpoint, labels: Sequence[str], device: str = "auto"
    ) -> None:
        self._checkpoint = checkpoint
        self._labels = tuple(labels)
        self._device = device

    @cached_property
    def identity(self) -> ReaderIdentity:
        """What its labels depend on."""
        checkpoint = self._checkpoint
        return ReaderIdentity("classifier", checkpoint.name, checkpoint.fingerprint, self._labels)

    @cached_property
    def _loaded(self) -> tuple[Any, Any, str]:
        from transformers import AutoModelForSequenceClassification

        device = resolve_device(self._device)
        return *load(self._checkpoint, AutoModelForSequenceClassification, device), device

    def read(self, texts: Sequence[str]) -> ModelReadings:
        """Return the likeliest label of each text, with its probability.

        Raises:
            CheckpointError: The model cannot be loaded, or has another number of outputs than
                labels.
        """
        model, tokenizer, device = self._loaded
        outputs = int(model.config.num_labels)
        if outputs != len(self._labels):
            raise CheckpointError(
                f"checkpoint {self._checkpoint.name!r} has {outputs} outputs, not"
                f" {len(self._labels)} ({', '.join(self._labels)}); say with `--labels` which they"
                " are, in their order"
            )
        said = [place for place, text in enumerate(texts) if text.strip()]
        positions = int(getattr(model.config, "max_position_embeddings", LONGEST))
        scores = encoded(
            [texts[place] for place in said],
            tokenizer,
            min(LONGEST, positions),
            lambda batch: model(**batch.to(device)).logits.softmax(dim=-1),
            outputs,
        )
        return _readings(scores, said, len(texts), self._labels)


def _readings(
    scores: np.ndarray[Any, np.dtype[np.float64]],
    said: Sequence[int],
    count: int,
    labels: Sequence[str | None],
) -> ModelReadings:
    """Return the likeliest label of each text that there is.

    Args:
        scores: Texts with words x labels, probabilities.
        said: The places of these texts among all.
        count: Of all texts.
        labels: In the order of the columns.
    """
    read: list[str | None] = [None] * count
    probabilities = np.full(count, np.nan)
    for place, row in zip(said, scores, strict=True):
        best = int(row.argmax())
        read[place] = labels[best]
        probabilities[place] = row[best]
    return ModelReadings(tuple(read), probabilities)


def open_classifier(
    name: str, task: Task, labels: Sequence[str] = (), device: str = "auto"
) -> SequenceClassifier:
    """Return the classifier in a checkpoint, for one task.

    Args:
        name: A hub name or a folder.
        task: Whose labels it says.
        labels: In the order of its outputs; empty where the checkpoint's own names are the task's.
        device: "auto", "cpu", "cuda", ...

    Raises:
        CheckpointError: It cannot be had, or it is not known which output is which label.
    """
    checkpoint = find_encoder(name)
    declared = labels or _declared(checkpoint)
    return SequenceClassifier(checkpoint, _of_task(declared, task, name), device)


def _declared(checkpoint: EncoderCheckpoint) -> Sequence[str]:
    """Return the checkpoint's own names of its outputs, in their order.

    Raises:
        CheckpointError: `id2label` is no table of them by number.
    """
    names = checkpoint.config.get("id2label") or {}
    if not isinstance(names, Mapping) or not all(key.isdecimal() for key in names):
        raise checkpoint.faulty(CONFIG, "has an `id2label` that does not name outputs by number")
    return [str(names[key]) for key in sorted(names, key=int)]


def _of_task(names: Sequence[str], task: Task, checkpoint: str) -> tuple[str, ...]:
    """Return the task's own names of labels.

    Raises:
        CheckpointError: Some are none, or one stands twice.
    """
    lexicon = lexicon_of(task, {})
    labels = [column.find(name, lexicon).label for name in names]
    unknown = [name for name, label in zip(names, labels, strict=True) if label is None]
    known = [label for label in labels if label is not None]
    if unknown or len(set(known)) != len(names) or not names:
        shown = ", ".join(names) or "none"
        hint = nearest(unknown[0], task.label_names) if unknown else ""
        raise CheckpointError(
            f"which outputs of checkpoint {checkpoint!r} are which labels of {task.id} is not"
            f" known: it calls them {shown}; name them in their order with `--labels`:"
            f" {','.join(task.label_names)} {hint}".strip()
        )
    return tuple(known)
