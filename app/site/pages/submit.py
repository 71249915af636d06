"""Submit a system's outputs: see what is read of a file, declare what it is of, send it."""

from __future__ import annotations

import streamlit as st

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import close_page
from app.site.submit.declaration_form import declaration_fields
from app.site.submit.form import (
    offer_template,
    open_tasks,
    open_team_page,
    say_limits,
    starting_point,
    submit,
)
from app.site.submit.verdict import show_preview
from app.site.upload import faults_of, forget_upload, look_at, meta_of, outputs_of
from app.site.url_state import Address
from app.text import markdown, told
from scoring.sources import Sources
from submissions.life import sender_of
from submissions.receiving.examination import ReadingFailed
from submissions.receiving.limits import load_limits
from submissions.receiving.turns import TooManyReadings
from submissions.settings import SettingsError
from submissions.store.trouble import DatabaseUnusable
from submissions.teams import NotAllowed

ACCEPTED, ROUND = "submission that was accepted", "uploads so far"

team = open_team_page("Submit")
folder, tasks = data_folder(), declared_tasks()
try:
    limits = load_limits(folder)
except SettingsError:
    st.error(
        "The board's limits for uploads cannot be read, so that none are taken now. Ask a maintainer: `reasonboard status` "
        "says what is wrong.",
        icon=":material/report:",
    )
    close_page()
    st.stop()
boards = open_tasks(folder, tasks)
try:
    sender = sender_of(team, limits)
except NotAllowed as error:
    st.info(told(error), icon=":material/block:")
    close_page()
    st.stop()
if not boards:
    st.info(
        "No benchmark's gold data are here yet, so that nothing can be submitted. Ask a maintainer."
    )
    close_page()
    st.stop()
if accepted := st.session_state.get(ACCEPTED):
    st.success("  \n".join(map(markdown, accepted.lines)), icon=":material/check_circle:")
    st.page_link(
        "site/pages/submission.py",
        label="Watch it become scored, and publish it",
        icon=":material/arrow_forward:",
        query_params={"id": accepted.submission.id},
    )

address = Address()
titles = {
    name: f"{name} (invented)" if of[0].demonstration else name for name, of in boards.items()
}
benchmark = address.choose("Benchmark", "benchmark", titles, width=260)
address.show_notes()
say_limits(team, benchmark, sender, limits)

st.subheader("1. The file", anchor=False)
with st.expander(
    "What the file looks like, and a template to fill in", icon=":material/description:"
):
    offer_template(boards[benchmark], Sources.of(tasks), team)
dropped = st.file_uploader(
    "Outputs: one file, or the files of a folder; `submission.toml` beside them if there is one",
    accept_multiple_files=True,
    key=f"outputs {st.session_state.setdefault(ROUND, 0)}",
)
outputs, faults = outputs_of(dropped), faults_of(dropped)
for fault in faults:
    st.error(fault, icon=":material/report:")
if faults or not outputs:
    forget_upload()
    close_page()
    st.stop()
st.session_state.pop(ACCEPTED, None)

st.subheader("2. What was read of it", anchor=False)
try:
    looked_at = look_at(folder, outputs, benchmark, team, limits)
except TooManyReadings as full:
    st.warning(markdown(str(full)), icon=":material/schedule:")
    close_page()
    st.stop()
except (DatabaseUnusable, ReadingFailed) as trouble:
    st.error(told(trouble), icon=":material/report:")
    close_page()
    st.stop()
show_preview(looked_at.examined.preview)
if not looked_at.examined.preview.accepted:
    close_page()
    st.stop()

st.subheader("3. What it is of", anchor=False)
known, source = starting_point(team, benchmark, meta_of(dropped))
with st.form("declaration", enter_to_submit=False):
    declared = declaration_fields(known, source, Sources.of(tasks), new=True)
    wanted = st.form_submit_button("Submit", type="primary", icon=":material/upload:")
if wanted and (done := submit(declared, looked_at, sender, tasks)):
    st.session_state[ACCEPTED] = done
    st.session_state[ROUND] += 1  # another uploader: this one's bytes are given back
    forget_upload()
    st.rerun()
close_page()
