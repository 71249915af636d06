"""What middleware around the site's own addresses has in common: the sub-path that all of them are
under.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Scope, Send


class UnderBase:
    """ASGI middleware that looks at addresses of the site.

    Args:
        app: What answers.
        base: The sub-path that the site is under, without slashes at its ends; "" for none.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app, self._root = app, f"/{base}/" if base else "/"

    def _route(self, scope: Scope) -> str:
        """Return the address within the site, as in "auth/login".

        "" for the first page and for what is no page.
        """
        path = str(scope.get("path", ""))
        return path.removeprefix(self._root) if scope["type"] in ("http", "websocket") else ""


def with_head(send: Send, see_to: Callable[[MutableHeaders], object]) -> Send:
    """Return `send`, which has `see_to` look at the headers of an answer before they go out."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            see_to(MutableHeaders(scope=message))
        await send(message)

    return sending
