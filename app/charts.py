"""The boards' figures: data in, a Plotly figure out. Each stands below a table that says the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from app.tables import BASELINE, MEAN, PARTIAL, Entry
from app.text import decimals, figure, interval
from submissions.store.release_rows import ConfusionRow, MetricRow, TaskRow

UNPARSED = "unparsed"
_ROW = 28
_MARKS = {"": ("circle", "#3b82f6"), BASELINE: ("diamond-open", "#d97706"), PARTIAL: ("circle-open", "#0d9488")}
"""Shape and colour of each kind; the colours have 3:1 contrast on the light and on the dark page."""


@dataclass(frozen=True)
class Confusion:
    """How often one system answered what.

    Attributes:
        counts: Rows: gold labels; columns: answers, "unparsed" last.
        shares: Each row of `counts` over its sum; NaN in a row without examples.
    """

    counts: pd.DataFrame
    shares: pd.DataFrame


def confusion(task: TaskRow, rows: Sequence[ConfusionRow]) -> Confusion:
    """The matrix over the task's labels in their declared order."""
    names = [label["name"] for label in task.labels]
    counts = pd.DataFrame(0, index=names, columns=[*names, UNPARSED])
    for row in rows:
        counts.loc[row.gold, row.predicted] = row.n
    return Confusion(counts, counts.div(counts.sum(axis=1).where(lambda n: n > 0), axis=0))


def confusion_figure(task: TaskRow, matrix: Confusion) -> go.Figure:
    """A heat map: colour is the share of the gold label's examples, text the count and that share."""
    titles = {label["name"]: figure(label["title"], 24) for label in task.labels}
    columns = [titles.get(name, figure(name)) for name in matrix.counts.columns]
    rows = [titles.get(name, figure(name)) for name in matrix.counts.index]
    text = [
        [f"{n}" if pd.isna(share) else f"{n}<br>{share:.0%}" for n, share in zip(counts, shares, strict=True)]
        for counts, shares in zip(matrix.counts.to_numpy(), matrix.shares.to_numpy(), strict=True)
    ]
    heat = go.Heatmap(
        z=matrix.shares.to_numpy(), x=columns, y=rows, text=text, texttemplate="%{text}", zmin=0, zmax=1,
        colorscale=[[0, "#eff6ff"], [1, "#60a5fa"]], xgap=2, ygap=2,
        textfont={"color": "#0b1220"},
        colorbar={"title": {"text": "share"}, "tickformat": ".0%", "thickness": 12},
        hovertemplate="gold %{y}<br>answered %{x}<br>%{z:.1%} of the gold label's examples<extra></extra>",
    )  # fmt: skip
    chart = go.Figure(heat)
    chart.update_layout(height=160 + 52 * len(rows), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    chart.update_xaxes(title="System's answer", side="bottom", type="category", fixedrange=True)
    chart.update_yaxes(title="Gold label", autorange="reversed", type="category", fixedrange=True)
    return chart


def mean_figure(entries: Sequence[Entry], metric: MetricRow) -> go.Figure:
    """Means with their 95% intervals, in the table's order from the top."""
    shown = [entry for entry in entries if entry.value(MEAN) is not None]
    chart = go.Figure()
    for mark, (symbol, colour) in _MARKS.items():
        rows = [row for row, entry in enumerate(shown) if _mark(entry) == mark]
        if rows:
            points = _points(shown, rows, decimals(metric))
            points.update(name=mark or "system", marker={"symbol": symbol, "size": 10, "color": colour})
            chart.add_trace(points)
    chart.update_layout(
        height=120 + _ROW * len(shown), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    chart.update_xaxes(title=f"{figure(metric.title)}, mean of tasks", fixedrange=True)
    chart.update_yaxes(
        tickvals=list(range(len(shown))), ticktext=[figure(entry.system.system, 28) for entry in shown],
        range=[len(shown) - 0.5, -0.5], fixedrange=True, zeroline=False,
    )  # fmt: skip
    return chart


def _points(entries: Sequence[Entry], rows: Sequence[int], digits: int) -> go.Scatter:
    """Systems of one kind, each at its row: two long names that are cut alike stay two rows."""
    frame = pd.DataFrame(
        [(mean.value, mean.low, mean.high) for row in rows if (mean := entries[row].mean)],
        columns=["value", "low", "high"], dtype=float,
    )  # fmt: skip
    above, below = (frame["high"] - frame["value"]).fillna(0), (frame["value"] - frame["low"]).fillna(0)
    names = [figure(entries[row].system.system) for row in rows]
    spans = [interval(low, high, digits) for low, high in zip(frame["low"], frame["high"], strict=True)]
    return go.Scatter(
        x=frame["value"], y=list(rows), mode="markers", showlegend=True,
        error_x={"type": "data", "symmetric": False, "thickness": 1.5, "array": above, "arrayminus": below},
        customdata=list(zip(names, spans, strict=True)),
        hovertemplate=f"%{{customdata[0]}}<br>%{{x:.{digits}f}} (%{{customdata[1]}})<extra></extra>",
    )  # fmt: skip


def _mark(entry: Entry) -> str:
    """A partial baseline is drawn as partial: that its mean leaves out tasks matters more."""
    return (entry.notes(partial=True) or [""])[-1]
