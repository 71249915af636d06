"""What the submit page does step by step: template, limits, where the form starts from, and the
submission itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.grouping import grouped
from app.settings import data_folder
from app.site.data import declared_tasks
from app.site.page import texts_may_be_shown
from app.site.submit.declaration_form import Declared
from app.site.tables.strategy import strategy_choices
from app.site.upload import LookedAt
from app.text import markdown, plain, told
from scoring.errors import ReasonBoardError
from scoring.sources import Sources
from scoring.tasks import Task, Tasks
from submissions.benchmarks.access import WITHHELD, may_have_posts
from submissions.benchmarks.importing import examples_of
from submissions.benchmarks.templates import declaration_template, write_template
from submissions.declarations.meta import FILE_SIZE, parse_meta, parse_toml
from submissions.problems import SubmissionRefused
from submissions.receiving.intake import Accepted, Sender, submit_examined
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import (
    DayIsFull,
    Submission,
    require_room,
    room_left,
    submissions_of,
)
from submissions.teams.accounts import Team
from submissions.teams.limits import MEGABYTE, BoardLimits
from submissions.wording import counted, noun_for

BLANK = "an empty form"


def open_tasks(folder: DataFolder, tasks: Tasks) -> dict[str, list[Task]]:
    """Return benchmark -> its tasks whose gold is here, which alone can be submitted to.

    Real ones first.
    """
    store = PostStore(folder.posts)
    ordered = sorted(tasks.values(), key=lambda task: task.demonstration)
    return grouped((task.benchmark, task) for task in ordered if store.has(task))


def offer_template(tasks: Sequence[Task], sources: Sources, team: Team) -> None:
    """Offer the files to fill in.

    Those of outputs hold the posts, so they stand behind the content notice.

    Args:
        tasks: Of the benchmark.
        sources: What the tasks tell about source data sets.
        team: Who fills them in.
    """
    folder = data_folder()
    titles = {task.id: plain(f"{task.id}: {task.title}") for task in tasks}
    st.markdown(
        "A row an example, with its query beside it: fill in `output` with what the system"
        " generates, word for word. CSV, JSON Lines and Parquet are taken, also packed; `label` and"
        " `explanation` may stand in columns of their own; `repetition` numbers several runs, or"
        " `prompt` and `seed` name them. Taken"
        " as they are: the benchmark's own form, a folder or zip of `<SET>.csv` with `goldens` and"
        " `generated_text`; what lm-evaluation-harness, Inspect, HELM or a batch API wrote."
    )
    st.download_button(
        "Download submission.toml",
        declaration_template(sources, strategy_choices()),
        "submission.toml",
        "application/toml",
        on_click="ignore",
        icon=":material/download:",
        help=(
            "What is declared of a system, with the names of data sets that may be written; the"
            " form below asks the same."
        ),
    )
    invented = all(task.demonstration for task in tasks)
    if not texts_may_be_shown(
        "A template holds the posts of its task, as queries.", invented=invented
    ):
        return
    every = "every task, as a zip"
    chosen = st.selectbox(
        "Template of", [every, *titles], format_func=lambda name: titles.get(name, name), width=520
    )
    name = tasks[0].benchmark if chosen == every else str(chosen).replace("/", "-")
    wanted = [task for task in tasks if chosen in (every, task.id)]
    zipped = chosen == every
    posts = {task.id: may_have_posts(folder, declared_tasks(), task, team.name) for task in wanted}
    if not all(posts.values()):
        of = (
            "" if len(wanted) == 1 else f" ({', '.join(name for name in posts if not posts[name])})"
        )
        st.info(f"{markdown(WITHHELD)}{markdown(of)}", icon=":material/lock:")
    st.download_button(
        "Download the template",
        data=partial(_zipped if zipped else _template, folder, wanted, posts),
        file_name=f"{name}.{'zip' if zipped else 'csv'}",
        mime="application/zip" if zipped else "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def say_limits(team: Team, benchmark: str, sender: Sender, limits: BoardLimits) -> None:
    """Say what one upload may hold, how many are left today, and when the next is possible."""
    browser = st.get_option("server.maxUploadSize")
    st.caption(
        f"In the browser up to {browser} MB; by the command line or the HTTP API up to"
        f" {limits.upload.sent // MEGABYTE} MB as sent. {limits.upload.unpacked // MEGABYTE} MB"
        f" unpacked, {limits.upload.rows:,} rows."
    )
    most = sender.most_a_day
    if most is None:
        return
    try:
        require_room(data_folder(), team.name, benchmark, most)
    except DayIsFull as full:
        st.warning(
            f"{markdown(str(full))} A file can be looked at all the same.",
            icon=":material/schedule:",
        )
        return
    left = room_left(data_folder(), team.name, benchmark, most)
    st.caption(
        f"**{left} of {counted(most, 'submission')} to {markdown(benchmark)} within "
        f"24 hours {noun_for(left, 'is', 'are')} left.** "
        "What is refused, looked at or fails does not count."
    )


def starting_point(
    team: Team, benchmark: str, file: UploadedFile | None
) -> tuple[Mapping[str, Any], str]:
    """Return what the form is filled with (key -> value), and a name for where that is from.

    A `submission.toml` that was dropped with the outputs comes first, else the team's last version
    of a system.
    """
    if file is not None:
        # The file's own id too: the same name dropped again may hold something else.
        return _read_toml(file), f"{file.name} {file.file_id}"
    latest = latest_versions(submissions_of(data_folder(), team.name), benchmark)
    if not latest:
        return {}, BLANK
    chosen = st.selectbox(
        "Start from",
        [*latest, BLANK],
        width=420,
        format_func=lambda key: (
            key if key == BLANK else f"what was declared of {plain(latest[key].name)}"
        ),
    )
    if chosen not in latest:
        return {}, BLANK
    return {**_declared(latest[chosen]), "version": ""}, chosen


def latest_versions(own: Sequence[Submission], benchmark: str) -> dict[str, Submission]:
    """Return id -> submission: the last one of each of a team's systems, newest first.

    Args:
        own: The team's submissions, newest first.
        benchmark: Only those to it.
    """
    by_system: dict[str, Submission] = {}
    for submission in own:
        if submission.benchmark == benchmark:
            by_system.setdefault(submission.system, submission)
    return {submission.id: submission for submission in by_system.values()}


def submit(
    declared: Declared, looked_at: LookedAt, sender: Sender, tasks: Tasks
) -> Accepted | None:
    """Submit what was looked at; None where it cannot be, and then why stands at the fields or
    here.
    """
    sources = Sources.of(tasks)
    try:
        meta = parse_meta(declared.raw, sources, "form")
    except SubmissionRefused as refusal:
        declared.show_problems([*declared.faults, *refusal.problems])
        return None
    if declared.faults:
        declared.show_problems(declared.faults)
        return None
    try:
        return submit_examined(
            data_folder(), looked_at.examined, meta, looked_at.key[0], sender, sources, "form"
        )
    except SubmissionRefused as refusal:
        declared.show_problems(refusal.problems)
        return None
    except ReasonBoardError as error:
        st.error(told(error), icon=":material/report:")
        return None


def _declared(submission: Submission) -> dict[str, Any]:
    """Return what was declared, without the consent: that is given anew each time."""
    # Consent to an earlier version is none to this one.
    return {**asdict(submission.meta), "consent": False}


def _read_toml(file: UploadedFile) -> Mapping[str, Any]:
    """Return what a `submission.toml` holds.

    What is wrong with it is said, and what can be read is taken.
    """
    if file.size > FILE_SIZE:
        st.warning(
            f"{markdown(file.name, 100)} is not read: it is longer than {FILE_SIZE:,} bytes."
        )
        return {}
    try:
        raw = parse_toml(file.getvalue().decode())
    except (ValueError, RecursionError) as error:
        st.warning(f"{markdown(file.name, 100)} cannot be read as TOML: {told(error, 300)}")
        return {}
    try:
        parse_meta(raw, file=file.name)
    except SubmissionRefused as refusal:
        lines = "  \n".join(markdown(str(problem)) for problem in refusal.problems)
        st.warning(
            f"What is to be put right of {markdown(file.name, 100)}, here in the form:  \n{lines}"
        )
    return raw


def _template(folder: DataFolder, tasks: Sequence[Task], posts: Mapping[str, bool]) -> str:
    target, task = io.StringIO(newline=""), tasks[0]
    write_template(task, examples_of(folder, task), target, posts=posts[task.id])
    return target.getvalue()


def _zipped(folder: DataFolder, tasks: Sequence[Task], posts: Mapping[str, bool]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for task in tasks:
            archive.writestr(f"{task.id.replace('/', '-')}.csv", _template(folder, [task], posts))
    return target.getvalue()
