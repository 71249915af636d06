"""The scorer: pairs of texts in, (entailment, neutral, contradiction) out.

Probabilities are the softmax, in float64, of the model's fp32 logits.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.devices import resolve_device, resolve_dtype
from scoring.bartscore.runtime import OutOfMemoryError
from scoring.bartscore.tokens import check_texts, checked_pairs
from scoring.entailment.batching import Indices, PairWork, distinct_work, plan_alike
from scoring.entailment.checkpoint import OUTPUTS, NliCheckpoint, find_nli
from scoring.entailment.tokens import PairEncoder
from scoring.errors import CheckpointError, ScoringError
from scoring.instruments import ScoredRows
from scoring.texts import normalized

if TYPE_CHECKING:
    from scoring.entailment.torch_runtime import JoinedPair, NliRuntime

logger = logging.getLogger(__name__)

AHEAD = 4
"""Batches a stream that are computed before rows are handed out."""


class NliScorer:
    """A loaded NLI model.

    Attributes:
        max_tokens: Tokens kept of a pair.
        dtype: "float32" or "bfloat16".
        token_budget: Tokens a batch may have, padding included; halved when memory runs out.
    """

    def __init__(
        self,
        checkpoint: NliCheckpoint,
        runtime: NliRuntime,
        encoder: PairEncoder,
        dtype: str,
        token_budget: int | None = None,
    ) -> None:
        self._checkpoint = checkpoint
        self._runtime = runtime
        self._encoder = encoder
        self.max_tokens = encoder.max_tokens
        self.dtype = dtype
        self.token_budget = token_budget or runtime.default_token_budget

    @classmethod
    def load(
        cls,
        checkpoint: str,
        labels: Sequence[str] = (),
        device: str = "auto",
        dtype: str = "auto",
    ) -> NliScorer:
        """Load a checkpoint.

        Args:
            checkpoint: A hub name or a local folder.
            labels: What its outputs are, in their order; empty where the checkpoint says it.
            device: "auto", "cpu", "cuda", "cuda:1", ...
            dtype: "auto" (bf16 on GPUs that have it, fp32 elsewhere), "float32" or "bfloat16".

        Raises:
            CheckpointError: It cannot be had or used; the text says what to do.
            ScoringError: No such device or dtype.
        """
        return cls.on_device(find_nli(checkpoint, labels), device, dtype)

    @classmethod
    def on_device(cls, checkpoint: NliCheckpoint, device: str, dtype: str) -> NliScorer:
        """Load files that were already found; see `load`."""
        place = resolve_device(device)
        arithmetic = resolve_dtype(dtype, device)
        import torch
        from transformers import AutoModelForSequenceClassification

        from scoring.entailment.torch_runtime import NliRuntime
        from scoring.readers.checkpoint import load

        files = checkpoint.files
        encoder = PairEncoder(files.folder, checkpoint.max_tokens)
        model, _ = load(files, AutoModelForSequenceClassification, "cpu")
        if int(model.config.num_labels) != len(OUTPUTS):
            raise CheckpointError(
                f"checkpoint {files.name!r} has {model.config.num_labels} outputs, not three"
            )
        model = model.to(device=place, dtype=getattr(torch, arithmetic))
        return cls(checkpoint, NliRuntime(model, encoder.frame), encoder, arithmetic)

    @property
    def fingerprint(self) -> str:
        """Sha256 of what the probabilities depend on: the checkpoint's identity."""
        return self._checkpoint.fingerprint

    def provenance(self) -> dict[str, str]:
        """Return what one would want to know besides the identity.

        Checkpoint, device, hardware, versions.
        """
        files = self._checkpoint.files
        # A local path says more of a machine than others should read.
        local = files.folder == Path(files.name).expanduser()
        return {
            "checkpoint": files.folder.absolute().name if local else files.name,
            "fingerprint": self.fingerprint,
            "dtype": self.dtype,
            **self._runtime.describe(),
        }

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
        """Return what each premise says of its hypothesis.

        Args:
            sources: Premises.
            targets: As many hypotheses.

        Returns:
            (n, 3) probabilities of `OUTPUTS`, in input order; rows add up to 1. What is scored
            together changes none, but for rounding.

        Raises:
            ScoringError: Unequally many texts, or None, NaN or blank ones (all are named); or a
                pair does not fit in memory even alone.
        """
        values = np.empty((len(sources), len(OUTPUTS)))
        for done in self.stream(sources, targets):
            values[done.rows] = done.values
        return values

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield rows and their (k, 3) probabilities, batch by batch, every row once.

        Raises:
            ScoringError: As `score`; for bad texts at the call, before the first batch.
        """
        return self._stream(*checked_pairs(sources, targets))

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` are too long for the model even alone."""
        check_texts(texts)
        return self._encoder.count_truncated([normalized(text) for text in texts])

    def _stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        from scipy.special import softmax

        if not len(sources):
            return
        work = distinct_work(sources, targets, self._encoder)
        todo = np.arange(len(work.pairs))
        while len(todo):
            plan = plan_alike(work.lengths, todo, self.token_budget)
            some = plan[: AHEAD * self._runtime.streams]
            try:
                logits = self._runtime.logits([self._joined(work, batch) for batch in some])
            except OutOfMemoryError:
                self._shrink(work, some)
                continue
            yield _rows(work, some, softmax(np.concatenate(logits), axis=1), self._columns)
            todo = np.concatenate([np.empty(0, dtype=np.int64), *plan[len(some) :]])

    @property
    def _columns(self) -> tuple[int, ...]:
        return self._checkpoint.columns

    def _joined(self, work: PairWork, batch: Indices) -> list[JoinedPair]:
        return [
            self._encoder.frame.joined(*(work.sequences[side] for side in work.pairs[pair]))
            for pair in batch
        ]

    def _shrink(self, work: PairWork, batches: Sequence[Indices]) -> None:
        """Halve the budget after one of `batches` ran out of memory."""
        # No smaller batch is left to try.
        if max(map(len, batches)) == 1:
            pair = max((batch[0] for batch in batches), key=lambda pair: work.lengths[pair])
            rows = ", ".join(map(str, work.rows_of_pair[pair]))
            raise ScoringError(
                f"pair {rows} ({work.lengths[pair]} tokens) does not fit in memory even alone; use"
                " a device with more memory or a smaller checkpoint"
            )
        # The budget may be far above what the batches had: halving that would change nothing.
        had = max(int(work.lengths[batch].max()) * len(batch) for batch in batches)
        self.token_budget = max(1, min(self.token_budget, had) // 2)
        logger.warning(
            "out of memory with %d tokens a batch; going on with %d", had, self.token_budget
        )


def _rows(
    work: PairWork,
    batches: Sequence[Indices],
    probabilities: NDArray[np.float64],
    columns: Sequence[int],
) -> ScoredRows:
    """Return the rows that some batches' pairs stand in."""
    rows = [work.rows_of_pair[pair] for batch in batches for pair in batch]
    values = np.repeat(probabilities[:, columns], [len(same) for same in rows], axis=0)
    return ScoredRows(np.concatenate(rows), values)
