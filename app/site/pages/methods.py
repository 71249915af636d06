"""Methods: what is measured and its limits, formulas, signatures, ethics; the text is
`docs/methods.md` as it is.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.column_config import TextColumn
from streamlit.delta_generator import DeltaGenerator

from app.site import data as queries
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    control_row,
    export_menu,
    help_lines,
    release_page,
)
from app.site.tables.base import Table, draw, tabulate
from app.site.url_state import Address
from app.text import better, plain

LINES = 80
"""Pixels of a row: sentences are read whole, on several lines."""
METHODS = Path(__file__).parents[1] / "methods.md"
"""A link to `docs/methods.md`: installed, a copy of it that lies with the page."""
ETHICS = """
- The posts of every benchmark that is not marked as invented are real people's words. They are shown only behind a
  notice, never put into a release, a download or a search engine's reach, and taken down when their authors or the
  data's owners ask.
- Labels say how a post was annotated, not what its author has. **Nothing here diagnoses anybody**, and a high score
  does not make a model fit to talk to people in need.
- Most reference explanations were written by ChatGPT: a system that sounds like it scores higher. Each task's card says
  who wrote its references, and “Can metrics be believed?” says how far people agree with each metric.
- Trivial systems that read no post stand on every board. What does not beat them has shown nothing.
"""


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Methods") as current:
        with control_row():
            chosen = choose_benchmark(address, current)
            actions = action_row()
        address.show_notes()
        show_metrics(chosen, actions)
        show_ethics()
        show_formulas()


def show_metrics(chosen: Benchmark, actions: DeltaGenerator) -> None:
    """Draw a row a metric, with the export among the actions."""
    table = metric_table(chosen)
    st.caption("Numbers whose signatures differ in anything but the task never share a column.")
    draw(table, "The metrics, what they measure and what they do not", row_height=LINES)
    with actions:
        export_menu(chosen, "Metrics", table)


def metric_table(chosen: Benchmark) -> Table:
    """Return a row a metric: what it measures, what it does not, and an example of
    its signature.
    """
    details = queries.details(chosen.release, task=chosen.tasks[0].id)
    signature = details.drop_duplicates("metric").set_index("metric")["signature"]
    rows = (
        {
            "metric": plain(metric.title),
            "group": metric.grouping.capitalize(),
            "measures": plain(metric.measures, 500),
            "limits": plain(metric.limits, 500),
            "direction": better(metric),
            "unit": metric.unit,
            "validity": plain(metric.validity, 300),
            "signature": plain(str(signature.get(metric.name, "")), 500),
        }
        for metric in chosen.metrics.values()
    )
    wide = partial(TextColumn, width=380)
    heads = {
        "metric": TextColumn("Metric", pinned=True),
        "group": "Kind",
        "measures": wide("Measures"),
        "limits": wide("Does not measure"),
        "direction": "Direction",
        "unit": "Unit",
        "validity": wide("Validity"),
        "signature": wide("Signature, for example"),
    }
    return tabulate(rows, heads)


def show_ethics() -> None:
    """Say what may be done with the data, and where to find help."""
    st.subheader("Ethics", anchor=False)
    st.markdown(ETHICS)
    with st.expander("Crisis lines by country"):
        help_lines()


def show_formulas() -> None:
    """Draw the methods' chapters, each to be opened."""
    st.subheader("Formulas and sources", anchor=False)
    for title, text in chapters().items():
        with st.expander(title):
            st.markdown(text)


def chapters() -> dict[str, str]:
    """Return heading -> text of the methods' chapters, in order; the text before the first is the
    introduction.
    """
    # The headings alternate with the texts below them.
    parts = re.split(r"^## (.+)$", METHODS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    introduction = parts[0].split("\n", 1)[-1].strip()
    texts = {"Notation": introduction} | dict(
        zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True)
    )
    return {title: text.replace("### ", "##### ") for title, text in texts.items()}


if __name__ == "__main__":
    main()
