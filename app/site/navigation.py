"""The site's pages, section by section: the one list of them, for the navigation and for whatever
goes through all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
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
        PageEntry(
            "leaderboard",
            "Leaderboard",
            "leaderboard",
            "One row a system, one column a task: means with intervals, coverage and ranks.",
        ),
        PageEntry(
            "overview",
            "Overview",
            "dashboard",
            "All boards at a glance: the best of each, and each family of tasks across them.",
        ),
        PageEntry(
            "task",
            "Tasks",
            "fact_check",
            "One task: what it asks, where its data come from, every metric of every system, and"
            " the confusions.",
        ),
        PageEntry(
            "compare",
            "Compare",
            "compare_arrows",
            "Two to four systems: by how much and with what doubt, and example by example.",
        ),
        PageEntry(
            "validity",
            "Can metrics be believed?",
            "balance",
            "How far each metric goes along with people, beside word count and a human.",
        ),
    ),
    "Look closer": (
        PageEntry("system", "Systems", "smart_toy", "Everything about one submission."),
        PageEntry(
            "explorer",
            "Explorer",
            "travel_explore",
            "The examples of a task: who got them right, and what was explained.",
        ),
        PageEntry(
            "platforms",
            "Platforms",
            "forum",
            "Results by where the posts were written, and by how they were labelled.",
        ),
        PageEntry(
            "generalization",
            "Generalization",
            "moving",
            "Data that a system has seen against data that it has not.",
        ),
        PageEntry(
            "failures",
            "Where systems fail",
            "trending_down",
            "Tags and attributes of a benchmark by the drop that goes with them.",
        ),
        PageEntry(
            "transcripts",
            "Transcripts",
            "psychology",
            "Whole conversations that people or models have rated by a rubric, item by item.",
        ),
        PageEntry(
            "reported",
            "Reported results",
            "article",
            "What papers print, apart from what was scored here; whether their claims follow.",
        ),
    ),
    TAKE_PART: (
        PageEntry(
            "submit",
            "Submit",
            "upload_file",
            "Send a system's outputs, and see at once what is read of them.",
        ),
        PageEntry(
            "submission",
            "Submissions",
            "inventory_2",
            "Your team's submissions: how far each is, its scores, and whether it is published.",
        ),
        PageEntry(
            "rate", "Rate", "reviews", "For annotators: rate explanations one at a time, blind."
        ),
        PageEntry(
            "maintain",
            "Maintain",
            "shield_person",
            "For maintainers: what waits, what failed, teams, takedowns, the record.",
        ),
    ),
    "About": (
        PageEntry("releases", "Releases", "history", "What changed, when and why."),
        PageEntry("methods", "Methods", "menu_book", "Formulas, signatures, limits and ethics."),
    ),
}
VIEWS = tuple(
    place.name for section, places in SECTIONS.items() if section != TAKE_PART for place in places
)
"""What is shown without signing in; the first is the page that the site opens with."""
