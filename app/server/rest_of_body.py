"""Reads on what a client still sends after its request was answered, so that it gets to see the
answer.

Whoever sends too much, or without a token, is answered before the end of the body. Were the
connection closed then, a client that is still writing would meet a broken pipe, or lose the answer
with what it had not read yet. So the answer goes out, and what still comes is thrown away before it
ends: not more than MOST, and not more slowly than `Pace` allows.
"""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.pace import Pace
from submissions.teams.limits import MEGABYTE

MOST = 64 * MEGABYTE
SECONDS = 600.0
"""As long as an upload may take by itself."""


class RestOfBody:
    """ASGI middleware that ends an answer when the request has ended too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; where a body comes with the request, end the answer when it was read."""
        if scope["type"] != "http" or not _brings_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        # A client that sends "Expect: 100-continue" holds its body back until it is asked for it.
        body = _Body(receive, asked_for="expect" not in Headers(scope=scope))
        held: list[Message] = []

        async def send_all_but_the_end(message: Message) -> None:
            if _ends(message) and body.still_comes:
                # The content goes out at once, with "more" set; only the end of the answer waits.
                held.append({**message, "body": b""})
                message = {**message, "more_body": True}
            await send(message)

        await self._app(scope, body.receive, send_all_but_the_end)
        # None where the application had read the body to its end.
        for end in held:
            await body.throw_away()
            await send(end)


class _Body:
    """A request's body.

    Args:
        receive: Receives it.
        asked_for: Whether the client sends it unasked; one that waits to be asked ("Expect:
            100-continue") is not asked for what nobody reads.
    """

    def __init__(self, receive: Receive, *, asked_for: bool) -> None:
        self._receive, self._asked_for, self._ended = receive, asked_for, False

    @property
    def still_comes(self) -> bool:
        """Whether more of it is on its way."""
        return self._asked_for and not self._ended

    async def receive(self) -> Message:
        """Receive the next part."""
        self._asked_for = True
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def throw_away(self) -> None:
        """Read what still comes, within bounds."""
        pace, seen = Pace(SECONDS), 0
        while self.still_comes and seen <= MOST:
            with anyio.move_on_after(pace.left()) as waiting:
                size = len((await self.receive()).get("body", b""))
                pace.arrived(size)
                seen += size
            # Too slow: the connection is closed after all.
            if waiting.cancelled_caught:
                return


def _brings_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _ends(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)
