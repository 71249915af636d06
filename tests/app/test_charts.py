from __future__ import annotations

from types import ModuleType

import pandas as pd
import pytest

from app.site.charts import (
    Axis,
    Mark,
    confusion_figure,
    crossing_figure,
    interval_figure,
    on_front,
    rank_figure,
    scatter_figure,
)
from app.site.tables.confusion import confusion

UP, DOWN = Axis("F1", 3, True), Axis("Error", 3, False)


def test_confusion_counts_shares_and_unparsed(invented: ModuleType) -> None:
    severity, alpha = invented.TASKS[2], invented.SYSTEMS[0]
    rows = [
        row
        for row in invented.content().confusions
        if (row.system, row.task) == (alpha.id, severity.id)
    ]
    matrix = confusion(severity, rows)
    assert matrix.counts.to_numpy().tolist() == [[15, 3, 0, 2], [0, 0, 7, 3], [0, 0, 5, 0]]
    assert matrix.shares.loc["none", "none"] == 15 / 20
    assert matrix.shares.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    figure = confusion_figure(severity, matrix)
    assert list(figure.data[0].x) == ["None", "Mild", "Severe", "unparsed"]
    assert figure.data[0].text[0][0] == "15<br>75%"


def test_a_label_without_examples_has_no_share(invented: ModuleType) -> None:
    assert confusion(invented.TASKS[2], []).shares.isna().all(axis=None)


def test_a_heat_map_leaves_a_phone_room_for_its_cells() -> None:
    sets = ["a data set with a long name", "<b>bold</b> one", "irf"]
    chart = crossing_figure(pd.DataFrame([[0.5] * 3] * 2, index=sets[:2], columns=sets))
    assert list(chart.data[0].x) == [
        "a data set<br>with a long<br>name",
        "&lt;b&gt;bold&lt;/b&gt;<br>one",
        "irf",
    ]
    assert not chart.data[0].showscale, "the cells have the numbers"


def means(*rows: tuple[str, float, float, float, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "group"])


def test_means_are_drawn_in_the_tables_order_with_names_as_text() -> None:
    frame = means(
        ("alpha", 0.7, 0.6, 0.9, "system"),
        ("<b>bold</b>", 0.5, 0.4, 0.6, "partial"),
        ("x", 0.3, 0.2, 0.4, "system"),
    )
    frame["ruler"] = [0.4, 0.2, float("nan")]
    figure = interval_figure(frame, "F1", 3, [Mark("ruler", "word <i>count</i>", "line-ns-open")])
    labels = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    assert labels == {0: "alpha", 1: "&lt;b&gt;bold&lt;/b&gt;", 2: "x"}
    assert [trace.name for trace in figure.data] == [
        "System",
        "Partial",
        "word &lt;i&gt;count&lt;/i&gt;",
    ]
    assert list(figure.data[0].x) == [0.7, 0.3]
    assert list(figure.data[0].error_x.array) == pytest.approx([0.2, 0.1])
    assert list(figure.data[0].error_x.arrayminus) == pytest.approx([0.1, 0.1])
    beside = figure.data[2]  # each row has its own to be compared with, or none
    assert (list(beside.x), list(beside.y)) == ([0.4, 0.2], [0, 1])
    assert len({trace.marker.symbol for trace in figure.data}) == 3, "groups differ by shape too"


def dominated(points: list[tuple[float, float]], across: Axis, up: Axis) -> list[bool]:
    """By the definition, pair by pair."""
    a, b = (1 if axis.higher_is_better else -1 for axis in (across, up))
    return [
        not any(
            a * p >= a * x and b * q >= b * y and (a * p > a * x or b * q > b * y)
            for p, q in points
        )
        for x, y in points
    ]


@pytest.mark.parametrize("across", [UP, DOWN])
@pytest.mark.parametrize("up", [UP, DOWN])
def test_the_front_is_what_nobody_dominates(across: Axis, up: Axis) -> None:
    points = [
        (0.1, 0.9),
        (0.5, 0.5),
        (0.5, 0.5),
        (0.9, 0.1),
        (0.4, 0.4),
        (0.5, 0.3),
        (0.9, 0.1),
        (0.2, 0.9),
        (0.1, 0.1),
    ]
    frame = pd.DataFrame(points, columns=["x", "y"])
    assert on_front(frame["x"], frame["y"], across, up).tolist() == dominated(points, across, up)


def test_a_point_without_a_value_is_not_on_the_front() -> None:
    x, y = pd.Series([0.5, float("nan"), 0.4]), pd.Series([0.5, 0.9, float("nan")])
    assert on_front(x, y, UP, UP).tolist() == [True, False, False]


def scatter(front: list[bool], marked: list[bool]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"name": ["a", "b", "<c>"], "group": ["system", "trivial baseline", "system"]}
    )
    for side in ("x", "y"):
        frame[f"{side} value"], frame[f"{side} low"], frame[f"{side} high"] = (
            [0.5, 0.6, 0.7],
            0.4,
            0.8,
        )
    return frame.assign(front=front, marked=marked)


def test_error_bars_stand_on_the_front_and_on_what_is_marked() -> None:
    figure = scatter_figure(scatter([False, False, True], [True, False, False]), UP, DOWN)
    named = {trace.name: trace for trace in figure.data}
    assert list(named["Pareto front"].text) == ["&lt;c&gt;"]
    assert list(named["Pareto front"].error_y.arrayminus) == pytest.approx([0.3])
    assert list(named["Marked"].text) == ["a"]
    assert named["Trivial baseline"].error_x.array is None


def test_ranks_have_the_best_on_top_and_gaps_where_there_was_none() -> None:
    rows = [
        (1, "a", 1.0, 1.0, 2.0),
        (2, "a", None, None, None),
        (1, "b", 2.0, 1.0, 2.0),
        (2, "b", 1.0, 1.0, 1.0),
    ]
    figure = rank_figure(pd.DataFrame(rows, columns=["release", "name", "rank", "low", "high"]))
    low, high = figure.layout.yaxis.range
    assert low > high
    assert pd.isna(figure.data[0].y[1])
    assert not figure.data[0].connectgaps


def test_no_name_in_the_legend_of_ranks_is_cut() -> None:
    long = "A system whose name says how it was trained, and on what, and when"
    ranks = pd.DataFrame(
        [{"release": n, "name": long, "rank": 1.0, "low": 1.0, "high": 2.0} for n in (1, 2)]
    )
    (line,) = rank_figure(ranks).data
    assert line.name.replace("<br>", " ") == long


def test_no_label_of_a_figure_is_cut() -> None:
    long = "BARTScore of the whole text, from the reference to the text"
    frame = means((long, 0.7, 0.6, 0.9, "system"), ("x", 0.3, 0.2, 0.4, "system"))
    frame["human"] = 0.9
    human = "A human, on the same texts and against the same means"
    figure = interval_figure(frame, "r", 2, [Mark("human", human, "diamond-open")])
    (row, _) = figure.layout.yaxis.ticktext
    assert row.replace("<br>", " ") == long
    assert max(map(len, row.split("<br>"))) <= 30
    assert (figure.layout.showlegend, figure.data[-1].name) == (True, human)
