"""The content notice says what is true of the posts behind it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    """Texts behind the notice; `kind` says whose."""
    import streamlit as st

    from app.site.page import texts_may_be_shown

    if texts_may_be_shown(
        "Below stand posts.", invented=st.session_state.get("kind") == "invented"
    ):
        st.markdown("the texts")


def notice(kind: str) -> AppTest:
    site = AppTest.from_function(page)
    site.session_state["kind"] = kind
    return site.run()


def said(site: AppTest) -> str:
    return " ".join(element.value for element in site.markdown)


def test_invented_posts_are_not_said_to_be_real_peoples_words() -> None:
    site = notice("invented")
    assert "invented: no person wrote them" in said(site)
    assert "real people" not in said(site)
    assert not site.table, "no crisis lines for what nobody has suffered"
    assert "the texts" not in said(site)
    assert "the texts" in said(site.button[0].click().run())


def test_real_posts_come_with_help_and_a_notice_of_their_own() -> None:
    site = notice("invented")
    site.button[0].click().run()
    site.session_state["kind"] = "real"
    assert "the texts" not in said(site.run()), (
        "the notice of invented posts does not open real ones"
    )
    assert "real people's words" in said(site)
    assert "Samaritans" in site.table[0].value.to_string()
    assert "the texts" in said(site.button[0].click().run())
    site.session_state["kind"] = "invented"
    assert "the texts" in said(site.run()), "that of real posts covers invented ones"
