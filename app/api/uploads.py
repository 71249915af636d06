"""Receives an upload: multipart/form-data, straight to disk, counted as it arrives.

The parts are `file`, `benchmark` and, for a submission, `metadata` (what `submission.toml` holds,
or the same as JSON). Whoever sends too much is told so as soon as it is too much; what still comes
then is `app.server.rest_of_body`'s.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import anyio
from anyio.to_thread import run_sync as in_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from app.api.problems import BadRequest, TooLarge, TooSlow, WrongType
from app.server.pace import GRACE, SLOWEST, Pace
from submissions.declarations.meta import FILE_SIZE
from submissions.teams.limits import MEGABYTE, BoardLimits

OVERHEAD = 256 * 1024
"""Bytes of a request besides the file: the other parts, and what stands between them."""

TEXT_PARTS = ("benchmark", "metadata")
NAME_LENGTH = 200
BUFFER = MEGABYTE


@dataclass(frozen=True)
class Received:
    """An upload on disk.

    Attributes:
        path: Where.
        name: What the sender calls the file; never a path here.
        texts: The other parts.
    """

    path: Path
    name: str
    texts: dict[str, str]


async def receive(request: Request, workspace: Path, limits: BoardLimits) -> Received:
    """Write the request's `file` into `workspace`.

    Raises:
        WrongType: It is not multipart/form-data.
        BadRequest: It is damaged, or a part is missing, unknown, or there twice.
        TooLarge: The file is larger than is taken.
        TooSlow: It does not arrive in time.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise WrongType(
            "Send multipart/form-data with the parts `file`, `benchmark` and `metadata` (see"
            " docs/api.md)."
        )
    path = workspace / "upload"
    with path.open("wb") as target:
        try:
            form = _Form(options[b"boundary"], target)
            # In a thread, since writing to disk may block for seconds on a busy machine.
            async for block in _blocks(request, limits.upload.sent, Pace(limits.upload.seconds)):
                await in_thread(form.feed, block)
        except TimeoutError as error:
            raise TooSlow(
                f"The upload did not arrive within {limits.upload.seconds} s, or brought less than"
                f" {SLOWEST // 1024} KiB a second after the first {GRACE:.0f} s."
            ) from error
        except (FormParserError, ClientDisconnect) as error:
            raise BadRequest(
                "The multipart/form-data is damaged or cut short; send it again."
            ) from error
    if form.name is None or "benchmark" not in form.texts:
        raise BadRequest("The parts `file` (with a file name) and `benchmark` are needed.")
    if path.stat().st_size > limits.upload.sent:
        raise _too_large(limits.upload.sent)
    return Received(path, form.name, form.texts)


async def _blocks(request: Request, most: int, pace: Pace) -> AsyncIterator[bytes]:
    """Yield the request's body in blocks of about a megabyte, so that a thread is called for less
    often.
    """
    declared = request.headers.get("Content-Length", "")
    # Said before a byte is read where the client says how much it is going to send; a lie is
    # found below.
    if declared.isdecimal() and int(declared) > most + OVERHEAD:
        raise _too_large(most)
    block, seen, stream = bytearray(), 0, request.stream()
    while True:
        # A limit a chunk, and not one over all: what was in time so far may go on.
        with anyio.fail_after(pace.left()):
            chunk = await anext(stream, None)
        if chunk is None:
            break
        pace.arrived(len(chunk))
        seen += len(chunk)
        if seen > most + OVERHEAD:
            raise _too_large(most)
        block += chunk
        if len(block) >= BUFFER:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"At most {most // MEGABYTE} MB are taken. Pack the file (gzip, zstd, Parquet), or submit"
        " fewer tasks at once."
    )


class _Form:
    """The parts of one request."""

    def __init__(self, boundary: bytes, target: BinaryIO) -> None:
        self.name: str | None = None
        self.texts: dict[str, str] = {}
        self._target = target
        self._field = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._part = ""
        self._text = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )
        self._ended = False

    def feed(self, block: bytes) -> None:
        """Take the next bytes; the last are followed by none."""
        if block:
            self._parser.write(block)
        if len(block) < BUFFER:
            # Blocks are full but for the last, so that a smaller one is the end.
            self._parser.finalize()
            if not self._ended:
                raise BadRequest("The multipart/form-data is cut short; send it again.")

    def _begin(self) -> None:
        self._headers, self._field, self._value = {}, b"", b""
        self._text.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        # By the standard's own parser: names may be quoted, escaped and in any order.
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._part = options.get(b"name", b"").decode("utf-8", "replace")
        if self._part == "file" and self.name is None:
            self.name = _plain_name(options.get(b"filename", b"").decode("utf-8", "replace"))
        elif self._part not in TEXT_PARTS or self._part in self.texts:
            named = self._part[:40]
            raise BadRequest(
                f"The part {named!r} is unknown or there twice; there are: file,"
                f" {', '.join(TEXT_PARTS)}."
            )

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            self._target.write(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > FILE_SIZE:
            raise TooLarge(f"The part {self._part!r} may have {FILE_SIZE:,} bytes at most.")

    def _end(self) -> None:
        if self._part != "file":
            try:
                self.texts[self._part] = self._text.decode()
            except UnicodeDecodeError as error:
                raise BadRequest(f"The part {self._part!r} is not UTF-8.") from error

    def _finish(self) -> None:
        self._ended = True


def _plain_name(name: str) -> str:
    """Return a file's name without folders, which browsers and clients of some
    systems send along.
    """
    return (re.split(r"[\\/]", name)[-1] or "upload")[:NAME_LENGTH]
