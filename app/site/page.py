"""What every page says around its own content: which release it shows, what it is not for, where to find help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from app.settings import data_folder
from app.site.crisis_lines import CHECKED, HELP_LINES
from app.site.data import (
    Served,
    metrics,
    not_imported,
    release,
    releases,
    scored_benchmarks,
    served,
    tasks,
)
from app.site.export import SIGNATURE, Export, caveats, file_name, joined
from app.site.tables.base import Table
from app.site.tables.parts import part_title
from app.site.url_state import Address, keep_up, remember_view, set_view, this_view
from app.text import markdown, told
from submissions.settings import NOBODY_ELSE, SettingsError, cited_authors
from submissions.store.release import NoRelease, ReleaseDamaged
from submissions.store.release_rows import MetricRow, TaskRow

PURPOSE = "**For research, not for diagnosis.**"
HELP = (
    f"{PURPOSE} Nothing here says anything about a person. "
    "If you or someone near you needs help: [findahelpline.com](https://findahelpline.com) lists free, confidential "
    "helplines by country; in an emergency call your local emergency number."
)
_COMMANDS = """reasonboard demo --no-serve                    # a small invented board, to see how it works
reasonboard benchmark import imhi DIR          # or the published data
reasonboard submit FILE --benchmark imhi-expert --meta submission.toml
reasonboard score
reasonboard publish --reason "first release" """


def open_page(title: str) -> Served:
    """Title, and which release stands below it. Where nothing is published the page ends with what to do."""
    st.title(title, anchor=False)
    _take_along(title)
    asked = st.query_params.get("release", "")
    try:
        current = served()
        if asked.isdecimal() and int(asked[:9]) in releases(current):
            current = served(int(asked))
    except ReleaseDamaged as error:
        _say_damaged(error)
    except NoRelease as error:
        st.info("Nothing is published yet, so there is no board to show.", icon=":material/inbox:")
        st.markdown("These commands fill one; reload this page afterwards:")
        st.code(_COMMANDS, language="bash", wrap_lines=True)
        st.caption(told(error))
        close_page()
        st.stop()
    if current.notice:
        st.warning(markdown(current.notice), icon=":material/healing:")
    _choose_release(current)
    return current


def _say_damaged(error: ReleaseDamaged) -> NoReturn:
    """End the page: there is a release, and it cannot be shown."""
    st.error(
        "What is published cannot be shown: its file is damaged, and no earlier release can stand in for it. Nothing is "
        "lost that a maintainer cannot repair.",
        icon=":material/healing:",
    )
    st.caption(told(error))
    close_page()
    st.stop()


def _choose_release(current: Served) -> None:
    """The line under the title: which release is shown, which others there are, and what none of them is for."""
    address, row, numbers = Address(), release(current), releases(served())
    titles = {
        str(number): f"{number} (current)" if number == numbers[0] else str(number)
        for number in numbers
    }
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    about = line.popover(
        f"Release {row.number} of {row.created_at[:10]}", key="about release", on_change=keep_up
    )
    with address.within(about):
        address.choose("Release", "release", titles, default=str(release(served()).number))
        if about.open:
            st.caption(markdown(row.reason, 500))
    old = (
        ""
        if row.number == numbers[0]
        else f"**An earlier release: the current one is {numbers[0]}.** "
    )
    line.caption(f"{old}{PURPOSE}", width="content")
    address.show_notes()


def close_page() -> None:
    """What the site is not for, and where to find help."""
    st.markdown(HELP)


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as one release has it.

    Attributes:
        release: The release that is shown.
        name: The benchmark's.
        tasks: Its tasks.
        metrics: Its metrics by name, in the order in which they are shown.
    """

    release: Served
    name: str
    tasks: list[TaskRow]
    metrics: Mapping[str, MetricRow]

    @property
    def families(self) -> list[str]:
        """What is asked, whatever the data."""
        return list(dict.fromkeys(task.family for task in self.tasks))


def choose_benchmark(address: Address, current: Served, clears: tuple[str, ...] = ()) -> Benchmark:
    """The benchmark that is looked at, kept like the release when the reader goes to another page.

    Real benchmarks stand first, and those on which nothing is scored yet after those with values.
    """
    valued = scored_benchmarks(current)
    rows = sorted(
        tasks(current), key=lambda task: (task.demonstration, task.benchmark not in valued)
    )
    options = {
        task.benchmark: f"{task.benchmark} (invented)" if task.demonstration else task.benchmark
        for task in rows
    }
    name = address.choose(
        "Benchmark", "benchmark", options, default=_implied(), clears=(*clears, "page", "example")
    )
    asked = st.query_params.get("release")
    seen = {"benchmark": name} | ({"release": asked} if asked else {})
    st.session_state["last seen"] = {"page": st.session_state["last seen"]["page"], "view": seen}
    board = [task for task in rows if task.benchmark == name]
    return Benchmark(
        current, name, board, {metric.name: metric for metric in metrics(current, name)}
    )


def _implied() -> str | None:
    """The benchmark of a task, or of a system, that the address asks for without its benchmark."""
    task, system = st.query_params.get("task", ""), st.query_params.get("system", "")
    return task.partition("/")[0] or system.partition(":")[0] or None


def _take_along(page: str) -> None:
    """Streamlit's navigation empties the address; an address that says something itself is left alone."""
    last = st.session_state.get("last seen", {"page": page, "view": {}})
    if last["page"] != page and not st.query_params:
        set_view(**last["view"])
    remember_view()
    st.session_state["last seen"] = {**last, "page": page}


def export_menu(
    chosen: Benchmark, title: str, table: Table, signatures: Iterable[str] = (), **about: str
) -> None:
    """Everything that can be taken away from a page: its table in four forms, and how to cite this view.

    Args:
        chosen: The benchmark.
        title: Of the table.
        table: What is exported.
        signatures: What makes its values comparable; none for a table without values of metrics.
        about: What it is of, in the file's name too.
    """
    menu = st.popover("Export", icon=":material/download:", key="export", on_change=keep_up)
    if not menu.open:
        return
    row = release(chosen.release)
    signed, date, headed = joined(signatures), row.created_at[:10], f"{title}, {chosen.name}"
    facts: dict[str, str | int] = {
        "benchmark": chosen.name,
        **about,
        "release": row.number,
        "release_date": date,
    }
    told = caveats(
        headed,
        table,
        row.number,
        date,
        invented=any(task.demonstration for task in chosen.tasks) if chosen.tasks else None,
        demonstration=any(metric.demonstration for metric in chosen.metrics.values()),
        authors=(authors := _authors()),
    )
    export = Export(
        file_name("reasonboard", chosen.name, *about.values(), "release", row.number),
        headed,
        table,
        {
            **facts,
            **told,
            **({SIGNATURE: signed} if signed else {}),
            "address": this_view(row.number),
        },
        authors,
    )
    forms = (
        ("CSV", "csv", "text/csv", export.csv),
        ("JSON", "json", "application/json", export.json),
        ("LaTeX", "tex", "application/x-tex", export.latex),
        ("Markdown", "md", "text/markdown", export.markdown),
    )
    with menu:
        with st.container(horizontal=True):
            for label, ending, mime, write in forms:
                st.download_button(
                    label,
                    data=write,
                    file_name=f"{export.name}.{ending}",
                    mime=mime,
                    on_click="ignore",
                    key=f"export {ending}",
                    help=f"The table as shown, with intervals, as {label}.",
                )
        st.markdown("**Cite this view**")
        st.code(export.bibtex(), language="latex", wrap_lines=True)


def _authors() -> tuple[str, ...]:
    """Who the board is cited as; a fault of what its maintainers say of that is for them to see."""
    try:
        return cited_authors(data_folder().path)
    except SettingsError:
        return NOBODY_ELSE


def cell_details() -> ExpanderContainer:
    """Where every cell's counts and signature stand once it is opened."""
    return st.expander(
        "Signatures and counts, cell by cell; why a cell is blank", key="details", on_change=keep_up
    )


_ACCEPTED, _REAL, _INVENTED = "content notice accepted", "of real posts", "of invented posts"


def notice_accepted(*, invented: bool) -> bool:
    """Whether the reader has accepted the content notice in this session; that of real posts covers invented ones."""
    return st.session_state.get(_ACCEPTED) in ((_REAL, _INVENTED) if invented else (_REAL,))


def texts_may_be_shown(what: str, *, invented: bool) -> bool:
    """Whether the reader has accepted the content notice in this session; else the notice stands here.

    Args:
        what: Stands behind it.
        invented: Whether nobody's words are shown, as on the demonstration's board.
    """
    if notice_accepted(invented=invented):
        return True
    with st.container(border=True):
        st.markdown(f"**Before you read on.** {markdown(what)}")
        if invented:
            st.markdown(
                "The posts are invented: no person wrote them. They speak of stress, loneliness and low mood as people "
                "may, and explanations by models repeat them."
            )
        else:
            st.markdown(
                "The posts are real people's words about suffering: depression, self-harm, suicide, abuse. "
                "Explanations by models repeat them. Do not try to find out who wrote them, and do not copy them "
                "elsewhere."
            )
            help_lines()
        st.button(
            "I understand, show the texts",
            on_click=_accept,
            args=(_INVENTED if invented else _REAL,),
            icon=":material/visibility:",
        )
    return False


def _accept(notice: str) -> None:
    st.session_state[_ACCEPTED] = notice


def help_lines() -> None:
    """Where to find help, country by country."""
    st.markdown(
        "If reading this, or anything else, weighs on you, talk to somebody. In an emergency call your local number."
    )
    st.table(
        [
            {
                "Country": line.country,
                "Service": f"[{line.service}]({line.source})",
                "Call or write": line.contact,
            }
            for line in HELP_LINES
        ],
        alt="Crisis lines by country, each linked to its own site",
    )
    st.markdown(
        f":small[Held against public pages on {CHECKED}, not rung to check: each service's own site, linked, counts. "
        "Others: [findahelpline.com](https://findahelpline.com).]"
    )


def say_what_is_missing(chosen: Benchmark) -> None:
    """Name the benchmark's tasks that are not on its board here, with the platform of their posts."""
    missing = not_imported(chosen.release, chosen.name)
    if missing:
        here = {task.platform for task in chosen.tasks}
        named = ", ".join(
            f"{markdown(task.id.split('/', 1)[-1])} ({markdown(part_title(task.platform))})"
            for task in missing
        )
        here.add("unknown")
        gone = ", ".join(
            dict.fromkeys(
                part_title(task.platform) for task in missing if task.platform not in here
            )
        )
        st.caption(
            f"**Not on this board:** {named}. Their gold labels are not imported here"
            f"{f', so nothing here is of {markdown(gone)}' if gone else ''}."
        )


def warn_of_demonstration(board: list[TaskRow], metrics: list[MetricRow]) -> None:
    """Say that a board is invented, or that a metric's model only shows the machinery; in a line, above the table."""
    if any(task.demonstration for task in board):
        st.markdown(
            ":orange-badge[:material/science: Invented] Everything here shows how a board works, and says nothing "
            "about people or models."
        )
    if any(metric.demonstration for metric in metrics):
        st.markdown(
            ":orange-badge[:material/science: BARTScore] comes from a demonstration checkpoint, and says nothing of "
            "quality."
        )
