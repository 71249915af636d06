"""Figures as files: SVG, or PDF with its letters embedded, by Matplotlib.

The site draws with Plotly, whose toolbar saves SVG in the reader's browser; on a server Plotly needs
kaleido for that, which drives a whole browser, 150 MB and more that nothing else of the program
needs. Matplotlib writes both formats itself, with the letters that publishers ask for, and is what the
field's figures are made with. It is 35 MB all the same, so it stands in an extra, `figures`, and
neither the site nor the other commands load it. The same figure of the same release is the same file:
no date and no random name stands in it.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib.util import find_spec
from itertools import accumulate
from textwrap import fill
from typing import TYPE_CHECKING, Any

from app.figures.points import BASELINE, PARTIAL, SYSTEM, Ended, Picture, Point
from app.grouping import grouped
from scoring.libraries import NotInstalled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class FigureFormat(StrEnum):
    """The kinds of files, by how their names end."""

    svg = "svg"
    pdf = "pdf"


_MARKS = {
    SYSTEM: ("o", "#2563eb", True),
    BASELINE: ("D", "#b45309", False),
    PARTIAL: ("o", "#0f766e", False),
    "tag": ("o", "#2563eb", True),
    "attribute": ("D", "#b45309", True),
}
"""Group -> its sign, its colour, and whether it is filled: told apart in print, too."""
_GREY = "#475569"
_STYLE: Any = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Letters as TrueType in PDF, where many publishers refuse Type 3, and as shapes in SVG, which
    # then looks alike on every machine.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "reasonboard",
    # A name may have dollar signs, and is no formula.
    "text.parse_math": False,
}
_DATES = {
    FigureFormat.svg: {"Date": None},
    FigureFormat.pdf: {"CreationDate": None, "ModDate": None},
}
_LETTERS = 34
"""Of a name that stand in a line."""


def drawn(picture: Picture, ending: FigureFormat, width: float) -> tuple[bytes, tuple[str, ...]]:
    """Return a figure as a file's bytes, and what its letters could not write.

    Args:
        picture: What it shows.
        ending: Of the file.
        width: In inches.

    Raises:
        NotInstalled: Matplotlib is not there.
    """
    if find_spec("matplotlib") is None:
        raise NotInstalled("a figure", "figures", ("matplotlib",))
    from matplotlib import rc_context

    stream = io.BytesIO()
    about = {"Title": picture.title, "Creator": "ReasonBoard", **_DATES[ending]}
    # What has no letter is drawn as a box, and said rather than refused.
    with rc_context(_STYLE), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chart = _draw_scatter(picture, width) if picture.up else _draw_rows(picture, width)
        chart.savefig(stream, format=ending.value, metadata=about, bbox_inches="tight")
    return stream.getvalue(), tuple(dict.fromkeys(str(warning.message) for warning in caught))


def _draw_rows(picture: Picture, width: float) -> Figure:
    """Draw each point in a row of its own, from the top."""
    names = [fill(point.name, _LETTERS) for point in picture.points]
    # A row is as high as its name has lines.
    lines = [name.count("\n") + 1 for name in names]
    *starts, end = accumulate(lines, initial=0)
    middles = [start + height / 2 for start, height in zip(starts, lines, strict=True)]
    chart, axes = _empty(picture, width, 1.1 + 0.19 * end)
    places = {id(point): middle for point, middle in zip(picture.points, middles, strict=True)}
    for group, points in _groups(picture.points):
        heights = [places[id(point)] for point in points]
        across = [point.across for point in points]
        axes.errorbar(
            [each.value for each in across],
            heights,
            xerr=_arms(across),
            label=group.capitalize(),
            **_look(group),
        )
    if picture.line is not None:
        axes.axvline(
            picture.line.value, color=_GREY, linestyle="--", linewidth=1, label=picture.line.title
        )
    axes.set_yticks(middles, names)
    axes.set_ylim(end, 0)
    _finish(chart, axes, picture)
    return chart


def _draw_scatter(picture: Picture, width: float) -> Figure:
    """Draw one value against another, each point with its name."""
    chart, axes = _empty(picture, width, 0.7 * width)
    for group, points in _groups(picture.points):
        across = [point.across for point in points]
        up = [point.up for point in points if point.up is not None]
        axes.errorbar(
            [each.value for each in across],
            [each.value for each in up],
            xerr=_arms(across),
            yerr=_arms(up),
            label=group.capitalize(),
            **_look(group),
        )
    # Systems that share a place share a label, where two would be read by nobody.
    for (across_at, up_at), names in _by_place(picture.points).items():
        axes.annotate(
            fill("; ".join(names), _LETTERS),
            (across_at, up_at),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=6,
        )
    axes.set_ylabel(fill(picture.up, 48))
    _finish(chart, axes, picture)
    return chart


def _empty(picture: Picture, width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure with its title and axes, and room for what `_finish` says below."""
    from matplotlib.figure import Figure

    entries = len({point.group for point in picture.points}) + (picture.line is not None)
    chart = Figure(figsize=(width, height + 0.17 * entries), layout="constrained")
    axes = chart.subplots()
    axes.set_title(fill(picture.title, 80), loc="left", fontsize=9)
    axes.set_xlabel(fill(picture.across, 70))
    axes.grid(axis="x", color="#e2e8f0", linewidth=0.6)
    axes.set_axisbelow(True)
    return chart, axes


def _finish(chart: Figure, axes: Axes, picture: Picture) -> None:
    """Say below the points what they are, and what whoever has the file alone should know."""
    handles, labels = axes.get_legend_handles_labels()
    chart.legend(
        handles,
        [fill(label, 80) for label in labels],
        loc="outside lower left",  # where no point can be under it
        frameon=False,
        title=fill(" ".join(picture.notes), 110),
        title_fontsize=6,
        alignment="left",
    )


def _groups(points: Sequence[Point]) -> Iterator[tuple[str, list[Point]]]:
    yield from grouped((point.group, point) for point in points).items()


def _by_place(points: Iterable[Point]) -> dict[tuple[float, float], list[str]]:
    """Return place -> the names of those who stand there, equal but for rounding."""
    return grouped(
        ((float(f"{point.across.value:.6g}"), float(f"{point.up.value:.6g}")), point.name)
        for point in points
        if point.up is not None
    )


def _look(group: str) -> dict[str, Any]:
    sign, colour, filled = _MARKS[group]
    return {
        "fmt": sign,
        "color": colour,
        "markerfacecolor": colour if filled else "white",
        "markersize": 4,
        "elinewidth": 0.9,
        "capsize": 2,
    }


def _arms(values: Iterable[Ended]) -> list[list[float]]:
    """Return how far intervals reach to either side; nothing is drawn of one that is not there."""
    known = list(values)
    return [
        [math.nan if each.low is None else each.value - each.low for each in known],
        [math.nan if each.high is None else each.high - each.value for each in known],
    ]
