"""The site's pages, section by section: the one list of them, for the navigation and for whatever goes through all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page, as the navigation knows it.

    Attributes:
        name: Its file in `pages`, without the ending, and its address.
        title: In the menu and in the browser's tab.
        icon: The name of a Material icon.
        help: What it is for.
    """

    name: str
    title: str
    icon: str
    help: str


TAKE_PART = "Take part"
SECTIONS = {
    "": (
        Place(
            "leaderboard",
            "Leaderboard",
            "leaderboard",
            "One row a system, one column a task: means with intervals, coverage and ranks.",
        ),
        Place(
            "task",
            "Tasks",
            "fact_check",
            "One task: what it asks, where its data come from, every metric of every system, and the confusions.",
        ),
        Place(
            "compare",
            "Compare",
            "compare_arrows",
            "Two to four systems: by how much and with what doubt, and example by example.",
        ),
        Place(
            "validity",
            "Can metrics be believed?",
            "balance",
            "How far each metric goes along with people, beside word count and a human.",
        ),
    ),
    "Look closer": (
        Place("system", "Systems", "smart_toy", "Everything about one submission."),
        Place(
            "explorer",
            "Explorer",
            "travel_explore",
            "The examples of a task: who got them right, and what was explained.",
        ),
        Place(
            "platforms",
            "Platforms",
            "forum",
            "Results by where the posts were written, and by how they were labelled.",
        ),
        Place(
            "generalization",
            "Generalization",
            "moving",
            "Data that a system has seen against data that it has not.",
        ),
    ),
    TAKE_PART: (
        Place(
            "submit",
            "Submit",
            "upload_file",
            "Send a system's outputs, and see at once what is read of them.",
        ),
        Place(
            "submission",
            "Submissions",
            "inventory_2",
            "Your team's submissions: how far each is, its scores, and whether it is published.",
        ),
        Place("rate", "Rate", "reviews", "For annotators: rate explanations one at a time, blind."),
        Place(
            "maintain",
            "Maintain",
            "shield_person",
            "For maintainers: what waits, what failed, teams, takedowns, the record.",
        ),
    ),
    "About": (
        Place("releases", "Releases", "history", "What changed, when and why."),
        Place("methods", "Methods", "menu_book", "Formulas, signatures, limits and ethics."),
    ),
}
VIEWS = tuple(
    place.name for section, places in SECTIONS.items() if section != TAKE_PART for place in places
)
"""What is shown without signing in; the first is the page that the site opens with."""
