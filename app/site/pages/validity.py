"""Can the metrics be believed? How far each goes along with people, beside word count and beside a
human.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.site import data as queries
from app.site.charts import common_range, interval_figure, show, stress_figure
from app.site.export import file_name
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    control_row,
    export_menu,
    marked_name,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw
from app.site.tables.pairwise import preference_table, strength_table
from app.site.tables.standing_in import anchored_table, in_place_table
from app.site.tables.stress import all_fooled, perturbation_table, stress_panels, stress_table
from app.site.tables.validity import (
    FAMILY_VIEWS,
    HUMAN,
    MARKS,
    MEASURES,
    POOLED,
    Figures,
    agreement_table,
    contest_table,
    disagreement_table,
    family_means_table,
    family_table,
    forest,
    metric_titles,
    reference_table,
    system_title,
    unvalidated,
    validity_table,
    view_table,
)
from app.site.url_state import Address
from app.summing_up import headline
from app.text import markdown, plain
from scoring.statistics import SKEWED
from scoring.stress import SPECIMEN
from submissions.rating.board_stress import MODEL_POSTS, POSTS
from submissions.rating.views import BOUND
from submissions.store.released.rated_rows import ValidityRow

SIDE_BY_SIDE = 2  # panels, where the screen is wide enough


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Can metrics be believed?") as current:
        with control_row():
            chosen = choose_benchmark(
                address, current, clears=("ratings", "aspect", "rated", "measure")
            )
            figures = choose_figures(address, chosen)
            actions = action_row()
        address.show_notes()
        if figures is not None:
            say_where_ratings_are_from(chosen, figures)
        warn_of_demonstration(chosen.tasks, list(chosen.metrics.values()))
        if figures is not None:
            show_validity(chosen, figures, actions)
            show_in_place(chosen, figures)
            show_anchored(chosen, figures)
        else:
            st.info(
                "Nobody has rated explanations yet, so no explanation metric is validated here."
                " Ratings can be imported or given on the rating page; the next release then says"
                " how far each metric goes along with people."
            )
        show_pairwise(chosen)
        show_families(chosen, figures)
        show_stress(chosen)
        say_what_is_not_validated(chosen)
        if figures is not None:
            show_agreement(chosen, figures)
            show_contests(chosen, figures)
        show_references(chosen)


def choose_figures(address: Address, chosen: Benchmark) -> Figures | None:
    """Let the reader choose a set of ratings and what is shown of it; None where nobody has rated.

    Where nobody has rated this benchmark, those of the others are offered: invented ratings say
    nothing of a real board.
    """
    every = queries.validity(chosen.release)
    invented = {task.benchmark for task in queries.tasks(chosen.release) if task.demonstration}
    rows = [row for row in every if row.benchmark == chosen.name]
    # Never the other way round: real ratings say nothing of an invented board, either.
    if not rows and chosen.name not in invented:
        rows = [row for row in every if row.benchmark not in invented]
    if not rows:
        return None
    sets = {
        row.ratings: marked_name(plain(row.ratings), invented=row.benchmark in invented)
        for row in rows
    }
    ratings = address.choose("Ratings", "ratings", sets, clears=("aspect", "rated"))
    rows = [row for row in rows if row.ratings == ratings]
    aspects = {row.aspect: plain(row.aspect).capitalize() for row in rows}
    summing_up = headline(list(aspects), queries.headlines().get(rows[0].rubric))
    aspect = address.choose("Aspect", "aspect", aspects, default=summing_up)
    stated = {row.measure for row in rows}
    measures = {key: title for key, title in MEASURES.items() if key in stated}
    measure = address.choose(
        "Measure", "measure", measures or {rows[0].measure: rows[0].measure}, width=250
    )
    systems = {row.system: system_title(row.system) for row in rows}
    rated = address.several("Rated systems", "rated", systems, placeholder="All")
    return Figures(
        rows[0].benchmark, ratings, aspect, measure, shown_rows(rows, aspect, measure, rated)
    )


def shown_rows(
    rows: Sequence[ValidityRow], aspect: str, measure: str, systems: Collection[str]
) -> list[ValidityRow]:
    """Return the rows of an aspect and a measure, of some rated systems; of all where none is
    named.
    """
    return [
        row
        for row in rows
        if row.aspect == aspect
        and row.measure == measure
        and (not systems or row.system in systems)
    ]


def say_where_ratings_are_from(chosen: Benchmark, figures: Figures) -> None:
    """Say which sets the ratings were joined from, where they were."""
    for rating_set in queries.rating_sets(chosen.release):
        if rating_set.name == figures.ratings and rating_set.joined:
            st.caption(f"The ratings are {markdown(rating_set.joined, 500)}.")


def titles_of(chosen: Benchmark) -> dict[str, str]:
    """Return what metrics and a human are called, by the name that rows have."""
    said = {HUMAN: "A human rater", BOUND: "The bound, √ICC(2,k)"}
    return metric_titles(chosen.metrics.values()) | said


def show_validity(chosen: Benchmark, figures: Figures, actions: DeltaGenerator) -> None:
    """Draw how far metrics go along with people: as a table, and as a figure a rated system."""
    if figures.benchmark != chosen.name:
        st.info(
            f"Nobody has rated explanations of {markdown(chosen.name)}. What follows is of "
            f"{markdown(figures.benchmark)}."
        )
    contests = queries.contests(chosen.release)
    own = [test for test in contests if test.ratings == figures.ratings]
    fooled = all_fooled(queries.stress_tests(chosen.release, figures.benchmark))
    table = validity_table(figures.rows, titles_of(chosen), own, fooled)
    draw(table, f"How far metrics go along with people on {figures.aspect}")
    st.caption(
        "1 would be full agreement with the mean of the raters, 0 none. A metric has a value on the"
        " texts that it can say something of, so two agreements may be of different texts. What it"
        " can be held against stands beside it, on its own texts, and with **one rater left out**,"
        " the same for all: what does not beat the stronger **word count** has shown nothing that a"
        " ruler could not, and **a human** is the ceiling. The last rows are **baselines**, which"
        " read no meaning: words, their logarithm, the square root of words over the post's words"
        " (at most 1), and whether the label is right. Pooled values mix systems and make every"
        " metric look good: look within each system first."
    )
    with actions:
        export_menu(
            chosen,
            f"Validity on {plain(figures.aspect)}, {plain(figures.measure)}",
            table,
            ratings=plain(figures.ratings),
            aspect=plain(figures.aspect),
        )
    show_forest(chosen, figures)
    show_views(chosen, figures)
    every = queries.validity(chosen.release)
    if len({row.system for row in every if row.ratings == figures.ratings}) == 1:
        st.caption(
            "One system alone was rated, and it takes two to say whether a metric orders systems"
            " as people do."
        )


def show_views(chosen: Benchmark, figures: Figures) -> None:
    """Draw what the agreement comes from: blank explanations, right labels."""
    views = figures.own(queries.validity_views(chosen.release))
    rows = [row for row in views if row.view not in FAMILY_VIEWS]
    if not rows:
        return
    st.subheader("By blanks and by label", anchor=False)
    st.caption(
        "Pearson correlation with the mean of all raters, within each rated system. What writes"
        " nothing is rated low, so whatever notices a **blank** goes along with people: blanks are"
        " left out on the left, and count 0 beside that. Raters rate what is said for a **wrong"
        " label** low: among texts with the right label alone there is less to go along with. The"
        " **bound**, the square root of ICC(2,k), is how far anything can go along with the mean of"
        " these raters."
    )
    draw(view_table(rows, titles_of(chosen)), f"By blanks and by label, {figures.aspect}")


def show_families(chosen: Benchmark, figures: Figures | None) -> None:
    """Draw what judges say with and without the systems of their own family; nothing where there is
    no such judge.
    """
    views = figures.own(queries.validity_views(chosen.release)) if figures else []
    rows = [row for row in views if row.view in FAMILY_VIEWS]
    means = queries.family_means_of(chosen.release, chosen.name)
    if not (rows or means):
        return
    st.subheader("Judges of a system's own family", anchor=False)
    st.caption(
        "Judges favour texts of their own family's models. Families are read from names: of the"
        " judge's model, and of the base model that a team declares. Without an interval are means"
        " over judges, who are few and not drawn."
    )
    if rows and figures:
        title = f"Pearson correlation with raters of {figures.aspect}, all rated systems"
        draw(family_table(rows, titles_of(chosen)), title)
    if means:
        names = {of: f"{row.system} {row.version}" for of, row in chosen.systems().items()}
        tasks = {task.id: plain(task.title) for task in chosen.tasks}
        draw(family_means_table(means, names, tasks), "Means over judges")


def show_in_place(chosen: Benchmark, figures: Figures) -> None:
    """Draw how far metrics whose values are ratings may stand in for a rater."""
    rows = [row for row in figures.own(queries.on_scale(chosen.release)) if row.n]
    if rows:
        st.subheader("In a rater's place", anchor=False)
        st.caption(
            "Of metrics whose values are ratings of this aspect, as a judge's are, within each rated"
            " system. **ICC(C,1)** forgives a metric that gives everything a point more,"
            " **ICC(A,1)** does not; the **bias** is how much more it gives than the mean of the"
            " raters. The **advantage probability** is how often it is at least as near to the"
            " other raters as the one who is left out, the **winning rate** the share of raters of"
            " whom the alternative annotator test shows it, from .5 on of a metric that may stand"
            " in for one: with epsilon .2 for an expert, .15 for a skilled rater, .1 for a crowd"
            " worker."
        )
        draw(in_place_table(rows, titles_of(chosen)), f"In a rater's place, {figures.aspect}")


def show_anchored(chosen: Benchmark, figures: Figures) -> None:
    """Draw what people would say on average of all that a system answered, or say why nobody can
    tell.
    """
    rows = figures.own(queries.anchored(chosen.release))
    if not rows:
        return
    st.subheader("Human-anchored means", anchor=False)
    stated = [row for row in rows if row.metric]
    if stated:
        st.caption(
            "What people would say on average of **all** texts of a system, from their ratings of"
            " some and a metric's values of all: what the metric says of those that nobody rated,"
            " put right by how far off it is where people looked. However biased the metric, the"
            " mean is not; the better the metric, the narrower the interval. Rated texts are taken"
            " for a random sample of the task's."
        )
        draw(anchored_table(stated, titles_of(chosen)), f"Human-anchored means, {figures.aspect}")
    for why in dict.fromkeys(row.why_blank for row in rows if not row.metric):
        st.caption(f"None here: {markdown(why, 500)}.")


def show_pairwise(chosen: Benchmark) -> None:
    """Draw what people chose in pairwise rounds, and which metrics choose alike."""
    rows = [row for row in queries.strengths(chosen.release) if row.benchmark == chosen.name]
    if not rows:
        return
    st.subheader("Which explanations people choose", anchor=False)
    st.caption(
        "Raters were shown two systems' explanations of one post, side by side and without names, and"
        " said which is better. The **strength** is the logarithm of Bradley and Terry's, of mean 0:"
        " a system that has one more than another is chosen over it in 73 of 100. A tie is half a"
        " win of either. A metric **goes along** with a choice where the chosen text has the better"
        " value; equal values count half, so a coin goes along with half of the choices that are no"
        " tie. Of word counts, more counts as better. A human: how often two raters of a pair chose"
        " alike."
    )
    preferences = queries.preferences(chosen.release)
    for name in dict.fromkeys(row.ratings for row in rows):
        st.markdown(f"**{markdown(name)}**")
        systems, metrics = st.columns(2, gap="medium")
        with systems:
            own = [row for row in rows if row.ratings == name]
            draw(strength_table(own), f"Strengths of systems in {plain(name)}")
        with metrics:
            of_metrics = [row for row in preferences if row.ratings == name]
            table = preference_table(of_metrics, titles_of(chosen))
            draw(table, f"Metrics against people's choices in {plain(name)}")


def show_forest(chosen: Benchmark, figures: Figures) -> None:
    """Draw each metric's agreement beside word count and a human, a figure a rated system."""
    drawn = forest(figures.rows, titles_of(chosen))
    if drawn.empty:
        return
    st.caption(
        f"Agreement with people’s ratings of {markdown(figures.aspect)}, one rater left out: a"
        " figure a rated system, all on one scale. Beside each metric stand the stronger **word"
        " count** (a stroke) and **a human** (a diamond), on the metric's own texts and against"
        " the same means; in brackets how many of the rated texts these are, where it is not all."
        " What stands left of its stroke does not beat a ruler."
    )
    draw_panels(drawn, figures)


def draw_panels(drawn: pd.DataFrame, figures: Figures) -> None:
    """Draw a panel a rated system: lines that belong to one system across another's points would
    mislead.
    """
    scale = common_range(drawn)
    axis = MEASURES.get(figures.measure, figures.measure)
    systems = sorted(dict.fromkeys(drawn["group"]), key=lambda system: system == POOLED)
    rows = (systems[place : place + SIDE_BY_SIDE] for place in range(0, len(systems), SIDE_BY_SIDE))
    for row in rows:
        columns = st.columns(min(SIDE_BY_SIDE, len(systems)), gap="medium")
        for column, system in zip(columns, row, strict=False):
            with column:
                st.markdown(f"**{markdown(system)}**")
                show(
                    interval_figure(drawn[drawn["group"] == system], axis, 2, MARKS, scale),
                    f"Validity of each metric on {figures.aspect} for {plain(system)}, with 95%"
                    " intervals",
                    file_name("validity", figures.aspect, figures.measure, system),
                )


def show_stress(chosen: Benchmark) -> None:
    """Draw which explanations spoilt on purpose fool the metrics; it takes no ratings."""
    if not any(metric.grouping == "explanation" for metric in chosen.metrics.values()):
        return
    st.subheader("What fools the metrics", anchor=False)
    rows = queries.stress_tests(chosen.release, chosen.name)
    if not rows:
        st.caption(
            f"The metrics of {markdown(chosen.name)} have not been tried on explanations that are"
            " spoilt on purpose: `reasonboard score` does it, and the next release says what fools"
            " them."
        )
        return
    st.caption(
        "Each explanation is spoilt, and held against the real one of the same post: the share of"
        f" posts in which a metric values the real one higher, of at most {POSTS} posts a task"
        f" ({MODEL_POSTS} where a model is needed), drawn by seed. **A tie is a loss**: a constant"
        " wins nothing, and random numbers half. Below one half (orange) a metric prefers what was"
        " spoilt. The real explanations are the benchmark's **references**; what compares with the"
        " reference is tried on explanations of the board's **systems** whose label is right, and"
        " is fooled more easily where these are poor. Of word counts, the longer text counts as"
        " better."
    )
    panels = stress_panels(rows, titles_of(chosen))
    for column, panel in zip(st.columns(max(1, len(panels)), gap="small"), panels, strict=False):
        with column:
            st.markdown(f"**{panel.title}**")
            show(
                stress_figure(panel),
                f"{panel.title}: share of posts in which each metric values the real explanation"
                " higher; the table below has the numbers",
                file_name("stress", chosen.name, panel.title),
            )
    draw(stress_table(rows, titles_of(chosen)), "Stress tests of metrics, with intervals")
    with st.expander("How explanations are spoilt"):
        st.caption(f"Of the invented explanation “{SPECIMEN.explanation}”")
        draw(perturbation_table(), "Perturbations, with an example each")


def say_what_is_not_validated(chosen: Benchmark) -> None:
    """Name the benchmark's explanation metrics that nobody has held against people's ratings."""
    st.subheader("What is not validated", anchor=False)
    rows = queries.validity(chosen.release)
    missing = unvalidated(chosen.metrics.values(), rows, chosen.name)
    if missing:
        st.markdown(
            f"On {markdown(chosen.name)}, nothing is known of how far these go along with people:"
            f" {', '.join(markdown(title) for title in missing)}. Their columns may rank systems in"
            " an order that no reader would."
        )
    elif any(metric.grouping == "explanation" for metric in chosen.metrics.values()):
        st.caption(
            "Every explanation metric of this benchmark has been held against people's ratings."
        )
    else:
        st.caption("This benchmark has no explanation metrics.")


def show_agreement(chosen: Benchmark, figures: Figures) -> None:
    """Draw how far the raters of the set agree."""
    rows = [row for row in queries.agreement(chosen.release) if row.ratings == figures.ratings]
    if rows:
        st.subheader("How far raters agree", anchor=False)
        st.caption(f"What raters do not agree on no metric can be held against. {SKEWED}")
        draw(agreement_table(rows), "Agreement of the raters by aspect and rated system")


def show_contests(chosen: Benchmark, figures: Figures) -> None:
    """Draw which metrics differ on the set."""
    rows = [row for row in queries.contests(chosen.release) if row.ratings == figures.ratings]
    if rows:
        with st.expander("Which metrics differ from which baselines, by how much"):
            draw(
                contest_table(rows, titles_of(chosen)),
                "Differences between metrics and baselines, with p-values",
            )


def show_references(chosen: Benchmark) -> None:
    """Draw who wrote each task's references, and how often an expert's labels differ from
    ChatGPT's.
    """
    st.subheader("Where references come from", anchor=False)
    st.caption(
        "Metrics that compare with a reference measure likeness to whoever wrote it. Where ChatGPT"
        " wrote it, a system that sounds like ChatGPT is favoured."
    )
    draw(reference_table(chosen.tasks), "Who wrote each task's references")
    both = queries.shared_gold(chosen.release)
    if both:
        st.caption(
            "How often an expert's and ChatGPT's labels differ, on posts that stand in both the"
            " expert set and the test set: a measure of how sure gold itself is."
        )
        draw(
            disagreement_table(both),
            "Disagreement of expert and ChatGPT references' labels by data set",
        )


if __name__ == "__main__":
    main()
