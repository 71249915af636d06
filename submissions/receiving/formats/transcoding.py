"""A text file as spreadsheets and old programs write it -> the same text in UTF-8, with line ends
that are read.

Only what the file itself says beyond doubt is acted upon: a byte order mark names UTF-16, and a
file that begins with carriage returns and not one line feed ends its lines in those.
"""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, cast

from submissions.receiving.formats.archive import UTF16
from submissions.receiving.formats.row import refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER = 1 << 16


def as_utf8(stream: io.BufferedReader, file: str) -> tuple[io.BufferedReader, str]:
    """Return the stream to read in place of `stream`, and what was done.

    "" where it is read as it is.
    """
    head = stream.peek(BUFFER)
    if head.startswith(UTF16):
        return _buffered(_Transcoded(stream, file, "utf-16")), "the file is UTF-16: read so"
    if b"\r" in head[:-1] and b"\n" not in head:
        what = "lines end in carriage returns alone: read so"
        return _buffered(_Transcoded(stream, file, "")), what
    return stream, ""


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    # typeshed's BufferedReader is generic over what it wraps; nobody downstream cares.
    return cast("io.BufferedReader", io.BufferedReader(raw, BUFFER))


class _Transcoded(io.RawIOBase):
    """Bytes of another encoding, or with other line ends, as UTF-8 with line feeds."""

    def __init__(self, stream: io.BufferedReader, file: str, encoding: str) -> None:
        super().__init__()
        self._stream, self._file = stream, file
        self._decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
        self._ready = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` with the next bytes.

        Raises:
            SubmissionRefused: The file is not in the encoding that its mark names.
        """
        view = memoryview(buffer).cast("B")
        while not self._ready:
            chunk = self._stream.read(BUFFER)
            self._ready = self._turned(chunk)
            if not chunk:
                break
        given, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(given)] = given
        return len(given)

    def _turned(self, chunk: bytes) -> bytes:
        if self._decoder is None:
            return chunk.replace(b"\r", b"\n")
        try:
            return self._decoder.decode(chunk, final=not chunk).encode()
        except UnicodeError as error:
            problem = "not UTF-16 throughout, though its byte order mark says so"
            hint = "save the file as UTF-8"
            raise refused(self._file, problem, allowed="UTF-8", hint=hint) from error
