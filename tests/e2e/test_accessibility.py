"""axe-core finds no violation of WCAG 2 A or AA on any page, in light and in dark, and needs no
exception for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.server.launch import url
from app.site.navigation import VIEWS
from scoring.tasks import Task
from submissions.life.states import find_submission
from submissions.rating.drawing import Wanted, open_round
from submissions.rescoring.pending import current_keys
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import record_failure
from submissions.teams.accounts import Role, add_team
from tests.boards import demo_board, gold_rows, submit, workplace
from tests.declarations import load_rubrics
from tests.e2e.conftest import free_port
from tests.live import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PAGES = ("", *VIEWS[1:], "?chart=scatter", "?chart=means")
TRIES = 5
"""After which nobody tries to make a score any more."""
STANDARD = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


def violations(page: Any, within: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """(rule, HTML of the element) of each violation; `within` as axe takes it."""
    found = Axe().run(page, context=within, options=STANDARD).response["violations"]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]


@pytest.fixture(scope="module")
def real_site(real_board: Path) -> Iterator[str]:
    """The address of the site on the board of real outputs."""
    port = free_port()
    with running(real_board, port=port):
        yield url("localhost", port)


@dataclass(frozen=True)
class TeamSite:
    """A site with a submission that failed and a round of ratings that is open."""

    folder: DataFolder
    address: str
    submission: str

    def token(self, role: Role) -> str:
        """Of a new team."""
        return add_team(self.folder, f"The {role}", role, "a test")


@pytest.fixture
def team_site(tmp_path: Path, tasks: dict[str, Task]) -> Iterator[TeamSite]:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    accepted = submit(
        folder, tasks, tmp_path, gold_rows(folder, tasks["demo/stress"]), system="Ada"
    )
    own = find_submission(folder, accepted.submission.id)
    for _ in range(TRIES):
        record_failure(
            folder,
            current_keys(workplace(folder, tasks), own),
            "no more memory",
            "Traceback\n  in a file",
        )
    open_round(folder, tasks, load_rubrics(), Wanted("demo", 3, 1, "me", "a test"))
    port = free_port()
    with running(folder.path, port=port):
        yield TeamSite(folder, url("localhost", port), own.id)


def check(visit: Any, address: str) -> None:
    """Open a page and look at it in both modes."""
    window = visit()
    window.page.goto(address)
    look(window)


def look(window: Any) -> None:
    """A page that is open, in both modes."""
    settle(window.page)
    for mode in ("light", "dark"):
        window.page.emulate_media(color_scheme=mode)
        ground = "rgb(255, 255, 255)" if mode == "light" else "rgb(11, 18, 32)"
        window.page.wait_for_function(
            "ground =>"
            " getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor ==="
            " ground",
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


@pytest.mark.parametrize("name", ["Release 1 of", "Filters", "Columns", "Export"])
def test_nor_has_what_opens_on_a_page(visit: Any, site: str, name: str) -> None:
    window = visit()
    window.page.goto(site)
    settle(window.page)
    window.page.get_by_role("button", name=re.compile(f"^{name}")).click()
    window.page.locator(
        "[data-testid=stPopoverBody] :is([data-testid=stCode], [data-testid=stSelectbox])"
    ).first.wait_for()
    look(window)


def test_nor_has_one_behind_the_sign_in(team_site: TeamSite, visit: Any) -> None:
    window = visit(height=1400)
    page = window.page
    page.goto(f"{team_site.address}/maintain?show=failures")
    page.get_by_label("Token", exact=True).fill(team_site.token(Role.maintainer))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("no more memory").first.wait_for()
    look(window)
    for section in ("Queue", "Takedown", "Teams", "Events"):
        page.get_by_role("combobox", name="Show").click()
        page.get_by_role("option", name=section, exact=True).click()
        page.wait_for_url(f"**show={section.lower()}*")
        look(window)
    page.get_by_role("button", name="Take part").click()
    page.get_by_role("menuitem", name="Submissions").click()
    page.get_by_role("heading", name="Submissions").wait_for()
    look(window)
    page.get_by_role("button", name="Take part").click()
    page.get_by_role("menuitem", name="Submit", exact=True).click()
    page.locator("input[type=file]").first.wait_for(state="attached")
    look(window)


def test_nor_has_the_rating_page(team_site: TeamSite, visit: Any) -> None:
    window = visit(height=1400)
    page = window.page
    page.goto(f"{team_site.address}/rate")
    page.get_by_label("Token", exact=True).fill(team_site.token(Role.annotator))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="I understand, show the texts").wait_for()
    look(window)
    page.get_by_role("button", name="I understand, show the texts").click()
    page.get_by_text("You have rated 0;").wait_for()
    look(window)


@pytest.mark.parametrize("address", ["compare", "explorer"])
def test_nor_has_one_that_shows_examples(visit: Any, real_site: str, address: str) -> None:
    check(visit, f"{real_site}/{address}?benchmark=imhi-expert")
