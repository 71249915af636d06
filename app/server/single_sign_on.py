"""What single sign-on's own addresses answer, made to fit this site.

Streamlit serves them (`auth/login`, `oauth2callback`, `auth/logout`) and sets the cookies: signed,
`HttpOnly`, `SameSite=Lax`, for the site's sub-path, 30 days. Two things are added here.

* Its cookies are never `Secure`, so that they work in Safari on http://localhost. Where the reader
  came by https they are made so, and never travel over plain http.
* It leads whoever has signed in to the first page. They are led back to where they signed in: a
  cookie that lives ten minutes keeps that page's path, and a path alone, so that it cannot lead
  elsewhere.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Receive, Scope, Send

from app.server.under_base import UnderBase, with_head

_BACK, _SECONDS = "signed_in_from", 600


class SignInRoutes(UnderBase):
    """ASGI middleware around single sign-on's addresses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the site answer."""
        route = self._route(scope)
        if route not in ("auth/login", "auth/logout", "oauth2callback"):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)

        def fit(answer: MutableHeaders) -> None:
            # These answers set cookies of one reader.
            answer["cache-control"] = "no-store"
            if route == "auth/login":
                self._remember(asked, answer)
            if route == "oauth2callback":
                self._lead_back(asked, answer)
            if by_https(scope, asked):
                _secure(answer)

        await self._app(scope, receive, with_head(send, fit))

    def _remember(self, asked: Headers, answer: MutableHeaders) -> None:
        page = urlsplit(asked.get("referer", ""))
        # The referer is the browser's word: another site's page must not be kept as the way back.
        if page.netloc == asked.get("host") and self._ours(page.path):
            self._set(answer, quote(page.path), _SECONDS)

    def _lead_back(self, asked: Headers, answer: MutableHeaders) -> None:
        try:
            kept = SimpleCookie(asked.get("cookie", "")).get(_BACK)
        except CookieError:
            return
        if kept is None:
            return
        # Used once: a later sign-in begins somewhere else.
        self._set(answer, "", 0)
        path = unquote(kept.value)
        # Only where Streamlit leads to the first page, that is, where signing in has worked.
        if self._ours(path) and answer.get("location") == self._root:
            answer["location"] = quote(path)

    def _ours(self, path: str) -> bool:
        """Return whether a path is of this site: "//host" and "/\\host" would lead elsewhere."""
        return (
            path.startswith(self._root)
            and not path.startswith("//")
            and "\\" not in path
            and path.isprintable()
        )

    def _set(self, answer: MutableHeaders, value: str, seconds: int) -> None:
        answer.append(
            "set-cookie",
            f"{_BACK}={value}; Path={self._root}; Max-Age={seconds}; HttpOnly; SameSite=Lax",
        )


def by_https(scope: Scope, asked: Headers) -> bool:
    """Return whether the reader's side of the connection is https.

    The proxy says so where there is one.
    """
    return asked.get("x-forwarded-proto", str(scope.get("scheme"))).split(",")[0].strip() == "https"


def _secure(answer: MutableHeaders) -> None:
    # All out and in again: the headers of a message cannot be changed one by one under the same
    # name.
    cookies = answer.getlist("set-cookie")
    del answer["set-cookie"]
    for cookie in cookies:
        answer.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")
