"""Connections that nobody uses are ended, and no more are taken than there are file descriptors for.

uvicorn ends a connection that is idle between two requests, but not one on which no request ever comes, or a part of one,
nor one whose reader takes nothing of its answer. Where descriptors run out, asyncio tries to take each waiting connection
all the same, and writes a line for each try, thousands a second.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

LOOK_SECONDS = 15.0
"""A connection without a request is ended after two looks at it."""
STALLED_SECONDS = 60.0
"""So long a reader may take nothing of what waits for it: about 50 KB."""
OUT_OF_DESCRIPTORS = "socket.accept() out of system resource"
_SAID_EVERY = 60.0
logger = logging.getLogger("reasonboard.connections")


def most_descriptors() -> int:
    """Return how many descriptors connections may use; the others are for files and databases."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft - min(64, soft // 3)


def allow_descriptors(most: int = 65_536) -> None:
    """Let this process open as many files as it may be allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Connection(H11Protocol):
    """One connection of uvicorn's, looked at now and then."""

    _seen: object = None
    _stalled_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or end it where too many are open: descriptors are given away lowest first."""
        super().connection_made(cast("asyncio.Transport", transport))
        socket = transport.get_extra_info("socket")
        if socket is not None and socket.fileno() >= most_descriptors():
            self.transport.abort()
            return
        self.loop.call_later(LOOK_SECONDS, self._look)

    def pause_writing(self) -> None:
        """Note since when the reader takes nothing."""
        super().pause_writing()
        self._stalled_since = time.monotonic()

    def resume_writing(self) -> None:
        """Note that it did."""
        super().resume_writing()
        self._stalled_since = None

    def _look(self) -> None:
        # After an upgrade the transport is a websocket's, which has pings of its own.
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        stalled = self._stalled_since is not None and (
            time.monotonic() - self._stalled_since > STALLED_SECONDS
        )
        waits = self.cycle is None or self.cycle.response_complete
        if stalled or (waits and self._seen is (self.cycle or self)):
            self.transport.abort()
            return
        self._seen = (self.cycle or self) if waits else None
        self.loop.call_later(LOOK_SECONDS, self._look)


class SaidSeldom:
    """Handles what the event loop cannot: running out of descriptors is said once a minute, all else as ever."""

    def __init__(self) -> None:
        self._said = -_SAID_EVERY

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log it, or not."""
        if context.get("message") != OUT_OF_DESCRIPTORS:
            loop.default_exception_handler(context)
        elif time.monotonic() - self._said >= _SAID_EVERY:
            self._said = time.monotonic()
            logger.error(
                "Connections wait: this process has as many files open as it may have (`ulimit -n` says how many). Said "
                "once a minute."
            )
