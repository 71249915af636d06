"""Results about ratings that are kept under a hash of their numbers: only what is
new is computed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from submissions.store.folder import DataFolder
from submissions.store.rated.kept_values import kept_statistics, save_statistics

STATISTICS = "validity/4"
"""Raised when anything changes that a kept result follows from besides its numbers."""

# So many results are lost at most when a process is killed; saving each would cost more than it.
SAVED_AT_ONCE = 64

Advance = Callable[[int, int], None]
Row = Any  # AgreementRow, ValidityRow, ValidityViewRow, OnScaleRow or MetricContestRow


class PendingRow(NamedTuple):
    """A row of a release: its class, the columns that are known, and the keys of the results that
    have the others.
    """

    kind: type
    known: Mapping[str, Any]
    keys: tuple[str, ...] = ()


class Statistics:
    """Results that were kept, and those that are to be computed."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._found = kept_statistics(folder)
        self._wanted: dict[str, Callable[[], dict[str, Any]]] = {}

    def ask(
        self, kind: str, how: str, compute: Callable[..., dict[str, Any]], *inputs: NDArray[Any]
    ) -> str:
        """Have a result computed of `inputs` unless it is there; its key."""
        # Shapes too: the same bytes may be a table of another form.
        digest = hashlib.sha256(
            repr((STATISTICS, kind, how, [array.shape for array in inputs])).encode()
        )
        for array in inputs:
            digest.update(np.ascontiguousarray(array).tobytes())
        key = digest.hexdigest()
        if key not in self._found:
            self._wanted.setdefault(key, partial(compute, *inputs))
        return key

    @property
    def wanted(self) -> int:
        """How many are to be computed."""
        return len(self._wanted)

    def compute(self, advance: Advance) -> None:
        """Compute what is wanted, on all cores; what is done is kept as it comes, so that little is
        lost.
        """
        # In the order asked for, so that progress runs through the sets one after the other.
        wanted = list(self._wanted.items())
        # The matrices are small: threads of the linear algebra that wait for each other would cost
        # eight times as much.
        with threadpool_limits(limits=1), ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for start in range(0, len(wanted), SAVED_AT_ONCE):
                some = wanted[start : start + SAVED_AT_ONCE]
                results = pool.map(lambda pending: pending[1](), some)
                computed = dict(zip([key for key, _ in some], results, strict=True))
                save_statistics(self._folder, computed)
                self._found |= computed
                advance(start + len(some), len(wanted))

    def filled(self, pending: PendingRow) -> Row:
        """Return the row with its results."""
        columns = dict(pending.known)
        for key in pending.keys:
            columns |= self._found[key]
        return pending.kind(**columns)
