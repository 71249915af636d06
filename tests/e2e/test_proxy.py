"""The site behind a reverse proxy, under a sub-path, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from tests.e2e.conftest import free_port
from tests.e2e.proxy import proxied
from tests.e2e.test_site import column, until
from tests.live import running

pytestmark = pytest.mark.e2e
BASE = "board/one"


@pytest.fixture(scope="module")
def behind(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site on the invented release, as the proxy gives it to the world."""
    port = free_port()
    data = invented.publish_invented(tmp_path_factory.mktemp("data"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SERVER_BASE_URL_PATH", BASE)
        with running(data, port=port), proxied(port, BASE) as address:
            yield address


def test_pages_and_links_stay_under_the_sub_path(visit: Any, behind: str) -> None:
    board = visit()
    board.open(f"{behind}/?sort=imhi-expert/dreaddit")
    assert column(until(board, lambda rows: len(rows) == 7), "System")[:2] == ["beta", "alpha"]
    board.page.get_by_role("link", name="Tasks", exact=True).click()
    board.page.get_by_text("About the task").wait_for()
    assert board.page.url.startswith(f"{behind}/task")


def test_a_deep_link_opens_and_its_view_can_be_taken_away_and_cited(
    visit: Any, behind: str, tmp_path: Path
) -> None:
    task = visit(accept_downloads=True)
    task.open(f"{behind}/task?task=imhi-expert/severity&system=imhi-expert:alpha:1")
    shown = until(task, lambda rows: column(rows, "System")[-1] == "half")
    task.page.get_by_role("button", name="Export").click()
    with task.page.expect_download() as download:
        task.page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / "task.csv"
    download.value.save_as(file)
    assert len(file.read_text(encoding="utf-8").splitlines()) == len(shown)
    assert f"{behind}/task?task=" in (task.page.get_by_test_id("stCode").text_content() or "")


def test_static_files_and_the_api_are_there_and_nothing_is_outside(visit: Any, behind: str) -> None:
    page = visit()
    page.open(f"{behind}/")
    script = page.page.locator("script[src]").first.evaluate("script => script.src")
    assert script.startswith(f"{behind}/static/")
    assert "javascript" in requests.get(script, timeout=30).headers["Content-Type"]
    assert requests.get(f"{behind}/api/v1/health", timeout=30).json()
    outside = behind.removesuffix(f"/{BASE}")
    assert requests.get(f"{outside}/api/v1/health", timeout=30).status_code == 404
