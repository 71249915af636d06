"""The site on an invented release, and a real browser that reports what goes wrong in it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from app.server.launch import url
from tests import releases
from tests.e2e.browser import installed
from tests.live import running

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 90_000
"""Milliseconds that a page may take: a machine that does other things besides is
slow, not wrong.
"""
expect.set_options(timeout=PATIENCE)
TABLES = ".sheet table, [data-testid=stDataFrame] canvas[data-testid=data-grid-canvas]"
"""The page's tables, from its top to its end; Playwright looks through the shadow roots."""
_READ = """table => {
    const rows = [...table.querySelectorAll('tr')];
    if (table.tagName === 'CANVAS')
        return rows.map(row => [...row.querySelectorAll('td, th')].map(cell => cell.textContent));
    const own = cell => (cell.querySelector('.title, a') ?? [...cell.childNodes].find(
        node => node.nodeName !== 'SMALL' && !node.classList?.contains('track'))
    )?.textContent ?? '';
    return rows.filter(row => !row.matches('.groups')).map(row => [...row.cells].map(own));
}"""
_PROBES = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")
"""Streamlit's page looks for its server under the page's own path first, when a deep link is
opened.
"""


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """`tests/releases.py`: the rows of the invented release and what is expected of them."""
    return releases


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site on the invented release."""
    port = free_port()
    with running(invented.publish_invented(tmp_path_factory.mktemp("data")), port=port):
        yield url("localhost", port)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one that REASONBOARD_CHROMIUM names, else an installed one, else Playwright's
    own.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A browser's page, and what happened in it that should not have.

    Attributes:
        page: Playwright's page.
        elsewhere: Addresses outside this machine that were asked for.
        errors: What the console calls errors.
    """

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch_request(self, request: Request) -> None:
        """Note a request that leaves the machine."""
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "localhost",
            "127.0.0.1",
        ):
            self.elsewhere.append(request.url)

    def watch_console(self, message: ConsoleMessage) -> None:
        """Note an error."""
        if message.type == "error" and not _PROBES.search(message.location.get("url", "")):
            self.errors.append(message.text)

    def open(self, address: str) -> None:
        """Go there and wait for the first table."""
        self.page.goto(address)
        self.page.locator(TABLES).first.wait_for()

    def rows(self, table: int = 0) -> list[list[str]]:
        """The text of a table's cells, without what stands behind it in small; its head is the
        first row.
        """
        return self.page.locator(TABLES).nth(table).evaluate(_READ)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a fresh window; at the end nothing may have left the machine or failed.

    A test with a server of its own asks for that first: it then ends after the windows, which would
    miss it.
    """
    visits: list[Visit] = []

    def opened(width: int = 1400, height: int = 900, **options: object) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        new = Visit(context.new_page())
        new.page.on("request", new.watch_request)
        new.page.on("console", new.watch_console)
        new.page.on("pageerror", lambda error: new.errors.append(str(error)))
        visits.append(new)
        return new

    yield opened
    for each in visits:
        each.page.context.close()
        assert not each.elsewhere
        assert not each.errors
