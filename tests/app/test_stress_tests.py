"""What fools the metrics: on the page, in the heads, as a table, and by HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from app.site.charts import stress_figure
from app.site.tables.stress import fooled_by, perturbation_table, stress_panels, stress_table
from scoring.stress import CONSTANT, GROUPS, PERTURBATIONS, RANDOM
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from submissions.store.released.rated_rows import StressRow
from tests.app.grids import above, table
from tests.app.saying import said
from tests.live import live

REAL = "imhi-expert"
SHARES = {
    "bartscore": {"copy": 0.1, "real_and_copy": 0.2, "first_half": 0.9, "swapped_symptom": None},
    "words": {"copy": 0.45, "real_and_copy": 0.0, "first_half": 1.0, "swapped_symptom": 0.5},
    CONSTANT: dict.fromkeys(("copy", "real_and_copy", "first_half", "swapped_symptom"), 0.0),
    RANDOM: dict.fromkeys(("copy", "real_and_copy", "first_half", "swapped_symptom"), 0.5),
}
TITLES = {"bartscore": "BARTScore recall", "words": "Words"}


def stress_row(metric: str, perturbation: str, share: float | None) -> StressRow:
    ends = (None, None) if share is None else (max(0.0, share - 0.1), min(1.0, share + 0.1))
    return StressRow(
        REAL,
        f"{REAL}/dreaddit",
        metric,
        perturbation,
        "references" if metric != "bartscore" else "systems",
        share,
        *ends,
        "" if share is None else "Wilson",
        4 if share is None else 60,
        4 if share is None else 60,
        f"{metric}|made:{perturbation}/1",
        "too few" if share is None else "",
    )


ROWS = tuple(
    stress_row(metric, perturbation, share)
    for metric, shares in SHARES.items()
    for perturbation, share in shares.items()
)


@pytest.fixture
def data(invented: ModuleType, tmp_path: Path) -> Path:
    content = replace(invented.content(), stress_tests=ROWS)
    return Path(invented.publish_invented(tmp_path, 1, content))


def test_what_a_metric_wins_least_of_fools_it() -> None:
    assert fooled_by(ROWS, "bartscore") == "Copy of the post (wins 10%) and 1 more"
    # The interval of .45 reaches one half: that is no finding.
    assert fooled_by(ROWS, "words") == "Real + copy (wins 0%)"
    assert fooled_by(ROWS, "chrf") == "", "it was not tried"
    mild = [stress_row("chrf", "copy", 0.45), stress_row("chrf", "first_half", 0.9)]
    assert fooled_by(mild, "chrf") == "nothing, beyond doubt (of Copy of the post it wins 45%)"
    exact = [replace(mild[1], value=0.3, low=None, high=None)]
    assert fooled_by(exact, "chrf").startswith("nothing"), "without an interval there is doubt"
    later = [replace(mild[0], perturbation="of *later*", value=0.0, high=0.1)]
    assert fooled_by(later, "chrf") == "of *later* (wins 0%)"


def test_the_heat_map_has_metrics_down_yardsticks_last_and_perturbations_by_kind() -> None:
    panels = stress_panels(ROWS, TITLES)
    assert [panel.title for panel in panels] == list(GROUPS)
    assert [list(panel.shares) for panel in panels] == [
        ["Copy of the post"],
        ["First half", "Symptom swapped"],
        ["Real + copy"],
    ]
    altered = panels[1].shares
    assert list(altered.index) == ["BARTScore recall", "Words", "(constant)", "(random)"]
    assert altered["First half"].tolist() == [0.9, 1.0, 0.0, 0.5]
    assert np.isnan(altered.loc["BARTScore recall", "Symptom swapped"])
    assert (
        panels[0].said.loc["BARTScore recall", "Copy of the post"]
        == "wins 0.10 (0.00–0.20) of 60 posts, systems' explanations"
    )
    assert stress_panels([], TITLES) == []


def test_the_figure_has_numbers_in_cells_and_intervals_where_pointed_at() -> None:
    [first, *_] = stress_panels(
        [replace(row, metric="m" if row.metric == "words" else row.metric) for row in ROWS],
        {**TITLES, "m": "<b>M</b>"},
    )
    [heat] = stress_figure(first).data
    assert list(heat.y) == ["BARTScore<br>recall", "&lt;b&gt;M&lt;/b&gt;", "(constant)", "(random)"]
    assert [row[0] for row in heat.text] == ["0.10", "0.45", "0.00", "0.50"]
    assert "(0.00–0.20) of 60 posts" in heat.hovertext[0][0]
    assert "<b>" not in heat.hovertext[1][0]
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert [stop for stop, _ in heat.colorscale] == [0, 0.5, 1], "one half is neither colour"


def test_the_table_says_the_same_with_intervals() -> None:
    frame = stress_table(ROWS, TITLES).drawn().set_index("metric")
    assert list(frame.index) == ["BARTScore recall", "Words", "(constant)", "(random)"]
    row = frame.loc["BARTScore recall"]
    assert row["fooled"] == "Copy of the post (wins 10%) and 1 more"
    assert row["tried"] == "systems' explanations"
    assert (row["copy"], row["copy on"]) == (0.1, "0.00–0.20, n = 60")
    assert (np.isnan(row["swapped_symptom"]), row["swapped_symptom on"]) == (True, "too few")
    assert frame.loc["(constant)", "fooled"] == ""


def test_each_perturbation_is_explained_by_an_example() -> None:
    frame = perturbation_table().drawn()
    assert frame["title"].tolist() == [each.title for each in PERTURBATIONS]
    assert frame["example"].map(bool).all()


def test_the_page_draws_it_beside_what_metrics_correlate_with(open_page, data: Path) -> None:
    site = open_page("validity", data=data, rated="alpha")
    assert "A tie is a loss" in said(site)
    figures = [
        json.loads(chart.proto.spec)["data"][0]["type"] for chart in site.get("plotly_chart")
    ]
    assert figures.count("heatmap") == len(GROUPS)
    by_metric = table(site, "fooled").set_index("metric")
    assert "value" in by_metric, "beside the agreement with people"
    assert by_metric.loc["BARTScore recall", "fooled"] == "Copy of the post (wins 10%) and 1 more"
    assert by_metric.loc["A human rater", "fooled"] == ""
    assert table(site, "copy on")["metric"].tolist()[-2:] == ["(constant)", "(random)"]
    assert table(site, "example")["title"].tolist()[0] == PERTURBATIONS[0].title


def test_without_any_it_says_how_to_get_them(open_page) -> None:
    site = open_page("validity")
    assert "have not been tried on explanations that are spoilt on purpose" in said(site)
    assert "fooled" not in table(site, "metric")
    # A benchmark without explanation metrics has nothing to try.
    assert "spoilt" not in said(open_page("validity", benchmark="demo"))


def test_a_metrics_head_on_the_board_says_what_fools_it(open_page, data: Path) -> None:
    site = open_page("leaderboard", data=data, benchmark=REAL, metric="bartscore")
    told = said(site).replace("\\", "")
    assert "Fooled by: Copy of the post (wins 10%) and 1 more." in told
    heads = set(above(site).values())
    assert any("; fooled by: Copy of the post (wins 10%) and 1 more" in head for head in heads)
    plain = open_page("leaderboard", benchmark=REAL, metric="bartscore")
    assert "ooled by" not in said(plain)


def test_by_http_a_release_gives_all_of_it(data: Path, tasks: Mapping[str, Task]) -> None:
    with live(DataFolder(data), tasks) as board:
        every = board.anybody.get("/stress-tests").json["stress_tests"]
        assert every == [asdict(row) for row in ROWS]
        assert board.anybody.get(f"/stress-tests?benchmark={REAL}").json["stress_tests"] == every
        assert board.anybody.get("/stress-tests?benchmark=demo").json["stress_tests"] == []
        assert board.anybody.get("/stress-tests?benchmark=none").status == 404
