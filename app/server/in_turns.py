"""Small answers first: a crowd that asks for much is served a few pieces at a time, in the order in
which it came.

Everybody is served by one event loop, which would else read a hundred requests, or send a hundred
large pieces, before it comes to the one small question that waits behind them. Here each request,
and each large piece of an answer, waits for a turn, and a round of the loop has only a few. Nothing
is slower by that: the rounds are shorter, and there are more of them. Whoever reads slowly keeps
nobody waiting, since a turn is over when the piece is handed to the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 2
"""Turns in one round of the loop, each of about a tenth of a millisecond to half of one."""
SMALL = 16 * 1024
"""Bytes of a piece that is sent at once."""


class LoopQueue:
    """Lets a few go on in each round of the event loop.

    Args:
        at_once: How many.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a turn."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        # Whoever is first sets the rounds going; they go on by themselves as long as somebody
        # waits.
        if not self._waiting:
            loop.call_soon(self._give)
        self._waiting.append(turn)
        await turn

    def _give(self) -> None:
        for _ in range(min(self._at_once, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():  # whoever waited may have gone
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._give)


class InTurns:
    """ASGI middleware that has requests, and large pieces of answers, take turns.

    Args:
        app: What answers.
        at_once: The end of the addresses that are answered at once, such as what asks whether the
            server is up.
    """

    def __init__(self, app: ASGIApp, at_once: str) -> None:
        self._app, self._exempt = app, at_once
        self._turns = LoopQueue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when it is this request's turn."""
        # Websockets take turns by their messages, and a health check must not wait behind a
        # crowd.
        if scope["type"] != "http" or scope["path"].endswith(self._exempt):
            await self._app(scope, receive, send)
            return

        async def send_in_turn(message: Message) -> None:
            # Small pieces cost less than the turn would.
            if len(message.get("body", b"")) > SMALL:
                await self._turns.take()
            await send(message)

        await self._turns.take()
        await self._app(scope, receive, send_in_turn)
