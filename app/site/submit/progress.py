"""A submission as its team sees it: how far it is, its scores, what it can do with it, what
happened to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Literal

import streamlit as st
from streamlit.column_config import TextColumn

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.submit.declaration_form import declaration_fields
from app.site.tables.base import Column, Table, draw, tabulate
from app.text import interval, markdown, plain, told
from scoring.errors import ReasonBoardError
from scoring.metrics import METRICS
from scoring.sources import Sources
from scoring.tasks import Tasks
from submissions.life.decisions import consent, edit_meta
from submissions.life.states import Life, State, life_of
from submissions.life.takedown import withdraw
from submissions.problems import SubmissionRefused
from submissions.releasing.own_reach import OwnReach
from submissions.store.events import COPY, COPY_SEEN, Event
from submissions.store.scored.scores import Score
from submissions.store.submitted.submissions import Submission
from submissions.teams.accounts import Team
from submissions.teams.edits import count_edit
from submissions.wording import counted

OFTEN, SELDOM = 2.0, 15.0
"""Seconds between looks: while it is scored, and while it waits for a release."""

REASON = 500
FOR_MAINTAINERS = (COPY, COPY_SEEN)
"""Kinds of events that name another team's submission, or may: what a maintainer
wrote of the copy.
"""

_COLOURS: dict[State, Literal["gray", "blue", "green", "red"]] = {
    State.received: "gray",
    State.scoring: "blue",
    State.scored: "blue",
    State.published: "green",
    State.failed: "red",
    State.withdrawn: "gray",
}
_HEADS = {
    "task": "Task",
    "metric": "Metric",
    "value": Column("Value"),
    "interval": "95% interval",
    "n": "Examples",
    "n_unparsed": "Unparsed",
    "n_refused": "Refused",
    "n_cut_off": "Cut off",
    "n_absent": "Absent",
    "n_truncated": "Truncated",
    "signature": TextColumn("Signature", width="medium"),
}


def follow(submission: Submission) -> Life:
    """Draw the submission's state, which refreshes itself until nothing more happens to it; the
    state as drawn.
    """
    life = life_of(data_folder(), declared_tasks(), submission)
    waits_for_release = life.state is State.scored and submission.public
    # Nothing more happens by itself to what is published, failed or withdrawn.
    seconds = OFTEN if not life.settled else SELDOM if waits_for_release else None
    st.fragment(_look_again, run_every=seconds)(submission, life.state)
    return life


def _look_again(submission: Submission, state: State) -> None:
    """Look once; draw the whole page anew when its state has changed."""
    life = life_of(data_folder(), declared_tasks(), submission)
    if life.state is not state:
        st.rerun()
    show_life(life)


def show_life(life: Life) -> None:
    """State, progress, why, and what to do."""
    st.badge(life.state.value, color=_COLOURS[life.state])
    if life.total and life.state is not State.withdrawn:
        st.progress(life.done / life.total, f"{life.done} of {counted(life.total, 'score')}")
    step = f"**Next:** {markdown(life.next_step)}." if life.next_step else ""
    reason = f"{markdown(life.reason[:1].upper() + life.reason[1:])}." if life.reason else ""
    if life.state is State.failed:
        st.error(
            f"**Scoring failed.** {reason} {step} It does not count as one of today's.",
            icon=":material/error:",
        )
    else:
        st.markdown(f"{reason} {step}")


def life_table(lives: Sequence[Life]) -> Table:
    """Return a row a submission."""
    rows = (
        {
            "system": plain(life.submission.system),
            "version": plain(life.submission.version),
            "benchmark": life.submission.benchmark,
            "team": plain(life.submission.team or ""),
            "state": life.state.value,
            "scores": f"{life.done} of {life.total}" if life.total else "",
            "received": life.submission.received_at,
            "id": life.submission.id,
        }
        for life in lives
    )
    named = ("system", "version", "benchmark", "team", "state", "scores", "received", "id")
    return tabulate(rows, {name: name.capitalize() for name in named})


def open_life(lives: Sequence[Life]) -> None:
    """Draw submissions as a table, in which a row leads to its submission's page, in the same
    session.
    """
    st.caption("Choose a row to open the submission's page.")
    draw(
        life_table(lives),
        "Submissions, the newest first",
        key="submissions",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = st.session_state["submissions"]["selection"]["rows"]
    if rows and rows[0] < len(lives):
        st.switch_page(
            "site/pages/submission.py", query_params={"id": lives[rows[0]].submission.id}
        )


def score_table(scores: Sequence[Score], tasks: Tasks) -> Table:
    """Return a row a score, the headline metric of every task first; a blank is no zero."""
    order = {metric.name: place for place, metric in enumerate(METRICS)}
    titles = {metric.name: metric.title for metric in METRICS}
    rows = (
        {
            "task": plain(tasks[score.task].title if score.task in tasks else score.task),
            "metric": plain(titles.get(score.identity.metric, score.identity.metric)),
            "value": score.value,
            "interval": interval(score.low, score.high, 3),
            "n": score.n,
            "n_unparsed": score.n_unparsed,
            "n_refused": score.n_refused,
            "n_cut_off": score.n_cut_off,
            "n_absent": score.n_absent,
            "n_truncated": score.n_truncated,
            "signature": plain(score.signature, 500),
        }
        for score in sorted(
            scores, key=lambda score: (order.get(score.identity.metric, len(order)), score.task)
        )
    )
    return tabulate(rows, _HEADS)


def reach_table(reaches: Sequence[OwnReach], tasks: Tasks) -> Table:
    """Return what a submission could show against the best of the board: a row a task, and the
    mean over all.
    """
    titles = {metric.name: metric.title for metric in METRICS}
    rows = (
        {
            "task": plain(tasks[reach.task].title) if reach.task else "Mean of all tasks",
            "metric": plain(titles.get(reach.metric, reach.metric)),
            "rival": plain(reach.rival) + (" (baseline)" if reach.trivial else ""),
            "value": reach.value,
            "rival_value": reach.rival_value,
            "difference": reach.value - reach.rival_value,
            "interval": interval(reach.low, reach.high, 3),
            "detectable": reach.detectable,
            "posts": reach.posts,
            "posts_needed": reach.posts_needed,
        }
        for reach in reaches
    )
    heads = {
        "task": "Task",
        "metric": "Metric",
        "rival": "Best on the board",
        "value": Column("Yours", digits=3),
        "rival_value": Column("The best", digits=3),
        "difference": Column("Difference", digits=3),
        "interval": "95% interval",
        "detectable": Column(
            "Detectable",
            "The smallest true difference that these posts show: at .05, with a power of 80%.",
            digits=3,
        ),
        "posts": "Posts",
        "posts_needed": "Posts for this difference",
    }
    return tabulate(rows, heads)


def event_table(events: Sequence[Event]) -> Table:
    """Return who did what, when and why; the newest first."""
    rows = (
        {
            "at": event.at,
            "author": plain(event.author),
            "kind": plain(event.kind),
            "subject": plain(event.subject),
            "reason": plain(event.reason, REASON),
        }
        for event in reversed(events)
    )
    heads = {
        "at": "When (UTC)",
        "author": "Who",
        "kind": "What",
        "subject": "Of what",
        "reason": "Why, or what of it",
    }
    return tabulate(rows, heads)


def offer_publication(submission: Submission, team: Team) -> None:
    """Offer to consent, where that was not done yet."""
    if submission.consent:
        st.markdown("Its team has consented to publication." + _held(submission))
        return
    st.markdown(
        "Nobody but its team and the maintainers sees this. Published, its scores, declarations"
        " (not the contact), labels and explanations stand on the board from the next release on."
        + _held(submission)
    )
    if st.button("Publish", type="primary", icon=":material/public:"):
        with refusal_shown():
            count_edit(data_folder(), team, submission, {"consent": True})
            consent(data_folder(), submission, team.author)
            st.rerun()


def offer_withdrawal(submission: Submission, team: Team) -> None:
    """Offer to take the submission back, with a reason."""
    with st.popover("Withdraw", icon=":material/delete:"):
        st.markdown(
            "Its outputs are deleted for good, a tombstone stays, and the next release no longer"
            " lists it."
        )
        with st.form("withdraw", border=False, enter_to_submit=False):
            reason = st.text_input("Why (stands in the record)", max_chars=REASON)
            if st.form_submit_button("Withdraw for good"):
                if not reason.strip():
                    st.error("Say why.")
                else:
                    with refusal_shown():
                        withdraw(data_folder(), submission, team.author, reason.strip())
                        st.rerun()


def edit_declaration(submission: Submission, team: Team) -> None:
    """Draw what was declared, in a form; name and version stay."""
    tasks = declared_tasks()
    with st.form("declaration", enter_to_submit=False):
        declared = declaration_fields(
            asdict(submission.meta),
            # Consent may be given by the button above; the form has to show that.
            f"{submission.id} {submission.meta.consent}",
            Sources.of(tasks),
            new=False,
        )
        wanted = st.form_submit_button("Save", icon=":material/save:")
    if not wanted:
        return
    if declared.faults:
        declared.show_problems(declared.faults)
        return
    try:
        count_edit(data_folder(), team, submission, declared.changes)
        edit_meta(data_folder(), tasks, submission, declared.changes, team.author)
    except SubmissionRefused as refusal:
        declared.show_problems(refusal.problems)
    except ReasonBoardError as error:
        st.error(told(error))
    else:
        st.rerun()


def other_versions(submission: Submission, own: Sequence[Submission]) -> list[Submission]:
    """Return the team's other submissions of the same system to the same benchmark."""
    named = (submission.benchmark, submission.system)
    return [
        version
        for version in own
        if (version.benchmark, version.system) == named and version.id != submission.id
    ]


def for_its_team(events: Sequence[Event], team: Team) -> list[Event]:
    """Return what a team may read of what happened.

    What names another team's submission is for maintainers.
    """
    return [event for event in events if team.maintains or event.kind not in FOR_MAINTAINERS]


def _held(submission: Submission) -> str:
    return f" **Held back:** {markdown(submission.held)}." if submission.held else ""


@contextmanager
def refusal_shown() -> Iterator[None]:
    """Do what stands within; where that is refused, the page says why, and what is left of it is
    not done.
    """
    try:
        yield
    except ReasonBoardError as error:
        st.error(told(error), icon=":material/report:")
