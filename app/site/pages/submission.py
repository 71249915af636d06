"""One submission, at its permanent address `/submission?id=ID`, for its team and the maintainers;
or a team's list.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import end_page, team_page
from app.site.submit.progress import (
    edit_declaration,
    event_table,
    follow,
    for_its_team,
    offer_publication,
    offer_withdrawal,
    open_life,
    other_versions,
    reach_table,
    score_table,
)
from app.site.tables.base import draw
from app.text import markdown, told
from submissions.life.states import Life, NoSuchSubmission, find_submission, lives, scores_of
from submissions.releasing.own_reach import reach_on_board
from submissions.store.events import events
from submissions.store.scored.scores import Score
from submissions.store.submitted.submissions import Submission, submissions_of
from submissions.teams.accounts import Team
from submissions.wording import counted


def main() -> None:
    """Draw the page."""
    with team_page("Submissions") as team:
        submission = asked_submission(team)
        if submission is None:
            show_list(team)
            end_page()
        show_head(submission, team)
        life = follow(submission)
        show_scores(submission, life)
        if submission.withdrawn_at is None:
            show_what_can_be_done(submission, team)
        show_other_versions(submission)
        show_events(submission, team)


def asked_submission(team: Team) -> Submission | None:
    """Return the submission that the address asks for; None where it asks for none, or for none of
    this team's.
    """
    # Another team's submission is answered like one that there is not: its id alone tells
    # nothing.
    asked = st.query_params.get("id", "")
    if not asked:
        return None
    try:
        return find_submission(data_folder(), asked, team)
    except NoSuchSubmission as error:
        st.warning(told(error), icon=":material/search_off:")
        return None


def show_list(team: Team) -> None:
    """Draw a team's submissions, or a maintainer everybody's, each a way to its page."""
    listed = lives(data_folder(), declared_tasks(), None if team.maintains else team)
    if listed:
        open_life(listed)
    else:
        st.info("There are no submissions of your team yet.", icon=":material/inbox:")
    st.page_link("site/pages/submit.py", label="Submit outputs", icon=":material/upload_file:")


def show_head(submission: Submission, team: Team) -> None:
    """Draw the submission's name, and which file it is; for a maintainer also whose."""
    st.subheader(markdown(submission.name), anchor=False)
    st.caption(
        f"{markdown(submission.benchmark)}, {counted(submission.n_rows, 'row')} "
        f"of {counted(len(submission.tasks), 'task')}, "
        f"received {submission.received_at}, id {submission.id}, sha256 {submission.sha256[:12]}"
        + (f", of {markdown(submission.team or 'the maintainers')}" if team.maintains else "")
    )


def show_scores(submission: Submission, life: Life) -> None:
    """Draw the scores once all of them are there; of a withdrawn submission none are kept."""
    st.subheader("Scores", anchor=False)
    tasks = declared_tasks()
    withdrawn = submission.withdrawn_at is not None
    scores = scores_of(data_folder(), tasks, submission) if life.settled and not withdrawn else ()
    if scores:
        st.caption(
            "Private to your team and the maintainers until a release has them. Intervals:"
            " bootstrap over posts."
        )
        draw(score_table(scores, tasks), f"Scores of {submission.name}")
        show_reach(submission, scores)
    elif withdrawn:
        st.caption("None are kept.")
    else:
        st.caption("They stand here once all of them are there.")


def show_reach(submission: Submission, scores: Sequence[Score]) -> None:
    """Draw what the submission could show against the best of the release."""
    tasks = declared_tasks()
    reaches = reach_on_board(data_folder(), tasks, submission, scores)
    if reaches:
        st.caption(
            "Against the best of the release that is served, on the same posts: a true difference"
            " as large as “Detectable” is found 4 times out of 5 by the board’s paired tests. A"
            " smaller one takes more posts, or stays undecided."
        )
        draw(reach_table(reaches, tasks), f"What {submission.name} could show")


def show_what_can_be_done(submission: Submission, team: Team) -> None:
    """Offer publication, withdrawal, and the declaration to be edited."""
    st.subheader("Publication", anchor=False)
    offer_publication(submission, team)
    offer_withdrawal(submission, team)
    with st.expander("What is declared, to be edited", icon=":material/edit:"):
        edit_declaration(submission, team)


def show_other_versions(submission: Submission) -> None:
    """Link the team's other versions of the same system."""
    of_team = submissions_of(data_folder(), submission.team) if submission.team else ()
    others = other_versions(submission, of_team)
    if not others:
        return
    st.subheader("Other versions of this system", anchor=False)
    for other in others:
        st.page_link(
            "site/pages/submission.py",
            label=f"{markdown(other.version)}, received {other.received_at}",
            query_params={"id": other.id},
        )


def show_events(submission: Submission, team: Team) -> None:
    """Draw what happened to the submission, as far as its team may see it."""
    st.subheader("What happened", anchor=False)
    seen = for_its_team(events(data_folder(), submission.id), team)
    draw(event_table(seen), "Events of this submission")


if __name__ == "__main__":
    main()
