"""An invented release, and the site's pages opened without a browser: on it, or signed in on a
board of two tasks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from app.site.navigation import SECTIONS
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team
from tests import releases
from tests.boards import demo_board

ROOT = Path(__file__).parents[2]
PAGES = {
    place.name: f"site/pages/{place.name}.py" for places in SECTIONS.values() for place in places
}
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """`AppTest` leaves the page it ran as `__main__`, which processes that are spawned later would
    run again.
    """
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
    faults = [box.value for box in site.error if "our fault" in box.value]
    assert not faults, faults
    return site


def opened(site: AppTest, *names: str) -> AppTest:
    """`site` with what is called so, by key, opened: what is closed is not drawn."""
    for name in names:
        site.session_state[name] = True
    return sound(site.run())


@pytest.fixture
def folder(
    tmp_path: Path, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> DataFolder:
    """A board with two tasks and nothing published."""
    monkeypatch.setenv("REASONBOARD_DATA", str(tmp_path / "data"))
    return demo_board(tmp_path / "data", tasks, ["stress", "stress-cause"])


@pytest.fixture
def sign_in(folder: DataFolder) -> Callable[..., AppTest]:
    """A session of a team that has just signed in, on a page."""

    def opened(page: str, team: str = "Alpha", role: Role = Role.member) -> AppTest:
        return with_token(at(page), add_team(folder, team, role, "tester"))

    return opened


def at(page: str) -> AppTest:
    site = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=60).run()
    return sound(site.switch_page(PAGES[page]).run())


def with_token(site: AppTest, token: str) -> AppTest:
    site.text_input[0].set_value(token)
    return press(site, "Sign in")


def press(site: AppTest, label: str) -> AppTest:
    return sound(next(button for button in site.button if button.label == label).click().run())
