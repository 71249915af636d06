"""Submit a system's outputs: see what is read of a file, declare what it is of, send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import end_page, marked_name, team_page
from app.site.submit.declaration_form import declaration_fields
from app.site.submit.form import (
    offer_template,
    open_tasks,
    say_limits,
    starting_point,
    submit,
)
from app.site.submit.verdict import show_preview
from app.site.upload import LookedAt, faults_of, forget_upload, look_at, meta_of, outputs_of
from app.site.url_state import Address
from app.text import markdown, told
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.declarations.settings import SettingsError
from submissions.receiving.examination import ReadingFailed
from submissions.receiving.intake import Sender, sender_of
from submissions.receiving.turns import TooManyReadings
from submissions.store.sqlite.trouble import DatabaseUnusable
from submissions.teams.accounts import NotAllowed, Team
from submissions.teams.limits import BoardLimits, load_limits

ACCEPTED, ROUND = "submission that was accepted", "uploads so far"


def main() -> None:
    """Draw the page."""
    with team_page("Submit") as team:
        limits = limits_or_end()
        boards = open_tasks(data_folder(), declared_tasks())
        sender = sender_or_end(team, limits)
        if not boards:
            st.info(
                "No benchmark's gold data are here yet, so that nothing can be submitted. Ask a"
                " maintainer."
            )
            end_page()
        show_accepted()
        benchmark = choose_board(boards)
        say_limits(team, benchmark, sender, limits)
        dropped = ask_for_file(boards[benchmark], team)
        outputs, faults = outputs_of(dropped), faults_of(dropped)
        for fault in faults:
            st.error(fault, icon=":material/report:")
        # What lay aside of an earlier file takes room that others may need.
        if faults or not outputs:
            forget_upload()
            end_page()
        # A new file is here: what was said of the last one would be taken for this one's.
        st.session_state.pop(ACCEPTED, None)
        looked_at = examine_or_end(outputs, benchmark, team, limits)
        show_preview(looked_at.examined.preview)
        if not looked_at.examined.preview.accepted:
            end_page()
        ask_for_declaration(looked_at, benchmark, team, sender, meta_of(dropped))


def limits_or_end() -> BoardLimits:
    """Return the board's limits; where they cannot be read, end the page with whom to ask."""
    try:
        return load_limits(data_folder())
    except SettingsError:
        st.error(
            "The board's limits for uploads cannot be read, so that none are taken now. Ask a"
            " maintainer: `reasonboard status` says what is wrong.",
            icon=":material/report:",
        )
        end_page()


def sender_or_end(team: Team, limits: BoardLimits) -> Sender:
    """Return the team as one that may submit; where it may not, end the page with why."""
    try:
        return sender_of(team, limits)
    except NotAllowed as error:
        st.info(told(error), icon=":material/block:")
        end_page()


def show_accepted() -> None:
    """Say what became of the submission that was sent before this run, and where to watch it."""
    accepted = st.session_state.get(ACCEPTED)
    if accepted is None:
        return
    st.success("  \n".join(map(markdown, accepted.lines)), icon=":material/check_circle:")
    st.page_link(
        "site/pages/submission.py",
        label="Watch it become scored, and publish it",
        icon=":material/arrow_forward:",
        query_params={"id": accepted.submission.id},
    )


def choose_board(boards: Mapping[str, Sequence[Task]]) -> str:
    """Let the team choose the benchmark that it submits to."""
    address = Address()
    names = {
        name: marked_name(name, invented=tasks[0].demonstration) for name, tasks in boards.items()
    }
    benchmark = address.choose("Benchmark", "benchmark", names, width=260)
    address.show_notes()
    return benchmark


def ask_for_file(tasks: Sequence[Task], team: Team) -> list[UploadedFile]:
    """Draw the uploader, below a template of what the file looks like."""
    st.subheader("1. The file", anchor=False)
    with st.expander(
        "What the file looks like, and a template to fill in", icon=":material/description:"
    ):
        offer_template(tasks, Sources.of(declared_tasks()), team)
    return st.file_uploader(
        "Outputs: one file, or the files of a folder; `submission.toml` beside them if there"
        " is one",
        accept_multiple_files=True,
        key=f"outputs {st.session_state.setdefault(ROUND, 0)}",
    )


def examine_or_end(
    outputs: Sequence[UploadedFile], benchmark: str, team: Team, limits: BoardLimits
) -> LookedAt:
    """Return what is read of a file; where it cannot be read now, end the page with why."""
    st.subheader("2. What was read of it", anchor=False)
    try:
        return look_at(data_folder(), outputs, benchmark, team, limits)
    except TooManyReadings as full:
        st.warning(markdown(str(full)), icon=":material/schedule:")
        end_page()
    except (DatabaseUnusable, ReadingFailed) as trouble:
        st.error(told(trouble), icon=":material/report:")
        end_page()


def ask_for_declaration(
    looked_at: LookedAt, benchmark: str, team: Team, sender: Sender, meta: UploadedFile | None
) -> None:
    """Draw the form of what the outputs are of; once it is sent and accepted, the
    page begins anew.
    """
    st.subheader("3. What it is of", anchor=False)
    tasks = declared_tasks()
    known, source = starting_point(team, benchmark, meta)
    with st.form("declaration", enter_to_submit=False):
        declared = declaration_fields(known, source, Sources.of(tasks), new=True)
        wanted = st.form_submit_button("Submit", type="primary", icon=":material/upload:")
    if wanted and (accepted := submit(declared, looked_at, sender, tasks)):
        st.session_state[ACCEPTED] = accepted
        st.session_state[ROUND] += 1  # another uploader: this one's bytes are given back
        forget_upload()
        st.rerun()


if __name__ == "__main__":
    main()
