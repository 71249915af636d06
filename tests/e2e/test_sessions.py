"""A session belongs to the browser that began it: an id, a link or another site's page takes
nothing over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from app.server.browser_binding import COOKIE
from app.server.launch import running, url
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team, rotate_token
from tests.e2e.conftest import Visit, free_port
from tests.e2e.test_submitting import received, sign_in
from tests.live import memory, with_limits
from tests.sockets import Browser
from tests.workers import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def board(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = invented.publish_invented(tmp_path_factory.mktemp("data"))
    return folder


@pytest.fixture(scope="module")
def site(board: Path, outside: list[str]) -> Iterator[str]:  # noqa: ARG001 - stands in its way
    port = free_port()
    with running(board, port=port):
        yield url("localhost", port)


@pytest.fixture(scope="module")
def token(board: Path) -> str:
    return add_team(DataFolder(board), "Maintainers", Role.maintainer, "tester")


@pytest.fixture(scope="module")
def outside() -> Iterator[list[str]]:
    """What the server asks of any other machine: it finds a proxy in its way that
    answers nothing.
    """
    asked: list[str] = []

    class Refuse(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        do_CONNECT = do_GET  # noqa: N815 - the library's name
        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Refuse) as proxy,
        pytest.MonkeyPatch.context() as patch,
    ):
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, f"http://127.0.0.1:{proxy.server_address[1]}")
        patch.setenv("no_proxy", "localhost,127.0.0.1")
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        yield asked
        proxy.shutdown()


def handshake(
    site: str, session: str, *, origin: str | None = None, cookie: str | None = None
) -> str:
    """Ask for a session by its id; the id of the one that was given."""
    with connect(
        f"ws://{urlsplit(site).netloc}/_stcore/stream",
        subprotocols=[Subprotocol(name) for name in ("streamlit", "x", session)],
        origin=None if origin is None else Origin(origin),
        additional_headers={"Cookie": f"{COOKIE}={cookie}"} if cookie else {},
        proxy=None,
    ) as socket:
        run = BackMsg()
        run.rerun_script.query_string = ""
        socket.send(run.SerializeToString())
        while True:
            frame = socket.recv(timeout=60)
            assert isinstance(frame, bytes)
            if told := session_told(frame):
                return told


def session_told(frame: bytes) -> str:
    """The session's id, if this message tells it to the browser."""
    message = ForwardMsg()
    message.ParseFromString(frame)
    told = message.WhichOneof("type") == "new_session"
    return message.new_session.initialize.session_id if told else ""


def secret(page: Page) -> str:
    """What the browser's cookie holds."""
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == COOKIE)


def signed_in_page(visit: Callable[..., Visit], site: str, token: str) -> tuple[Page, str]:
    """A page that a maintainer has signed in on, and its session's id."""
    page = visit().page
    frames = received(page)
    sign_in(page, f"{site}/submit", token)
    return page, next(filter(None, map(session_told, frames)))


def test_a_session_id_alone_opens_no_session(
    visit: Callable[..., Visit], site: str, token: str
) -> None:
    page, session = signed_in_page(visit, site, token)
    assert handshake(site, session) != session
    assert handshake(site, session, origin=site) != session
    assert handshake(site, session, origin=site, cookie="a guess") != session
    page.get_by_role("button", name="Sign out").wait_for()  # the victim noticed nothing
    # The same handshake with the browser's own secret resumes it: what is refused above is refused
    # for the secret.
    assert handshake(site, session, origin=site, cookie=secret(page)) == session


def test_files_go_into_a_session_from_its_own_browser_alone(
    visit: Callable[..., Visit], site: str, token: str
) -> None:
    page, session = signed_in_page(visit, site, token)
    address = f"{site}/_stcore/upload_file/{session}/a-file"
    for cookies in ({}, {COOKIE: "a guess"}):
        for method in ("PUT", "DELETE"):
            answer = requests.request(method, address, cookies=cookies, timeout=60)
            assert answer.status_code == 403
            assert "not this browser's" in answer.text
    with_secret = requests.put(address, cookies={COOKIE: secret(page)}, timeout=60)
    assert (
        "XSRF" in with_secret.text
    )  # past the binding, and stopped by what Streamlit itself asks for


def test_the_secret_is_out_of_scripts_reach_and_is_given_once(
    visit: Callable[..., Visit], site: str
) -> None:
    page = visit().page
    page.goto(site)
    page.get_by_role("heading", name="Leaderboard").wait_for()
    cookie = next(each for each in page.context.cookies() if each["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    assert COOKIE not in page.evaluate("document.cookie")
    page.reload()
    page.get_by_role("heading", name="Leaderboard").wait_for()
    assert secret(page) == cookie["value"]
    by_https = requests.get(
        site, headers={"Accept": "text/html", "X-Forwarded-Proto": "https"}, timeout=60
    )
    assert "; Secure" in by_https.headers["Set-Cookie"]


def test_a_reload_and_a_second_tab_stay_signed_in_and_signing_out_ends_both(
    visit: Callable[..., Visit], site: str, token: str
) -> None:
    page, _ = signed_in_page(visit, site, token)
    page.reload()
    page.get_by_role("button", name="Sign out").wait_for()
    other = page.context.new_page()
    other.goto(f"{site}/submit")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("Token", exact=True).wait_for()
    page.reload()
    page.get_by_label("Token", exact=True).wait_for()
    stranger = visit().page
    stranger.goto(f"{site}/submit")
    stranger.get_by_label("Token", exact=True).wait_for()


def test_a_token_that_is_replaced_ends_what_it_began_in_every_tab(
    visit: Callable[..., Visit], site: str, board: Path
) -> None:
    first = add_team(DataFolder(board), "Replaced", Role.member, "tester")
    page, _ = signed_in_page(visit, site, first)
    rotate_token(DataFolder(board), "Replaced", "tester")
    page.reload()
    page.get_by_label("Token", exact=True).wait_for()


def test_a_link_on_another_site_leads_to_a_page_that_is_still_signed_in(
    visit: Callable[..., Visit], site: str, token: str
) -> None:
    page, _ = signed_in_page(visit, site, token)
    with another_site(f'<a href="{site}/submit">the board</a>') as elsewhere:
        page.goto(elsewhere)
        page.get_by_role("link", name="the board").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=60_000)


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A page of another site: 127.0.0.1 is not localhost."""

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_handshakes_from_other_sites_are_refused_and_nobody_outside_is_asked(
    site: str, outside: list[str]
) -> None:
    for number in range(15):
        with pytest.raises(InvalidStatus) as refused:
            handshake(site, "none", origin=f"https://elsewhere-{number}.example")
        assert refused.value.response.status_code == 403
    assert requests.get(f"{site}/api/v1/health", timeout=60).status_code == 200
    assert outside == []


def test_files_of_a_session_are_bounded_and_their_memory_is_given_back(
    visit: Callable[..., Visit], invented: ModuleType, tmp_path: Path
) -> None:
    data = invented.publish_invented(tmp_path)
    prepare(DataFolder(data))
    token = add_team(DataFolder(data), "Senders", Role.member, "tester")
    with_limits(DataFolder(data), "[browser]\nsession_mb = 50\nteam_mb = 80\ntotal_mb = 200\n")
    port = free_port()
    with running(data, port=port) as process:
        page, session = signed_in_page(visit, url("localhost", port), token)
        before = memory(process.pid)
        cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        browser = Browser(url("localhost", port), cookies)
        content = bytes(24 * 10**6)
        statuses = [browser.put(session, content, f"file-{n}").status_code for n in range(4)]
        assert statuses == [204, 204, 413, 413]
        second = page.context.new_page()  # of the same team: 32 MB are left to it
        frames = received(second)
        second.goto(f"{url('localhost', port)}/submit")
        second.get_by_role("button", name="Sign out").wait_for()
        other = next(filter(None, map(session_told, frames)))
        answers = [browser.put(other, content, f"file-{n}") for n in range(2)]
        assert [answer.status_code for answer in answers] == [204, 413]
        assert "The files of your team may have 80 MB together" in answers[1].text
        assert memory(process.pid) > before + 60
        # No length: nothing is read of it.
        assert (
            requests.put(
                f"{browser.site}/_stcore/upload_file/{other}/x",
                data=iter([b"x"]),
                cookies=cookies,
                timeout=60,
            ).status_code
            == 411
        )
        page.context.close()
        wait_until(lambda: memory(process.pid) < before + 30, seconds=120)
