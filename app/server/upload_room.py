"""Room for the files that pages take: Streamlit keeps them in memory, and asks neither who sends
nor how many.

This middleware lets a file through only into a session that a team is signed in to, and only while
what the session, its team and everybody together have there stays within the board's limits
(`limits.toml`). How much that is, is read from where Streamlit keeps the files, so that what a page
lets go of is room again at once. A file is written aside as it arrives, and handed on when it is
whole: one that comes slowly, or never to its end, takes no memory.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO

import anyio
from anyio.to_thread import run_sync as in_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.server.pace import Pace
from app.server.under_base import UnderBase
from app.server.uploaders import UPLOADERS
from submissions.teams.limits import MEGABYTE, BrowserLimits

UPLOADS = "_stcore/upload_file/"
LEAST = 64 * 1024
"""Bytes that the smallest file counts as: what is kept beside its content."""
BLOCK = 256 * 1024
SECONDS = 600.0
"""That the largest file may take to arrive."""
RETRY_SECONDS = 30


class UploadRoom(UnderBase):
    """ASGI middleware that takes files from pages while there is room for them.

    Args:
        app: What keeps them.
        base: The sub-path that the site is under.
        limits: How much room there is.
    """

    def __init__(self, app: ASGIApp, base: str, limits: BrowserLimits) -> None:
        super().__init__(app, base)
        self._limits = limits
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file, or refuse it; let the site answer everything else."""
        route = self._route(scope)
        if not (route.startswith(UPLOADS) and scope["method"] == "PUT"):
            await self._app(scope, receive, send)
            return
        session = route.removeprefix(UPLOADS).split("/")[0]
        length = Headers(scope=scope).get("content-length", "")
        # 0 where no length is given, which is refused below: room is held before a byte arrives.
        size = max(LEAST, int(length)) if length.isdecimal() else 0
        refusal = self._refusal(session, size)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        # Held while it arrives, when Streamlit does not know of it yet.
        self._arriving[session] += size
        try:
            await self._take(scope, receive, send)
        finally:
            self._arriving[session] -= size
            self._arriving += Counter()  # drops what is zero

    def _refusal(self, session: str, size: int) -> Response | None:
        """Return why a file of so many bytes cannot be taken into a session; None where it can."""
        team = UPLOADERS.team_of(session)
        if team is None:
            return _answer(HTTPStatus.FORBIDDEN, "Sign in to send files.")
        if not size:
            return _answer(HTTPStatus.LENGTH_REQUIRED, "Say how long the file is: Content-Length.")
        # Asked anew each time: what a page has let go of is room again.
        held = _held() + self._arriving
        of_team = sum(held[own] for own in UPLOADERS.sessions_of(team))
        for kept, most, whose in (
            (held[session], self._limits.session_mb, "this page"),
            (of_team, self._limits.team_mb, "your team"),
        ):
            if kept + size > most * MEGABYTE:
                return _answer(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The files of {whose} may have {most} MB together; remove some, or use the"
                    " command line or the HTTP API.",
                )
        if held.total() + size > self._limits.total_mb * MEGABYTE:
            busy = "Others are sending files now, and there is no room for more. Try again soon."
            return _answer(
                HTTPStatus.SERVICE_UNAVAILABLE, busy, {"Retry-After": f"{RETRY_SECONDS}"}
            )
        return None

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A file without a name: nothing is left of it whatever ends the process.
        with tempfile.TemporaryFile() as aside:
            try:
                whole = await _write_aside(aside, receive)
            except TimeoutError:
                late = _answer(HTTPStatus.REQUEST_TIMEOUT, "The file came too slowly.")
                await late(scope, receive, send)
                return
            # Whoever went away half-way has sent nothing.
            if whole:
                aside.seek(0)
                await self._app(scope, _replay(aside, receive), send)


async def _write_aside(aside: IO[bytes], receive: Receive) -> bool:
    """Write a request's body down as it comes; whether it came to its end.

    Raises:
        TimeoutError: It comes too slowly.
    """
    pace, more = Pace(SECONDS), True
    while more:
        with anyio.fail_after(pace.left()):
            message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body = message.get("body", b"")
        pace.arrived(len(body))
        await in_thread(aside.write, body)
        more = message.get("more_body", False)
    return True


def _replay(aside: IO[bytes], receive: Receive) -> Receive:
    """Return what receives the body that was written aside, and after it whatever else the client
    does.
    """
    ended = False

    async def replaying() -> Message:
        nonlocal ended
        if ended:
            return await receive()
        block = await in_thread(aside.read, BLOCK)
        ended = not block
        return {"type": "http.request", "body": block, "more_body": bool(block)}

    return replaying


def _held() -> Counter[str]:
    """Return session -> bytes of the files that Streamlit keeps for it."""
    files = Runtime.instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)  # noqa: S101 (the one that Streamlit's application has)
    kept: Mapping[str, Mapping[str, UploadedFileRec]] = dict(files.file_storage)
    return Counter(
        {
            session: sum(max(LEAST, len(upload.data)) for upload in list(of.values()))
            # Copies all the way down: other threads put files in meanwhile.
            for session, of in kept.items()
        }
    )


def _answer(
    status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None
) -> PlainTextResponse:
    return PlainTextResponse(text, int(status), {"Cache-Control": "no-store", **(headers or {})})
