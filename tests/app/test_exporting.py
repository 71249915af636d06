"""What leaves a page: the table as it is seen, its intervals, and what makes it citable."""

from __future__ import annotations

import csv
import io
import json
from types import ModuleType

import pandas as pd
import pytest
import streamlit as st

from app.exporting import Export, file_name, latex
from app.tables import Table

HOSTILE = "=1+1 & 50% of_x | {y} <b>"


@pytest.fixture
def export() -> Export:
    frame = pd.DataFrame({
        "rank": pd.array([1, None], dtype="Int64"), "system": [HOSTILE, "plain"], "mean": [-3.5, float("nan")],
        "mean low": [-3.75, float("nan")], "mean high": [-3.25, float("nan")], "interval": ["-3.75 to -3.25", ""],
        "notes": [["partial"], []],
    })  # fmt: skip
    columns = {"rank": "Rank", "system": "System", "mean": st.column_config.NumberColumn("Mean"), "notes": "Notes"}
    table = Table(frame, columns, ["rank", "system", "mean", "interval", "notes"], {"mean": 2})
    about = {
        "benchmark": "imhi",
        "metric": "bartscore",
        "release": 7,
        "release_date": "2026-01-31",
        "address": "http://x/?a=b&c",
    }
    return Export("name", "BARTScore, imhi", table, about)


def test_csv_has_the_order_shown_numbers_as_numbers_and_no_formula(export: Export) -> None:
    rows = list(csv.DictReader(io.StringIO(export.csv())))
    assert [row["system"] for row in rows] == [f"'{HOSTILE}", "plain"]
    assert float(rows[0]["mean"]) == -3.5, "a number keeps its minus sign"
    assert [rows[0]["mean low"], rows[0]["mean high"]] == ["-3.75", "-3.25"], "intervals though they are not drawn"
    assert [rows[1]["rank"], rows[1]["mean"], rows[1]["mean low"]] == ["", "", ""], "a blank stays blank"
    assert {(row["release"], row["metric"]) for row in rows} == {("7", "bartscore")}


def test_json_has_null_for_a_blank_and_says_what_it_is_of(export: Export) -> None:
    read = json.loads(export.json())
    assert read["about"]["release"] == 7
    assert read["rows"][0] == {
        "rank": 1, "system": HOSTILE, "mean": -3.5, "mean low": -3.75, "mean high": -3.25, "interval": "-3.75 to -3.25",
        "notes": "partial",
    }  # fmt: skip
    assert (read["rows"][1]["rank"], read["rows"][1]["mean"]) == (None, None)


def test_markdown_and_latex_join_a_number_with_its_interval(export: Export) -> None:
    head, line, first, second, *_ = export.markdown().splitlines()
    assert head == "| Rank | System | Mean | Notes |"
    assert line == "| --- | --- | --- | --- |"
    assert first == "| 1 | =1+1 & 50% of_x \\| {y} <b> | -3.50 [-3.75 to -3.25] | partial |"
    assert second == "|  | plain |  |  |"
    written = export.latex()
    assert r"1 & =1+1 \& 50\% of\_x | \{y\} \textless{}b\textgreater{} & -3.50 [-3.75 to -3.25] & partial \\" in written
    assert r"\begin{tabular}{rlrl}" in written
    assert written.count("\\\\\n") == 3


def test_a_view_can_be_cited_with_its_release_and_address(export: Export) -> None:
    cited = export.bibtex()
    assert "ReasonBoard, release 7" in cited
    assert "url = {http://x/?a=b&c}" in cited
    assert "date = {2026-01-31}" in cited


def test_nothing_in_a_name_is_latex() -> None:
    assert latex(r"\input{x}~^$") == r"\textbackslash{}input\{x\}\textasciitilde{}\textasciicircum{}\$"


def test_file_names_suit_every_system(invented: ModuleType) -> None:
    assert file_name("a/b", invented.HOSTILE, 3).count("/") == 0
    assert file_name("imhi", "weighted_f1", 3) == "imhi-weighted_f1-3"
