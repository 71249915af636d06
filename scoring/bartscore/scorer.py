"""The scorer: texts in, BARTScores out, in the order given.

It holds what does not depend on how the numbers are computed: refusing bad input, keeping each
distinct pair once, batching, and getting by with less memory. `score` is for callers who want an
array; `stream` yields rows as they are done, for those who show progress or keep partial work.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.batching import Batch, Workload, distinct_pairs, plan_batches
from scoring.bartscore.checkpoint import Checkpoint, find_checkpoint
from scoring.bartscore.devices import resolve_device, resolve_dtype
from scoring.bartscore.runtime import OutOfMemoryError, Runtime
from scoring.bartscore.tokens import TextEncoder, check_texts, checked_pairs
from scoring.errors import ScoringError
from scoring.instruments import ScoredRows
from scoring.texts import normalized

logger = logging.getLogger(__name__)


class BartScorer:
    """A loaded checkpoint that scores pairs of texts.

    Attributes:
        max_tokens: Tokens kept of each text.
        dtype: "float32" or "bfloat16".
        token_budget: Tokens a batch may have, distinct sources and targets together; halved when
            memory runs out.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        runtime: Runtime,
        encoder: TextEncoder,
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
        weights: Path | str | None = None,
        device: str = "auto",
        dtype: str = "auto",
    ) -> BartScorer:
        """Load a checkpoint.

        Args:
            checkpoint: A hub name or a local folder.
            weights: A `.pth` state dict (ParaBank2) to load over it; must hold exactly the model's
                tensors.
            device: "auto", "cpu", "cuda", "cuda:1", ...
            dtype: "auto" (bf16 on GPUs that have it, fp32 elsewhere), "float32" or "bfloat16".

        Raises:
            CheckpointError: It cannot be had or does not fit; the text says what to do.
            ScoringError: No such device or dtype.
        """
        return cls.on_device(find_checkpoint(str(checkpoint), weights), device, dtype)

    @classmethod
    def on_device(cls, checkpoint: Checkpoint, device: str, dtype: str) -> BartScorer:
        """Load files that were already found; see `load`."""
        place = resolve_device(device)
        # Before torch's model code is loaded: a wrong name is told at once.
        arithmetic = resolve_dtype(dtype, device)
        from scoring.bartscore.loading import load_model
        from scoring.bartscore.torch_runtime import TorchRuntime

        encoder = TextEncoder(checkpoint.folder, checkpoint.max_tokens)
        runtime = TorchRuntime(load_model(checkpoint, place, arithmetic))
        return cls(checkpoint, runtime, encoder, arithmetic)

    @property
    def fingerprint(self) -> str:
        """Sha256 of what the scores depend on: the checkpoint's identity."""
        return self._checkpoint.fingerprint

    def provenance(self) -> dict[str, str]:
        """Return what one would want to know besides the identity.

        Checkpoint, device, hardware, versions.
        """
        folder = self._checkpoint.folder
        # A local path says more of a machine than others should read: its last part names it well
        # enough.
        local = folder == Path(self._checkpoint.name).expanduser()
        weights = self._checkpoint.weights
        return {
            "checkpoint": folder.absolute().name if local else self._checkpoint.name,
            "weights": weights.name if weights else "",
            "fingerprint": self.fingerprint,
            "dtype": self.dtype,
            **self._runtime.describe(),
        }

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
        """Return BARTScore of each target given its source: (1/|y|) sum of log p(y_t | y_<t, x).

        Args:
            sources: The conditioning texts x.
            targets: The texts y, as many.

        Returns:
            (n,) nats a token, in input order. What is scored together changes no score, but for
            rounding.

        Raises:
            ScoringError: Unequally many texts, or None, NaN or blank ones (all are named); or a
                pair that does not fit in memory even alone.
        """
        values = np.empty(len(sources))
        for done in self.stream(sources, targets):
            values[done.rows] = done.values[:, 0]
        return values

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield the same scores batch by batch, in an order of the scorer's own; every row once.

        Texts are normalised (`scoring.texts`), so that they have the scores that the board gives
        them.

        Raises:
            ScoringError: As `score`; for bad texts at the call, before the first batch.
        """
        return self._stream(*checked_pairs(sources, targets))

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` are longer than `max_tokens` and so scored on their beginning
        only.
        """
        check_texts(texts)
        return self._encoder.count_truncated([normalized(text) for text in texts])

    def _stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        if not len(sources):
            return
        # A post stands in many pairs and is cut into tokens once.
        texts = list(dict.fromkeys([*sources, *targets]))
        tokens = dict(zip(texts, self._encoder.encode(texts), strict=True))
        work = distinct_pairs(
            [tokens[text] for text in sources], [tokens[text] for text in targets]
        )
        for batch, values in self._batches(work):
            rows = [work.rows_of_pair[pair] for pair in batch.pairs]
            repeated = np.repeat(values, [len(same) for same in rows])
            yield ScoredRows(np.concatenate(rows), repeated[:, None])

    def _batches(self, work: Workload) -> Iterator[tuple[Batch, NDArray[np.float64]]]:
        todo = deque(plan_batches(work, np.arange(len(work.pairs)), self.token_budget))
        last = _Sources(self._runtime, work)
        while todo:
            batch = todo.popleft()
            try:
                values = self._runtime.scores(last.encoded(batch), work.targets_of(batch))
            except OutOfMemoryError:
                last = _Sources(self._runtime, work)
                self._shrink(work, batch)
                rest = np.concatenate([batch.pairs, *(other.pairs for other in todo)])
                todo = deque(plan_batches(work, rest, self.token_budget))
                continue
            yield batch, values

    def _shrink(self, work: Workload, batch: Batch) -> None:
        """Halve the budget after `batch` ran out of memory."""
        # No smaller batch is left to try.
        if len(batch.pairs) == 1:
            pair = batch.pairs[0]
            source, target = work.lengths[pair]
            rows = ", ".join(map(str, work.rows_of_pair[pair]))
            raise ScoringError(
                f"pair {rows} ({source} source and {target} target tokens) does not fit in memory"
                " even alone; use a device with more memory or a smaller checkpoint"
            )
        # The budget may be far above what the batch had: halving that would change nothing.
        self.token_budget = max(1, min(self.token_budget, batch.tokens) // 2)
        logger.warning(
            "out of memory with %d tokens a batch; going on with %d",
            batch.tokens,
            self.token_budget,
        )


class _Sources:
    """Encoder states of the last batch's sources, kept because the next batch may share them."""

    def __init__(self, runtime: Runtime, work: Workload) -> None:
        self._runtime, self._work = runtime, work
        self._sources = np.empty(0, dtype=np.int64)
        self._states: Any = None

    def encoded(self, batch: Batch) -> Any:
        """Return the encoder states of the sources of `batch`."""
        if not np.array_equal(batch.sources, self._sources):
            self._states = None  # before the next are made: memory holds one batch's states at most
            self._states = self._runtime.encode(
                [self._work.sequences[source] for source in batch.sources]
            )
            self._sources = batch.sources
        return self._states
