"""The maintainers' page: what waits, what failed, takedowns, annotators, teams, the record."""

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
from app.site.maintain.rating import show_raters
from app.site.page import end_page, team_page
from app.site.url_state import Address

SECTIONS = {
    "queue": "Queue",
    "failures": "Failures",
    "takedown": "Takedown",
    "ratings": "Ratings",
    "teams": "Teams",
    "events": "Events",
}


def main() -> None:
    """Draw the page."""
    with team_page("Maintain") as team:
        if not team.maintains:
            st.info(
                "This page is for the maintainers of this board. Your team's submissions stand"
                " under “Submissions”."
            )
            end_page()
        say_what_was_done()
        show_faults()
        address = Address()
        section = address.choose("Show", "show", SECTIONS, clears=("about",))
        address.show_notes()
        match section:
            case "queue":
                show_queue(team)
            case "failures":
                show_failures(team)
            case "takedown":
                show_takedown(team)
            case "ratings":
                show_raters(team)
            case "teams":
                show_teams(team)
            case "events":
                show_events(address)


if __name__ == "__main__":
    main()
