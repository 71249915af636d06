"""One system: what its team says of it, its results task by task, its weak spots, and how it
changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.site import data as queries
from app.site.page import (
    Benchmark,
    action_row,
    cell_details,
    choose_benchmark,
    control_row,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw, version
from app.site.tables.board import LEFT_OUT
from app.site.tables.board_frame import BoardFrame, trained_on, worst_of
from app.site.tables.confusion import confusion
from app.site.tables.strategy import strategy_title
from app.site.tables.system import (
    profile_table,
    runs_table,
    version_table,
    weak_spots,
    why_no_spots,
)
from app.site.tables.task import detail_table
from app.site.url_state import Address
from app.text import interval, markdown, number, plain, size, web_link
from submissions.store.released.scored_rows import MetricRow, SystemRow
from submissions.wording import counted


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Systems") as current:
        with control_row():
            chosen = choose_benchmark(address, current, clears=("system", "metric"))
            metric = chosen.headline
            board = chosen.board(metric.name)
            ranked = systems_by_rank(chosen, board)
            system = choose_system(address, ranked)
            actions = action_row()
        address.show_notes()
        warn_of_demonstration(chosen.tasks, list(chosen.metrics.values()))
        st.subheader(markdown(system.system), anchor=False)
        say_its_mean(board, system, metric)
        show_profile(chosen, system, ranked, actions)
        show_runs(chosen, system)
        show_weak_spots(chosen, board, system, metric)
        st.subheader("As its team describes it", anchor=False)
        st.table(declared(system), border="horizontal", alt="What the team declares")
        show_versions(chosen, system, metric)
        show_cells(chosen, system)


def systems_by_rank(chosen: Benchmark, board: BoardFrame) -> dict[str, SystemRow]:
    """Return the benchmark's systems by id, the best first, those without a rank last."""
    rows = chosen.systems()
    ranks = board.overall["rank"].sort_values(kind="stable", na_position="last")
    return {key: rows[key] for key in ranks.index}


def choose_system(address: Address, ranked: Mapping[str, SystemRow]) -> SystemRow:
    """Let the reader choose a system, at first the best that is no trivial baseline."""
    first = next((key for key, row in ranked.items() if not row.trivial), None)
    names = {key: plain(row.system) for key, row in ranked.items()}
    return ranked[address.choose("System", "system", names, default=first, width=330)]


def say_its_mean(board: BoardFrame, system: SystemRow, metric: MetricRow) -> None:
    """Say the system's mean with its interval and rank, and of how many outputs a label was read,
    in a line.
    """
    mean: dict[Any, Any] = board.overall.loc[system.id].to_dict()
    if pd.isna(mean["value"]):
        return
    unparsed, asked, repetitions = (
        board.cells[name].T[system.id] for name in ("n_unparsed", "asked", "repetitions")
    )
    doubt = "" if pd.isna(mean["low"]) else f" ({interval(mean['low'], mean['high'], 3)})"
    st.caption(
        f"{markdown(metric.title)}, mean of {mean['covered']:.0f} of "
        f"{counted(int(mean['total']), 'task')}: "
        f"**{number(float(mean['value']), 3)}**{doubt}, {rank_in_words(mean)}. "
        f"Labels read from {asked.sum() - unparsed.sum():.0f} of "
        f"{counted(int(asked.sum()), 'output')}{worst_of(repetitions.max())}."
        f"{' A trivial baseline: it reads no post.' if system.trivial else ''}"
    )


def rank_in_words(mean: Mapping[Any, Any]) -> str:
    """Return a mean's rank with the ranks that the tests allow, or why it has none."""
    if pd.isna(mean["rank"]):
        return f"no rank: such systems {LEFT_OUT}"
    rank = f"rank {mean['rank']:.0f}"
    if pd.isna(mean["rank_low"]):
        return rank
    return f"{rank} (the tests allow {span_of_ranks(mean['rank_low'], mean['rank_high'])})"


def span_of_ranks(low: float, high: float) -> str:
    """Return the ranks that the tests allow besides the value's own."""
    return "no other" if low == high else f"{low:.0f} to {high:.0f}"


def show_profile(
    chosen: Benchmark, system: SystemRow, ranked: Mapping[str, SystemRow], actions: DeltaGenerator
) -> None:
    """Draw the system's results task by task; its export and a comparison with another stand among
    the actions.
    """
    details = queries.details(chosen.release, system=system.id)
    profile = profile_table(
        details, chosen.tasks, chosen.metrics, system.parse_rules, system.thoughts or {}
    )
    draw(profile, f"Results of {plain(system.system)} by task")
    with actions:
        export_menu(
            chosen,
            f"{plain(system.system)} {plain(system.version)}",
            profile,
            system=plain(system.system),
        )
        rival = next((key for key in ranked if key != system.id), None)
        if rival:
            st.page_link(
                "site/pages/compare.py",
                label="Compare it",
                icon=":material/compare_arrows:",
                query_params=[
                    ("benchmark", chosen.name),
                    ("system", system.id),
                    ("system", rival),
                ],
            )


def show_runs(chosen: Benchmark, system: SystemRow) -> None:
    """Draw how far the system's runs are apart, where it has several."""
    details = queries.details(chosen.release, system=system.id)
    runs = runs_table(details, chosen.tasks, chosen.metrics)
    if runs.frame.empty:
        return
    st.subheader("Over its runs", anchor=False)
    st.caption(
        "How far prompts and seeds move the value, and how often a label flips between runs. This is"
        " no interval: that says how far the posts leave a value open."
    )
    draw(runs, f"How far the runs of {plain(system.system)} are apart")


def show_weak_spots(
    chosen: Benchmark, board: BoardFrame, system: SystemRow, metric: MetricRow
) -> None:
    """Draw the tasks and labels on which the system does worst, or why none can be named."""
    st.subheader("Weak spots", anchor=False)
    answered = board.cells["value"].loc[system.id].dropna().index
    matrices = {
        task.id: confusion(task, queries.confusions(chosen.release, task.id, system.id))
        for task in chosen.tasks
        if task.id in answered
    }
    spots = weak_spots(board, system.id, chosen.tasks, matrices)
    if spots.frame.empty:
        details = queries.details(chosen.release, system=system.id)
        blanks = details[details["metric"] == metric.name]["why_blank"].dropna().astype(str)
        st.caption(markdown(why_no_spots(board, system.id, chosen.tasks, list(blanks))))
        return
    st.caption(
        "Where it is furthest behind the best system, and the labels that it finds least often."
        " Nothing is tested here: Compare tests differences."
    )
    draw(spots, "Tasks and labels on which the system does worst")


def declared(system: SystemRow) -> dict[str, str]:
    """Return what the team says of its system, as Markdown; what it does not say is "unknown"."""
    link = web_link(system.links or ())
    lines = {
        "Description": system.description,
        "Version": version(system),
        "Method": system.method,
        "Base model": system.base_model,
        "Parameters": size(system.parameters),
        "Strategy": strategy_title(system.strategy),
        "Prompts": system.prompt_strategy,
        "Trained on": trained_on(system),
        "Licence": system.licence,
        "Received": system.received_at[:10],
        "Outputs": f"{counted(system.n_rows, 'row')}; verified: scored here from them",
    }
    # Names of a benchmark stand for all of its data sets: what was understood is shown beside
    # what was said.
    meant = (system.training or {}).get("datasets", [])
    if not set(meant) <= set(system.trained_on or []):
        lines["Trained on"] += f"; read as: {', '.join(map(str, meant))}"
    return {name: markdown(text) or "unknown" for name, text in lines.items()} | (
        # Angle brackets would end the link within its own address.
        {"Link": f"<{link}>"} if link and not set(link) & set("<>") else {}
    )


def show_versions(chosen: Benchmark, system: SystemRow, metric: MetricRow) -> None:
    """Draw the system's version, mean and rank in each release."""
    st.subheader("Versions and releases", anchor=False)
    listed = [queries.served(number) for number in queries.releases(queries.served())]
    rows = [
        (
            queries.release(each),
            *queries.standing(each, chosen.name, metric.name, system.system),
        )
        for each in listed
    ]
    draw(version_table(rows), "The system's version, mean and rank in each release")


def show_cells(chosen: Benchmark, system: SystemRow) -> None:
    """Draw every cell of the system with its counts and signature, a table a task, once they are
    opened.
    """
    opening = cell_details()
    if not opening.open:
        return
    details = queries.details(chosen.release, system=system.id)
    titles = {name: plain(metric.title) for name, metric in chosen.metrics.items()}
    with opening:
        for task in chosen.tasks:
            of_task = details[details["task"] == task.id]
            cells = detail_table(of_task, {system.id: plain(system.system)}, titles, "metric", 3)
            st.caption(markdown(task.title))
            draw(cells, f"Cells on {task.title}")


if __name__ == "__main__":
    main()
