"""Whose browser a session belongs to: a session's id alone opens nothing.

Streamlit takes whoever names a session's id in a websocket handshake for that session's browser,
and puts the id into the addresses of uploads, which proxies log. So every browser gets a secret of
its own in a cookie that no script can read (`HttpOnly`, `SameSite=Lax`, `Secure` under https), and
this middleware, in front of Streamlit, lets a session be resumed, and files be put into it, only
with the secret of the browser that began it. A handshake that names another's session, or one that
ended, begins a new session, as a first visit does. What is kept of a secret is its hash.

A handshake from another site's page is refused before Streamlit sees it: Streamlit would ask an
outside service for the server's own address, on the event loop, to compare it with.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.server.ended_sessions import ENDED_SESSIONS
from app.server.single_sign_on import by_https
from app.server.under_base import UnderBase, with_head

COOKIE = "reasonboard_browser"
HOST_COOKIE = f"__Host-{COOKIE}"
"""Under https and without a sub-path: by this prefix browsers take it from this very host alone.
Another application on a neighbouring domain, or somebody on the line, cannot plant a secret that
they know before its reader signs in.
"""
_SECRET_BYTES = 32
_SESSIONS = 20_000
"""Sessions whose browser is remembered; the one used longest ago goes first. Whoever is forgotten
starts anew.
"""
_STREAM = "_stcore/stream"
_UPLOADS = "_stcore/upload_file/"
_PROTOCOLS = b"sec-websocket-protocol"
_POLICY_VIOLATION = 1008


def browser_of(cookies: Mapping[str, str]) -> str | None:
    """Return what identifies the browser that sent these cookies: the hash of its secret; None
    without one.
    """
    # The stricter one first: where a browser has both, the other may have been planted.
    secret = cookies.get(HOST_COOKIE, cookies.get(COOKIE))
    if not isinstance(secret, str) or not secret:  # Streamlit's own test harness has no cookies
        return None
    return hashlib.sha256(secret.encode()).hexdigest()


class BrowserBinding(UnderBase):
    """ASGI middleware that ties sessions to browsers, and refuses handshakes from other sites."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        super().__init__(app, base)
        # Session -> the hash of its browser's secret.
        self._browsers: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the site answer, or refuse."""
        if scope["type"] == "websocket":
            await self._handshake(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _handshake(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        if not _same_site(asked):
            # The connection's opening has to be taken before it can be refused.
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        browser = browser_of(HTTPConnection(scope).cookies)
        sessions: list[str] = []
        try:
            await self._app(
                self._without_foreign_session(scope, browser),
                receive,
                self._learning(browser, send, sessions),
            )
        finally:
            # However the connection ended: whoever does not come back has their session closed.
            for session in sessions:
                ENDED_SESSIONS.note(session)

    def _without_foreign_session(self, scope: Scope, browser: str | None) -> Scope:
        """Return the handshake, without the session that it names unless that is this browser's."""
        headers = [
            # The header alone is rewritten, because Streamlit reads the session from there.
            (name, self._own_session(value, browser) if name == _PROTOCOLS else value)
            for name, value in scope["headers"]
        ]
        protocols = Headers(raw=headers).get(_PROTOCOLS.decode(), "")
        # The server's own reading of that header has to agree with it, or the handshake fails.
        subprotocols = [part.strip() for part in protocols.split(",") if part.strip()]
        return {**scope, "headers": headers, "subprotocols": subprotocols}

    def _own_session(self, protocols: bytes, browser: str | None) -> bytes:
        """Return Streamlit's "protocol, XSRF token, session" without a session of
        another browser.
        """
        parts = protocols.split(b",")
        session = parts[2].strip().decode("latin-1") if len(parts) > 2 else ""
        # Without the third part Streamlit begins a new session, as for a first visit.
        return protocols if self._belongs(session, browser) else b",".join(parts[:2])

    def _belongs(self, session: str, browser: str | None) -> bool:
        return browser is not None and self._browsers.get(session) == browser

    def _learning(self, browser: str | None, send: Send, sessions: list[str]) -> Send:
        """Return `send`, which learns the session's id from the first message that tells the
        browser.

        Args:
            browser: Whose the session then is; None for nobody's, which cannot be resumed.
            send: Sends on.
            sessions: Where the id is put.
        """

        async def learning(message: Message) -> None:
            # Only until it is known: parsing every message would cost more than all the rest
            # here.
            if not sessions and message["type"] == "websocket.send" and message.get("bytes"):
                session = _session_told(message["bytes"])
                if session:
                    sessions.append(session)
                    if browser is not None:
                        self._remember(session, browser)
            await send(message)

        return learning

    def _remember(self, session: str, browser: str) -> None:
        self._browsers[session] = browser
        self._browsers.move_to_end(session)
        while len(self._browsers) > _SESSIONS:
            self._browsers.popitem(last=False)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        cookies = HTTPConnection(scope).cookies
        route = self._route(scope)
        # A browser asks by OPTIONS without its cookies whether it may send at all.
        if route.startswith(_UPLOADS) and scope["method"] != "OPTIONS":
            session = route.removeprefix(_UPLOADS).split("/")[0]
            if not self._belongs(session, browser_of(cookies)):
                refusal = PlainTextResponse("This session is not this browser's.", status_code=403)
                await refusal(scope, receive, send)
                return
        secure = by_https(scope, asked)
        # Not for scripts and images: each of them would be given another secret before the page
        # has its own.
        opens_page = "text/html" in asked.get("accept", "")
        if opens_page and not cookies.get(self._name(secure=secure)):
            send = with_head(send, partial(self._give, secure=secure))
        await self._app(scope, receive, send)

    def _give(self, answer: MutableHeaders, *, secure: bool) -> None:
        """Give a browser its secret with the first page that it gets."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        ending = "; Secure" if secure else ""
        name = self._name(secure=secure)
        answer.append(
            "set-cookie", f"{name}={secret}; Path={self._root}; HttpOnly; SameSite=Lax{ending}"
        )
        answer["cache-control"] = "no-store"  # the secret is this browser's alone

    def _name(self, *, secure: bool) -> str:
        # Browsers take the prefix only with the path "/".
        return HOST_COOKIE if secure and self._root == "/" else COOKIE


def _same_site(asked: Headers) -> bool:
    """Return whether a handshake comes from a page of this site, or from what is no browser.

    Streamlit's list of other origins (`server.corsAllowedOrigins`) is not asked: it looks there
    last, after the outside service. A proxy has to hand on the `Host` that the browser asked for.
    """
    origin = asked.get("origin")
    # What is no browser names no origin, and has no cookies that somebody could make use of.
    return origin is None or urlsplit(origin).netloc == asked.get("host")


def _session_told(content: bytes) -> str:
    """Return the session's id from Streamlit's message, if it is the one that tells it; else ""."""
    message = ForwardMsg()
    message.ParseFromString(content)
    if message.WhichOneof("type") != "new_session":
        return ""
    return str(message.new_session.initialize.session_id)
