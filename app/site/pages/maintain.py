"""The maintainers' page: what waits, what failed, takedowns, teams, the record."""

from __future__ import annotations

import streamlit as st

from app.site.maintain.panels import (
    say_what_was_done,
    show_events,
    show_failures,
    show_faults,
    show_queue,
    show_takedown,
    show_teams,
)
from app.site.page import close_page
from app.site.submit.form import open_team_page
from app.site.url_state import Address

SECTIONS = {
    "queue": "Queue",
    "failures": "Failures",
    "takedown": "Takedown",
    "teams": "Teams",
    "events": "Events",
}

team = open_team_page("Maintain")
if not team.maintains:
    st.info(
        "This page is for the maintainers of this board. Your team's submissions stand under “Submissions”."
    )
    close_page()
    st.stop()
say_what_was_done()
show_faults()
address = Address()
section = address.choose("Show", "show", SECTIONS, clears=("about",))
address.show_notes()
if section == "events":
    show_events(address)
else:
    {
        "queue": show_queue,
        "failures": show_failures,
        "takedown": show_takedown,
        "teams": show_teams,
    }[section](team)
close_page()
