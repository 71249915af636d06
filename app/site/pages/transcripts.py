"""Transcripts that a rubric rates: totals and items of each system, profiles, variants of one base
model, score against size, agreement, and what papers print, apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.site import data as queries
from app.site.charts import profile_figure, show, size_figure
from app.site.data import Served
from app.site.page import (
    Benchmark,
    action_row,
    control_row,
    end_page,
    export_menu,
    marked_name,
    release_page,
)
from app.site.tables.base import draw
from app.site.tables.reported import printed_table
from app.site.tables.transcripts import (
    agreement_table,
    contrast_table,
    profile_frame,
    scale,
    size_frame,
    transcript_table,
)
from app.site.url_state import Address
from app.text import markdown, no_interval, plain
from submissions.store.released.rated_rows import (
    TOTAL,
    RubricBoardRow,
    RubricSystemRow,
    RubricValueRow,
)
from submissions.wording import counted

_ENDS = ((min, "low"), (max, "high"))
SEVERAL = 6  # profiles that can be told apart by colour and shape


@dataclass(frozen=True)
class RatedTranscripts:
    """What is looked at: a board by one set of ratings, of one judge or of people ("")."""

    board: RubricBoardRow
    systems: tuple[RubricSystemRow, ...]
    values: tuple[RubricValueRow, ...]
    ratings: str
    judge: str


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Transcripts") as current:
        boards = sorted(queries.rubric_boards(current), key=lambda row: row.demonstration)
        if not boards:
            st.caption("Whole conversations, rated by a rubric item by item.")
            st.info(
                "No transcripts are rated on this board. A maintainer brings them in by"
                " `reasonboard rubric import`; docs/maintainers.md says how."
            )
            end_page()
        with control_row():
            view = choose_view(address, current, boards)
            actions = action_row()
        address.show_notes()
        say_what_it_is(view)
        table = transcript_table(view.board, view.systems, view.values)
        draw(table, f"Ratings of the transcripts of {view.board.title}")
        say_why_without_interval(view)
        with actions:
            mark = " (invented)" if view.board.demonstration else ""
            about = Benchmark(current, view.board.id, [], {})
            export_menu(about, f"{view.board.title}{mark}", table, ratings=view.ratings)
        show_profiles(view)
        show_variants(current, view)
        show_sizes(view)
        show_agreement(current, view.board)
        show_printed(current, view.board)


def choose_view(
    address: Address, current: Served, boards: Sequence[RubricBoardRow]
) -> RatedTranscripts:
    """Let the reader choose a board, and whose ratings of it."""
    by_id = {row.id: row for row in boards}
    titles = {row.id: marked_name(plain(row.id), invented=row.demonstration) for row in boards}
    board = by_id[address.choose("Transcripts", "transcripts", titles, clears=("raters",))]
    rows = queries.rubric_values(current, board.id)
    parties = dict.fromkeys((row.ratings, row.judge) for row in rows)
    models = Counter(judge for _, judge in parties)
    names = {
        f"{ratings}:{judge}": plain(_called(ratings, judge, alone=models[judge] == 1))
        for ratings, judge in parties
    }
    systems = queries.rubric_systems(current, board.id)
    if not names:
        return RatedTranscripts(board, systems, (), "", "")
    name = address.choose("Rated by", "raters", names, width=240)
    ratings, judge = next(party for party in parties if ":".join(party) == name)
    own = tuple(row for row in rows if (row.ratings, row.judge) == (ratings, judge))
    return RatedTranscripts(board, systems, own, ratings, judge)


def _called(ratings: str, judge: str, *, alone: bool) -> str:
    """Return what ratings are called: of a model that stands there once, by its name."""
    if not judge:
        return ratings
    return judge if alone else f"{judge} ({ratings})"


def say_what_it_is(view: RatedTranscripts) -> None:
    """Say what is rated, by what and by whom."""
    board = view.board
    if board.demonstration:
        st.markdown(
            ":orange-badge[:material/science: Invented] Everything here shows how a board works,"
            " and says nothing about people or models."
        )
    by = f"the model {markdown(view.judge)}" if view.judge else "people"
    rated = f"Rated by {by} ({markdown(view.ratings)})." if view.ratings else "Not rated yet."
    st.caption(
        f"**{markdown(board.title)}:** {counted(board.transcripts, 'transcript')} with"
        f" {counted(board.patients, 'patient')}. {markdown(board.rubric_title)}; total: {scale(board)}."
        f" {rated} Means over patients, with 95% intervals. {markdown(board.source)} Licence:"
        f" {markdown(board.licence)}. {' '.join(map(markdown, board.known_problems))}"
    )


def say_why_without_interval(view: RatedTranscripts) -> None:
    """Say why totals have no value or no interval."""
    reasons = dict.fromkeys(
        row.why_blank or no_interval(row.value, row.interval)
        for row in view.values
        if row.item == TOTAL
    )
    if any(reasons):
        st.caption(markdown("; ".join(filter(None, reasons))))


def show_profiles(view: RatedTranscripts) -> None:
    """Draw the items of each system as a profile."""
    frame = profile_frame(view.board, view.values)
    if frame.empty:
        return
    st.subheader("Profiles", anchor=False)
    systems = list(dict.fromkeys(frame["group"]))
    shown = systems[:SEVERAL]
    # All of the scale, a little beyond its ends so that no mark is cut.
    low, high = (end(item[name] for item in view.board.items) for end, name in _ENDS)
    across = (low - 0.1, high + 0.1)
    show(
        profile_figure(frame[frame["group"].isin(shown)], "Mean rating", across),
        f"Profiles of {len(shown)} systems over the items of {view.board.rubric_title}",
        f"profiles-{view.board.id}",
    )
    if len(systems) > SEVERAL:
        st.caption(f"The first {SEVERAL} of {len(systems)} systems; the table has all of them.")


def show_variants(current: Served, view: RatedTranscripts) -> None:
    """Draw what variants of one base model differ by."""
    rows = [
        row
        for row in queries.rubric_contrasts(current, view.board.id)
        if (row.ratings, row.judge) == (view.ratings, view.judge)
    ]
    if not rows:
        return
    st.subheader("Variants of one base model", anchor=False)
    draw(contrast_table(view.board, rows), "Variants of one base model, the first less the second")
    st.caption(
        "Paired where both saw the same patients, else by Welch’s t; Holm’s correction is over the"
        " totals of all pairs, and apart over all of their items."
    )


def show_sizes(view: RatedTranscripts) -> None:
    """Draw totals by parameters."""
    frame = size_frame(view.systems, view.values)
    if frame.empty or frame["size"].nunique() < 2:
        return
    st.subheader("Score against size", anchor=False)
    show(
        size_figure(frame, f"Total ({view.board.total})"),
        "Total of each system by its number of parameters, with 95% intervals",
        f"sizes-{view.board.id}",
    )


def show_agreement(current: Served, board: RubricBoardRow) -> None:
    """Draw how far people agree, and judges with them."""
    rows = queries.rubric_agreement(current, board.id)
    if not rows:
        return
    st.subheader("Do raters agree, and judges with them?", anchor=False)
    draw(agreement_table(board, rows), "Agreement of raters, and of judges with their mean")
    st.caption(
        "Over the transcripts of all systems: where systems are far apart, agreement looks better"
        " than it is within one."
    )


def show_printed(current: Served, board: RubricBoardRow) -> None:
    """Draw what papers print of such totals, apart."""
    papers = {paper.key: paper for paper in queries.papers(current) if paper.key in board.papers}
    cells = [cell for cell in queries.printed(current) if cell.paper in papers]
    if not cells:
        return
    st.subheader("Printed in papers", anchor=False)
    draw(printed_table(cells, papers), "Totals as papers print them; no axis is shared with them")
    st.caption(
        "As printed, on scales of their own: they share no axis with the totals above, and no"
        " maximum is known but where the paper prints one."
    )


if __name__ == "__main__":
    main()
