"""Methods: what is measured and its limits, formulas, signatures, ethics; the text is `docs/methods.md` as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.page import choose_benchmark, close_page, export_menu, help_lines, open_page
from app.site.tables.base import Table, better, draw
from app.site.url_state import Address
from app.text import plain

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


def sections() -> dict[str, str]:
    """Heading -> text of the methods' chapters, in order; the paragraph before the first is the introduction."""
    parts = re.split(r"^## (.+)$", METHODS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    introduction = parts[0].split("\n", 1)[-1].strip()
    found = {"Notation": introduction} | dict(
        zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True)
    )
    return {title: text.replace("### ", "##### ") for title, text in found.items()}


def metric_table() -> Table:
    """A row a metric: what it measures, what it does not, and an example of its signature."""
    details = queries.details(current, task=chosen.tasks[0].id)
    signature = details.drop_duplicates("metric").set_index("metric")["signature"]
    rows = [
        {
            "metric": plain(m.title),
            "group": m.grouping.capitalize(),
            "measures": plain(m.measures, 500),
            "limits": plain(m.limits, 500),
            "direction": better(m),
            "unit": m.unit,
            "validity": plain(m.validity, 300),
            "signature": plain(str(signature.get(m.name, "")), 500),
        }
        for m in chosen.metrics.values()
    ]
    heads = {
        "metric": st.column_config.TextColumn("Metric", pinned=True),
        "group": "Kind",
        "direction": "Direction",
        "measures": st.column_config.TextColumn("Measures", width=380),
        "unit": "Unit",
        "validity": st.column_config.TextColumn("Validity", width=380),
        "limits": st.column_config.TextColumn("Does not measure", width=380),
        "signature": st.column_config.TextColumn("Signature, for example", width=380),
    }
    return Table(pd.DataFrame(rows), heads)


address = Address()
current = open_page("Methods")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current)
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
table = metric_table()
st.caption("Numbers whose signatures differ in anything but the task never share a column.")
draw(table, "The metrics, what they measure and what they do not", row_height=LINES)
with actions:
    export_menu(chosen, "Metrics", table)
st.subheader("Ethics", anchor=False)
st.markdown(ETHICS)
with st.expander("Crisis lines by country"):
    help_lines()
st.subheader("Formulas and sources", anchor=False)
for title, text in sections().items():
    with st.expander(title):
        st.markdown(text)
close_page()
