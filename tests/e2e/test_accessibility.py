"""axe-core finds no violation of WCAG 2 A or AA on any page, in light and in dark, and needs no exception for that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.server import running, url
from tests.e2e.conftest import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PAGES = (
    "", "task", "compare", "system", "explorer", "platforms", "generalization", "validity", "releases", "methods",
    "?chart=scatter",
)  # fmt: skip
STANDARD = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def violations(page: Any) -> list[tuple[str, str]]:
    """(rule, HTML of the element) of each violation."""
    found = Axe().run(page, options=STANDARD).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


@pytest.fixture(scope="module")
def real_site(real_board: Path) -> Iterator[str]:
    """The address of the site on the board of real outputs."""
    port = free_port()
    with running(real_board, port=port):
        yield url("localhost", port)


def check(visit: Any, address: str) -> None:
    """Open a page and look at it in both modes."""
    window = visit()
    window.page.goto(address)
    settle(window.page)
    for mode in ("light", "dark"):
        window.page.emulate_media(color_scheme=mode)
        ground = "rgb(255, 255, 255)" if mode == "light" else "rgb(11, 18, 32)"
        window.page.wait_for_function(
            "ground => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === ground",
            arg=ground,
        )
        settle(window.page)
        assert violations(window.page) == [], mode


def settle(page: Any) -> None:
    page.get_by_text("For research, not for diagnosis.").last.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_a_violation(visit: Any, site: str, address: str) -> None:
    check(visit, f"{site}/{address}")


@pytest.mark.parametrize("address", ["compare", "explorer"])
def test_nor_has_one_that_shows_examples(visit: Any, real_site: str, address: str) -> None:
    check(visit, f"{real_site}/{address}?benchmark=imhi-expert")
