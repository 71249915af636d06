"""Single sign-on in a real browser, with an OpenID Connect provider: from a stranger to a team's
member, and out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Page, expect

from app.server.headers import HEADERS
from submissions.store.folder import DataFolder
from submissions.teams.accounts import members
from tests.commands import succeed
from tests.e2e.conftest import Visit, free_port
from tests.e2e.identity_provider import Provider, providing
from tests.e2e.proxy import proxied
from tests.live import running

pytestmark = pytest.mark.e2e
BASE = "board/one"
ADA = {"sub": "1", "email": "Ada@Example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing(free_port()) as one:
        yield one


@pytest.fixture(scope="module")
def board(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = invented.publish_invented(tmp_path_factory.mktemp("data"))
    succeed(folder, "team", "add", "Word watchers")
    return folder


@pytest.fixture(scope="module")
def site(board: Path, provider: Provider) -> Iterator[str]:
    port = free_port()
    with served(board, provider, port, f"http://localhost:{port}") as address:
        yield address


@contextmanager
def served(
    board: Path, provider: Provider, port: int, address: str, **environment: str
) -> Iterator[str]:
    """The site with single sign-on set up, as the world sees it under `address`."""
    secrets = provider.write_secrets(address, board.parent / f"secrets-{port}.toml")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"STREAMLIT_SECRETS_FILES": str(secrets), **environment}.items():
            patch.setenv(name, value)
        with running(board, port=port):
            yield address


@pytest.fixture
def ties(board: Path) -> Iterator[None]:
    yield
    for one in members(DataFolder(board)):
        succeed(board, "team", "member", "remove", one.email)


def sign_in(page: Page, site: str, issuer: str = "first") -> None:
    page.goto(f"{site}/submit")
    page.get_by_role("button", name=f"Sign in with {issuer}").click()
    page.wait_for_url(f"{site}/submit")  # led back to where it began


@pytest.mark.usefixtures("ties")
def test_a_stranger_acts_for_a_team_once_a_maintainer_has_tied_them(
    visit: Callable[..., Visit], site: str, board: Path, provider: Provider
) -> None:
    page = visit().page
    provider.claims = ADA
    sign_in(page, site)
    expect(
        page.get_by_text("Example.org is tied to no team here. Ask a maintainer")
    ).to_be_visible()
    succeed(board, "team", "member", "add", "Word watchers", "ada@example.org")
    assert "ada@example.org, has not signed in yet" in succeed(board, "team", "list")
    page.reload()
    expect(page.get_by_text("Word watchers, member")).to_be_visible()
    assert f"ada@example.org, {provider.url}/first" in succeed(board, "team", "list")
    assert "through" in succeed(board, "events")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Leaderboard").wait_for()
    page.wait_for_url(f"{site}/")
    assert provider.endings[-1] == f"{site}/oauth2callback"
    assert not any("_user" in cookie["name"] for cookie in page.context.cookies())
    page.goto(f"{site}/submit")
    expect(page.get_by_role("button", name="Sign in with first")).to_be_visible()


@pytest.mark.usefixtures("ties")
def test_the_same_address_from_elsewhere_or_unverified_is_not_the_member(
    visit: Callable[..., Visit], site: str, board: Path, provider: Provider
) -> None:
    succeed(board, "team", "member", "add", "Word watchers", "ada@example.org")
    provider.claims = {**ADA, "email_verified": False}
    page = visit().page
    sign_in(page, site)
    expect(page.get_by_text("does not say that this address is verified")).to_be_visible()
    assert members(DataFolder(board))[0].issuer is None
    provider.claims = ADA
    page = visit().page
    sign_in(page, site)
    expect(page.get_by_text("Word watchers, member")).to_be_visible()
    for issuer, claims in (("second", ADA), ("first", {**ADA, "sub": "2"})):
        provider.claims = claims
        other = visit().page
        sign_in(other, site, issuer)
        expect(other.get_by_text("was first used here by another account")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Word watchers, member")).to_be_visible()
    succeed(board, "team", "member", "remove", "ada@example.org")
    page.reload()
    expect(page.get_by_text("tied to no team here")).to_be_visible()


@pytest.mark.usefixtures("ties")
def test_under_a_sub_path_it_works_too_and_its_cookies_stay_there(
    visit: Callable[..., Visit], board: Path, provider: Provider
) -> None:
    port = free_port()
    succeed(board, "team", "member", "add", "Word watchers", "ada@example.org")
    provider.claims = ADA
    page = visit().page
    with (
        proxied(port, BASE) as address,
        served(board, provider, port, address, STREAMLIT_SERVER_BASE_URL_PATH=BASE) as site,
    ):
        sign_in(page, site)
        expect(page.get_by_text("Word watchers, member")).to_be_visible()
        kept = {
            cookie["name"]: cookie for cookie in page.context.cookies() if "_user" in cookie["name"]
        }
        assert {cookie["path"] for cookie in kept.values()} == {f"/{BASE}"}
        assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in kept.values()} == {
            (True, "Lax")
        }
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{site}/")
        page.get_by_role("link", name="Leaderboard").wait_for()
        assert not any("_user" in cookie["name"] for cookie in page.context.cookies())
        page.goto("about:blank")  # or it looks for the site that ends here


def test_its_addresses_carry_the_headers_and_by_https_their_cookies_are_secure(site: str) -> None:
    for path in ("auth/login", "auth/logout", "oauth2callback", "oauth2callback?state=x&code=y"):
        answer = requests.get(f"{site}/{path}", allow_redirects=False, timeout=30)
        assert answer.status_code == 302
        assert answer.headers["location"] == "/"
        assert answer.headers["cache-control"] == "no-store"
        assert (
            HEADERS.items()
            <= {name.lower(): value for name, value in answer.headers.items()}.items()
        )
    for proto, secure in (("https", True), ("http", False)):
        headers = {"X-Forwarded-Proto": proto, "Cookie": "_streamlit_user=stale"}
        cookies = requests.get(
            f"{site}/auth/logout", headers=headers, allow_redirects=False, timeout=30
        ).raw.headers
        set_ = cookies.getlist("set-cookie")
        assert set_
        assert all(("; secure" in cookie.lower()) is secure for cookie in set_)


@pytest.mark.parametrize(
    "page", ["//evil.example/submit", "/\\evil.example", "https://evil.example/submit"]
)
def test_nobody_is_led_elsewhere_after_signing_in(site: str, page: str) -> None:
    answer = requests.get(
        f"{site}/oauth2callback",
        headers={"Cookie": f"signed_in_from={quote(page)}"},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.headers["location"] == "/"
    back = requests.get(
        f"{site}/auth/login", headers={"Referer": page}, allow_redirects=False, timeout=30
    )
    assert "signed_in_from" not in back.headers.get("set-cookie", "")
