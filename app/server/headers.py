"""What every answer of the server tells a browser, whichever part of it answers.

The policy lets the site's own scripts run and nothing else, and lets a page fetch nothing from
elsewhere, so that even markup that slipped into a page could not call home. Streamlit needs inline
styles, one inline script, `eval` for its charts' expressions, and workers and images made on the
spot (`blob:`, `data:`). Single sign-on leaves the page by a redirect, which no policy concerns.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.under_base import with_head

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "media-src 'self' blob:",
        "frame-src 'self' blob:",
        "frame-ancestors 'self'",
        "base-uri 'self'",
        "form-action 'self'",
        "object-src 'none'",
    ]
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware that adds HEADERS to every answer that lacks them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""
        await self._app(scope, receive, with_head(send, _add))


def _add(headers: MutableHeaders) -> None:
    # What an answer has set itself is left alone: a download may be stricter.
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
