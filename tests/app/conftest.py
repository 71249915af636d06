"""An invented release, and the site's pages opened on it without a browser."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from app.site.navigation import SECTIONS
from tests import releases

ROOT = Path(__file__).parents[2]
PAGES = {
    place.name: f"site/pages/{place.name}.py" for places in SECTIONS.values() for place in places
}
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """`AppTest` leaves the page it ran as `__main__`, which processes that are spawned later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """`tests/releases.py`: the rows of the invented release and what is expected of them."""
    return releases


@pytest.fixture(scope="session")
def published(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that serves the invented release."""
    return invented.publish_invented(tmp_path_factory.mktemp("data"))


@pytest.fixture
def open_page(published: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page at an address; a page that fails fails the test."""

    def open_at(
        page: str = "leaderboard", *, data: Path = published, **address: str | list[str]
    ) -> AppTest:
        monkeypatch.setenv("REASONBOARD_DATA", str(data))
        site = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=30).run()
        if page != "leaderboard":
            site.switch_page(PAGES[page])
        for name, value in address.items():
            site.query_params[name] = value
        return sound(site.run())

    return open_at


def sound(site: AppTest) -> AppTest:
    """`site`, which did not fail."""
    assert not site.exception, site.exception
    return site


def opened(site: AppTest, *names: str) -> AppTest:
    """`site` with what is called so, by key, opened: what is closed is not drawn."""
    for name in names:
        site.session_state[name] = True
    return sound(site.run())
