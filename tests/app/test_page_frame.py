"""Every page has the site's footer, wherever it ends, and importing one draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.site import page as frame
from app.site.navigation import VIEWS
from app.site.page import HELP
from submissions.teams.accounts import Role
from tests.app.conftest import PAGES, ROOT, at, sound


def assert_footer(site: AppTest) -> None:
    """The last that stands on the page is the footer, and it stands there once."""
    assert [element.value for element in site.markdown].count(HELP) == 1
    last = max(site.main.children)
    assert getattr(site.main.children[last], "value", None) == HELP


@pytest.mark.usefixtures("folder")
def test_every_page_has_a_footer_where_nothing_is_published_and_nobody_has_signed_in() -> None:
    site = at("leaderboard")
    for name, path in PAGES.items():
        sound(site.switch_page(path).run())
        ends = site.info if name in VIEWS else site.text_input
        assert len(ends) == 1, f"{name} should end early here"
        assert_footer(site)


def test_every_page_of_a_release_has_a_footer(open_page: Callable[..., AppTest]) -> None:
    site = open_page()
    for name in VIEWS:
        sound(site.switch_page(PAGES[name]).run())
        assert site.title[0].value
        assert len(site.main.children) > 4, f"{name} should be drawn to its end"
        assert_footer(site)


@pytest.mark.parametrize(
    ("page", "address", "why"),
    [
        ("compare", {"system": ""}, "Choose at least two systems"),
        ("explorer", {}, "The examples of this task cannot be shown"),
        ("platforms", {"benchmark": "demo"}, "This release states nothing by platform"),
    ],
)
def test_a_page_with_nothing_to_show_has_a_footer(
    open_page: Callable[..., AppTest], page: str, address: dict[str, str], why: str
) -> None:
    site = open_page(page, **address)
    assert any(why in element.value for element in site.info)
    assert_footer(site)


def test_pages_for_a_team_have_a_footer_where_it_may_not_act(
    sign_in: Callable[..., AppTest],
) -> None:
    site = sign_in("maintain", role=Role.member)
    assert "This page is for the maintainers" in site.info[0].value
    assert_footer(site)
    for name in ("rate", "submission", "submit"):
        assert_footer(sound(site.switch_page(PAGES[name]).run()))


def ended_page() -> None:
    """Ends inside a container."""
    import streamlit as st

    from app.site.page import end_page, release_page

    with release_page("Ended"), st.container(key="inside"):
        st.markdown("before")
        end_page()


def test_the_footer_of_a_page_that_ends_early_stands_below_what_the_page_had_opened(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REASONBOARD_DATA", str(published))
    site = sound(AppTest.from_function(ended_page, default_timeout=30).run())
    assert site.markdown[-2].value == "before"
    assert_footer(site)


def rerun_page() -> None:
    """Begins anew once."""
    import streamlit as st

    from app.site.page import release_page

    with release_page("Rerun"):
        if "again" not in st.session_state:
            st.session_state["again"] = True
            st.rerun()


def failing_page() -> None:
    """Fails."""
    from app.site.page import release_page

    with release_page("Failing"):
        raise KeyError("a fault of ours")


def test_a_page_that_begins_anew_or_fails_draws_no_footer_first(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REASONBOARD_DATA", str(published))
    drawn = list[str]()
    monkeypatch.setattr(frame, "draw_footer", lambda: drawn.append("footer"))
    sound(AppTest.from_function(rerun_page, default_timeout=30).run())
    assert drawn == ["footer"], "of the second run alone"
    assert len(AppTest.from_function(failing_page, default_timeout=30).run().exception) == 1
    assert drawn == ["footer"]


def importing_page() -> None:
    """Runs each file of the pages, but not as the program."""
    import runpy

    import streamlit as st

    for path in st.session_state["paths"]:
        assert runpy.run_path(path, run_name="imported")["main"]


def test_importing_the_pages_draws_nothing() -> None:
    paths = [str(ROOT / "app" / path) for path in PAGES.values()]
    site = AppTest.from_function(importing_page, default_timeout=60)
    site.session_state["paths"] = paths
    sound(site.run())
    assert not site.main.children
