"""Can the metrics be believed? How far each goes along with people, beside word count and beside a human."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import common_range, interval_figure, show
from app.site.export import file_name
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw
from app.site.tables.validity import (
    HUMAN,
    MARKS,
    MEASURES,
    POOLED,
    agreement_table,
    contest_table,
    disagreement_table,
    forest,
    metric_titles,
    reference_table,
    unvalidated,
    validity_table,
)
from app.site.tables.validity_heads import headline
from app.site.url_state import Address
from app.text import markdown, plain
from scoring.statistics import SKEWED

SIDE_BY_SIDE = 2  # panels, where the screen is wide enough


def draw_panels(drawn: pd.DataFrame) -> None:
    """The forest, a figure a rated system: lines that belong to one system across another's points would mislead."""
    scale, axis = common_range(drawn), measures.get(measure, measure)
    systems = sorted(dict.fromkeys(drawn["group"]), key=lambda system: system == POOLED)
    rows = (systems[place : place + SIDE_BY_SIDE] for place in range(0, len(systems), SIDE_BY_SIDE))
    for row in rows:
        for column, system in zip(
            st.columns(min(SIDE_BY_SIDE, len(systems)), gap="medium"), row, strict=False
        ):
            panel = drawn[drawn["group"] == system]
            with column:
                st.markdown(f"**{markdown(system)}**")
                show(
                    interval_figure(panel, axis, 2, MARKS, scale),
                    f"Validity of each metric on {aspect} for {plain(system)}, with 95% intervals",
                    file_name("validity", aspect, measure, system),
                )


address = Address()
current = open_page("Can metrics be believed?")
rows = queries.validity(current)
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("ratings", "aspect", "rated", "measure"))
    invented = {task.benchmark for task in queries.tasks(current) if task.demonstration}
    here = [row for row in rows if row.benchmark == chosen.name]
    if not here and chosen.name not in invented:  # invented ratings say nothing of a real board
        here = [row for row in rows if row.benchmark not in invented]
    if here:
        sets = {
            row.ratings: plain(row.ratings) + (" (invented)" if row.benchmark in invented else "")
            for row in here
        }
        ratings = address.choose("Ratings", "ratings", sets, clears=("aspect", "rated"))
        here = [row for row in here if row.ratings == ratings]
        aspects = {row.aspect: plain(row.aspect).capitalize() for row in here}
        summing_up = headline(list(aspects), queries.headlines().get(here[0].rubric))
        aspect = address.choose("Aspect", "aspect", aspects, default=summing_up)
        measures = {
            key: title for key, title in MEASURES.items() if any(row.measure == key for row in here)
        }
        measure = address.choose(
            "Measure", "measure", measures or {here[0].measure: here[0].measure}, width=250
        )
        systems = {
            row.system: POOLED if row.system == "pooled" else plain(row.system) for row in here
        }
        rated = address.several("Rated systems", "rated", systems, placeholder="All")
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
if here:
    for one in queries.rating_sets(current):
        if one.name == ratings and one.joined:
            st.caption(f"The ratings are {markdown(one.joined, 500)}.")
warn_of_demonstration(chosen.tasks, list(chosen.metrics.values()))
if here:
    if here[0].benchmark != chosen.name:
        st.info(
            f"Nobody has rated explanations of {markdown(chosen.name)}. What follows is of "
            f"{markdown(here[0].benchmark)}."
        )
    picked = [
        row
        for row in here
        if row.aspect == aspect and row.measure == measure and (not rated or row.system in rated)
    ]
    titles = metric_titles(chosen.metrics.values()) | {HUMAN: "A human rater"}
    table = validity_table(picked, titles)
    draw(table, f"How far metrics go along with people on {aspect}")
    st.caption(
        "1 would be full agreement with the mean of the raters, 0 none. A metric has a value on the texts that it can "
        "say something of, so two agreements may be of different texts. What it can be held against stands beside it, on "
        "its own texts, and with **one rater left out**, the same for all: what does not beat the stronger **word "
        "count** has shown nothing that a ruler could not, and **a human** is the ceiling. Pooled values mix systems and "
        "make every metric look good: look within each system first."
    )
    with actions:
        export_menu(
            chosen,
            f"Validity on {plain(aspect)}, {plain(measure)}",
            table,
            ratings=plain(ratings),
            aspect=plain(aspect),
        )
    drawn = forest(picked, titles)
    if len(drawn):
        st.caption(
            f"Agreement with people’s ratings of {markdown(aspect)}, one rater left out: a figure a rated system, all on "
            "one scale. Beside each metric stand the stronger **word count** (a stroke) and **a human** (a diamond), on "
            "the metric's own texts and against the same means; in brackets how many of the rated texts these are, where "
            "it is not all. What stands left of its stroke does not beat a ruler."
        )
        draw_panels(drawn)
else:
    st.info(
        "Nobody has rated explanations yet, so no explanation metric is validated here. Ratings can be imported "
        "or given on "
        "the rating page; the next release then says how far each metric goes along with people."
    )

st.subheader("What is not validated", anchor=False)
missing = unvalidated(chosen.metrics.values(), rows, chosen.name)
if missing:
    st.markdown(
        f"On {markdown(chosen.name)}, nothing is known of how far these go along with people: "
        f"{', '.join(markdown(title) for title in missing)}. Their columns may rank systems in an order that no "
        f"reader would."
    )
elif any(metric.grouping == "explanation" for metric in chosen.metrics.values()):
    st.caption("Every explanation metric of this benchmark has been held against people's ratings.")
else:
    st.caption("This benchmark has no explanation metrics.")
agreements = [row for row in queries.agreement(current) if here and row.ratings == here[0].ratings]
if agreements:
    st.subheader("How far raters agree", anchor=False)
    st.caption(f"What raters do not agree on no metric can be held against. {SKEWED}")
    draw(agreement_table(agreements), "Agreement of the raters by aspect and rated system")
contests = [row for row in queries.contests(current) if here and row.ratings == here[0].ratings]
if contests:
    with st.expander("Which metrics differ in how far they go along with people"):
        draw(contest_table(contests, titles), "Differences between metrics, with p-values")

st.subheader("Where references come from", anchor=False)
st.caption(
    "Metrics that compare with a reference measure likeness to whoever wrote it. Where ChatGPT wrote it, a "
    "system that sounds "
    "like ChatGPT is favoured."
)
draw(reference_table(chosen.tasks), "Who wrote each task's references")
both = queries.shared_gold(current)
if both:
    st.caption(
        "How often an expert's and ChatGPT's labels differ, on posts that stand in both the expert set and the "
        "test set: a "
        "measure of how sure gold itself is."
    )
    draw(
        disagreement_table(both),
        "Disagreement of expert and ChatGPT references' labels by data set",
    )
close_page()
