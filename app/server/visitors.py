"""How much of the server one address, and all visitors together, may take at a time.

A page that is open is a session, which takes memory; when as many are open as there may be, whoever
comes next gets a page that says so. Requests to the API and new pages are counted by address: each
address has a bucket of as many as it may send within a minute, which fills again steadily, and is
told how long to wait when that is empty.

An address is the client's as the server sees it. Behind a proxy on this machine that is what the
proxy states in `X-Forwarded-For`; docs/operations.md says how to trust another.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.problem import problem
from app.server.under_base import UnderBase
from submissions.teams.limits import VisitorLimits
from submissions.teams.quota import Quota

STREAM = "_stcore/stream"
TRY_AGAIN_LATER = 1013
BUSY_SECONDS = 20
_NETWORK = 64
"""Bits of an IPv6 address that are one customer's."""
_BUSY = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{seconds}"><title>Busy – ReasonBoard</title>
<body style="font-family: system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>The board is busy</h1>
<p>{why} This page tries again by itself in {seconds} seconds.</p>
<p>What is published can also be read by the HTTP API, under <code>/api/v1</code>.</p>
</body></html>
"""


class Visitors(UnderBase):
    """ASGI middleware that bounds open pages and counts requests.

    Args:
        app: What answers.
        base: The sub-path that the site is under.
        limits: How many there may be.
    """

    def __init__(self, app: ASGIApp, base: str, limits: VisitorLimits) -> None:
        super().__init__(app, base)
        self._limits, self._requests = limits, Quota(60)
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the site answer, or say that it cannot."""
        address = address_of(scope)
        if scope["type"] == "websocket":
            await self._session(address, scope, receive, send)
        elif scope["type"] == "http" and _is_api(scope, self._root):
            await self._counted(address, scope, receive, send)
        # Only who opens a page is told so; scripts and images of a page that is open go on.
        elif scope["type"] == "http" and _opens_page(scope) and (why := self._full(address)):
            await _busy(why)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _session(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        # Sessions count as requests, too: each reload makes one, and costs more than most.
        if self._full(address) or self._requests.wait(address, self._limits.requests_a_minute):
            await receive()  # the connection's opening, which is taken before it can be refused
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            return
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            # Else every address that ever came would stay in memory, with 0.
            self._open += Counter()  # drops what is zero

    def _full(self, address: str) -> str:
        """Return why no page can be opened from an address; "" where one can."""
        if self._open.total() >= self._limits.sessions:
            return "As many people look at it as it can serve."
        if self._open[address] >= self._limits.sessions_of_address:
            return "As many pages are open from your network as one may have; close some."
        return ""

    async def _counted(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = self._requests.wait(address, self._limits.requests_a_minute)
        if not seconds:
            await self._app(scope, receive, send)
            return
        detail = (
            f"Your address has sent {self._limits.requests_a_minute} requests, and may send as many"
            f" a minute. The next is possible in {seconds} s. Ask for larger pages, keep what you"
            " read (`ETag`), or wait."
        )
        answer = problem(429, "too-many-requests", "Too many requests", detail)
        answer.headers["Retry-After"] = str(seconds)
        await answer(scope, receive, send)


def address_of(scope: Scope) -> str:
    """Return whom a request comes from: an IPv4 address, or the network of an IPv6 address."""
    host = str((scope.get("client") or ("",))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    # The same client by another spelling, where the server listens on both.
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    # A customer has 2^64 addresses, and may take another for each request.
    return str(IPv6Address(int(address) >> (128 - _NETWORK) << (128 - _NETWORK)))


def _is_api(scope: Scope, root: str) -> bool:
    path = str(scope["path"])
    return path.startswith(("/api/", f"{root}api/"))


def _opens_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


def _busy(why: str) -> HTMLResponse:
    headers = {"Retry-After": str(BUSY_SECONDS), "Cache-Control": "no-store"}
    return HTMLResponse(_BUSY.format(why=why, seconds=BUSY_SECONDS), 503, headers)
