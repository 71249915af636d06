"""Which of Streamlit's own addresses are open: those that a browser on the site needs.

Streamlit answers more under `_stcore/` with every version: counts of sessions and memory, and ways
to drive the site without a browser. What nobody asked for stays closed.
"""

from __future__ import annotations

import os

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.under_base import UnderBase

_CORE = "_stcore/"
_NEEDED = ("health", "host-config", "stream", "upload_file/")
METRICS = "REASONBOARD_METRICS"
"""Set to 1, the environment opens `_stcore/metrics`: for a program that watches the server from
within its network.
"""


class NeededDoors(UnderBase):
    """ASGI middleware that answers like a missing page where nothing of the site
    needs an answer.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        super().__init__(app, base)
        asked_for = ("metrics",) if os.environ.get(METRICS) == "1" else ()
        self._open = tuple(f"{_CORE}{door}" for door in (*_NEEDED, *asked_for))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, or say that there is nothing."""
        if scope["type"] == "http" and self._closed(self._route(scope)):
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _closed(self, route: str) -> bool:
        at = route.find(_CORE)  # Streamlit answers under any page's name, too
        if at < 0:
            return False
        asked = route[at:]
        return not any(
            # A door without a slash is one address; `health` must not open `health-of-something`.
            asked == door or (door.endswith("/") and asked.startswith(door))
            for door in self._open
        )
