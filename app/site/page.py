"""What every page says around its own content: which release it shows, what it is not for, where to
find help.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from app.settings import data_folder
from app.signatures import joined
from app.site.auth import signed_in
from app.site.crisis_lines import CHECKED, HELP_LINES
from app.site.data import (
    Served,
    board,
    headlines,
    metrics,
    not_imported,
    release,
    releases,
    scored_benchmarks,
    served,
    signatures,
    stress_tests,
    systems_by_id,
    tasks,
    validity,
)
from app.site.export import SIGNATURE, Export, caveats, file_name
from app.site.tables.base import Table, task_name
from app.site.tables.board_frame import BoardFrame
from app.site.tables.parts import part_title
from app.site.tables.stress import fooled_by
from app.site.tables.validity_heads import Believed, believed
from app.site.url_state import Address, keep_up, remember_view, set_view, this_view
from app.text import markdown, plain, told
from submissions.declarations.settings import NOBODY_ELSE, SettingsError, cited_authors
from submissions.store.released.release import NoRelease, ReleaseDamaged
from submissions.store.released.scored_rows import MetricRow, SystemRow, TaskRow, common_headline
from submissions.teams.accounts import Team

PURPOSE = "**For research, not for diagnosis.**"
HELP = (
    f"{PURPOSE} Nothing here says anything about a person. If you or someone near you needs help:"
    " [findahelpline.com](https://findahelpline.com) lists free, confidential helplines by"
    " country; in an emergency call your local emergency number."
)
_COMMANDS = """reasonboard demo --no-serve                    # a small invented board, to see how it works
reasonboard benchmark import imhi DIR          # or the published data
reasonboard submit FILE --benchmark imhi-expert --meta submission.toml
reasonboard score
reasonboard publish --reason "first release" """


@contextmanager
def release_page(title: str) -> Iterator[Served]:
    """Frame a page that shows a release, and hand that release over.

    Where nothing is published, or what is published is damaged, the page ends with what to do.

    Args:
        title: Of the page.
    """
    with _framed(title):
        _take_along(title)
        current = _asked_release()
        # Above all else: what follows may be older than what its reader has seen before.
        if current.notice:
            st.warning(markdown(current.notice), icon=":material/healing:")
        _choose_release(current)
        yield current


@contextmanager
def team_page(title: str) -> Iterator[Team]:
    """Frame a page for whoever is signed in, and hand that team over.

    If nobody is, the page ends with the form that signs in.

    Args:
        title: Of the page.
    """
    with _framed(title):
        st.caption(PURPOSE)
        team = signed_in()
        if team is None:
            end_page()
        yield team


class PageEnded(Exception):
    """The page has said all that it can: nothing follows but the footer."""


def end_page() -> NoReturn:
    """End the page here, with its footer; for whatever is called within its frame.

    `st.stop()` would leave the footer out: after it Streamlit draws nothing more.
    """
    raise PageEnded


@contextmanager
def _framed(title: str) -> Iterator[None]:
    """Draw the title, and the footer below whatever the page draws, also where it ends early.

    What Streamlit raises to draw a page anew (`st.rerun`, `st.switch_page`, a reader's click
    meanwhile) goes through: nothing is added to a page that is about to be replaced. A page that
    was ended is stopped once its footer is drawn, so that Streamlit keeps what stands in the
    controls that were not drawn this time.
    """
    st.title(title, anchor=False)
    try:
        yield
    except PageEnded:
        draw_footer()
        st.stop()  # noqa: TID251
    draw_footer()


def draw_footer() -> None:
    """Say what the site is not for, and where to find help."""
    st.markdown(HELP)


def _asked_release() -> Served:
    """Return the release that the address asks for, else the current one; end the page where there
    is none.
    """
    asked = st.query_params.get("release", "")
    try:
        current = served()
        # Cut, because Python refuses to read numbers of thousands of digits.
        if asked.isdecimal() and int(asked[:9]) in releases(current):
            current = served(int(asked))
    except ReleaseDamaged as error:
        _say_damaged(error)
    except NoRelease as error:
        _say_unpublished(error)
    return current


def _say_damaged(error: ReleaseDamaged) -> NoReturn:
    """End the page: there is a release, and it cannot be shown."""
    st.error(
        "What is published cannot be shown: its file is damaged, and no earlier release can stand"
        " in for it. Nothing is lost that a maintainer cannot repair.",
        icon=":material/healing:",
    )
    st.caption(told(error))
    end_page()


def _say_unpublished(error: NoRelease) -> NoReturn:
    """End the page: there is no release, and these commands make one."""
    st.info("Nothing is published yet, so there is no board to show.", icon=":material/inbox:")
    st.markdown("These commands fill one; reload this page afterwards:")
    st.code(_COMMANDS, language="bash", wrap_lines=True)
    st.caption(told(error))
    end_page()


def _choose_release(current: Served) -> None:
    """Draw the line under the title: which release is shown, which others are listed, what none of
    them is for.
    """
    address = Address()
    row = release(current)
    # Of the current release and not of the one shown: an old one does not know those after it.
    numbers = releases(served())
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


def control_row() -> DeltaGenerator:
    """Open the row that a page's controls stand in."""
    return st.container(horizontal=True, vertical_alignment="bottom")


def action_row() -> DeltaGenerator:
    """Open the place, beside the controls, for the export and for links to other pages."""
    return st.container(horizontal=True, width="content", vertical_alignment="center")


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
    def headline(self) -> MetricRow:
        """The headline metric of most of its tasks."""
        return self.metrics[common_headline(self.tasks)]

    def board(self, metric: str) -> BoardFrame:
        """Return one metric of every system on every task."""
        return board(self.release, self.name, metric)

    def systems(self) -> dict[str, SystemRow]:
        """Return its systems, by id."""
        return systems_by_id(self.release, self.name)

    def system_names(self) -> dict[str, str]:
        """Return the name of each of its systems, by id."""
        return {key: plain(row.system) for key, row in self.systems().items()}

    def believed(self, metric: MetricRow) -> Believed:
        """Return how far one of its metrics can be believed."""
        rated = [row for row in validity(self.release) if row.benchmark == self.name]
        known = believed(rated, metric, headlines(), invented=self.tasks[0].demonstration)
        return replace(known, fooled=fooled_by(stress_tests(self.release, self.name), metric.name))

    def signatures(self, metric: MetricRow) -> tuple[str, ...]:
        """Return what makes a metric's values on all of its tasks comparable."""
        return signatures(self.release, metric.name, tuple(task.id for task in self.tasks))


def choose_benchmark(address: Address, current: Served, clears: tuple[str, ...] = ()) -> Benchmark:
    """Let the reader choose a benchmark; it is kept like the release when they go to another page.

    Real benchmarks stand first, and those on which nothing is scored yet after those with values.
    """
    valued = scored_benchmarks(current)
    rows = sorted(
        tasks(current), key=lambda task: (task.demonstration, task.benchmark not in valued)
    )
    options = {
        task.benchmark: marked_name(task.benchmark, invented=task.demonstration) for task in rows
    }
    name = address.choose(
        "Benchmark", "benchmark", options, default=_implied(), clears=(*clears, "page", "example")
    )
    asked = st.query_params.get("release")
    seen = {"benchmark": name} | ({"release": asked} if asked else {})
    # The page as it was noted at its beginning; only the view is new.
    st.session_state["last seen"] = {"page": st.session_state["last seen"]["page"], "view": seen}
    own = [task for task in rows if task.benchmark == name]
    return Benchmark(current, name, own, {metric.name: metric for metric in metrics(current, name)})


def marked_name(name: str, *, invented: bool) -> str:
    """Return a benchmark's or a round's name as it stands in a selection, marked where its posts
    are invented.
    """
    return f"{name} (invented)" if invented else name


def choose_metric(
    address: Address,
    chosen: Benchmark,
    *,
    clears: Sequence[str] = (),
    help: str | None = None,
    width: int = 170,
) -> MetricRow:
    """Let the reader choose one of the benchmark's metrics, at first the headline of most of its
    tasks.

    Args:
        address: Has the metric's name as `metric`.
        chosen: The benchmark.
        clears: Parameters of the address that mean nothing any more with another metric.
        help: Markdown.
        width: In pixels.
    """
    name = address.choose(
        "Metric",
        "metric",
        {metric.name: plain(metric.title) for metric in chosen.metrics.values()},
        default=chosen.headline.name,
        clears=clears,
        help=help,
        width=width,
    )
    return chosen.metrics[name]


def choose_task(address: Address, chosen: Benchmark, clears: Sequence[str]) -> TaskRow:
    """Let the reader choose one of the benchmark's tasks.

    Args:
        address: Has the task's id as `task`.
        chosen: The benchmark.
        clears: Parameters of the address that mean nothing any more with another task.
    """
    by_id = {task.id: task for task in chosen.tasks}
    names = {key: task_name(task) for key, task in by_id.items()}
    return by_id[address.choose("Task", "task", names, clears=clears)]


def _implied() -> str | None:
    """Return the benchmark of a task, or of a system, that the address asks for without its
    benchmark.
    """
    task, system = st.query_params.get("task", ""), st.query_params.get("system", "")
    return task.partition("/")[0] or system.partition(":")[0] or None


def _take_along(page: str) -> None:
    """Take release and benchmark along to another page, whose address Streamlit's navigation has
    emptied.

    An address that says something itself is left alone.
    """
    last = st.session_state.get("last seen", {"page": page, "view": {}})
    # Only where the reader came by the navigation, which leaves the address empty.
    if last["page"] != page and not st.query_params:
        set_view(**last["view"])
    remember_view()
    st.session_state["last seen"] = {**last, "page": page}


def export_menu(
    chosen: Benchmark, title: str, table: Table, signatures: Iterable[str] = (), **about: str
) -> None:
    """Offer what can be taken away from a page: its table in four forms, and how to cite this view.

    Args:
        chosen: The benchmark.
        title: Of the table.
        table: What is exported.
        signatures: What makes its values comparable; none for a table without values of metrics.
        about: What it is of, in the file's name too.
    """
    menu = st.popover("Export", icon=":material/download:", key="export", on_change=keep_up)
    # Nothing is made of the table before somebody opens the menu.
    if not menu.open:
        return
    export = _export_of(chosen, title, table, joined(signatures), about)
    with menu:
        with st.container(horizontal=True):
            for label, ending, mime, write in (
                ("CSV", "csv", "text/csv", export.csv),
                ("JSON", "json", "application/json", export.json),
                ("LaTeX", "tex", "application/x-tex", export.latex),
                ("Markdown", "md", "text/markdown", export.markdown),
            ):
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


def _export_of(
    chosen: Benchmark, title: str, table: Table, signature: str, about: Mapping[str, str]
) -> Export:
    """Return a table with all that a file of it says besides; see `export_menu`."""
    row = release(chosen.release)
    date = row.created_at[:10]
    headed = f"{title}, {chosen.name}"
    authors = board_authors()
    warnings = caveats(
        headed,
        table,
        row.number,
        date,
        invented=any(task.demonstration for task in chosen.tasks) if chosen.tasks else None,
        demonstration=any(metric.demonstration for metric in chosen.metrics.values()),
        authors=authors,
    )
    facts: dict[str, str | int] = {
        "benchmark": chosen.name,
        **about,
        "release": row.number,
        "release_date": date,
        **warnings,
        **({SIGNATURE: signature} if signature else {}),
        "address": this_view(row.number),
    }
    name = file_name("reasonboard", chosen.name, *about.values(), "release", row.number)
    return Export(name, headed, table, facts, authors)


def board_authors() -> tuple[str, ...]:
    """Return whom the board is cited as; a fault of what its maintainers say of that is for them to
    see.
    """
    try:
        return cited_authors(data_folder().path)
    except SettingsError:
        # The maintainers see the fault on their page; a reader can still cite the release.
        return NOBODY_ELSE


def cell_details() -> ExpanderContainer:
    """Draw the place where every cell's counts and signature stand once it is opened."""
    return st.expander(
        "Signatures and counts, cell by cell; why a cell is blank", key="details", on_change=keep_up
    )


_ACCEPTED, _REAL, _INVENTED = "content notice accepted", "of real posts", "of invented posts"


def notice_accepted(*, invented: bool) -> bool:
    """Say whether the reader has accepted the content notice in this session; that of real posts
    covers invented ones.
    """
    return st.session_state.get(_ACCEPTED) in ((_REAL, _INVENTED) if invented else (_REAL,))


def texts_may_be_shown(what: str, *, invented: bool) -> bool:
    """Say whether the reader has accepted the content notice in this session; else draw the notice.

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
                "The posts are invented: no person wrote them. They speak of stress, loneliness and"
                " low mood as people may, and explanations by models repeat them."
            )
        else:
            st.markdown(
                "The posts are real people's words about suffering: depression, self-harm, suicide,"
                " abuse. Explanations by models repeat them. Do not try to find out who wrote them,"
                " and do not copy them elsewhere."
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
    """Say where to find help, country by country."""
    st.markdown(
        "If reading this, or anything else, weighs on you, talk to somebody. In an emergency call"
        " your local number."
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
        f":small[Held against public pages on {CHECKED}, not rung to check: each service's own"
        " site, linked, counts. Others: [findahelpline.com](https://findahelpline.com).]"
    )


def say_what_is_missing(chosen: Benchmark) -> None:
    """Name the benchmark's tasks that are not on its board here, with the platform
    of their posts.
    """
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


def warn_of_demonstration(tasks: list[TaskRow], metrics: list[MetricRow]) -> None:
    """Say that a board is invented, or that a metric's model only shows the machinery; in a line,
    above the table.
    """
    if any(task.demonstration for task in tasks):
        st.markdown(
            ":orange-badge[:material/science: Invented] Everything here shows how a board works,"
            " and says nothing about people or models."
        )
    if any(metric.demonstration for metric in metrics):
        st.markdown(
            ":orange-badge[:material/science: BARTScore] comes from a demonstration checkpoint, and"
            " says nothing of quality."
        )
