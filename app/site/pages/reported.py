"""What papers print, paper by paper: their tables as printed, and what follows from them of what
they claim.

Also of what no board here has: totals of other scales, tasks whose gold is not imported. Nothing on
this page was scored here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.reported import caveats_of, cited
from app.site import data as queries
from app.site.charts import crossing_figure, show
from app.site.data import Served
from app.site.page import (
    Benchmark,
    action_row,
    control_row,
    end_page,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw
from app.site.tables.reported import (
    claim_cells_table,
    claims_table,
    crossing_of,
    matrix_table,
    printed_table,
)
from app.site.url_state import Address
from app.text import markdown, plain
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Reported results") as current:
        papers = {paper.key: paper for paper in queries.papers(current)}
        if not papers:
            st.info("This release states nothing that papers print.")
            st.caption("A release has what was declared of papers when it was published.")
            end_page()
        with control_row():
            paper = choose_paper(address, current, papers)
            printed = [cell for cell in queries.printed(current) if cell.paper == paper.key]
            table = choose_table(address, printed)
            actions = action_row()
        address.show_notes()
        benchmarks = {cell.benchmark for cell in printed}
        tasks = [task for task in queries.tasks(current) if task.benchmark in benchmarks]
        warn_of_demonstration(tasks, [])
        say_who_prints_it(paper)
        claims = [claim for claim in queries.claims(current) if claim.paper == paper.key]
        show_claims(claims)
        show_table(table, [cell for cell in printed if cell.table == table])
        cells = printed_table(printed, papers)
        with actions:
            everything = Benchmark(current, paper.key, tasks, {})
            export_menu(everything, f"Reported by {cited(paper)}", cells, paper=paper.key)
        with st.expander("Every cell with its unit, metric, test set and caveat"):
            draw(cells, f"Every cell that {cited(paper)} prints")


def choose_paper(address: Address, current: Served, papers: Mapping[str, PaperRow]) -> PaperRow:
    """Let the reader choose a paper, at first one of the benchmark that the address names."""
    benchmark = st.query_params.get("benchmark", "")
    of_board = (cell.paper for cell in queries.printed(current) if cell.benchmark == benchmark)
    titles = {
        key: plain(f"{cited(paper)}{f': {paper.title}' if paper.title else ''}", 90)
        for key, paper in papers.items()
    }
    key = address.choose(
        "Paper", "paper", titles, default=next(of_board, None), clears=("table",), width=420
    )
    return papers[key]


def choose_table(address: Address, cells: Sequence[ReportedRow]) -> str:
    """Let the reader choose one of a paper's tables."""
    tables = dict.fromkeys(cell.table for cell in cells)
    return address.choose("Table", "table", {name: plain(name) for name in tables})


def say_who_prints_it(paper: PaperRow) -> None:
    """Cite the paper."""
    arxiv = f"arXiv:{paper.arxiv}" if paper.arxiv else ""
    parts = ["; ".join(paper.authors), f"({paper.year})", paper.title, paper.venue, arxiv]
    said = ". ".join(markdown(part) for part in (*parts, paper.note) if part)
    st.caption(
        f"{said}. **Reported, not scored here:** nobody has checked these numbers, and none of them"
        " is ranked. Blank: not printed."
    )


def show_claims(claims: Sequence[ClaimRow]) -> None:
    """Draw what the paper claims, whether it follows from its cells, and the cells."""
    if not claims:
        return
    st.subheader("What it claims of them", anchor=False)
    st.caption(
        "Recomputed from the printed cells: of each task the one side less the best of the other,"
        " meaned over the tasks. A claim follows where that gives what is claimed, to the digit."
    )
    draw(claims_table(claims), "What the paper claims, and whether it follows from its cells")
    cells = claim_cells_table(claims)
    if len(cells.frame):
        with st.expander("The cells that these come from"):
            draw(cells, "The cells that claims were recomputed from")


def show_table(name: str, cells: Sequence[ReportedRow]) -> None:
    """Draw one table as it is printed; one of systems that are tuned on a data set each also as a
    picture.
    """
    measures = dict.fromkeys(f"{cell.printed_metric}, {cell.unit}" for cell in cells)
    st.subheader(markdown(name), anchor=False)
    st.caption(
        f"**{markdown('; '.join(measures))}.** As printed, ± SD where it is. "
        + " ".join(f":material/report: {markdown(caveat)}." for caveat in caveats_of(cells))
    )
    crossed = crossing_of(cells)
    if not crossed.empty:
        show(
            crossing_figure(crossed),
            "Data set tuned on by data set tested on; the table has the numbers",
            "reported-crossing",
        )
    draw(matrix_table(cells), f"{name} as printed")


if __name__ == "__main__":
    main()
