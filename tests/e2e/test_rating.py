"""An annotator at the rating page in a real browser: signs in, and rates by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.server.launch import url
from scoring.tasks import Task
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.rounds import Round, annotator_id, next_item
from submissions.store.folder import DataFolder
from submissions.store.rated.rounds import standing
from submissions.teams.accounts import Role, add_team
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics
from tests.e2e.conftest import free_port
from tests.e2e.test_accessibility import violations
from tests.live import running

pytestmark = pytest.mark.e2e
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"
FIRST, SECOND = (3, 2, 1, 0), (0, 1, 2, 3)


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/stress"]), system="Ada")
    return folder


@pytest.fixture
def opened(board: DataFolder, tasks: dict[str, Task]) -> Round:
    return open_round(board, tasks, load_rubrics(), Wanted("demo", 3, 1, "me", "a test"))[0]


@pytest.fixture
def site(board: DataFolder) -> Iterator[str]:
    port = free_port()
    with running(board.path, port=port):
        yield url("localhost", port)


def test_two_explanations_are_rated_by_keyboard(
    site: str, visit, board: DataFolder, opened: Round
) -> None:
    page = visit().page
    page.goto(f"{site}/rate")
    page.get_by_label("Token", exact=True).fill(add_team(board, "Raters", Role.annotator, "me"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="I understand, show the texts").click()
    saved = []
    for number, ratings in enumerate((FIRST, SECOND)):
        expect(page.get_by_text(f"You have rated {number};")).to_be_visible()
        item = next_item(board, opened, annotator_id(board, "Raters"))
        assert item is not None
        expect(page.get_by_text(item.post[:40])).to_be_visible()
        saved.append(item.id)
        # Buttons fade while the page is drawn anew, and are paler meanwhile.
        page.locator(DRAWN).wait_for()
        assert violations(page) == []
        _type(page, ratings)
        _press(page, "Enter")
    expect(page.get_by_text("You have rated 2; 1 is left")).to_be_visible()
    assert [tuple(one.values()) for one in standing(board, opened).ratings.values()] == [
        FIRST,
        SECOND,
    ]
    assert len(set(saved)) == 2
    _press(page, "b")
    scale = page.get_by_role("radiogroup").last
    expect(scale.get_by_role("radio", name="3")).to_be_checked()
    _press(page, "Backspace")
    expect(scale.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("button", name="Give 0").wait_for()
    _press(page, "0")
    expect(scale.get_by_role("radio", name="0")).to_be_checked()
    _press(page, "Enter")
    expect(page.get_by_text("Keys for Consistency")).to_be_visible()
    assert list(standing(board, opened).ratings.values())[-1]["overall"] == 0
    _press(page, "s")
    expect(page.get_by_text("All done: nothing is left")).to_be_visible()


def test_on_a_phone_every_new_post_is_brought_into_view(
    site: str, visit, board: DataFolder, opened: Round
) -> None:
    page = visit(390, 844, has_touch=True, is_mobile=True).page
    page.goto(f"{site}/rate")
    page.get_by_label("Token", exact=True).fill(add_team(board, "Raters", Role.annotator, "me"))
    page.get_by_role("button", name="Sign in").tap()
    expect(page.locator(".stMarkdownBadge", has_text="Invented")).to_be_visible()
    page.get_by_role("button", name="I understand, show the texts").tap()
    for number in range(2):
        item = next_item(board, opened, annotator_id(board, "Raters"))
        assert item is not None
        expect(page.get_by_text(item.post[:40])).to_be_in_viewport()
        for place in range(len(FIRST)):
            page.get_by_role("radiogroup").nth(place).get_by_text("2", exact=True).tap()
        page.get_by_role("button", name="Save and go on").tap()
        expect(page.get_by_text(f"You have rated {number + 1};")).to_be_attached()
    assert len(standing(board, opened).ratings) == 2


def test_two_explanations_are_compared_by_keyboard(
    site: str, visit, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks["demo/stress"])
    shorter = [{**row, "output": f"{row['output'][:80]}."} for row in rows]
    submit(board, tasks, tmp_path, shorter, system="Bert")
    practice = tmp_path / "practice.csv"
    practice.write_text(
        "post,left,right,preferred,feedback\n"
        "I cannot sleep.,It names the loss of sleep.,It is so.,left,Only the left gives a reason.\n",
        encoding="utf-8",
    )
    wanted = Wanted("demo", 3, 1, "me", "a test", pairwise=True, practice=practice)
    compared = open_round(board, tasks, load_rubrics(), wanted)[0]
    page = visit().page
    page.goto(f"{site}/rate")
    page.get_by_label("Token", exact=True).fill(add_team(board, "Raters", Role.annotator, "me"))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="I understand, show the texts").click()
    expect(page.get_by_text("Practice first: 1 item is left")).to_be_visible()
    _choose(page, "3", "Right")
    _press(page, "Enter")
    expect(
        page.get_by_text("Agreed: Left (you: Right). Only the left gives a reason")
    ).to_be_visible()
    expect(page.get_by_text("You have rated 0; 3 are left")).to_be_visible()
    page.locator(DRAWN).wait_for()
    assert violations(page) == []
    # What is typed is no rating.
    why = page.get_by_role("textbox")
    why.fill("")
    why.press_sequentially("3 of 2, 1 too few")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radiogroup").get_by_role("radio", checked=True)).to_have_count(0)
    _choose(page, "1", "Left")
    _press(page, "Backspace")
    expect(page.get_by_role("radiogroup").get_by_role("radio", checked=True)).to_have_count(0)
    _choose(page, "2", "Equal")
    _press(page, "Enter")
    expect(page.get_by_text("You have rated 1; 2 are left")).to_be_visible()
    _press(page, "0")
    expect(page.get_by_text("You have rated 1, 1 skipped; 1 is left")).to_be_visible()
    stands = standing(board, compared)
    assert [list(one.values()) for one in stands.ratings.values()] == [[-1], [0]]
    assert list(stands.reasons.values()) == ["3 of 2, 1 too few"]
    assert list(stands.skips.values()) == ["cannot say"]


def _choose(page, key: str, name: str) -> None:
    """Choose by a key once its button is there."""
    page.get_by_role("button", name=name).wait_for()
    _press(page, key)
    expect(page.get_by_role("radio", name=name)).to_be_checked()


def _press(page, key: str) -> None:
    """Press a key once the page is drawn: a button's key is heard from then on."""
    page.locator(DRAWN).wait_for()
    page.keyboard.press(key)


def _type(page, ratings: tuple[int, ...]) -> None:
    for place, rating in enumerate(ratings):
        _press(page, str(rating))
        expect(
            page.get_by_role("radiogroup").nth(place).get_by_role("radio", name=str(rating))
        ).to_be_checked()
