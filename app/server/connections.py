"""Connections that nobody uses are ended, and no more are taken than there are file descriptors
for.

uvicorn ends a connection that is idle between two requests, but not one on which no request ever
comes, or a part of one, nor one whose reader takes nothing of its answer. Where descriptors run
out, asyncio tries to take each waiting connection all the same, and writes a line for each try,
thousands a second. So room is made before: of the address that holds most connections, the one that
has waited longest for a request is ended. Whoever holds many cannot keep others out by that; where
one address is a proxy's and all come from it, the connection that nobody has used for longest goes.
"""

from __future__ import annotations

import asyncio
import logging
import operator
import resource
import time
from collections import Counter
from contextlib import suppress
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from app.server.seldom import Seldom
from submissions.teams.quota import Quota

LOOK_SECONDS = 15.0
"""A connection without a request is ended after two looks at it."""
STALLED_SECONDS = 60.0
"""So long a reader may take nothing of what waits for it: about 50 KB."""
UNSEEN = 400
"""Pings, and pieces of messages, of a websocket within ten seconds."""
INTERNET = (AF_INET, AF_INET6)
OUT_OF_DESCRIPTORS = "socket.accept() out of system resource"
logger = logging.getLogger(__name__)


def most_descriptors() -> int:
    """Return how many descriptors connections may use; the others are for files and databases."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A third at most, so that a machine with a low limit can still serve somebody.
    return soft - min(64, soft // 3)


def allow_descriptors(most: int = 65_536) -> None:
    """Let this process open as many files as it may be allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # Never lowered: what was allowed before may be in use.
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Connection(H11Protocol):
    """One connection of uvicorn's, looked at now and then."""

    _seen: object = None
    waiting_since = 0.0
    """Seconds of a clock that never goes back; of no meaning while it is being answered."""
    # None while the reader takes what it is sent.
    _stalled_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or end it where too many are open: descriptors are given away lowest first."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.waiting_since = time.monotonic()
        socket = transport.get_extra_info("socket")
        if socket is not None and socket.family in INTERNET:
            # asyncio does so where the listening socket says that it is TCP's, which Streamlit's
            # does not. Else an answer's head waits in the kernel until the client has confirmed
            # what came before: 40 ms.
            with suppress(OSError):  # it may be gone already
                socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        full = socket is not None and socket.fileno() >= most_descriptors()
        if full and not self._make_room():
            self.transport.abort()
            return
        self.loop.call_later(LOOK_SECONDS, self._look)

    def on_response_complete(self) -> None:
        """Note since when it waits for the next request."""
        super().on_response_complete()
        self.waiting_since = time.monotonic()

    def _make_room(self) -> bool:
        """End a connection whose client was answered or asks for nothing, and return whether there
        was one.
        """
        others = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection) and connection is not self
        ]
        # Of whoever holds most: else one address with many connections would end everybody
        # else's.
        held = Counter(connection.address for connection in others)
        most = max(held.values(), default=0)
        spare = (each for each in others if each.spare and held[each.address] == most)
        longest = min(spare, key=operator.attrgetter("waiting_since"), default=None)
        if longest is not None:
            longest.transport.abort()
        return longest is not None

    @property
    def address(self) -> str:
        """Where it comes from: a proxy's address where there is one."""
        return self.client[0] if self.client else ""

    @property
    def spare(self) -> bool:
        """Whether nothing is lost for its client when it ends: it waits, or sends on what nobody
        reads any more.
        """
        # A client that was answered and sends on is read only to be polite.
        answered = self.cycle is not None and self.cycle.response_started
        return self.waits or (answered and self.conn.their_state is h11.SEND_BODY)

    @property
    def waits(self) -> bool:
        """Whether nobody is being answered on it."""
        return not self.transport.is_closing() and (
            self.cycle is None or self.cycle.response_complete
        )

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
        if stalled or (self.waits and self._seen is (self.cycle or self)):
            self.transport.abort()
            return
        # The request that was answered last stands for the wait: a new one is another object.
        self._seen = (self.cycle or self) if self.waits else None
        self.loop.call_later(LOOK_SECONDS, self._look)


class Stream(WebSocketsSansIOProtocol):
    """One websocket of uvicorn's, on which what no application gets to see is counted.

    uvicorn answers every ping and keeps every piece of a message, however many come, and reads on
    for a while after it has said that the connection is closed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # By connection, so that the quota has a single name.
        self._unseen = Quota(10.0)

    def handle_ping(self) -> None:
        """Answer it."""
        if self._goes_on():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Note that the browser is there."""
        if self._goes_on():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Keep a piece of a message."""
        if self._goes_on():
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; after the end there are none."""
        # What comes after the end is counted too: uvicorn reads it, and nobody sees it.
        if not self.close_sent or self._goes_on():
            super().send_receive_event_to_app()

    def _goes_on(self) -> bool:
        if not self.transport.is_closing() and self._unseen.wait("", UNSEEN):
            self.transport.abort()
        return not self.transport.is_closing()


class SaidSeldom:
    """Handles what the event loop cannot: running out of descriptors is said once a minute, all
    else as ever.
    """

    def __init__(self) -> None:
        self._seldom = Seldom()

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log it, or not."""
        if context.get("message") != OUT_OF_DESCRIPTORS:
            loop.default_exception_handler(context)
        # asyncio reports each connection that it cannot take, thousands a second.
        elif self._seldom.may_say(OUT_OF_DESCRIPTORS):
            logger.error(
                "Connections wait: this process has as many files open as it may have (`ulimit -n`"
                " says how many). Said once a minute."
            )
