"""The leaderboard's charts, drawn only when one is chosen: Plotly is 4 MB, and nobody who came for
the table should wait.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.at_once import TooMuchAtOnce
from app.reported import ReportedSystem
from app.site import data as queries
from app.site.charts import (
    MOST,
    Axis,
    draw_line,
    interval_figure,
    on_front,
    scatter_figure,
    show,
    size_figure,
)
from app.site.leaderboard.shown import Shown
from app.site.tables.board_frame import SYSTEM, BoardFrame, incomplete, means, notes
from app.site.tables.sheets import draw_table
from app.site.tables.variants import size_frame, variant_table
from app.site.url_state import Address
from app.text import better, decimals, markdown, told
from submissions.releasing.comparing import CannotCompare
from submissions.store.files.damage import DamagedFile
from submissions.store.released.scored_rows import MetricRow
from submissions.wording import counted

NONE, MEANS, SCATTER, SIZES, VARIANTS = "none", "means", "scatter", "sizes", "variants"
CHOICES = {
    NONE: "None",
    MEANS: "Means with intervals",
    SCATTER: "Correctness and explanations",
    SIZES: "Score against parameters",
    VARIANTS: "Variants of one base model",
}


def show_chart(address: Address, shown: Shown, line: ReportedSystem | None) -> None:
    """Let the reader choose a chart, and draw it, with a reported row as the line to beat where one
    is pinned.
    """
    chart = address.choose("Chart", "chart", CHOICES, width=260)
    if chart == MEANS:
        _show_means(shown, line)
    elif chart == SCATTER:
        _show_scatter(address, shown, line)
    elif chart == SIZES:
        _show_sizes(shown)
    elif chart == VARIANTS:
        _show_variants(shown)


def _show_sizes(shown: Shown) -> None:
    """Draw the means of the table's systems by how many parameters they have."""
    frame = size_frame(shown.chosen.systems(), shown.view.means.loc[shown.ids])
    if frame.empty or frame["size"].nunique() < 2:
        st.info("A picture takes systems of two sizes that declare their parameters.")
        return
    left_out = len(shown.ids) - len(frame)
    if left_out:
        st.caption(f"{counted(left_out, 'system')} without a value or a declared size not drawn.")
    title = _axis(shown.metric).title
    show(
        size_figure(frame, title),
        f"{title} of each system by its number of parameters, with 95% intervals",
        f"sizes-{shown.metric.name}",
    )


def _show_variants(shown: Shown) -> None:
    """Draw what variants of one base model differ by, of the table's systems."""
    names = tuple(task.id for task in shown.tasks)
    ids = frozenset(map(str, shown.ids))
    try:
        contrasts = queries.variants(
            shown.chosen.release, shown.chosen.name, shown.metric.name, names, ids
        )
    except (CannotCompare, DamagedFile, TooMuchAtOnce) as error:
        st.info(told(error))
        return
    if not contrasts:
        st.info(
            "No two systems here are declared as variants of one base model: chat and base, larger"
            " and smaller, instruction and completion, tuned and prompted."
        )
        return
    draw_table(
        variant_table(contrasts, shown.metric), "Variants of one base model, first less second"
    )
    st.caption(
        f"Paired over posts, on the tasks that both have a value on. {better(shown.metric)} Holm’s"
        f" correction is over {_family(len(contrasts))}, of the table’s systems alone. What teams do"
        " not declare may differ too."
    )


def _family(pairs: int) -> str:
    return "this pair" if pairs == 1 else f"these {pairs} pairs"


def _show_means(shown: Shown, line: ReportedSystem | None) -> None:
    """Draw the means of the table's first rows that have one, in its order."""
    frame = shown.view.means
    valued = shown.ids[frame.loc[shown.ids, "value"].notna().to_numpy()]
    if not len(valued):
        return
    top = valued[:MOST]
    names = [
        name if pd.isna(rank) else f"{rank:.0f}. {name}"
        for name, rank in zip(
            shown.whole.systems.loc[top, SYSTEM], frame.loc[top, "rank"], strict=True
        )
    ]
    # Of two marks the last: that a system is partial matters more to its mean.
    groups = [(marks or ["system"])[-1] for marks in notes(shown.whole, shown.view.partial, top)]
    ends = {end: frame.loc[top, end].to_numpy() for end in ("value", "low", "high")}
    if len(shown.ids) > MOST:
        st.caption(f"The first {MOST} rows of the table.")
    chart = interval_figure(
        pd.DataFrame({"name": names, "group": groups, **ends}),
        _axis(shown.metric).title,
        decimals(shown.metric),
    )
    _draw_to_beat(chart, shown, line, (-0.5, len(top) - 0.5), upright=True)
    show(
        chart,
        f"Means of {shown.metric.title} with 95% intervals, as in the table above",
        f"means-{shown.metric.name}",
    )


def _show_scatter(address: Address, shown: Shown, line: ReportedSystem | None) -> None:
    """Draw correctness against explanations, a point a system that has every task."""
    metric, other = shown.metric, shown.other
    if other is None or metric.higher_is_better is None:
        st.info(
            "A scatter needs a metric of labels and one of explanations, both with a better end."
            " Choose another metric."
        )
        return
    # Correctness always goes across, so that the picture is the same from either metric.
    across, up = (metric, other) if metric.grouping == "correctness" else (other, metric)
    systems = shown.whole.systems
    marked = address.several(
        "Mark systems",
        "system",
        dict(zip(systems.index, systems[SYSTEM], strict=True)),
        placeholder="None",
        help="Marked systems get a name and error bars, like those on the front.",
    )
    drawn = _points(shown.whole, shown.ids, _means(shown, across), _means(shown, up), marked)
    drawn["front"] = on_front(drawn["x value"], drawn["y value"], _axis(across), _axis(up))
    st.caption(
        f"{counted(len(drawn), 'system')} with every task. On the Pareto front stand those that no"
        f" other beats on one side without losing on the other. {shown.what_it_is(up)}"
    )
    chart = scatter_figure(drawn, _axis(across), _axis(up))
    if len(drawn):
        other_side = "y" if metric is across else "x"
        reach = drawn[[f"{other_side} {end}" for end in ("value", "low", "high")]]
        ends = (float(reach.min().min()), float(reach.max().max()))
        _draw_to_beat(chart, shown, line, ends, upright=metric is across)
    show(
        chart,
        f"{up.title} against {across.title}, one point a system",
        f"scatter-{across.name}-{up.name}",
    )


def _draw_to_beat(
    chart: go.Figure,
    shown: Shown,
    line: ReportedSystem | None,
    ends: tuple[float, float],
    *,
    upright: bool,
) -> None:
    """Draw the mean of a pinned reported row over the tasks that are looked at, or say why there is
    none.
    """
    if line is None:
        return
    mean = line.mean([task.id for task in shown.tasks])
    if mean is None:
        st.caption(
            f"{markdown(line.title)} is no line here: the paper does not print each of the tasks"
            " shown, and a mean over fewer is not comparable."
        )
        return
    title = f"reported: {line.title}"
    draw_line(chart, mean, ends, title, decimals(shown.metric), upright=upright)


def _means(shown: Shown, metric: MetricRow) -> pd.DataFrame:
    """Return a metric's means over the tasks that are looked at."""
    board = shown.chosen.board(metric.name)
    looked_at = {task.id for task in shown.tasks}
    return means(board, [name for name in board.columns if name in looked_at])


def _points(
    board: BoardFrame, ids: pd.Index[str], x: pd.DataFrame, y: pd.DataFrame, marked: Sequence[str]
) -> pd.DataFrame:
    """Return the scatter's rows: systems that cover every task on both sides."""
    both = ids[(~incomplete(x)[ids] & ~incomplete(y)[ids]).to_numpy()]
    frame = pd.DataFrame(
        {
            "name": board.systems.loc[both, SYSTEM],
            "marked": both.isin(marked),
            "group": [
                marks[0] if marks else "system" for marks in notes(board, incomplete(x), both)
            ],
        }
    )
    for side, values in (("x", x), ("y", y)):
        frame[[f"{side} value", f"{side} low", f"{side} high"]] = values.loc[
            both, ["value", "low", "high"]
        ]
    return frame


def _axis(metric: MetricRow) -> Axis:
    """Return a side of the scatter."""
    unit = f", {metric.unit}" if metric.unit else ""
    return Axis(
        f"{metric.title}, mean of tasks{unit}", decimals(metric), bool(metric.higher_is_better)
    )
