"""Bytes -> decoded lines, with line numbers and byte offsets that a person can look up."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from submissions.problems import Problem, SubmissionRefused
from submissions.receiving.formats.budget import Limits
from submissions.receiving.formats.encoding import FaultyLines, encoding_problem, nul_problem
from submissions.receiving.formats.row import Item, refused

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines:
    r"""The lines of a text file, each with its line end; lines end with "\n" alone.

    Bytes that are not UTF-8 and NUL bytes are counted and replaced, so that reading goes on and a
    team hears of what else is wrong too.

    Attributes:
        number: Of the line that was read last, counted from 1.
    """

    def __init__(
        self, stream: io.BufferedReader, file: str, limits: Limits, piece: int | None = None
    ) -> None:
        """Read `stream`.

        Args:
            stream: The bytes.
            file: For messages.
            limits: How long a row may be.
            piece: Bytes after which a longer line is handed out in pieces; by default none is.
        """
        self.number = 0
        self._stream, self._file, self._limits = stream, file, limits
        self._size = piece or limits.record + 1
        self._offset = self._pending = 0
        self._begun, self._carried, self._back = False, b"", ""
        self._nul, self._foreign = FaultyLines(), FaultyLines()
        self._has_utf8 = False

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if self._back:
            text, self._back = self._back, ""
            self.number += 1
            return text
        read = self._stream.readline(self._size)
        raw, self._carried = self._carried + read, b""
        if not raw:
            raise StopIteration
        if not self._begun:
            self.number += 1
        self._begun = not raw.endswith(b"\n")
        if self._begun and len(read) == self._size:
            raw, self._carried = _whole_characters(raw)
        self._pending += len(raw)
        if self._pending > self._limits.record:
            raise long_cell(self._file, self.number, self._limits)
        text = self._decode(raw)
        self._offset += len(raw)
        return text

    def unread(self, text: str) -> None:
        """Give a line back, to be handed out again."""
        self._back = text
        self.number -= 1

    def row_done(self) -> None:
        """Note that a whole row was read: what comes next counts towards the next one's length."""
        self._pending = 0

    def with_faults(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, which are read from these lines.

        At their end, however it comes, what is wrong with the bytes.
        """
        try:
            yield from items
        except SubmissionRefused:
            yield from self._faults()
            raise
        yield from self._faults()

    def _faults(self) -> Iterator[Problem]:
        if self._nul.count:
            yield nul_problem(self._file, self._nul)
        if self._foreign.count:
            yield encoding_problem(self._file, self._foreign, self._has_utf8)

    def _decode(self, raw: bytes) -> str:
        if self._offset == 0 and raw.startswith(BYTE_ORDER_MARK):
            raw = raw[3:]
            self._offset += 3
        if b"\0" in raw:
            self._nul.add(self.number, raw, raw.index(b"\0"), self._offset)
            raw = raw.replace(b"\0", b"?")
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self._foreign.add(self.number, raw, error.start, self._offset)
            return raw.decode(errors="replace")
        self._has_utf8 = self._has_utf8 or not text.isascii()
        return text


def _whole_characters(raw: bytes) -> tuple[bytes, bytes]:
    """Return `raw` up to its last whole UTF-8 character, and the rest."""
    for back in range(1, min(4, len(raw)) + 1):
        lead = raw[-back]
        if lead >= 0xC0:
            length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return (raw[:-back], raw[-back:]) if length > back else (raw, b"")
        if lead < 0x80:
            break
    return raw, b""


def long_cell(file: str, line: int, limits: Limits) -> Exception:
    """Return the refusal of a file with a cell, or a row, too long to be read at all."""
    return refused(
        file,
        f"a cell or row ends far beyond {limits.cell:,} bytes, or a quotation mark is never closed",
        line=line,
        allowed=f"at most {limits.cell:,} bytes a cell",
        hint="shorten the text, or close the quotation mark",
    )
