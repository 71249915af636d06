"""What maintainers see of annotators and rounds of rating: aggregates, under pseudonyms."""

from __future__ import annotations

import streamlit as st

from app.raters import RATER_CAPTION, RATER_HEADS, rater_cells
from app.settings import data_folder
from app.site.maintain.panels import act
from app.site.submit.progress import refusal_shown
from app.site.tables.base import draw, tabulate
from app.text import markdown, plain
from submissions.rating.raters import raters
from submissions.rating.raw import delete_annotator
from submissions.rating.rubrics import usable_rubrics
from submissions.store.rated.ratings import SPOKEN, sources
from submissions.teams.accounts import Team
from submissions.wording import counted, noun_for


def show_raters(team: Team) -> None:
    """Draw how each annotator of a round or a file rates, and offer to delete one's ratings."""
    folder = data_folder()
    # The latest first: rounds that are open are what one looks after.
    rated = [source.ratings for source in reversed(sources(folder)) if source.kind != SPOKEN]
    names = list(dict.fromkeys(rated))
    if not names:
        st.caption("Nobody has rated anything yet; `reasonboard ratings open` opens a round.")
        return
    name = st.selectbox("Ratings", names, format_func=plain, width=420)
    with refusal_shown():
        rows = raters(folder, usable_rubrics(folder.path), name)
        if not rows:
            st.caption("Nobody has rated anything in it yet.")
            return
        heads = {head: head for head in RATER_HEADS}
        cells = (dict(zip(RATER_HEADS, rater_cells(rater), strict=True)) for rater in rows)
        draw(tabulate(cells, heads), f"Annotators of {plain(name)}")
        st.caption(markdown(RATER_CAPTION.format(aspect=rows[0].aspect)))
        _offer_deletion(name, [rater.annotator for rater in rows], team)


def _offer_deletion(name: str, annotators: list[str], team: Team) -> None:
    st.subheader("Delete one annotator's ratings", anchor=False)
    st.markdown(
        "For good: ratings, skips and reasons in this round or file. The next release follows from"
        " what is left; the record says that it was done, and not whose they were."
    )
    chosen = st.selectbox("Annotator", annotators, format_func=plain, width=420)

    def delete(why: str) -> str:
        count = delete_annotator(data_folder(), name, chosen, team.author, why)
        ratings = counted(count, "rating")
        return (
            f"{ratings} of an annotator of {markdown(name)} {noun_for(count, 'is', 'are')} deleted."
        )

    act("delete annotator", "Delete for good", delete)
