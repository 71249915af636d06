"""One answer with problem details (RFC 9457), as the API and the middleware before it give them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from app.text import without_places

MEDIA_TYPE = "application/problem+json"


def problem(status: int, name: str, title: str, detail: str, **more: Any) -> JSONResponse:
    """Return a response with problem details."""
    body = {
        "type": f"urn:reasonboard:{name}",
        "title": title,
        "status": status,
        # Errors name files for the maintainer; whoever asks over the network is not told where
        # they lie.
        "detail": without_places(detail),
        **more,
    }
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        # The standard demands it of every 401.
        headers["WWW-Authenticate"] = 'Bearer realm="ReasonBoard"'
    return JSONResponse(body, status, headers, MEDIA_TYPE)
