"""The site's entry: page configuration and navigation, nothing else."""

from pathlib import Path

import streamlit as st

PAGES = [
    st.Page(
        "app_pages/leaderboard.py", title="Leaderboard", icon=":material/leaderboard:", url_path="leaderboard",
        default=True, help="One row a system, one column a task: means with intervals, coverage and ranks.",
    ),
    st.Page(
        "app_pages/task.py", title="Tasks", icon=":material/fact_check:", url_path="task",
        help="One task: what it asks, where its data come from, every metric of every system, and the confusions.",
    ),
]  # fmt: skip

# An icon of our own, set before the pages': one of Streamlit's named icons would be fetched from another host to
# stand in the browser's tab.
st.set_page_config(page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
page = st.navigation(PAGES, position="top")
st.set_page_config(page_title=f"{page.title} – ReasonBoard")
page.run()
