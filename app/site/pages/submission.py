"""One submission, at its permanent address `/submission?id=ID`, for its team and the maintainers; or a team's list."""

from __future__ import annotations

import streamlit as st

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import close_page
from app.site.submit.form import open_team_page
from app.site.submit.progress import (
    edit_declaration,
    event_table,
    follow,
    for_its_team,
    offer_publication,
    offer_withdrawal,
    open_life,
    other_versions,
    score_table,
)
from app.site.tables.base import draw
from app.text import markdown, told
from submissions.life import NoSuchSubmission, find_submission, lives, scores_of
from submissions.store.ledger import events
from submissions.store.submissions import submissions_of
from submissions.wording import counted

team = open_team_page("Submissions")
folder, tasks = data_folder(), declared_tasks()
asked = st.query_params.get("id", "")
try:
    submission = find_submission(folder, asked, team) if asked else None
except NoSuchSubmission as error:
    st.warning(told(error), icon=":material/search_off:")
    submission = None

if submission is None:
    found = lives(folder, tasks, None if team.maintains else team)
    if found:
        open_life(found)
    else:
        st.info("There are no submissions of your team yet.", icon=":material/inbox:")
    st.page_link("site/pages/submit.py", label="Submit outputs", icon=":material/upload_file:")
    close_page()
    st.stop()

st.subheader(markdown(submission.name), anchor=False)
st.caption(
    f"{markdown(submission.benchmark)}, {counted(submission.n_rows, 'row')} "
    f"of {counted(len(submission.tasks), 'task')}, "
    f"received {submission.received_at}, id {submission.id}, sha256 {submission.sha256[:12]}"
    + (f", of {markdown(submission.team or 'the maintainers')}" if team.maintains else "")
)
life = follow(submission)

st.subheader("Scores", anchor=False)
standing = submission.withdrawn_at is None
scores = scores_of(folder, tasks, submission) if standing and life.settled else ()
if scores:
    st.caption(
        "Private to your team and the maintainers until a release has them. Intervals: bootstrap over posts."
    )
    draw(score_table(scores, tasks), f"Scores of {submission.name}")
else:
    st.caption("They stand here once all of them are there." if standing else "None are kept.")

if standing:
    st.subheader("Publication", anchor=False)
    offer_publication(submission, team)
    offer_withdrawal(submission, team)
    with st.expander("What is declared, to be edited", icon=":material/edit:"):
        edit_declaration(submission, team)
others = other_versions(
    submission, submissions_of(folder, submission.team) if submission.team else ()
)
if others:
    st.subheader("Other versions of this system", anchor=False)
    for other in others:
        st.page_link(
            "site/pages/submission.py",
            label=f"{markdown(other.version)}, received {other.received_at}",
            query_params={"id": other.id},
        )
st.subheader("What happened", anchor=False)
draw(event_table(for_its_team(events(folder, submission.id), team)), "Events of this submission")
close_page()
