"""Pairs of texts in, numbers out, whatever the encoder makes of them.

It holds what does not depend on how numbers are computed: refusing bad input, keeping each distinct
text and pair once, grouping, and getting by with less memory.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.bartscore.batching import Workload, distinct_pairs
from scoring.bartscore.runtime import OutOfMemoryError
from scoring.bartscore.tokens import Tokens, check_texts, checked_pairs
from scoring.encoders.grouping import PairGroup, batches_of, plan_groups
from scoring.encoders.runtime import EncoderRuntime
from scoring.errors import ScoringError
from scoring.instruments import ScoredRows
from scoring.texts import normalized

logger = logging.getLogger(__name__)

HELD = 4
"""Batches whose texts' vectors are held at a time."""


class Tokenizes(Protocol):
    """Makes tokens of texts; see `tokens.EncoderTokens`."""

    max_tokens: int

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return token ids of each text."""

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` are cut."""


class EncoderScorer:
    """A loaded encoder that compares pairs of texts.

    Attributes:
        outputs: Names of the numbers that it gives a pair.
        max_tokens: Tokens kept of each text.
        dtype: "float32" or "bfloat16".
        token_budget: Tokens that a batch of texts may have; halved when memory runs out.
    """

    def __init__(
        self,
        runtime: EncoderRuntime,
        tokenizer: Tokenizes,
        dtype: str,
        token_budget: int | None = None,
    ) -> None:
        self._runtime = runtime
        self._tokenizer = tokenizer
        self.outputs = runtime.outputs
        self.max_tokens = tokenizer.max_tokens
        self.dtype = dtype
        self.token_budget = token_budget or runtime.default_token_budget

    def provenance(self) -> dict[str, str]:
        """Return what one would want to know besides the identity: device, hardware, versions."""
        return {"dtype": self.dtype, **self._runtime.describe()}

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers of each pair.

        Args:
            sources: What targets are held against: references or posts.
            targets: The texts that are judged, as many.

        Returns:
            (n, outputs) in input order. What is scored together changes no number, but for
            rounding.

        Raises:
            ScoringError: Unequally many texts, or None, NaN or blank ones (all are named); or a
                pair that does not fit in memory even alone.
        """
        values = np.empty((len(sources), len(self.outputs)))
        for done in self.stream(sources, targets):
            values[done.rows] = done.values
        return values

    def stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        """Yield the same numbers group by group, in an order of the scorer's own; every row once.

        Raises:
            ScoringError: As `score`; for bad texts at the call, before the first group.
        """
        return self._stream(*checked_pairs(sources, targets))

    def count_truncated(self, texts: Sequence[str]) -> int:
        """Return how many of `texts` are longer than `max_tokens` and so compared by their
        beginning only.
        """
        check_texts(texts)
        return self._tokenizer.count_truncated([normalized(text) for text in texts])

    def _stream(self, sources: Sequence[str], targets: Sequence[str]) -> Iterator[ScoredRows]:
        if not len(sources):
            return
        texts = list(dict.fromkeys([*sources, *targets]))
        tokens = dict(zip(texts, self._tokenizer.encode(texts), strict=True))
        work = distinct_pairs(
            [tokens[text] for text in sources], [tokens[text] for text in targets]
        )
        for group, values in self._groups(work):
            rows = [work.rows_of_pair[pair] for pair in group.pairs]
            repeated = np.repeat(values, [len(same) for same in rows], axis=0)
            yield ScoredRows(np.concatenate(rows), repeated)

    def _groups(self, work: Workload) -> Iterator[tuple[PairGroup, NDArray[np.float64]]]:
        todo = deque(plan_groups(work, np.arange(len(work.pairs)), HELD * self.token_budget))
        last = _Held(self._runtime, work)
        while todo:
            group = todo.popleft()
            try:
                values = last.compared(group, self.token_budget)
            except OutOfMemoryError:
                last = _Held(self._runtime, work)
                self._shrink(work, group)
                rest = np.concatenate([group.pairs, *(other.pairs for other in todo)])
                todo = deque(plan_groups(work, rest, HELD * self.token_budget))
                continue
            yield group, values

    def _shrink(self, work: Workload, group: PairGroup) -> None:
        """Halve the budget after `group` ran out of memory."""
        source, target = work.lengths[group.pairs[0]].tolist()
        # Its texts went through the model singly: nothing smaller is left to try.
        if len(group.pairs) == 1 and self.token_budget < source + target:
            rows = ", ".join(map(str, work.rows_of_pair[group.pairs[0]]))
            raise ScoringError(
                f"pair {rows} ({source} source and {target} target tokens) does not fit in memory"
                " even alone; use a device with more memory or a smaller checkpoint"
            )
        # The budget may be far above what the group had: halving that would change nothing.
        self.token_budget = max(1, min(self.token_budget, group.tokens) // 2)
        logger.warning(
            "out of memory with %d tokens held; going on with %d a batch",
            group.tokens,
            self.token_budget,
        )


class _Held:
    """The vectors of the last group's texts, kept because the next group may share some."""

    def __init__(self, runtime: EncoderRuntime, work: Workload) -> None:
        self._runtime, self._work = runtime, work
        self._texts = np.empty(0, dtype=np.int64)
        self._vectors: Any = None

    def compared(self, group: PairGroup, token_budget: int) -> NDArray[np.float64]:
        """Return (pairs, outputs) of a group, whose texts are then held."""
        self._hold(group, token_budget)
        order = np.argsort(self._texts)
        places = order[np.searchsorted(self._texts[order], self._work.pairs[group.pairs])]
        return self._runtime.compare(self._vectors, self._sequences(self._texts), places)

    def _hold(self, group: PairGroup, token_budget: int) -> None:
        kept = np.isin(self._texts, group.texts)
        missing = np.setdiff1d(group.texts, self._texts)
        parts = []
        if kept.any():
            parts.append(self._runtime.some(self._vectors, np.flatnonzero(kept)))
        self._vectors = None  # before the next are made
        lengths = np.array([len(text) for text in self._sequences(missing)], dtype=np.int64)
        batches = batches_of(missing, lengths, token_budget)
        parts += [self._runtime.encode(self._sequences(batch)) for batch in batches]
        self._texts = np.concatenate([self._texts[kept], *batches])
        self._vectors = self._runtime.joined(parts)

    def _sequences(self, texts: NDArray[np.int64]) -> list[Tokens]:
        return [self._work.sequences[text] for text in texts]
