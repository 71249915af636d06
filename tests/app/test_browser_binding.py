"""Which secret a browser is given and known by, where another application may have planted one."""

from __future__ import annotations

import pytest
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.server.browser_binding import COOKIE, HOST_COOKIE, BrowserBinding, browser_of

PAGE = {"Accept": "text/html"}


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """A page of the site."""
    await HTMLResponse("a page")(scope, receive, send)


def given(address: str, base: str = "", cookies: dict[str, str] | None = None) -> str:
    """Return the cookie that the first page sets; "" where it sets none."""
    client = TestClient(BrowserBinding(page, base=base), base_url=address, cookies=cookies or {})
    return client.get(f"/{base}", headers=PAGE).headers.get("set-cookie", "")


def test_by_https_the_secret_is_one_that_no_neighbour_can_plant() -> None:
    # Browsers take a `__Host-` cookie with exactly these from the host itself alone: RFC 6265bis,
    # 4.1.3.2.
    cookie = given("https://board.example", cookies={COOKIE: "planted"})
    name, *attributes = cookie.replace("=", ";", 1).split(";")
    assert name == HOST_COOKIE
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= {one.strip() for one in attributes}
    assert "Domain" not in cookie


def test_a_planted_secret_counts_no_more_once_the_host_has_given_its_own() -> None:
    both = {COOKIE: "planted", HOST_COOKIE: "given"}
    assert browser_of(both) == browser_of({HOST_COOKIE: "given"}) != browser_of({COOKIE: "planted"})
    assert given("https://board.example", cookies=both) == ""


@pytest.mark.parametrize(
    ("address", "base"), [("http://localhost", ""), ("https://board.example", "boards/mind")]
)
def test_elsewhere_the_name_is_plain(address: str, base: str) -> None:
    assert given(address, base).startswith(f"{COOKIE}=")
    assert given(address, base, {COOKIE: "known"}) == ""
