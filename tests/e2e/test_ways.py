"""The ways of researchers through the site, in a real browser, in light and in dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.server.launch import url
from tests.e2e.conftest import TABLES, free_port
from tests.e2e.test_site import choose, click_head, column, until
from tests.live import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
PAIR = ("Example generations", "Majority label")


@pytest.fixture(params=["light", "dark"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def real_site(real_board: Path) -> Iterator[str]:
    """The address of the site on the board of real outputs."""
    port = free_port()
    with running(real_board, port=port):
        yield url("localhost", port)


@pytest.fixture(scope="module")
def pair(real_board: Path) -> str:
    """The address's part that names two systems of that board."""
    from submissions.store.folder import DataFolder
    from submissions.store.released.serving import current_release

    ids = {
        row.system: row.id for row in current_release(DataFolder(real_board)).systems("imhi-expert")
    }
    return "&".join(f"system={ids[name]}" for name in PAIR)


def grid(visit: Any, head: str) -> int:
    """Which table has a column so headed, once there is one."""
    for _ in range(300):
        for place in range(visit.page.locator(TABLES).count()):
            rows = visit.rows(place)
            if rows and head in rows[0]:
                return place
        visit.page.wait_for_timeout(100)
    raise AssertionError(f"no grid has a column {head}")


def only_right(visit: Any, head: str) -> None:
    """Wait for the examples' grid to be drawn anew, with right labels alone under `head`."""
    for _ in range(300):
        rows = visit.rows(grid(visit, head))
        labels = [row[rows[0].index(head)] for row in rows[1:]]
        if labels and all(label.startswith("✓") for label in labels):
            return
        visit.page.wait_for_timeout(100)
    raise AssertionError(f"the last rows seen under {head}: {labels}")


def test_the_best_system_on_one_platform_as_a_link_to_a_colleague(
    visit: Any, site: str, mode: str
) -> None:
    board = visit(color_scheme=mode)
    board.open(site)
    board.page.get_by_role("button", name="Filters").click()
    board.page.get_by_role("combobox", name="Platform of the posts").click()
    board.page.get_by_role("option", name="Reddit").click()
    board.page.keyboard.press("Escape")
    board.page.get_by_text("Hide baselines", exact=True).click()
    shown = until(board, lambda rows: "majority label" not in column(rows, "System"))
    assert column(shown, "System")[0] == "alpha"
    link = board.page.url
    assert "platform=reddit" in link
    assert "hide_baselines=1" in link
    colleague = visit(color_scheme="dark" if mode == "light" else "light")
    colleague.open(link)
    assert until(colleague, lambda rows: len(rows) == len(shown)) == shown


def test_who_generalizes_best(visit: Any, site: str, mode: str) -> None:
    page = visit(color_scheme=mode)
    page.open(site)
    page.page.get_by_role("button", name="Look closer").click()
    page.page.get_by_role("menuitem", name="Generalization").click()
    page.page.get_by_role("heading", name="Generalization").wait_for()
    rows = until(page, lambda rows: "Adjusted gap" in rows[0])
    assert column(rows, "System") == ["half", "alpha", "beta"]
    choose(page, "Unseen means", "Protocol: IMHI-general")
    place = grid(page, "Takes part?")
    assert [row[1] for row in page.rows(place)[1:]] == [
        "takes part",
        "undeclared",
        "trained on held-out data",
    ]
    page.page.locator(".js-plotly-plot").first.wait_for()


def test_is_a_better_than_b_and_where(visit: Any, real_site: str, pair: str, mode: str) -> None:
    page = visit(color_scheme=mode, height=2000)
    page.open(f"{real_site}/compare?benchmark=imhi-expert&{pair}")
    rows = until(page, lambda rows: "p (Holm)" in rows[0])
    assert column(rows, "Task")[-1] == "Mean of 3 tasks"
    assert all(float(value) <= 1 for value in column(rows, "p (Holm)"))
    choose(page, "Show", f"{PAIR[0]} right, {PAIR[1]} wrong")
    page.page.wait_for_function(
        "() => document.body.innerText.includes(' of 105 examples') &&"
        " !document.body.innerText.includes('105 of 105')"
    )
    only_right(page, f"{PAIR[0]}: label")
    assert page.page.get_by_text("Post.", exact=True).count() == 0
    page.page.get_by_role("button", name="I understand, show the texts").click()
    page.page.get_by_text("Post.").first.wait_for()
    page.page.get_by_text("Gold:").first.wait_for()
    assert "show=only-0" in page.page.url


def test_a_row_that_is_clicked_is_shown_and_in_the_address(
    visit: Any, real_site: str, pair: str
) -> None:
    page = visit(height=2000)
    page.open(f"{real_site}/compare?benchmark=imhi-expert&task=imhi-expert/dreaddit&{pair}")
    place = grid(page, "Gold")
    second = page.rows(place)[2]
    box = page.page.locator(TABLES).nth(place).bounding_box()
    assert box is not None
    page.page.wait_for_timeout(1000)  # a grid that has just been drawn does not take clicks yet
    page.page.mouse.click(box["x"] + 15, box["y"] + 35 + 35 + 17)
    page.page.wait_for_url("**example=*")
    example = next(text for text in second if text and text in page.page.url)
    page.page.get_by_role("heading", name=f"Example {example}").wait_for()


def test_export_for_a_paper(visit: Any, site: str, tmp_path: Path, mode: str) -> None:
    page = visit(color_scheme=mode, accept_downloads=True)
    page.open(f"{site}/?metric=bartscore&sort=imhi-expert/dreaddit")
    shown = until(page, lambda rows: len(rows) == 7)
    page.page.get_by_role("button", name="Export").click()
    texts = {}
    for label in ("CSV", "JSON", "LaTeX", "Markdown"):
        with page.page.expect_download() as download:
            page.page.get_by_role("button", name=label, exact=True).click()
        target = tmp_path / label
        download.value.save_as(target)
        texts[label] = target.read_text(encoding="utf-8")
    assert [row["system"] for row in json.loads(texts["JSON"])["rows"]] == column(shown, "System")
    assert r"\begin{tabular}" in texts["LaTeX"]
    assert all(
        "bartscore|v:1|task:imhi-expert/dreaddit@1+imhi-expert/irf@1+" in text
        for text in texts.values()
    )
    assert texts["Markdown"].startswith("| Rank | System | Mean |")
    for said in ("DEMONSTRATION checkpoint", "95", "in brackets", "ReasonBoard (20"):
        assert all(said in text for text in texts.values()), said
    cited = page.page.get_by_test_id("stCode").text_content() or ""
    assert "@misc{reasonboard-release-1" in cited
    assert f"{site}/?" in cited
    assert "metric=bartscore" in cited
    assert "release=1" in cited, "the address shows these numbers whatever is published later"


def test_a_figure_is_saved_as_svg_by_its_own_toolbar(visit: Any, site: str) -> None:
    page = visit(accept_downloads=True)
    page.open(f"{site}/?chart=scatter")
    figure = page.page.locator(".js-plotly-plot")
    figure.wait_for()
    figure.hover()
    with page.page.expect_download() as download:
        page.page.locator(".modebar-btn[data-title*='Download']").click()
    assert download.value.suggested_filename.endswith(".svg")


def test_a_head_with_an_interval_sorts_too(visit: Any, site: str) -> None:
    page = visit()
    page.open(f"{site}/?intervals=1")
    until(page, lambda rows: "Mean low" in rows[0])
    click_head(page, "Mean")
    turned = until(page, lambda rows: column(rows, "System")[0] == "majority label")
    assert column(turned, "System")[-2:] == ["half", "=1+1"], "partial systems stay below"
