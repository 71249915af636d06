"""One line for each request to the API: which operation, its answer's status, how long it took.

The address is written as the API declares it (`/submissions/{submission}`) and without its query,
since people put into addresses what belongs in no log. Each request has an id, which its answer
tells (`X-Request-Id`) and which every line has that is written for it.
"""

from __future__ import annotations

import logging
import secrets
import time
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs

logger = logging.getLogger(__name__)

HEADER = "X-Request-Id"
_OFTEN = "/health"
"""Asked for every few seconds by whatever watches a server."""


class RequestLog:
    """ASGI middleware that names requests, and logs them when they are answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API answer."""
        name = secrets.token_hex(6)
        started = time.monotonic()
        # What it is where no answer begins.
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        with logs.of_request(name):
            try:
                await self._app(scope, receive, send_named)
            finally:
                _log(scope, status, time.monotonic() - started)


def _log(scope: Scope, status: int, seconds: float) -> None:
    # The endpoint is known only after the routing, so the line is made when all is over.
    operation = getattr(scope.get("endpoint"), "path", "an address that there is not")
    level = (
        logging.DEBUG if operation == _OFTEN and status < HTTPStatus.BAD_REQUEST else logging.INFO
    )
    ids = {"status": status, "ms": round(1_000 * seconds)}
    logger.log(level, "%s %s", scope["method"], operation, extra={"ids": ids})
