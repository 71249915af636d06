"""What maintainers see and do on their page. Every act is an event with who, when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import streamlit as st

from app.grouping import grouped
from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.submit.progress import event_table, open_life, refusal_shown
from app.site.tables.base import Table, draw, tabulate
from app.site.url_state import Address
from app.text import markdown, plain, without_places
from submissions.life.decisions import approve, hold, mark_copy_seen, review_queue, unseen_copies
from submissions.life.states import find_submission, lives
from submissions.life.takedown import (
    has_transcripts,
    redact_example,
    redact_output,
    redact_transcript,
)
from submissions.operating.declaration_faults import declaration_faults
from submissions.rating.transcript_tasks import usable_transcript_tasks
from submissions.receiving.repeated_references import VERSION
from submissions.store.events import events
from submissions.store.scored.failures import Failure, failures, retry_failures
from submissions.store.submitted.declaration_checks import checked
from submissions.store.submitted.submissions import Submission, submissions
from submissions.teams.accounts import (
    NAME_LENGTH,
    Role,
    Team,
    add_member,
    add_team,
    members,
    remove_member,
    revoke_token,
    rotate_token,
    teams,
)
from submissions.wording import counted, noun_for

# A reason is for people: longer ones are cut where they are shown, not where they are kept.
REASON = 500
LATEST = 500
"""Events that are drawn; the others are found by their subject."""

_DONE = "what a maintainer did"


def say_what_was_done() -> None:
    """Say what came of the act before this run."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done, icon=":material/check_circle:")


def show_faults() -> None:
    """List declarations and settings that cannot be used, wherever on the page one is."""
    for fault in declaration_faults(data_folder()):
        lines = "  \n".join(markdown(without_places(line.strip())) for line in fault.lines)
        st.error(lines, icon=":material/report:")


def show_queue(team: Team) -> None:
    """Draw what waits for review, what looks odd, and every submission."""
    folder = data_folder()
    held = review_queue(folder)
    st.subheader("Waits for review", anchor=False)
    if not held:
        st.caption("Nothing is held back.")
    for submission in held:
        with st.container(border=True):
            st.markdown(
                f"**{markdown(submission.name)}** of "
                f"{markdown(submission.team or 'the maintainers')}, "
                f"{markdown(submission.benchmark)}, "
                f"received {submission.received_at}: {markdown(submission.held)}"
            )
            st.page_link(
                "site/pages/submission.py", label="Its page", query_params={"id": submission.id}
            )
            act(
                f"approve {submission.id}",
                "Approve",
                partial(_approve, submission, team),
                "reviewed",
            )
    st.subheader("Looks odd", anchor=False)
    _show_flags(team)
    st.subheader("Hide from the board", anchor=False)
    _offer_hold(team)
    st.subheader("All submissions", anchor=False)
    if every := lives(folder, declared_tasks()):
        open_life(every)
    else:
        st.caption("There are none.")


def show_failures(team: Team) -> None:
    """List what could not be scored and where it broke, and offer another try."""
    every = failures(data_folder())
    units = grouped(((each.submission, each.task), each) for each in every.values())
    if not units:
        st.caption("Nothing has failed.")
        return
    act("retry all", "Try all again", lambda why: _retry(every.values(), team, why))
    names = {item.id: item.name for item in submissions(data_folder())}
    for (submission, task), failed in units.items():
        # One trace is shown of several, that of the software that runs now.
        last = max(failed, key=lambda item: item.failed_at)
        with st.container(border=True):
            state = "given up" if last.given_up else "will be tried again"
            st.markdown(
                f"**{markdown(names.get(submission, submission))}** ({submission}),"
                f" {markdown(task)}: {len(failed)} scores, {last.tries} tries, last"
                f" {last.failed_at}, {state}. {markdown(last.reason)}"
            )
            with st.expander("Traceback"):
                st.code(last.traceback, language=None)
            act(
                f"retry {submission} {task}",
                "Try again",
                partial(_retry, failed, team),
            )


def show_takedown(team: Team) -> None:
    """Offer to delete what one system wrote of an example, a post and all that was written about
    it, or a transcript.
    """
    st.markdown(
        "What is redacted is deleted for good. A redacted post counts for no system any more, so"
        " that the next release changes values; where one output is redacted, its label and its"
        " scores stay. Of a task of transcripts the example is a transcript. A team takes a whole system"
        " back on its submission's page, and so can you."
    )
    folder, tasks = data_folder(), declared_tasks()
    spoken = [
        name
        for name in usable_transcript_tasks(folder.path)
        if name not in tasks and has_transcripts(folder, name)
    ]
    standing = {
        system.id: system
        for system in submissions(folder)
        # Of what is withdrawn nothing is left to delete, and a baseline is made anew by itself.
        if system.withdrawn_at is None and not system.trivial
    }
    submission = _choose("Of which submission", standing, "the post itself, and of all")
    task = st.selectbox(
        "Task", list(standing[submission].tasks) if submission else [*tasks, *spoken], width=320
    )
    example = st.text_input("Example's id", max_chars=200, width=320).strip()
    post = st.text_input(
        "Of several posts, the id of the one that goes",
        max_chars=200,
        width=320,
        placeholder="all of them",
        disabled=bool(submission) or task in spoken,
    ).strip()

    def redact(why: str) -> str:
        if task in spoken:
            near = redact_transcript(folder, str(task), example, team.author, why)
            named = ", ".join(map(markdown, near))
            left = f" Nearly the same, and still here: {named}. Look at them." if near else ""
            return (
                f"The transcript {markdown(example)} is deleted, and what raters wrote of it.{left}"
            )
        if submission:
            redact_output(
                folder,
                find_submission(folder, submission, team),
                str(task),
                example,
                team.author,
                why,
            )
            return (
                f"What {markdown(standing[submission].name)} says of {markdown(example)} is"
                " deleted."
            )
        count = redact_example(folder, tasks, str(task), example, team.author, why, post or None)
        said = f"{counted(count, 'submission')} {noun_for(count, 'says', 'say')}"
        return f"The post of {markdown(example)} is deleted, and what {said} of it."

    act("redact", "Delete for good", redact)


def show_teams(team: Team) -> None:
    """Draw teams, their tokens and members.

    A token is shown in the run that makes it, and never again.
    """
    folder = data_folder()
    add, change, people = st.columns(3)
    with add, st.form("add team", clear_on_submit=True, enter_to_submit=False):
        name = st.text_input("New team", max_chars=NAME_LENGTH)
        role = st.selectbox(
            "Role",
            [role.value for role in Role],
            help="An annotator rates; a maintainer may do all.",
        )
        if st.form_submit_button("Add team"):
            with refusal_shown():
                _show_token(name, add_team(folder, name, Role(role), team.author))
    names = [entry.name for entry in teams(folder)]
    with change, st.form("change team", enter_to_submit=False):
        chosen = st.selectbox("Team", names, format_func=plain, placeholder="No team yet")
        if st.form_submit_button("New token", help="The old one no longer counts.") and chosen:
            with refusal_shown():
                _show_token(chosen, rotate_token(folder, chosen, team.author))
        if st.form_submit_button("Revoke token", help="What it submitted stays.") and chosen:
            with refusal_shown():
                revoke_token(folder, chosen, team.author)
                st.success(f"{markdown(chosen)} has no token any more.")
    with people, st.form("members", enter_to_submit=False):
        acts_for = st.selectbox("Acts for", names, format_func=plain, placeholder="No team yet")
        email = st.text_input("E-mail address, as single sign-on verifies it", max_chars=260)
        if st.form_submit_button("Add member") and acts_for:
            with refusal_shown():
                add_member(folder, acts_for, email, team.author)
                st.success(f"{markdown(email)} acts for a team now.")
        if st.form_submit_button("Remove member"):
            with refusal_shown():
                remove_member(folder, email, team.author)
                st.success(f"{markdown(email)} acts for no team any more.")
    draw(_team_table(teams(folder)), "Teams, oldest first")
    if accounts := members(folder):
        rows = (
            {"Member": plain(entry.email), "Team": plain(entry.team), "Since": entry.since}
            for entry in accounts
        )
        draw(tabulate(rows, {name: name for name in ("Member", "Team", "Since")}), "Members")


def show_events(address: Address) -> None:
    """List who did what, when and why."""
    subject = address.text(
        "About", "about", help="A submission's id, a team's name, a release's number."
    )
    history = events(data_folder(), subject or None)
    if len(history) > LATEST:
        st.caption(f"The latest {LATEST} of {len(history):,}.")
    # A record of years would be megabytes for every look.
    draw(event_table(history[-LATEST:]), "Events, the latest first")


def _show_flags(team: Team) -> None:
    folder = data_folder()
    named = {system.id: system for system in submissions(folder)}
    titles = {key: _titled(system) for key, system in named.items()}
    copies = unseen_copies(folder)
    rows = [
        {
            "submission": titles.get(flag.subject, flag.subject),
            "flag": "copy",
            "detail": plain(flag.reason, REASON),
            "at": flag.at,
        }
        for flag in copies
    ]
    rows += [
        {
            "submission": titles.get(check.submission, check.submission),
            "flag": "repeats references",
            "detail": (
                f"{check.task}: {check.copied} of {counted(check.explanations, 'explanation')}, "
                f"up to {counted(check.longest, 'word')}"
            ),
            "at": check.checked_at,
        }
        for check in checked(folder, VERSION)
        if check.flagged
    ]
    if not rows:
        st.caption("No copies of other teams' outputs; no explanations that repeat references.")
        return
    heads = {"submission": "Submission", "flag": "What", "detail": "Of what", "at": "When (UTC)"}
    draw(tabulate(rows, heads), "What looks odd")
    st.caption("Ask the team before you conclude anything; none of this is published.")
    _offer_seen({key: named[key] for copy in copies if (key := copy.subject) in named}, team)


def _offer_seen(copies: Mapping[str, Submission], team: Team) -> None:
    """Offer to take a copy off the list once it was looked at; the record keeps both."""
    if not copies:
        return
    chosen = _choose("Copy", copies)

    def seen(why: str) -> str:
        mark_copy_seen(data_folder(), copies[chosen], team.author, why)
        return f"{markdown(copies[chosen].name)} is marked as seen."

    act("seen", "Mark as seen", seen)


def _titled(submission: Submission) -> str:
    return f"{plain(submission.name)} ({submission.id})"


def _choose(label: str, among: Mapping[str, Submission], none: str | None = None) -> str:
    """Draw a selection of submissions; return the id of the one that is chosen, "" for none.

    Args:
        label: Of the selection.
        among: By id.
        none: How choosing none of them is called; None where one is always chosen.
    """
    return st.selectbox(
        label,
        [*([""] if none else []), *among],
        format_func=lambda key: _titled(among[key]) if key else str(none),
        width=520,
    )


def _offer_hold(team: Team) -> None:
    folder = data_folder()
    free = {
        submission.id: submission
        for submission in submissions(folder)
        # What is held or gone is not on the board; baselines stand on every board by right.
        if not (submission.held or submission.withdrawn_at or submission.trivial)
    }
    if not free:
        st.caption("There is none that could be hidden.")
        return
    chosen = _choose("Submission", free)

    def hide(why: str) -> str:
        done = hold(folder, find_submission(folder, chosen, team), team.author, why)
        return f"{markdown(done.name)} is held back from the next release on, until it is approved."

    act("hold", "Hide", hide)


def _approve(submission: Submission, team: Team, why: str) -> str:
    done = approve(data_folder(), submission, team.author, why)
    return (
        f"{markdown(done.name)}"
        f" {'may be published' if done.consent else 'is free; its team has not consented'}."
    )


def _retry(failed: Iterable[Failure], team: Team, why: str) -> str:
    count = retry_failures(data_folder(), [failure.key for failure in failed], team.author, why)
    return (
        f"{counted(count, 'score')} {noun_for(count, 'is', 'are')} tried again by the next worker."
    )


def _team_table(listed: Sequence[Team]) -> Table:
    rows = (
        {
            "name": plain(team.name),
            "role": team.role.value,
            "token": team.token_since or "none",
            "since": team.created_at,
        }
        for team in listed
    )
    return tabulate(
        rows, {"name": "Team", "role": "Role", "token": "Token since", "since": "Team since"}
    )


def act(key: str, label: str, act: Callable[[str], str], reason: str = "") -> None:
    """Draw a form that asks why and does it; without a reason nothing is done.

    Args:
        key: Of the form, one of its kind on the page.
        label: Of the button.
        act: Given the reason, does it and says what was done, as Markdown.
        reason: What stands in the field at first.
    """
    with (
        st.form(key, border=False, enter_to_submit=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        why = st.text_input(
            "Why (stands in the record)", reason, max_chars=REASON, width=420, key=f"why {key}"
        )
        pressed = st.form_submit_button(label)
    if not pressed:
        return
    if not why.strip():
        st.error("Say why.")
        return
    with refusal_shown():
        st.session_state[_DONE] = act(why.strip())
        st.rerun()


def _show_token(name: str, token: str) -> None:
    st.success(
        f"The token of {markdown(name)}. It is shown this once: hand it over safely.",
        icon=":material/key:",
    )
    st.code(token, language=None, wrap_lines=True)
