"""Texts of an upload, on disk as they come: memory holds where each stands, so that it does not
grow with them.

The file has no name and is gone with the process, however that ends. Texts are asked for about in
the order in which they came, so that one read fetches many of them.
"""

from __future__ import annotations

import os
import weakref
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import TypeAlias, TypeVar, overload

T_co = TypeVar("T_co", covariant=True)

BUFFER = 1 << 20
WINDOW = 1 << 16
"""Bytes that are read at a time: many short texts, or one of the longest."""


Span: TypeAlias = tuple[int, int]
"""Where a text stands in a spool: its first byte, and how many they are."""


class Spool:
    """A file of texts, one after another."""

    def __init__(self) -> None:
        self._file = TemporaryFile(buffering=BUFFER)  # noqa: SIM115 (closed when nobody refers to the spool)
        weakref.finalize(self, self._file.close)
        self._end = self._written = 0
        self._window, self._window_at = b"", 0

    def keep(self, text: str | None) -> Span | None:
        """Write a text down; None for None."""
        if text is None:
            return None
        start, length = self._end, self._file.write(text.encode())
        self._end += length
        return start, length

    def text(self, span: Span | None) -> str | None:
        """Return a text that is kept; None for None."""
        if span is None:
            return None
        start, length = span
        at = start - self._window_at
        if at < 0 or at + length > len(self._window):
            self._read(start, length)
            at = 0
        return self._window[at : at + length].decode()

    def _read(self, start: int, length: int) -> None:
        # Only what was flushed can be read past the buffer.
        if self._written < self._end:
            self._file.flush()
            self._written = self._end
        # A read of its own, so that where the next text is written does not move.
        self._window = os.pread(self._file.fileno(), max(length, WINDOW), start)
        self._window_at = start


class Lazy(Sequence[T_co]):
    """A sequence that makes its items when asked; equal to any sequence of the same items."""

    @abstractmethod
    def item(self, index: int) -> T_co:
        """Return the item at `index`, which is in range."""

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...
    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        if isinstance(index, slice):
            return tuple(map(self.item, range(len(self))[index]))
        return self.item(range(len(self))[index])

    def __iter__(self) -> Iterator[T_co]:
        return map(self.item, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


class Texts(Lazy[str | None]):
    """Texts of a spool, in an order of their own; None where there is none."""

    def __init__(self, spool: Spool, spans: Iterable[Span | None]) -> None:
        stretches = [(-1, 0) if span is None else span for span in spans]
        self._spool = spool
        # Two numbers a text: a tuple of two takes ten times as much, two hundred thousand times.
        self._starts = array("q", [start for start, _ in stretches])
        self._lengths = array("i", [length for _, length in stretches])

    def __len__(self) -> int:
        return len(self._starts)

    def item(self, index: int) -> str | None:
        """Read from the file."""
        start = self._starts[index]
        return None if start < 0 else self._spool.text((start, self._lengths[index]))


def span_within(part: str | None, whole: str | None, span: Span | None) -> Span | None:
    """Return where `part` stands, if it is part of `whole`, which stands at `span`; else None."""
    if part is None or whole is None or span is None:
        return None
    # Most stand at the end, where that is seen without a search.
    at = len(whole) - len(part) if whole.endswith(part) else whole.find(part)
    return None if at < 0 else (span[0] + _size(whole[:at]), _size(part))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
