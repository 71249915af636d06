"""Answers about a release, made once and kept compressed: what everybody may ask must cost next to
nothing.

A release never changes, so an answer is kept under the release's file and time of writing, and the
view of it. Answers are made one at a time, in a thread that steps aside again and again, so that
the loop which serves everybody else is not held up; whoever asks meanwhile waits without holding a
thread. What was asked for longest ago goes first when they have grown too large together.

What has to be computed for whoever asks (comparisons, ranks on chosen tasks) has more versions than
can be kept, and each takes seconds. It has a line and room of its own, so that nobody who asks for
an answer that all get stands behind it; the line is bounded, and so is what one address may have
computed.
"""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import anyio
from anyio.to_thread import run_sync as in_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.problems import LineIsFull, TooManyComputed
from app.cells import BoardCells
from submissions.store.folder import DataFolder
from submissions.store.released.release import CURRENT, ReleaseReader
from submissions.store.released.serving import current_release
from submissions.teams.quota import Quota

MOST_BYTES = 64 * 10**6
MOST_COMPUTED_BYTES = 16 * 10**6
MOST_WAITING = 8
"""Answers that are computed or waited for, of all who ask: some 15 seconds."""
WAIT_SECONDS = 5
COMPUTED_A_MINUTE = 20
"""Answers that are computed for one address."""
_PIECE = 64 * 1024
_GZIP = 31
"""zlib's name for a stream with gzip's head."""
_LEVEL = 5
_AT_A_TIME = 50
"""Items that are written before the thread steps aside."""
_ASIDE = 0.001
_BESIDE = 512
"""Bytes that keeping an answer takes beside its content and its key's text."""
_RELEASES = 3
_LOOK_SECONDS = 5.0
"""After those a release's file is looked into again, though it was not written."""

Key: TypeAlias = tuple[object, ...]
Result = TypeVar("Result")


class Readers:
    """Readers of releases, with what is read of each once; a release that is written anew has
    another.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[ReleaseReader, list[BoardCells]]] = OrderedDict()
        self._last: tuple[Key, float, ReleaseReader] | None = None

    def current(self, folder: DataFolder) -> ReleaseReader:
        """Return a reader of the release that is served, its own row read: the one that stands,
        else a new one.

        Raises:
            NoRelease: There is none.
        """
        if (standing := self.standing(folder)) is not None:
            return standing
        # Both files are looked at before they are read, so that what is written meanwhile is seen
        # next time.
        number = _state(folder.releases / CURRENT)
        checked = current_release(folder)
        state = (number, _state(checked.path))
        reader = self._entry(checked)[0]
        # Read now, in a thread: the event loop asks for it later, and must not wait for the disk.
        _ = reader.release
        # A release that stands in for a damaged one is looked at each time: a repair has to be
        # seen at once.
        if all(state) and not reader.notice:
            self._last = (state, time.monotonic(), reader)
        return reader

    def standing(self, folder: DataFolder) -> ReleaseReader | None:
        """Return what `current` did where that was just now and the files are as they were then;
        else None.

        That takes two looks at files, so that the event loop may ask.
        """
        if self._last is None:
            return None
        state, looked_at, reader = self._last
        as_it_was = state == (_state(folder.releases / CURRENT), _state(reader.path))
        return reader if as_it_was and time.monotonic() - looked_at < _LOOK_SECONDS else None

    def cells(self, reader: ReleaseReader) -> BoardCells | None:
        """Return the release's cells; None where they were not read yet."""
        return next(iter(self._entry(reader)[1]), None)

    def read_cells(self, reader: ReleaseReader) -> BoardCells:
        """Read what is read of the release's cells once."""
        kept = self._entry(reader)[1]
        if not kept:
            kept.append(BoardCells(reader))
        return kept[0]

    def _entry(self, reader: ReleaseReader) -> tuple[ReleaseReader, list[BoardCells]]:
        # The reader that came first is kept, and with it what was read of the release.
        entry = self._kept.setdefault(key_of(reader), (reader, []))
        while len(self._kept) > _RELEASES:
            self._kept.popitem(last=False)
        return entry


def _state(path: Path) -> Key:
    """Return what changes when a file is written; nothing of one that is not there."""
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_ino, state.st_mtime_ns, state.st_size


def key_of(reader: ReleaseReader) -> Key:
    """Return what tells a release's file from every other, and from one that stood
    there before it.
    """
    # Not by number alone: a board that is made anew counts from 1 again.
    state = reader.path.stat()
    return str(reader.path), state.st_mtime_ns, state.st_size, reader.notice


class Prepared:
    """Compressed answers, by release and view; for the event loop.

    Args:
        most: Bytes that they may have together.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._thread = anyio.CapacityLimiter(1)

    async def get(self, key: Key, make: Callable[[], Iterable[bytes]]) -> bytes:
        """Return an answer as gzip has it; what `make` gives, piece by piece, where it is not kept
        yet.
        """

        def answer() -> bytes:  # somebody else may have asked for the same
            return self._kept[key] if key in self._kept else _packed(make)

        # Looked at before and within the thread: many may ask for the same while it is made.
        if key not in self._kept:
            self._keep(key, await self.alone(answer))
        self._kept.move_to_end(key)
        return self._kept[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    async def alone(self, do: Callable[[], Result]) -> Result:
        """Do something in the thread that does one thing at a time."""
        return await in_thread(do, limiter=self._thread)

    def _keep(self, key: Key, packed: bytes) -> None:
        if key in self._kept:
            self._size -= _size(key, self._kept.pop(key))
        self._kept[key] = packed
        self._size += _size(key, packed)
        # The last one stays, however large: somebody is waiting for it.
        while self._size > self._most and len(self._kept) > 1:
            self._size -= _size(*self._kept.popitem(last=False))


class Computed:
    """Answers that are computed for whoever asks for them: kept as others are, in a line of their
    own that is bounded; for the event loop.

    Args:
        waiting: Answers that may be computed or waited for; half of them for one address, so that
            it never fills the line.
        a_minute: Answers that may be computed for one address.
    """

    def __init__(self, waiting: int = MOST_WAITING, a_minute: int = COMPUTED_A_MINUTE) -> None:
        self._most, self._waiting = waiting, Counter[str]()
        self._a_minute, self._quota = a_minute, Quota(60)
        self._answers = Prepared(MOST_COMPUTED_BYTES)

    async def get(self, key: Key, make: Callable[[], Iterable[bytes]], address: str) -> bytes:
        """Return an answer as gzip has it, computed for an address where it is not kept yet.

        Raises:
            LineIsFull: As many are computed or waited for as may be.
            TooManyComputed: As many were computed for the address as may be.
        """
        if key in self._answers:
            return await self._answers.get(key, make)
        self._refuse(address)
        self._waiting[address] += 1
        try:
            return await self._answers.get(key, make)
        finally:
            self._waiting[address] -= 1
            # Else every address that ever asked would stay in memory, with 0.
            self._waiting += Counter()

    def _refuse(self, address: str) -> None:
        own = self._waiting[address]
        if self._waiting.total() >= self._most or own >= max(1, self._most // 2):
            raise LineIsFull(
                "As many comparisons and ranks on chosen tasks are being computed as can be waited"
                " for. Try again in a few seconds; what was computed once is answered at once.",
                WAIT_SECONDS,
            )
        if seconds := self._quota.wait(address, self._a_minute):
            raise TooManyComputed(
                f"{self._a_minute} comparisons and ranks on chosen tasks a minute are computed for"
                f" one address. The next is possible in {seconds} s; or download the release, from"
                " which `reasonboard compare` and `reasonboard leaderboard` compute them.",
                seconds,
            )


def _size(key: Key, packed: bytes) -> int:
    """Return bytes that an answer takes with its key, in which what was asked for stands."""
    return len(packed) + len(repr(key)) + _BESIDE


def _packed(make: Callable[[], Iterable[bytes]]) -> bytes:
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    packed = [packer.compress(piece) for piece in make()]
    return b"".join([*packed, packer.flush()])


def unpacked(packed: bytes) -> Any:
    """Return what the JSON says that gzip has."""
    return json.loads(zlib.decompress(packed, _GZIP))


def pack(content: bytes) -> bytes:
    """Return `content` as gzip has it."""
    return _packed(lambda: [content])


def json_array(items: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    """Yield a JSON array, some items at a time; between them the thread steps aside."""
    lines, before = list[str](), "["
    for item in items:
        lines.append(_json(item))
        if len(lines) == _AT_A_TIME:
            yield (before + ",".join(lines)).encode()
            lines, before = [], ","
            # Gives the interpreter away. A thread that only computes is held to be at work, and
            # the loop would wait its whole turn.
            time.sleep(_ASIDE)
    yield (f"{before if lines or before == '[' else ''}{','.join(lines)}]").encode()


def json_object(content: Mapping[str, Any]) -> Iterable[bytes]:
    """Yield a JSON object, whole."""
    yield _json(content).encode()


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Packed(Response):
    """An answer that is kept compressed: sent as it is to whoever takes gzip, unpacked on the way
    to others.

    It is sent in pieces, each when the one before it has gone, so that a slow reader costs no copy
    of it.

    Args:
        packed: The body, as gzip has it.
        request: Who asks.
        media_type: Of the body.
        headers: Besides those of the body.
    """

    def __init__(
        self,
        packed: bytes,
        request: Request,
        media_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(media_type=media_type, headers=headers)
        self._packed, self._takes_gzip = packed, _takes_gzip(request)
        self._bodiless = request.method == "HEAD"
        # Else a cache on the way would hand the packed answer to whoever cannot unpack it.
        self.headers["Vary"] = "Accept-Encoding"
        # Starlette has put 0 there, for the empty body that it was given.
        del self.headers["Content-Length"]
        if self._takes_gzip:
            self.headers["Content-Encoding"] = "gzip"
            self.headers["Content-Length"] = str(len(packed))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        unpacker = None if self._takes_gzip else zlib.decompressobj(_GZIP)
        for at in range(0, 0 if self._bodiless else len(self._packed), _PIECE):
            piece = self._packed[at : at + _PIECE]
            if unpacker is not None:
                piece = await in_thread(unpacker.decompress, piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = part.partition(";")
        if name.strip().casefold() in ("gzip", "*"):
            # "q=0" is how a client says that it does not take it.
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
