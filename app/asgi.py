"""The application that the server runs: the site and the HTTP API in one process. `reasonboard
serve` starts it.

The API stands in front of the site rather than among its routes, for three reasons: Streamlit
answers every address that it does not know with a page and status 200; it does not put
`server.baseUrlPath` before added routes, so that behind a proxy under a sub-path they could not be
found; and its compression and path checks are made for pages.

Streamlit would collect garbage after every rerun, and look at all that every session holds each
time: with fifty of them each rerun held up the others for a tenth of a second. That is switched off
(`postScriptGC` in the configuration); Python collects by itself. What is loaded when the server is
up is never garbage, so it is loaded before the first reader comes and taken out of the collector's
view (`gc.freeze`).
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

from app import logs
from app.api import api_application
from app.server.browser_binding import BrowserBinding
from app.server.connections import SaidSeldom
from app.server.doors import NeededDoors
from app.server.ended_sessions import ENDED_SESSIONS
from app.server.headers import SecurityHeaders
from app.server.in_turns import InTurns
from app.server.page_messages import PageMessages
from app.server.request_log import RequestLog
from app.server.rest_of_body import RestOfBody
from app.server.seldom import log_seldom
from app.server.single_sign_on import SignInRoutes
from app.server.under_base import UnderBase
from app.server.upload_room import UploadRoom
from app.server.verifying import looked_at_daily
from app.server.visitors import Visitors
from app.settings import data_folder, finish_takedowns
from app.site.navigation import VIEWS
from submissions.declarations.settings import board_tasks
from submissions.receiving.incoming import drop_left_over
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.teams.limits import visitor_limits

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("streamlit_app.py")
_PROGRAMS = ("app.asgi", "app.cli", "app.server.process", "app.streamlit_app")
"""What is run and not imported, and what the server has no use for."""


class ApiFirst:
    """ASGI middleware that hands /api to the API, and everything else on.

    Under a sub-path (`server.baseUrlPath`) both addresses lead there, since some proxies take the
    sub-path off.
    """

    def __init__(self, app: ASGIApp, api: ASGIApp, base: str) -> None:
        self._app, self._api = app, api
        self._bases = ("", f"/{base}") if base else ("",)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the site answer."""
        if scope["type"] == "http":
            for base in self._bases:
                if f"{scope['path']}/".startswith(f"{base}/api/"):
                    await self._api({**scope, "root_path": base}, receive, send)
                    return
        await self._app(scope, receive, send)


class FirstPage(UnderBase):
    """ASGI middleware that leads the first page's name to its address, which is the site's own: as
    other pages have.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead on, or let the site answer."""
        if self._route(scope).rstrip("/") == VIEWS[0]:
            query = scope["query_string"].decode("latin-1")
            answer = RedirectResponse(f"{self._root}{'?' if query else ''}{query}", status_code=307)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Let the site begin once everything is loaded."""
    # Pages import what they need when they are first opened; a reader would wait for that, and
    # `gc.freeze` would miss it.
    for module in pkgutil.walk_packages([str(SCRIPT.parent)], "app."):
        if not module.name.startswith(_PROGRAMS):
            importlib.import_module(module.name)
    # What is garbage already must not be frozen with the rest.
    gc.collect()
    gc.freeze()
    logs.take_over("streamlit", "uvicorn", "websockets")
    log_seldom()
    # Here and not earlier: only now is there the loop that serves.
    asyncio.get_running_loop().set_exception_handler(SaidSeldom())
    # A task that nothing refers to may be collected before it has run.
    closing = asyncio.create_task(ENDED_SESSIONS.keep_closing())
    async with looked_at_daily(_folder):
        yield
    closing.cancel()


def _board() -> DataFolder:
    folder = data_folder()
    prepare(folder)
    for outcome in finish_takedowns(folder):
        logger.warning("%s", outcome)
    drop_left_over(folder)
    return folder


# At import, which Streamlit does before it takes a connection: nobody meets a board that is not
# migrated.
_folder = _board()
_of_browsers, _of_visitors = visitor_limits(_folder)
_api = api_application(_folder, board_tasks(_folder.path))
_base = str(config.get_option("server.baseUrlPath") or "").strip("/")

app = st.App(
    str(SCRIPT),
    lifespan=lifespan,
    middleware=[
        # The outermost comes first. Headers are added to every answer, also to refusals of those
        # below.
        Middleware(SecurityHeaders),
        Middleware(InTurns, at_once="/health"),
        # Before all that may refuse: whoever is refused while still sending has to be read to the
        # end.
        Middleware(RestOfBody),
        # Counted before anything is looked at: a refusal has to cost less than what it refuses.
        Middleware(Visitors, base=_base, limits=_of_visitors),
        Middleware(NeededDoors, base=_base),
        # Before what reads messages or files: of a session that is not this browser's nothing is
        # read.
        Middleware(BrowserBinding, base=_base),
        Middleware(PageMessages, limits=_of_visitors),
        Middleware(UploadRoom, base=_base, limits=_of_browsers),
        Middleware(ApiFirst, api=RequestLog(_api), base=_base),
        Middleware(SignInRoutes, base=_base),
        Middleware(FirstPage, base=_base),
    ],
)
