"""Bytes -> decoded lines, with line numbers and byte offsets that a person can look up."""

from __future__ import annotations

import io

from submissions.problems import Problem
from submissions.receiving.formats.limits import Limits
from submissions.receiving.formats.row import describe, refused

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FAULTS = 100


class Lines:
    r"""The lines of a text file, each with its line end; lines end with "\n" alone.

    Bytes that are not UTF-8 and NUL bytes are collected in `faults` and replaced, so that reading goes on and
    a team hears of all of them at once; past `FAULTS` of them the file is refused as not being text.

    Attributes:
        number: Of the line that was read last, counted from 1.
        faults: Collected since they were last taken away.
    """

    def __init__(self, stream: io.BufferedReader, file: str, limits: Limits) -> None:
        self.number = 0
        self.faults: list[Problem] = []
        self._stream, self._file, self._limits = stream, file, limits
        self._offset = self._pending = self._found = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        raw = self._stream.readline(self._limits.record + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        self._pending += len(raw)
        if self._pending > self._limits.record:
            raise long_cell(self._file, self.number, self._limits)
        text = self._decode(raw)
        self._offset += len(raw)
        return text

    def row_done(self) -> None:
        """A whole row was read: what comes next counts towards the next one's length."""
        self._pending = 0

    def take_faults(self) -> list[Problem]:
        """The faults since the last call."""
        taken, self.faults = self.faults, []
        return taken

    def _decode(self, raw: bytes) -> str:
        if self._offset == 0 and raw.startswith(BYTE_ORDER_MARK):
            raw = raw[3:]
            self._offset += 3
        if b"\0" in raw:
            self._fault("00", raw.index(b"\0"), "a NUL byte, which no text has")
            raw = raw.replace(b"\0", b"?")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            self._fault(f"{raw[error.start]:02X}", error.start, "not UTF-8")
            return raw.decode(errors="replace")

    def _fault(self, value: str, start: int, problem: str) -> None:
        self._found += 1
        if self._found > FAULTS:
            raise refused(self._file, f"more than {FAULTS} lines are not UTF-8 text", line=self.number)
        where = f"{problem} (byte 0x{value} at offset {self._offset + start:,})"
        self.faults.append(
            describe(self._file, where, line=self.number, allowed="UTF-8", hint="save the file as UTF-8")
        )


def long_cell(file: str, line: int, limits: Limits) -> Exception:
    """The refusal of a file with a cell, or a row, too long to be read at all."""
    return refused(
        file,
        f"a cell or row ends far beyond {limits.cell:,} bytes, or a quotation mark is never closed",
        line=line,
        allowed=f"at most {limits.cell:,} bytes a cell",
        hint="shorten the text, or close the quotation mark",
    )
