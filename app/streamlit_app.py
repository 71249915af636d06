"""The site's entry: page configuration and navigation, nothing else."""

from pathlib import Path

import streamlit as st

PAGES = {
    "": [
        st.Page(
            "app_pages/leaderboard.py", title="Leaderboard", icon=":material/leaderboard:", url_path="leaderboard",
            default=True, help="One row a system, one column a task: means with intervals, coverage and ranks.",
        ),
        st.Page(
            "app_pages/task.py", title="Tasks", icon=":material/fact_check:", url_path="task",
            help="One task: what it asks, where its data come from, every metric of every system, and the confusions.",
        ),
        st.Page(
            "app_pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare",
            help="Two to four systems: by how much and with what doubt, and example by example.",
        ),
        st.Page(
            "app_pages/validity.py", title="Can metrics be believed?", icon=":material/balance:", url_path="validity",
            help="How far each metric goes along with people, beside word count and a human.",
        ),
    ],
    "Look closer": [
        st.Page(
            "app_pages/system.py", title="Systems", icon=":material/smart_toy:", url_path="system",
            help="Everything about one submission.",
        ),
        st.Page(
            "app_pages/explorer.py", title="Explorer", icon=":material/travel_explore:", url_path="explorer",
            help="The examples of a task: who got them right, and what was explained.",
        ),
        st.Page(
            "app_pages/platforms.py", title="Platforms", icon=":material/forum:", url_path="platforms",
            help="Results by where the posts were written, and by how they were labelled.",
        ),
        st.Page(
            "app_pages/generalization.py", title="Generalization", icon=":material/moving:", url_path="generalization",
            help="Data that a system has seen against data that it has not.",
        ),
    ],
    "Take part": [
        st.Page(
            "app_pages/submit.py", title="Submit", icon=":material/upload_file:", url_path="submit",
            help="Send a system's outputs, and see at once what is read of them.",
        ),
        st.Page(
            "app_pages/submission.py", title="Submissions", icon=":material/inventory_2:", url_path="submission",
            help="Your team's submissions: how far each is, its scores, and whether it is published.",
        ),
        st.Page(
            "app_pages/rate.py", title="Rate", icon=":material/reviews:", url_path="rate",
            help="For annotators: rate explanations one at a time, blind.",
        ),
        st.Page(
            "app_pages/maintain.py", title="Maintain", icon=":material/shield_person:", url_path="maintain",
            help="For maintainers: what waits, what failed, teams, takedowns, the record.",
        ),
    ],
    "About": [
        st.Page(
            "app_pages/releases.py", title="Releases", icon=":material/history:", url_path="releases",
            help="What changed, when and why.",
        ),
        st.Page(
            "app_pages/methods.py", title="Methods", icon=":material/menu_book:", url_path="methods",
            help="Formulas, signatures, limits and ethics.",
        ),
    ],
}  # fmt: skip


def _named(here: dict[str, str]) -> dict[str, list[st.Page]]:
    """The pages, the section of the current one headed with its name too: a closed menu marks no page in it.

    Only where Streamlit says so is it known which page is asked for, so the heads are those of the page before until
    it has; `here` is kept to say them right at once as long as a page is looked at.
    """
    return {f"{name}: {here[name]}" if name in here else name: pages for name, pages in PAGES.items()}


# An icon of our own, set before the pages': one of Streamlit's named icons would be fetched from another host to
# stand in the browser's tab.
st.set_page_config(page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
page = st.navigation(_named(st.session_state.get("in section", {})), position="top")
here = {name: page.title for name, pages in PAGES.items() if name and any(one.title == page.title for one in pages)}
if here != st.session_state.get("in section", {}):
    st.session_state["in section"] = here
    page = st.navigation(_named(here), position="top")
st.set_page_config(page_title=f"{page.title} – ReasonBoard")
page.run()
