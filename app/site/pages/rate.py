"""Rate explanations: one at a time, blind, each by three people."""

from __future__ import annotations

import streamlit as st

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import close_page, texts_may_be_shown
from app.site.rate.annotating import (
    annotator_of,
    current_item,
    offer_revision,
    show_item,
    show_keys,
    show_note,
    show_scales,
)
from app.site.submit.form import open_team_page
from app.site.url_state import Address
from app.text import markdown
from submissions.rating.rounds import RATERS, is_invented, open_rounds, share
from submissions.rating.rubrics import usable_rubrics

team = open_team_page("Rate")
if not team.may_rate:
    st.info(
        "Your team may submit, and not rate. Ask a maintainer of this board to be an annotator."
    )
    close_page()
    st.stop()
invented = {one.name for one in open_rounds(data_folder()) if is_invented(one, declared_tasks())}
rounds = {
    one.name: one
    for one in sorted(open_rounds(data_folder()), key=lambda one: one.name in invented)
}
if not rounds:
    st.info(
        "No round of rating is open, so there is nothing to rate. A maintainer of this board opens one; come back "
        "then, nothing has to be installed.",
        icon=":material/inbox:",
    )
    close_page()
    st.stop()
address = Address()
titles = {name: f"{name} (invented)" if name in invented else name for name in rounds}
name = address.choose("Round", "round", titles, width=260) if len(rounds) > 1 else None
address.show_notes()
round_ = rounds[name or next(iter(rounds))]
rubric, annotator = usable_rubrics(data_folder().path).get(round_.rubric), annotator_of(team)
if rubric is None:
    st.error(
        f"The rubric of this round, {markdown(round_.rubric)}, cannot be read, so that nothing can be rated by it now. "
        "Its maintainers see what is wrong in `reasonboard status`.",
        icon=":material/report:",
    )
    close_page()
    st.stop()
if round_.name in invented:
    st.markdown(
        ":orange-badge[:material/science: Invented] No person wrote these posts. The round shows how rating works, and "
        "its ratings say nothing about real systems."
    )
st.markdown(
    f"You are shown what models wrote about posts, one explanation at a time and without their names. {RATERS} people "
    f"rate each. Rate it by itself, by these scales: {markdown(rubric.title)}."
)
mine = share(data_folder(), round_, annotator)
skipped = f", {mine.skipped} skipped" if mine.skipped else ""
st.progress(
    mine.rated / max(1, mine.rated + mine.left),
    f"You have rated {mine.rated}{skipped}; {mine.left} {'is' if mine.left == 1 else 'are'} left for you.",
)
show_note()
said = "You will read posts, and what models wrote about them, one after the other."
if not texts_may_be_shown(said, invented=round_.name in invented):
    close_page()
    st.stop()
item = current_item(round_, annotator)
if item is not None:
    texts, scales = st.columns([3, 2], gap="medium")
    with texts:
        show_item(item)
    with scales:
        show_keys(round_, rubric, item, annotator, show_scales(rubric, item))
elif mine.left:
    st.info(
        "Others have all that is left on their screens. Come back in half an hour: some may be given back."
    )
else:
    st.success(
        "All done: nothing is left for you in this round. Thank you.", icon=":material/celebration:"
    )
if mine.rated:
    offer_revision(round_)
close_page()
