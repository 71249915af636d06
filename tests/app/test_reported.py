"""What papers print, at every door: apart, unranked, with its source and caveat; hidden or pinned as
the reader asks.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.reported import ReportedSystem, cited, reported_systems, verdict
from app.site.export import Export
from app.site.tables.base import HIGH, LOW, SD, Column, tabulate
from app.site.tables.board_frame import MEAN, SYSTEM
from app.site.tables.reported import CAVEAT, SOURCE, reported_table, with_reported
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow
from tests.app.conftest import ROOT
from tests.app.grids import grid, grids, table
from tests.app.saying import said
from tests.commands import refuse, succeed
from tests.releases import TASKS

REAL = "imhi-expert"
STRESS, IRF, LEVEL = f"{REAL}/dreaddit", f"{REAL}/irf", f"{REAL}/severity"
POE = PaperRow("poe2020", ["Poe, P.", "Roe, R.", "Doe, D."], 2020, "Of stress", "", "2001.1", "")
ROE = PaperRow("roe2021", ["Roe, R.", "Poe, P."], 2021, "", "", "", "")


def cell(value: float, task: str, system: str = "Sys", **other: object) -> ReportedRow:
    """A printed number; `other` wins."""
    stated = {
        "paper": "poe2020",
        "table": "Table 1",
        "category": "zero-shot",
        "system": system,
        "strategy": "zero-shot",
        "parameters": "7B",
        "trained_on": "",
        "benchmark": REAL,
        "task": task,
        "set": task.rpartition("/")[2],
        "metric": "weighted_f1",
        "printed_metric": "weighted F1",
        "unit": "share",
        "value": value,
        "sd": None,
        "n": None,
        "printed": f"{value}",
        "printed_sd": "",
        "caveat": "",
    }
    return ReportedRow(**stated | other)


TOTAL = {"metric": "", "printed_metric": "CTRS total", "unit": "points", "benchmark": ""}
CELLS = (
    cell(0.8, STRESS),
    cell(0.75, IRF, caveat="the paper's set has 38 rows, ours 35"),
    cell(0.6, LEVEL),
    cell(0.8, STRESS, table="Table 2", sd=0.01, printed_sd="0.01"),
    cell(0.7, STRESS, paper="roe2021", metric="weighted_f1_imhi_rule", caveat="another reading"),
    cell(0.5, STRESS, "Tuned", strategy="tuned", trained_on="irf", table="Table 3"),
    cell(0.9, IRF, "Tuned", strategy="tuned", trained_on="irf", table="Table 3"),
    cell(67.86, "", "Therapist", set="sessions", **TOTAL, table="abstract"),
)
CLAIMS = (
    ClaimRow("poe2020", "Sys beats Tuned", "30", "plainly", 30.0, True, [
        {"table": "Table 1", "system": "Sys", "strategy": "zero-shot", "task": STRESS, "set": "s", "printed": "0.8"},
        {"table": "Table 3", "system": "Tuned", "strategy": "tuned", "task": STRESS, "set": "s", "printed": "0.5"},
    ]),
    ClaimRow("poe2020", "Therapist is better", "11.33", "", None, None, []),
)  # fmt: off


@pytest.fixture(scope="module")
def printed(invented: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board on whose tasks two papers print something."""
    content = replace(invented.content(), papers=(POE, ROE), reported=CELLS, claims=CLAIMS)
    return invented.publish_invented(tmp_path_factory.mktemp("printed"), 1, content)


def figure(site: AppTest) -> dict[str, Any]:
    """The figure that a page draws, as Plotly is given it."""
    [chart] = site.get("plotly_chart")
    return json.loads(chart.proto.spec)


def rows() -> list[ReportedSystem]:
    return reported_systems((POE, ROE), CELLS, "weighted_f1")


def test_two_papers_are_two_rows_and_tables_that_agree_are_one() -> None:
    poe, roe, tuned = rows()
    assert [row.source for row in (poe, roe, tuned)] == [
        "Poe et al. (2020), Table 1, Table 2",
        "Roe and Poe (2021), Table 1",
        "Poe et al. (2020), Table 3",
    ]
    assert poe.by_task[STRESS].sd == 0.01, "of two cells the one with its deviation"
    assert tuned.strategy == "tuned on irf"
    assert len({row.key for row in (poe, roe, tuned)}) == 3
    other = cell(0.81, STRESS, table="Table 4")
    assert len(reported_systems((POE, ROE), (*CELLS, other), "weighted_f1")) == 4, (
        "what a table prints otherwise is a row of its own"
    )


def test_a_number_stands_beside_either_reading_and_beside_nothing_else() -> None:
    assert {row.paper.key for row in rows()} == {"poe2020", "roe2021"}, "with its caveat"
    assert len(reported_systems((POE, ROE), CELLS, "weighted_f1_imhi_rule")) == 3
    assert not reported_systems((POE, ROE), CELLS, "accuracy")
    assert not [c for row in rows() for c in row.cells if c.unit == "points"], "another scale"


def test_a_mean_takes_every_task_and_caveats_are_of_those_asked_for() -> None:
    poe, roe, _ = rows()
    assert poe.mean([STRESS, IRF, LEVEL]) == pytest.approx((0.8 + 0.75 + 0.6) / 3)
    assert roe.mean([STRESS, IRF]) is None
    assert roe.mean([]) is None
    assert poe.caveats([STRESS]) == ""
    assert poe.caveats([STRESS, IRF]) == "the paper's set has 38 rows, ours 35"
    assert (cited(POE), cited(ROE)) == ("Poe et al. (2020)", "Roe and Poe (2021)")
    assert [verdict(claim) for claim in CLAIMS] == ["follows", "claimed; cells not printed"]


class TestOnTheSite:
    def test_the_board_shows_them_below_and_a_reader_can_hide_them(
        self, open_page, printed: Path
    ) -> None:
        site = open_page(data=printed)
        below = grid(site, 1)
        assert below["system"].tolist() == ["Sys", "Sys", "Tuned"]
        assert below[STRESS].tolist() == [0.8, 0.7, 0.5]
        assert below.loc[0, CAVEAT] == "the paper's set has 38 rows, ours 35"
        assert not {"rank", MEAN} & set(below.columns)
        assert "Sys" not in grid(site)[SYSTEM].tolist()
        assert grid(site).equals(grid(open_page(data=printed, source="here"))), "nothing moves"
        assert len(grids(open_page(data=printed, source="here"))) == 1

    def test_a_pinned_row_is_the_line_to_beat(self, open_page, printed: Path) -> None:
        key = rows()[0].key
        site = open_page(data=printed, line=key)
        against = grid(site, 2).set_index("system")
        board = grid(site).set_index(SYSTEM)
        values = board.loc["alpha", [STRESS, IRF, LEVEL]].astype(float)
        assert against.loc["alpha", [STRESS, IRF, LEVEL]].astype(float).tolist() == pytest.approx(
            [values[STRESS] - 0.8, values[IRF] - 0.75, values[LEVEL] - 0.6], abs=2e-3
        )
        assert "Without a test" in said(site)
        assert site.query_params["line"] == key, "the choice stands in the address"

    def test_a_pinned_row_is_a_line_in_the_charts_where_its_paper_prints_each_task(
        self, open_page, printed: Path
    ) -> None:
        at = {"data": printed, "line": rows()[0].key}
        for chart in ("means", "scatter"):
            drawn = figure(open_page(chart=chart, **at))
            (line,) = [
                trace for trace in drawn["data"] if trace["name"].startswith("reported: Sys")
            ]
            mean = pytest.approx((0.8 + 0.75 + 0.6) / 3)
            assert line["x"] == [mean, mean]
        site = open_page(chart="means", **at | {"line": rows()[2].key})
        assert not [t for t in figure(site)["data"] if t["name"].startswith("reported")]
        assert "does not print each of the tasks shown" in said(site)

    def test_an_export_has_them_below_with_their_source(self) -> None:
        board = tabulate(
            [{"rank": 1, SYSTEM: "alpha", STRESS: 0.9}],
            {"rank": "Rank", SYSTEM: "S", STRESS: Column("D")},
        )
        both = with_reported(board, reported_table(rows(), TASKS[:1]))
        assert both.frame[SYSTEM].tolist() == ["alpha", "Sys", "Sys", "Tuned"]
        assert both.frame["rank"].isna().tolist() == [False, True, True, True]
        assert both.frame[SOURCE].tolist()[:2] == ["", "Poe et al. (2020), Table 1, Table 2"]
        export = Export("name", "Title", both, {"release": 1})
        assert "Sys & 0.800 & Poe et al. (2020), Table 1, Table 2" in export.latex()
        lines = list(csv.DictReader(io.StringIO(export.csv())))
        assert [line[SOURCE][:3] for line in lines] == ["", "Poe", "Roe", "Poe"]

    def test_compare_has_a_difference_without_a_test(self, open_page, printed: Path) -> None:
        site = open_page("compare", data=printed, line=rows()[0].key, benchmark=REAL)
        pairs = table(site, "difference")
        less = pairs[pairs["other"].str.startswith("reported: ")]
        assert len(less) == 3
        assert less["difference"].astype(float).tolist() == pytest.approx(
            (less["first"] - less["second"]).astype(float).tolist(), abs=2e-3
        )
        assert not {"p"} & set(less.columns) or less["p"].isna().all()
        assert "the paper's set has 38 rows" in said(site).replace("\\", "")

    @pytest.mark.parametrize("page", ["task", "platforms", "generalization"])
    def test_other_pages_show_them_apart(self, open_page, printed: Path, page: str) -> None:
        site = open_page(page, data=printed, benchmark=REAL, metric="weighted_f1")
        assert "Sys" in table(site, SOURCE)["system"].tolist()
        hidden = open_page(page, data=printed, benchmark=REAL, metric="weighted_f1", reported="0")
        assert not [frame for frame in grids(hidden) if SOURCE in frame]

    def test_a_paper_has_its_tables_as_printed_and_its_claims(
        self, open_page, printed: Path
    ) -> None:
        site = open_page("reported", data=printed)
        claims = table(site, "verdict")
        assert claims["verdict"].tolist() == ["follows", "claimed; cells not printed"]
        assert table(site, "better")["worse"].tolist() == ["0.5 (Tuned, tuned)"]
        crossed = open_page("reported", data=printed, table="Table 3")
        assert len(crossed.get("plotly_chart")) == 1
        totals = open_page("reported", data=printed, table="abstract")
        assert table(totals, "sessions")["sessions"].tolist() == ["67.86"]
        assert not totals.get("plotly_chart")


class TestOnTheCommandLine:
    def test_a_board_has_them_below_unless_they_are_hidden(self, printed: Path) -> None:
        shown = succeed(printed, "leaderboard", "--benchmark", REAL)
        assert "as papers print it" in shown
        assert "0.800 ± 0.010" in shown
        assert "the paper's set has 38 rows, ours 35" in " ".join(shown.split())
        hidden = succeed(printed, "leaderboard", "--benchmark", REAL, "--no-reported")
        assert shown.startswith(hidden)
        assert "as papers print it" not in hidden

    def test_programs_get_them_apart_from_scores(self, printed: Path) -> None:
        cells = json.loads(succeed(printed, "leaderboard", "--format", "json"))
        assert not [c for c in cells if c["system"] in ("Sys", "Tuned", "Therapist")]
        stated = json.loads(succeed(printed, "reported", "--format", "json"))
        assert stated == json.loads(
            json.dumps(
                {
                    "papers": [asdict(POE), asdict(ROE)],
                    "reported": [asdict(c) for c in CELLS],
                    "claims": [asdict(c) for c in CLAIMS],
                }
            )
        )
        lines = list(csv.DictReader(io.StringIO(succeed(printed, "reported", "--format", "csv"))))
        assert [line["printed"] for line in lines] == [c.printed for c in CELLS]
        assert lines[0]["n"] == "", "absent is not 0"

    def test_tables_are_as_printed_and_claims_have_verdicts(self, printed: Path) -> None:
        shown = " ".join(succeed(printed, "reported", "--paper", "poe2020").split())
        assert "CTRS total, points" in shown
        assert "67.86" in shown
        assert "claimed; cells not printed" in shown
        assert "roe" not in shown.casefold().replace("poe", "")
        assert "did you mean 'poe2020'?" in refuse(printed, "reported", "--paper", "poe202")
        assert f"there are: {REAL}" in refuse(printed, "reported", "--benchmark", "none")
        of_board = succeed(printed, "reported", "--benchmark", REAL)
        assert "67.86" not in of_board


def test_every_field_is_documented() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    section = text.split("## reasonboard reported")[1].split("\n## ")[0]
    for kind in (PaperRow, ReportedRow, ClaimRow):
        assert all(f"`{field.name}`" in section for field in fields(kind))


def test_columns_of_reported_values_have_no_interval() -> None:
    whole: pd.DataFrame = reported_table(rows(), TASKS[:3]).whole
    assert not [name for name in whole.columns if name.endswith((LOW, HIGH))]
    assert whole.loc[0, STRESS + SD] == 0.01


class TestOfCommandsBesideTheBoard:
    def test_platforms_have_means_where_each_task_is_printed(self, printed: Path) -> None:
        asked = ("platforms", "--benchmark", REAL, "--metric", "weighted_f1")
        shown = succeed(printed, *asked)
        hidden = succeed(printed, *asked, "--no-reported")
        assert shown.startswith(hidden)
        assert "Poe et al. (2020)" in shown[len(hidden) :]
        scored = json.loads(succeed(printed, *asked, "--format", "json"))
        assert not [row for row in scored if row["system"] == "Sys"], "only where it is asked for"
        both = json.loads(succeed(printed, *asked, "--reported", "--format", "json"))
        assert both[: len(scored)] == scored
        below = both[len(scored) :]
        assert below
        for row in below:
            on = [t.id for t in TASKS if row["part"] in (t.platform, t.annotation)]
            on = [t for t in on if t.startswith(f"{REAL}/")]
            line = next(line for line in rows() if line.key == row["reported"])
            assert row["value"] == pytest.approx(line.mean(on))
            assert (row["n_tasks"], row["low"], row["posts"]) == (len(on), None, None)
            assert row["caveat"] == line.caveats(on)

    def test_generalization_has_what_was_tuned_on_one_data_set(self, printed: Path) -> None:
        asked = ("generalization", "--benchmark", REAL, "--metric", "weighted_f1")
        shown = succeed(printed, *asked)
        assert "0.800 ± 0.010" in shown[len(succeed(printed, *asked, "--no-reported")) :]
        crossed = succeed(printed, *asked, "--cross")
        below = crossed[len(succeed(printed, *asked, "--cross", "--no-reported")) :]
        assert "Tuned" in below
        assert "Sys" not in below, "its tables have nothing that was tuned on one set"
        stated = json.loads(succeed(printed, *asked, "--cross", "--reported", "--format", "json"))
        own = [row for row in stated if row.get("reported")]
        assert [(row["trained_on"], row["task"], row["value"]) for row in own] == [
            ("irf", STRESS, 0.5),
            ("irf", IRF, 0.9),
        ]
        assert "--cross --reported" in refuse(printed, *asked, "--reported", "--format", "json")

    def test_cells_for_programs_are_not_arranged(self, printed: Path) -> None:
        for written in ("json", "csv"):
            why = refuse(printed, "leaderboard", "--ranks", "own", "--format", written)
            assert "`set_low`" in why
        assert "`strategy`" in refuse(
            printed, "leaderboard", "--group", "strategy", "--format", "csv"
        )
