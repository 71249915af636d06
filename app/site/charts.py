"""The pages' figures: data in, a Plotly figure out. Each stands beside a table that says the same
in numbers.

Colours have 3:1 contrast on the light and on the dark page and are told apart by colour-blind
readers; shapes tell the same apart, so that nothing rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.site.tables.base import spans
from app.site.tables.board_frame import BASELINE, PARTIAL
from app.site.tables.confusion import Confusion
from app.site.tables.stress import StressPanel
from app.site.tables.validity import Mark
from app.text import figure, size
from scoring.statistics.rounding import canonical
from submissions.store.released.scored_rows import TaskRow

MOST = 60
"""Rows that a figure of means has room for."""

# Pixels a row: a label in one line, and its error bar.
_ROW = 26
_LINE = 30
"""Letters of a row's name that stand in one line."""
_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
_MARKS = {
    "system": ("circle", "#3b82f6"),
    BASELINE: ("diamond-open", "#d97706"),
    PARTIAL: ("circle-open", "#0d9488"),
}
_GREY = "#64748b"
_SERIES = (
    ("circle", "#3b82f6"),
    ("diamond", "#d97706"),
    ("square", "#0d9488"),
    ("triangle-up", "#9333ea"),
    ("cross", "#e11d48"),
    ("x", _GREY),
)
_SHARES = [[0, "#eff6ff"], [1, "#60a5fa"]]
_WINS = [[0, "#f59e0b"], [0.5, "#f1f5f9"], [1, "#60a5fa"]]
"""Losing is orange and winning blue: told apart by colour-blind readers, dark ink on both."""
_WORDS = 11
"""Letters of a heat map's label that stand in one line where there are words to part."""


def show(chart: go.Figure, alt: str, name: str) -> None:
    """Draw a figure with Plotly's toolbar, which saves it as SVG under `name`.

    What the toolbar has besides (zooming, selecting) is left out: the figures stand still, so that
    a finger that scrolls the page over one does not move it.
    """
    # Plotly knows nothing of the page's theme, and would write dark on dark.
    ink = {"color": "#f1f5f9" if st.context.theme.type == "dark" else "#0b1220"}
    chart.update_layout(legend={"font": ink}, font=ink)
    chart.update_xaxes(tickfont=ink, title={"font": ink})
    chart.update_yaxes(tickfont=ink, title={"font": ink})
    save = {"format": "svg", "filename": name}
    remove = ["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale"]
    st.plotly_chart(
        chart,
        alt=alt,
        config={
            "displaylogo": False,
            "toImageButtonOptions": save,
            "modeBarButtonsToRemove": remove,
        },
    )


def confusion_figure(task: TaskRow, matrix: Confusion) -> go.Figure:
    """Return a heat map: colour is the share of the gold label's examples, text the count and that
    share.
    """
    titles = {label["name"]: label["title"] for label in task.labels}
    columns, rows = (
        [titles.get(name, name) for name in names]
        for names in (matrix.counts.columns, matrix.counts.index)
    )
    shares = matrix.shares.map(lambda share: "" if pd.isna(share) else f"<br>{share:.0%}")
    chart = _heat(matrix.shares, columns, rows, matrix.counts.astype(str) + shares)
    chart.update_traces(
        zmin=0,
        zmax=1,
        hovertemplate=(
            "gold %{y}<br>answered %{x}<br>%{z:.1%} of the gold label's examples<extra></extra>"
        ),
    )
    chart.update_xaxes(title="System's answer")
    chart.update_yaxes(title="Gold label")
    return chart


def crossing_figure(values: pd.DataFrame) -> go.Figure:
    """Draw trained on (rows) x tested on (columns), the value in each cell; blank
    without a system.
    """
    text = values.map(lambda value: "" if pd.isna(value) else f"{value:z.2f}")
    chart = _heat(values, list(map(str, values.columns)), list(map(str, values.index)), text)
    numbers = values.to_numpy(dtype=float)
    # Other units, such as words, have no such ends.
    if np.nanmin(numbers) >= 0 and np.nanmax(numbers) <= 1:
        chart.update_traces(zmin=0, zmax=1)  # a little worse is a little paler
    chart.update_traces(hovertemplate="trained on %{y}<br>tested on %{x}<br>%{text}<extra></extra>")
    chart.update_xaxes(title="Tested on")
    chart.update_yaxes(title="Trained on")
    return chart


def stress_figure(panel: StressPanel) -> go.Figure:
    """Draw metrics (rows) x perturbations (columns), the share that a metric wins in each cell.

    One half, what random numbers win, is neither of the two colours.
    """
    text = panel.shares.map(lambda share: "" if pd.isna(share) else f"{share:.2f}")
    columns, rows = list(panel.shares.columns), list(panel.shares.index)
    chart = _heat(panel.shares, columns, rows, text, letters=9)
    said = [
        [
            f"{figure(row, 80)}<br>{figure(column, 80)}<br>{figure(cell, 120)}"
            for column, cell in cells
        ]
        for row, cells in ((row, panel.said.loc[row].items()) for row in rows)
    ]
    chart.update_traces(
        zmin=0,
        zmax=1,
        colorscale=_WINS,
        hovertext=said,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    # Of one height above the cells, so that rows of figures side by side are in line.
    chart.update_layout(height=76 + 38 * len(rows), margin_t=64)
    chart.update_xaxes(side="top", tickangle=0, automargin=False)
    return chart


def _heat(
    values: pd.DataFrame,
    columns: Sequence[str],
    rows: Sequence[str],
    text: pd.DataFrame,
    letters: int = _WORDS,
) -> go.Figure:
    """Draw cells with their numbers.

    That needs no scale beside them; labels in several lines leave a phone room for cells, those of
    columns in lines of so many letters.
    """
    heat = go.Heatmap(
        z=values.to_numpy(),
        x=_parted(columns, letters),
        y=_parted(rows),
        text=text.to_numpy(),
        texttemplate="%{text}",
        xgap=2,
        ygap=2,
        colorscale=_SHARES,
        hoverongaps=False,
        textfont={"color": "#0b1220", "size": 11},
        showscale=False,
    )
    # Labels such as "0" and "1" would else be numbers, and the cells lie between them.
    axis = {"type": "category", "fixedrange": True, "showgrid": False, "automargin": True}
    return go.Figure(
        heat,
        {
            "height": 180 + 52 * len(rows),
            "margin": {"l": 4, "r": 4, "t": 8, "b": 8},
            "dragmode": False,
            "xaxis": {**axis, "side": "bottom"},
            "yaxis": {**axis, "autorange": "reversed"},
        },
    )


def _parted(labels: Sequence[str], letters: int = _WORDS) -> list[str]:
    return [
        "<br>".join(wrap(figure(label, 80), letters, break_long_words=False)) for label in labels
    ]


def common_range(frame: pd.DataFrame) -> tuple[float, float]:
    """Return a range of the axis for figures that stand side by side.

    All values with their intervals, and a little more.
    """
    ends = frame[[name for name in ("value", "low", "high", "human", "ruler") if name in frame]]
    numbers = ends.to_numpy(dtype=float)
    low = float(np.nanmin(numbers))
    high = float(np.nanmax(numbers))
    # All values may be the same.
    margin = 0.04 * (high - low) or 0.1
    return low - margin, high + margin


def interval_figure(
    frame: pd.DataFrame,
    title: str,
    digits: int = 3,
    marks: Sequence[Mark] = (),
    across: tuple[float, float] | None = None,
) -> go.Figure:
    """Return values with their intervals, a row each from the top, groups told apart by colour and
    shape.

    Args:
        frame: "name", "value", "low", "high" and "group"; rows with one name share a row.
        title: Of the axis, with its unit.
        digits: After the point, where a value is pointed at.
        marks: What to compare each row with; rows without a value in a mark's column have none.
        across: From where to where the axis goes; None for what the values need.
    """
    places = {name: place for place, name in enumerate(dict.fromkeys(frame["name"]))}
    heights = frame["name"].map(places)
    groups = list(dict.fromkeys(frame["group"]))
    shared = len(places) < len(frame)
    axis = Axis(title, digits)
    chart = _standing_still()
    for number, group in enumerate(groups):
        own = frame["group"] == group
        # Side by side in the row that they share.
        shift = (number - (len(groups) - 1) / 2) * 0.16 if shared else 0
        symbol, colour = _MARKS.get(group, _SERIES[number % len(_SERIES)])
        points = _cloud(
            frame[own],
            _legend(group),
            {"symbol": symbol, "size": 9, "color": colour},
            {"": axis},
        )
        chart.add_trace(points.update(y=heights[own] + shift, error_x=_errors(frame[own], "")))
    drawn = [mark for mark in marks if frame[mark.column].notna().any()]
    for mark in drawn:
        chart.add_trace(_marked(frame, heights, mark, digits))
    labels = [_in_lines(name) for name in places]
    # All rows are as high as the one with the most lines: the axis is even.
    row = _ROW + 14 * max((label.count("<br>") for label in labels), default=0)
    chart.update_layout(
        height=130 + row * len(places) * (1 + 0.35 * shared * (len(groups) > 1)),
        showlegend=len(groups) > 1 or bool(drawn),
    )
    chart.update_xaxes(title=figure(title, 80), range=across)
    chart.update_yaxes(
        tickvals=list(places.values()),
        ticktext=labels,
        automargin=True,
        range=[len(places) - 0.5, -0.5],
        showgrid=False,
    )
    return chart


def draw_line(
    chart: go.Figure,
    at: float,
    ends: tuple[float, float],
    title: str,
    digits: int,
    *,
    upright: bool,
) -> None:
    """Draw a value that others are held against as a line across a figure, named in its legend.

    Args:
        chart: The figure.
        at: The value.
        ends: From where to where the line goes on the other axis.
        title: What it is called.
        digits: After the point, where it is pointed at.
        upright: Whether values go across, so that the line goes up.
    """
    along = [at, at]
    x, y = (along, ends) if upright else (ends, along)
    chart.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            name=figure(title, 80),
            line={"dash": "dash", "width": 1.5, "color": _GREY},
            hovertemplate=f"{figure(title, 120)}<br>{at:.{digits}f}<extra></extra>",
        )
    )
    chart.update_layout(showlegend=True)


def profile_figure(
    frame: pd.DataFrame, title: str, across: tuple[float, float] | None = None
) -> go.Figure:
    """Return profiles over items: a line a group from the first item, on top, to the last.

    Args:
        frame: "name" (of an item), "group", "value", "low" and "high"; an item a group once.
        title: Of the axis, with its unit.
        across: From where to where the axis goes; None for what the values need.
    """
    places = {name: place for place, name in enumerate(dict.fromkeys(frame["name"]))}
    chart = _standing_still()
    for number, group in enumerate(dict.fromkeys(frame["group"])):
        own = frame[frame["group"] == group]
        symbol, colour = _SERIES[number % len(_SERIES)]
        marker = {"symbol": symbol, "size": 9, "color": colour}
        points = _cloud(own, figure(group), marker, {"": Axis(title, 2)})
        line = {"color": colour, "width": 1.5}
        chart.add_trace(points.update(y=own["name"].map(places), mode="lines+markers", line=line))
    chart.update_layout(height=150 + 32 * len(places), showlegend=True)
    chart.update_xaxes(title=figure(title, 80), range=across)
    chart.update_yaxes(
        tickvals=list(places.values()),
        ticktext=[_in_lines(name) for name in places],
        automargin=True,
        range=[len(places) - 0.5, -0.5],
    )
    return chart


def size_figure(frame: pd.DataFrame, title: str) -> go.Figure:
    """Return values by how many parameters a system has, on a logarithmic scale.

    Args:
        frame: "name", "group", "size" (parameters), "value", "low" and "high".
        title: Of the values, with their unit.
    """
    chart = _standing_still()
    sides = {"size ": Axis("Parameters", 0), "": Axis(title, 2)}
    frame = frame.copy()
    frame["size value"] = frame["size"]
    frame[["size low", "size high"]] = np.nan
    for number, group in enumerate(dict.fromkeys(frame["group"])):
        own = frame[frame["group"] == group]
        symbol, colour = _SERIES[number % len(_SERIES)]
        points = _cloud(own, figure(group), {"symbol": symbol, "size": 11, "color": colour}, sides)
        said = "%{customdata[0]}<br>%{x:.3s}<br>%{y:.2f} (%{customdata[2]})<extra></extra>"
        chart.add_trace(points.update(error_y=_errors(own, ""), hovertemplate=said))
    sizes = sorted(set(frame["size"]))
    chart.update_layout(height=420, showlegend=True)
    chart.update_xaxes(
        title="Parameters", type="log", tickvals=sizes, ticktext=[size(each) for each in sizes]
    )
    chart.update_yaxes(title=figure(title, 80))
    return chart


def _standing_still() -> go.Figure:
    """Return a figure that no finger moves, with its legend above it."""
    axis = {"fixedrange": True, "zeroline": False}
    return go.Figure(
        layout={
            "margin": _MARGIN,
            "legend": _LEGEND,
            "dragmode": False,
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def _marked(frame: pd.DataFrame, heights: pd.Series[int], mark: Mark, digits: int) -> go.Scatter:
    """Return what each row is compared with, in grey, at the height of the row's name."""
    rows = frame[frame[mark.column].notna()]
    return go.Scatter(
        x=rows[mark.column],
        y=heights[rows.index],
        mode="markers",
        name=figure(mark.title, 80),
        customdata=[[figure(f"{name}: {mark.title}", 120)] for name in rows["name"]],
        marker={
            "symbol": mark.symbol,
            "size": 13,
            "color": _GREY,
            "line": {"width": 2, "color": _GREY},
        },
        hovertemplate=f"%{{customdata[0]}}<br>%{{x:.{digits}f}}<extra></extra>",
    )


def _in_lines(name: str) -> str:
    """Return a row's name in as many lines as it needs, rather than cut."""
    return "<br>".join(wrap(figure(name, 200), _LINE, break_long_words=False))


def _legend(group: str) -> str:
    """Return a kind of system begins with a capital; a system's own name stays as it is."""
    return group.capitalize() if group in _MARKS else figure(group)


def _errors(rows: pd.DataFrame, prefix: str) -> dict[str, Any]:
    value, low, high = (rows[f"{prefix}{name}"] for name in ("value", "low", "high"))
    return {
        "type": "data",
        "symmetric": False,
        "thickness": 1.5,
        "width": 3,
        "array": (high - value).fillna(0),
        "arrayminus": (value - low).fillna(0),
    }


@dataclass(frozen=True)
class Axis:
    """One side of a figure: what it is, and which end of it is better."""

    title: str
    digits: int
    higher_is_better: bool = True


def on_front(x: pd.Series[float], y: pd.Series[float], across: Axis, up: Axis) -> pd.Series[bool]:
    """Return which points no other point beats on one side without losing on the other (the Pareto
    front).

    A point without one of the two values is never on it.
    """
    # Values that differ by rounding alone must not beat each other.
    a = canonical(np.asarray(x, dtype=np.float64)) * (1 if across.higher_is_better else -1)
    b = canonical(np.asarray(y, dtype=np.float64)) * (1 if up.higher_is_better else -1)
    points = pd.DataFrame({"a": a, "b": b}, index=x.index).dropna()
    order = points.drop_duplicates().sort_values(["a", "b"], ascending=False)
    # Sorted by the one side, a point is on the front where it is better on the other than all
    # before it.
    best = order[order["b"] > order["b"].cummax().shift(fill_value=float("-inf"))]
    on = pd.MultiIndex.from_frame(points).isin(pd.MultiIndex.from_frame(best))
    return pd.Series(on, index=points.index).reindex(x.index, fill_value=False)


def scatter_figure(frame: pd.DataFrame, across: Axis, up: Axis) -> go.Figure:
    """Return one point a system; names and error bars both ways on the front and on what is marked.

    Args:
        frame: "name", "x value", "x low", "x high", the same of y, "group", "front" and "marked".
        across: The first metric.
        up: The second.
    """
    chart = _standing_still()
    sides = {"x ": across, "y ": up}
    labelled = frame["front"] | frame["marked"]
    for group, (symbol, colour) in _MARKS.items():
        rows = frame[(frame["group"] == group) & ~labelled]
        if len(rows):
            marker = {"symbol": symbol, "color": colour, "size": 8}
            chart.add_trace(_cloud(rows, _legend(group), marker, sides))
    front = frame[frame["front"]].sort_values("x value")
    line = {"shape": "vh" if across.higher_is_better else "hv", "dash": "dot", "color": _GREY}
    chart.add_trace(
        go.Scatter(
            x=front["x value"],
            y=front["y value"],
            mode="lines",
            name="front line",
            showlegend=False,
            hoverinfo="skip",
            line=line,
        )
    )
    for name, rows, (symbol, colour) in (
        ("Pareto front", frame[frame["front"]], ("star", "#e11d48")),
        ("Marked", frame[frame["marked"] & ~frame["front"]], ("square", "#9333ea")),
    ):
        if len(rows):
            marker = {"symbol": symbol, "color": colour, "size": 11}
            points = _cloud(rows, name, marker, sides)
            chart.add_trace(
                points.update(
                    mode="markers+text",
                    text=_labels(rows),
                    textposition=_places(rows, frame["x value"]),
                    error_x=_errors(rows, "x "),
                    error_y=_errors(rows, "y "),
                )
            )
    chart.update_layout(height=520)
    chart.update_xaxes(title=figure(across.title, 80))
    chart.update_yaxes(title=figure(up.title, 80))
    return chart


def _places(rows: pd.DataFrame, every: pd.Series[float]) -> list[str]:
    """Return where each name stands: towards the figure's middle.

    Above and below in turn, so that neighbours' names do not lie on each other.
    """
    # Points at one place share a label, and so a turn.
    turns = rows["x value"].rank(method="dense", ascending=False).astype(int)
    middle = (every.min() + every.max()) / 2
    sides = ["left" if value > middle else "right" for value in rows["x value"]]
    return [
        f"{'bottom' if turn % 2 else 'top'} {side}" for turn, side in zip(turns, sides, strict=True)
    ]


def _labels(rows: pd.DataFrame) -> list[str]:
    """Return names, one label for points that lie on each other."""
    together = rows.groupby([rows["x value"].round(6), rows["y value"].round(6)])["name"]
    first = together.transform("first").eq(rows["name"])
    labels = together.transform(lambda names: " = ".join(figure(name, 24) for name in names))
    return labels.where(first, "").tolist()


def _cloud(
    rows: pd.DataFrame, name: str, marker: dict[str, Any], sides: Mapping[str, Axis]
) -> go.Scatter:
    """Return points that say, where they are pointed at, what they are of and how sure.

    Args:
        rows: Of a figure's frame.
        name: As it stands in the legend.
        marker: Colour and shape.
        sides: What the columns of a side begin with -> the side; the first goes across, the second
            up.
    """
    spans_of = [
        [
            span or "no interval"
            for span in spans(rows[f"{side}low"], rows[f"{side}high"], axis.digits)
        ]
        for side, axis in sides.items()
    ]
    said = [
        f"<br>%{{{at}:.{axis.digits}f}} (%{{customdata[{number}]}})"
        for number, (at, axis) in enumerate(zip("xy", sides.values(), strict=False), 1)
    ]
    places = [rows[f"{side}value"] for side in sides]
    return go.Scatter(
        **dict(zip("xy", places, strict=False)),
        mode="markers",
        name=name,
        marker=marker,
        customdata=list(zip(map(figure, rows["name"]), *spans_of, strict=True)),
        hovertemplate=f"%{{customdata[0]}}{''.join(said)}<extra></extra>",
    )


_APART = 0.06  # of the way from one release to the next, so that equal ranks are seen side by side


def rank_figure(frame: pd.DataFrame) -> go.Figure:
    """Return ranks by release, a line a system, the best on top; a gap where a system had no rank.

    Args:
        frame: "release", "name", "rank", "low" and "high": the ranks that the tests allow.
    """
    chart = _standing_still()
    places = {release: place for place, release in enumerate(sorted(frame["release"].unique()))}
    middle = (frame["name"].nunique() - 1) / 2
    for number, (name, rows) in enumerate(frame.groupby("name", sort=False)):
        symbol, colour = _SERIES[number % len(_SERIES)]
        chart.add_trace(
            go.Scatter(
                x=rows["release"].map(places) + _APART * (number - middle),
                y=rows["rank"],
                customdata=rows["release"],
                hovertemplate="release %{customdata}: rank %{y}",
                mode="lines+markers",
                name=_in_lines(str(name)),
                error_y=_errors(rows.rename(columns={"rank": "value"}), ""),
                marker={"symbol": symbol, "size": 9, "color": colour},
                line={"color": colour},
                connectgaps=False,
            )
        )
    # Nobody has a rank yet where only some tasks are scored.
    last = float(frame["high"].max()) if frame["high"].notna().any() else 1.0
    chart.update_layout(height=380)
    chart.update_xaxes(
        title="Release",
        tickvals=list(places.values()),
        ticktext=list(map(str, places)),
        range=[-0.5, len(places) - 0.5],
    )
    chart.update_yaxes(title="Rank", range=[last + 0.5, 0.5], dtick=max(1, round(last / 10)))
    return chart
