from __future__ import annotations

import math
from types import ModuleType

import pandas as pd
import pytest

from app.tables import (
    BASELINE,
    MEAN,
    PARTIAL,
    SYSTEM,
    Entry,
    board_entries,
    board_table,
    breakdown_table,
    cell_table,
    class_table,
    ordered,
    system_table,
    task_entries,
    task_table,
)


@pytest.fixture
def entries(invented: ModuleType) -> list[Entry]:
    cells, means = invented.real_board()
    return board_entries(
        invented.SYSTEMS,
        [row for row in means if row.metric == "weighted_f1"],
        [cell for cell in cells if cell.metric == "weighted_f1"],
    )


def names(entries: list[Entry]) -> list[str]:
    return [entry.system.system for entry in entries]


@pytest.mark.parametrize("descending", [True, False])
def test_partial_systems_stand_below_complete_ones(entries: list[Entry], descending: bool) -> None:
    for column in (MEAN, SYSTEM, "imhi-expert/dreaddit", "imhi-expert/severity"):
        complete = [entry.complete for entry in ordered(entries, column, descending=descending)]
        assert complete == sorted(complete, reverse=True), column


@pytest.mark.parametrize("descending", [True, False])
def test_blanks_stand_last_whatever_the_direction(entries: list[Entry], descending: bool) -> None:
    partial = ordered(entries, "imhi-expert/severity", descending=descending)[-2:]
    assert names(partial) == ["=1+1", "half"]
    partial = ordered(entries, "imhi-expert/dreaddit", descending=descending)[-2:]
    assert names(partial) == ["half", "=1+1"]


def test_order_follows_the_column_and_the_direction(entries: list[Entry], invented: ModuleType) -> None:
    by_task = ordered(entries, "imhi-expert/dreaddit", descending=True)
    assert names(by_task)[:4] == ["beta", "alpha", invented.HOSTILE, "majority label"]
    assert names(ordered(entries, MEAN, descending=False))[:4] == ["majority label", invented.HOSTILE, "beta", "alpha"]
    assert names(ordered(entries, SYSTEM, descending=True))[:4] == ["majority label", "beta", "alpha", invented.HOSTILE]


def test_board_keeps_blanks_blank_and_partial_systems_unranked(entries: list[Entry], invented: ModuleType) -> None:
    rows = ordered(entries, MEAN, descending=True)
    frame = board_table(rows, invented.TASKS[:3], invented.METRICS[0], intervals=True).frame.set_index(SYSTEM)
    assert frame["rank"].dropna().to_dict() == invented.RANKS
    doubts = {name: f"{rank}–{rank + 1}" for name, rank in invented.RANKS.items()}
    assert {name: text for name, text in frame["ranks"].items() if text} == doubts
    assert frame[MEAN].to_dict() == {name: round(value, 3) for name, value in invented.MEANS.items()}
    for system, values in invented.WEIGHTED_F1.items():
        shown = [frame.loc[system, task.id] for task in invented.TASKS[:3]]
        assert [None if math.isnan(value) else value for value in shown] == list(values)
    assert frame.loc["half", "imhi-expert/irf interval"] == ""
    assert frame.loc["alpha", "imhi-expert/irf interval"] == "0.601–0.801"
    assert frame.loc["half", "coverage"] == "1 of 3"
    assert frame.loc["alpha", "unparsed"] == "15 of 105"
    assert frame.loc["half", "unparsed"] == "0 of 35", "of the outputs it has, not of those it left out"
    assert frame["notes"].tolist() == [[], [], [], [BASELINE], [PARTIAL], [PARTIAL]]


def test_a_phone_sees_rank_name_and_mean_first(entries: list[Entry], invented: ModuleType) -> None:
    table = board_table(entries, invented.TASKS[:3], invented.METRICS[0], intervals=False)
    assert list(table.frame)[:3] == ["rank", SYSTEM, MEAN]
    assert set(table.frame) == set(table.columns)
    assert sum(table.columns[name]["width"] for name in ("rank", SYSTEM, MEAN)) <= 390 - 32


def test_cells_show_their_signature_and_why_they_are_blank(entries: list[Entry], invented: ModuleType) -> None:
    heads = {task.id: task.title for task in invented.TASKS[:3]}
    frame = cell_table(entries, heads, dict.fromkeys(heads, 3)).frame
    assert len(frame) == len(entries) * 3
    blank = frame[frame["value"].isna()]
    assert set(blank["why_blank"]) == {"task not submitted"}
    assert blank[["n", "unparsed", "absent", "interval"]].replace("", pd.NA).isna().all(axis=None)
    assert frame.loc[0, "signature"] == "weighted_f1|v:1|task:imhi-expert/dreaddit@1|read:reasonboard/1"
    assert (frame.loc[0, "n"], frame.loc[0, "unparsed"]) == (35, 5)
    means = cell_table(entries, {MEAN: "Mean"}, {MEAN: 3}).frame
    assert means.loc[0, "signature"] == "weighted_f1|v:1|mean-of:3 tasks"
    assert means.loc[0, "interval"] == "0.621–0.721"
    assert means["n"].isna().all()


def test_system_table_links_to_web_pages_only(entries: list[Entry], invented: ModuleType) -> None:
    frame = system_table(entries).frame.set_index("System")
    assert frame.loc["alpha", "Link"] == "https://example.org/model"
    assert frame.loc[["beta", invented.HOSTILE], "Link"].isna().all()
    assert frame["Trained on"][["alpha", "beta"]].tolist() == ["none of the tasks' data", "undeclared"]
    assert frame.loc["half", "Trained on"] == "dreaddit, sad"
    assert frame.loc["alpha", "Version"] == "2 (of 3)"


def test_task_table_counts_unparsed_once(invented: ModuleType) -> None:
    cells, _ = invented.real_board()
    severity = [cell for cell in cells if cell.task == "imhi-expert/severity"]
    rows = ordered(task_entries(invented.SYSTEMS, severity), "mae", descending=False)
    frame = task_table(rows, invented.METRICS[:2], "weighted_f1", intervals=False).frame.set_index(SYSTEM)
    assert list(frame.index) == ["=1+1", "alpha", "beta", invented.HOSTILE, "majority label", "half"]
    assert frame.loc["alpha", "unparsed"] == "5 of 35"
    assert frame.loc["half", "unparsed"] == ""


def test_breakdown_has_intervals_and_counts(invented: ModuleType) -> None:
    entries = task_entries(invented.SYSTEMS, [])
    table = breakdown_table(invented.content().breakdowns, entries, invented.METRICS[0])
    assert table.frame.iloc[0].to_dict() == {
        "attribute": "factor: belongingness", SYSTEM: "alpha", "value": 0.7, "interval": "0.500–0.900", "n": 20
    }  # fmt: skip
    assert table.frame["n"].tolist() == [20, 20, 15, 15]
    assert breakdown_table([], entries, invented.METRICS[0]).frame.empty


def test_class_shares_are_of_all_examples(invented: ModuleType) -> None:
    assert class_table(invented.TASKS[2]).frame["share"].tolist() == pytest.approx([100 * n / 35 for n in (20, 10, 5)])
    nobody = invented.task("imhi-expert/empty", classes={"no": 0, "yes": 0})
    assert class_table(nobody).frame["share"].isna().all()
