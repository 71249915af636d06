"""The site's entry: page configuration and navigation, nothing else."""

import logging
from pathlib import Path

import streamlit as st

from app.site.navigation import SECTIONS, VIEWS
from app.site.page import draw_footer
from submissions.problems import new_fault

logger = logging.getLogger(__name__)

PAGES = {
    section: [
        st.Page(
            f"site/pages/{place.name}.py",
            title=place.title,
            icon=f":material/{place.icon}:",
            url_path=place.name,
            default=place.name == VIEWS[0],
            help=place.help,
        )
        for place in places
    ]
    for section, places in SECTIONS.items()
}


def _named(here: dict[str, str]) -> dict[str, list[st.Page]]:
    """Return the pages, the section of the current one headed with its name too.

    A closed menu marks no page in it.

    Only where Streamlit says so is it known which page is asked for, so the heads are those of the
    page before until it has; `here` is kept to say them right at once as long as a page is looked
    at.
    """
    return {
        f"{name}: {here[name]}" if name in here else name: pages for name, pages in PAGES.items()
    }


# An icon of our own, set before the pages': one of Streamlit's named icons would be fetched from
# another host to stand in the browser's tab.
st.set_page_config(page_icon=str(Path(__file__).parent / "site" / "icon.svg"), layout="wide")
page = st.navigation(_named(st.session_state.get("in section", {})), position="top")
here = {
    name: page.title
    for name, pages in PAGES.items()
    if name and any(other.title == page.title for other in pages)
}
# Drawn a second time in the same run, since the heads just drawn were those of the page before.
if here != st.session_state.get("in section", {}):
    st.session_state["in section"] = here
    page = st.navigation(_named(here), position="top")
# After the navigation, which sets the bare title: the tab should say whose page it is.
st.set_page_config(page_title=f"{page.title} – ReasonBoard")
try:
    page.run()
except Exception:  # Streamlit's own reruns and stops are none
    fault = new_fault()
    logger.exception("a page failed", extra={"ids": {"fault": fault, "page": page.title}})
    st.error(
        "Something went wrong here, and it is our fault. Reload the page; if it stays, tell a"
        f" maintainer what you did, and the fault's id: {fault}. The log has it.",
        icon=":material/report:",
    )
    draw_footer()
