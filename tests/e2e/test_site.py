"""The ways through the site, in a real browser."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import TABLES

pytestmark = pytest.mark.e2e
HEAD = 35
"""Pixels of a row of a grid."""


def until(visit, expected: Callable[[list[list[str]]], bool]) -> list[list[str]]:
    """The first grid's rows, once they are as expected."""
    for _ in range(300):
        rows = visit.rows() if visit.page.locator(TABLES).count() else []
        if rows and expected(rows):
            return rows
        visit.page.wait_for_timeout(100)
    raise AssertionError(rows)


def column(rows: list[list[str]], head: str) -> list[str]:
    place = rows[0].index(head)
    return [row[place] for row in rows[1:]]


def numbers(rows: list[list[str]], head: str) -> list[float | None]:
    return [float(text) if text else None for text in column(rows, head)]


def choose(visit, label: str, option: str) -> None:
    visit.page.locator(
        "[data-testid=stApp][data-test-script-state=notRunning]"
    ).wait_for()  # else it may close again
    visit.page.get_by_role("combobox", name=label).click()
    visit.page.get_by_role("option", name=option, exact=True).click()


def click_head(visit, head: str) -> None:
    """Click on a head of the first table."""
    visit.page.locator(TABLES).first.get_by_role("button", name=head, exact=True).click()


def test_leaderboard_shows_rows_numbers_and_blanks(visit, site: str, invented: ModuleType) -> None:
    board = visit(height=1400)
    board.open(site)
    rows = until(board, lambda rows: len(rows) == 7)
    assert column(rows, "System") == [
        "alpha",
        "beta",
        invented.HOSTILE,
        "majority label",
        "=1+1",
        "half",
    ]
    assert numbers(rows, "Mean") == [0.671, 0.650, 0.503, 0.343, 0.990, 0.950]
    assert column(rows, "Rank") == ["1", "2", "3", "4", "", ""]
    assert numbers(rows, "severity") == [0.5, 0.4, 0.3, 0.2, 0.99, None]
    assert board.page.title() == "Leaderboard – ReasonBoard"
    assert board.page.locator(".js-plotly-plot").count() == 0, (
        "a chart is drawn when one is asked for"
    )
    choose(board, "Chart", "Means with intervals")
    board.page.locator(".js-plotly-plot").wait_for()


def test_a_view_survives_a_reload_and_the_back_button(visit, site: str) -> None:
    board = visit()
    board.open(site)
    board.page.get_by_role("button", name="Columns", exact=True).click()
    choose(board, "Sort by", "dreaddit")
    until(board, lambda rows: column(rows, "System")[:2] == ["beta", "alpha"])
    choose(board, "Order", "Lowest first")
    lowest = until(board, lambda rows: column(rows, "System")[0] == "majority label")
    assert column(lowest, "System")[-1] == "=1+1", "a blank stands last in either direction"
    assert "sort=imhi-expert%2Fdreaddit" in board.page.url
    board.page.reload()
    assert until(board, lambda rows: column(rows, "System")[0] == "majority label") == lowest
    board.page.go_back()
    until(board, lambda rows: column(rows, "System")[:2] == ["beta", "alpha"])
    assert "order=" not in board.page.url


def test_a_click_on_a_head_sorts_and_a_second_turns(visit, site: str) -> None:
    board = visit()
    board.open(site)
    until(board, lambda rows: column(rows, "System")[0] == "alpha")
    click_head(board, "Mean")
    turned = until(board, lambda rows: column(rows, "System")[0] == "majority label")
    assert column(turned, "Rank") == ["4", "3", "2", "1", "", ""]
    # The browser sorts at once; the address comes by way of the server.
    expect(board.page).to_have_url(re.compile("order=asc"))
    click_head(board, "System")
    until(board, lambda rows: column(rows, "System")[1:4] == ["alpha", "beta", "majority label"])
    expect(board.page).to_have_url(re.compile("sort=system"))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_click_on_a_name_opens_its_system(visit, site: str, mode: str) -> None:
    board = visit(color_scheme=mode)
    board.open(f"{site}/?sort=system&order=asc")
    names = column(
        until(board, lambda rows: column(rows, "System")[1:3] == ["alpha", "beta"]), "System"
    )
    board.page.get_by_role("link", name="beta", exact=True).click()
    board.page.get_by_role("heading", name="beta").wait_for()
    assert "/system?" in board.page.url
    assert "system=imhi-expert%3Abeta%3A1" in board.page.url
    assert "benchmark=imhi-expert" in board.page.url
    board.page.go_back()
    until(board, lambda rows: "System" in rows[0] and column(rows, "System") == names)


def test_a_name_on_the_overview_opens_what_it_names(visit, site: str) -> None:
    page = visit()
    page.open(f"{site}/overview")
    until(page, lambda rows: "Best systems" in rows[0])
    box = page.page.locator("[data-testid=stDataFrame]").first.bounding_box()
    assert box is not None
    page.page.wait_for_timeout(500)  # a grid that has just been drawn does not take clicks yet
    page.page.mouse.click(box["x"] + 120 + 25, box["y"] + HEAD + HEAD / 2)
    page.page.get_by_role("heading", name="alpha").wait_for()
    assert "benchmark=imhi-expert&system=imhi-expert%3Aalpha" in page.page.url


def test_the_task_page_keeps_the_board_it_was_reached_from(visit, site: str) -> None:
    board = visit()
    board.open(f"{site}/?benchmark=demo")
    until(board, lambda rows: column(rows, "System") == ["keyword rules"])
    board.page.get_by_role("link", name="Tasks").click()
    board.page.get_by_role("heading", name="MOOD detection").wait_for()
    assert "benchmark=demo" in board.page.url


def test_task_page_draws_the_confusions(visit, site: str) -> None:
    task = visit()
    task.open(f"{site}/task?task=imhi-expert/severity&system=imhi-expert:alpha:1")
    until(task, lambda rows: column(rows, "System")[-1] == "half")
    figure = task.page.locator(".js-plotly-plot")
    figure.wait_for()
    for text in ("75%", "unparsed", "Gold label"):
        assert text in (figure.text_content() or "")
    assert task.page.get_by_label("Confusion matrix of alpha on severity").count()


def test_nothing_in_a_name_or_an_address_runs_or_is_fetched(visit, site: str) -> None:
    hostile = "![](http%3A%2F%2Fevil.example/i.png)%20http%3A%2F%2Fevil.example%20<script>alert(1)</script>"
    page = visit()
    alerts: list[str] = []
    page.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.open(f"{site}/task?system={hostile}&metric={hostile}&task=imhi-expert/dreaddit")
    page.page.get_by_text("The address asks for").first.wait_for()
    assert page.page.locator("a[href*=evil], img[src*=evil]").count() == 0
    assert not alerts


def test_the_download_is_what_is_on_the_screen(visit, site: str, tmp_path: Path) -> None:
    board = visit(accept_downloads=True)
    board.open(f"{site}/?sort=imhi-expert/dreaddit&hide_baselines=1")
    shown = until(board, lambda rows: len(rows) == 6)
    with board.page.expect_download() as download:
        board.page.get_by_role("button", name="Export", exact=True).click()
        board.page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / "board.csv"
    download.value.save_as(file)
    assert (
        download.value.suggested_filename
        == "reasonboard-imhi-expert-weighted_f1-bartscore-release-1.csv"
    )
    read = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert [row["system"].removeprefix("'") for row in read] == column(shown, "System")
    assert [round(float(row["mean"]), 3) for row in read] == numbers(shown, "Mean")


@pytest.mark.parametrize(
    ("mode", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(11, 18, 32)")]
)
def test_a_phone_shows_rank_name_and_mean_without_scrolling(
    visit, site: str, mode: str, ground: str
) -> None:
    phone = visit(390, 844, color_scheme=mode)
    phone.open(site)
    assert until(phone, lambda rows: len(rows) > 2)[0][:3] == ["Rank", "System", "Mean"]
    grid = phone.page.locator(TABLES).first.bounding_box()
    assert grid is not None
    assert grid["y"] < 460, "rank, name and mean stand above the fold, with rows of them"
    assert grid["x"] + grid["width"] <= 390
    shown = phone.page.get_by_test_id("stApp").evaluate(
        "app => getComputedStyle(app).backgroundColor"
    )
    assert shown == ground, "the configuration beside the script is read"
    wide = phone.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "the page itself does not scroll sideways"


def test_on_a_phone_a_heat_map_fits_and_its_cells_can_be_read(visit, site: str) -> None:
    phone = visit(390, 844)
    phone.open(f"{site}/task?task=imhi-expert/severity")
    heat = phone.page.get_by_test_id("stPlotlyChart").locator(".heatmaplayer").first
    heat.wait_for()
    box = heat.bounding_box()
    assert box["x"] + box["width"] <= 390
    assert box["width"] / 5 >= 36, "four labels and what could not be read"
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390, (
        "the page itself stands still"
    )
