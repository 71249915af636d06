"""The site's own table, as people use it who see it, hear it, or have no mouse."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.conftest import TABLES
from tests.e2e.test_accessibility import settle, violations
from tests.e2e.test_site import click_head, column, until

pytestmark = pytest.mark.e2e
GZIP = b"\x1f\x8b\x08"


def press(window: Any, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def focused(window: Any) -> str:
    """The text of what has the focus, through the shadow root."""
    return window.page.evaluate(
        """() => {
            let element = document.activeElement;
            while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
            return element?.innerText ?? '';
        }"""
    )


def test_ranks_and_values_stand_in_the_accessibility_tree(visit: Any, site: str) -> None:
    board = visit()
    board.open(site)
    table = board.page.get_by_role("table").first
    alpha = table.get_by_role("row").filter(has=board.page.get_by_role("rowheader", name="alpha"))
    tree = alpha.aria_snapshot()
    cells = re.findall(r'cell "(.*)"', tree)
    assert cells[:5] == ["1 , tests allow 1–2", "0.671 , best", "0.812", "0.701 , best", "0.500"]
    heads = re.findall(r'columnheader "(.*)"', table.get_by_role("row").nth(1).aria_snapshot())
    assert heads[:6] == ["Rank", "System", "Mean", "dreaddit", "irf", "severity"]
    assert "Bold: best of its column" in table.locator("caption").inner_text()
    by_mean = table.get_by_role("columnheader", name="Mean")
    assert by_mean.get_attribute("aria-sort") == "descending"


def test_the_keyboard_alone_sorts_reads_and_opens(visit: Any, site: str) -> None:
    board = visit()
    board.open(site)
    until(board, lambda rows: column(rows, "System")[0] == "alpha")
    board.page.get_by_role("button", name="severity", exact=True).focus()
    press(board, "Enter")
    until(board, lambda rows: column(rows, "System")[:2] == ["alpha", "beta"])
    board.page.wait_for_url("**sort=imhi-expert%2Fseverity*")
    # From the last head into the rows, which are one stop.
    board.page.get_by_role("button", name="About Unparsed").focus()
    press(board, "Tab")
    assert focused(board) == "alpha" or focused(board).startswith("1")
    press(board, "Home", "ArrowDown", "ArrowRight", "ArrowRight")
    assert focused(board) == "0.650"
    press(board, "Enter")
    card = board.page.get_by_role("dialog", name="beta · Mean")
    card.wait_for()
    text = card.inner_text()
    for said in ("0.600 to 0.700", "weighted_f1|v:1|mean-of:3 tasks"):
        assert said in text
    settle(board.page)  # what a script draws anew is pale meanwhile
    assert violations(board.page) == []
    press(board, "Escape")
    card.wait_for(state="hidden")
    assert focused(board) == "0.650", "the focus is where it was"


def test_a_blank_says_why_and_a_head_what_it_measures(visit: Any, site: str) -> None:
    board = visit(has_touch=True)
    board.open(site)
    half = board.page.get_by_role("row").filter(has_text="half")
    half.get_by_role("cell").nth(3).tap()
    assert "task not submitted" in board.page.get_by_role("dialog").inner_text()
    board.page.get_by_role("button", name="Close", exact=True).tap()
    board.page.get_by_role("button", name="About irf").tap()
    assert "35 examples of 18 posts" in board.page.get_by_role("dialog", name="irf").inner_text()


def test_sorting_asks_for_nothing_that_is_here_and_goes_back(visit: Any, site: str) -> None:
    board = visit()
    frames: list[bytes] = []
    board.page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda data: frames.append(data if isinstance(data, bytes) else b"")
        ),
    )
    board.open(site)
    until(board, lambda rows: column(rows, "System")[0] == "alpha")
    frames.clear()
    click_head(board, "irf")
    board.page.wait_for_url("**sort=imhi-expert%2Firf*")
    board.page.get_by_role("link", name="One task").wait_for()
    assert not [frame for frame in frames if GZIP in frame]
    rows = until(board, lambda rows: column(rows, "System")[2] != "majority label")
    assert column(rows, "System")[-2:] == ["=1+1", "half"], "blanks and partial systems last"
    click_head(board, "irf")
    turned = until(board, lambda rows: column(rows, "System")[0] == "majority label")
    assert column(turned, "System")[-2:] == ["=1+1", "half"], "in either order"
    board.page.wait_for_url("**order=asc*")
    board.page.go_back()
    until(board, lambda rows: column(rows, "System")[0] == "alpha")
    board.page.go_back()
    board.page.wait_for_url(f"{site}/")
    until(board, lambda rows: column(rows, "System")[-2:] == ["=1+1", "half"])


def test_a_name_is_a_link_and_text(visit: Any, site: str, invented: ModuleType) -> None:
    board = visit()
    board.open(f"{site}/?release=1")
    link = board.page.get_by_role("link", name=invented.HOSTILE, exact=True)
    assert link.inner_text() == invented.HOSTILE
    address = urlsplit(link.get_attribute("href") or "")
    assert address.path == "/system"
    assert parse_qs(address.query) == {
        "benchmark": ["imhi-expert"],
        "release": ["1"],
        "system": [f"imhi-expert:{invented.HOSTILE}:1"],
    }


def test_on_a_phone_the_rest_comes_by_a_tap(visit: Any, site: str) -> None:
    phone = visit(390, 844, has_touch=True)
    phone.open(site)
    row = phone.page.get_by_role("row").filter(has_text="alpha")
    shown = [cell for cell in row.get_by_role("cell").all() if cell.is_visible()]
    assert len(shown) == 2, "rank and mean, beside the name"
    shown[1].tap()
    card = phone.page.get_by_role("dialog", name="alpha")
    card.wait_for()
    for said in ("dreaddit", "0.812", "severity", "BARTScore recall"):
        assert said in card.inner_text()
    # Streamlit's own menu has a list with more in it than items on a phone.
    assert violations(phone.page, {"exclude": [["[data-testid=stSidebar]"]]}) == []
    wide = phone.page.locator(TABLES).first.evaluate("table => table.scrollWidth")
    assert wide <= 390
