"""What leaves a page: the table as it is seen, its intervals, and what makes it citable."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest
import streamlit as st
from markdown_it import MarkdownIt

from app.escaping import latex
from app.signatures import joined
from app.site.export import Export, caveats, file_name
from app.site.tables.base import Table
from app.text import p_value, size
from submissions.csv_export import neutralise

SIGNED = "bartscore|v:1|task:imhi/dr@1+imhi/irf@2|read:r/1; words|v:1|task:imhi/dr@1|read:r/1"
HOSTILE = "=1+1 & 50% of_x | {y} <b>"


@pytest.fixture
def export() -> Export:
    frame = pd.DataFrame(
        {
            "rank": pd.array([1, None], dtype="Int64"),
            "system": [HOSTILE, "plain"],
            "mean": [-3.50123456789, float("nan")],
            "mean low": [-3.75, float("nan")],
            "mean high": [-3.25, float("nan")],
            "interval": ["-3.75 to -3.25", ""],
            "notes": [["partial"], []],
        }
    )
    columns = {
        "rank": "Rank",
        "system": "System",
        "mean": st.column_config.NumberColumn("Mean"),
        "notes": "Notes",
    }
    table = Table(frame, columns, ["rank", "system", "mean", "interval", "notes"], {"mean": 2})
    about = {
        "benchmark": "imhi",
        "metric": "bartscore",
        "release": 7,
        "release_date": "2026-01-31",
        "signature": SIGNED,
        "address": "http://x/?a=b&c",
    }
    return Export("name", "BARTScore, imhi", table, about)


def test_csv_has_the_order_shown_numbers_as_numbers_and_no_formula(export: Export) -> None:
    rows = list(csv.DictReader(io.StringIO(export.csv())))
    assert [row["system"] for row in rows] == [f"'{HOSTILE}", "plain"]
    assert float(rows[0]["mean"]) == -3.50123456789, (
        "a number keeps its minus sign, and all that the release has of it"
    )
    assert [rows[0]["mean low"], rows[0]["mean high"]] == [
        "-3.75",
        "-3.25",
    ], "intervals though they are not drawn"
    assert [rows[1]["rank"], rows[1]["mean"], rows[1]["mean low"]] == [
        "",
        "",
        "",
    ], "a blank stays blank"
    assert {(row["release"], row["metric"]) for row in rows} == {("7", "bartscore")}


def test_a_deviation_over_runs_is_in_every_format(export: Export) -> None:
    frame = export.table.whole.assign(**{"mean sd": [0.0421, float("nan")]})
    table = replace(export.table, whole=frame)
    about = caveats("T", table, 7, "2026-01-31", invented=False, demonstration=False)
    repeated = replace(export, table=table, about={**export.about, **about})
    assert r"-3.50 ± 0.04 [-3.75 to -3.25]" in repeated.markdown().replace("−", "-").replace(
        "–", " to "
    )
    assert r"$\pm$" in repeated.latex()
    assert "standard deviation over runs" in repeated.latex()
    assert next(csv.DictReader(io.StringIO(repeated.csv())))["mean sd"] == "0.0421"
    assert json.loads(repeated.json())["rows"][0]["mean sd"] == 0.0421


def test_json_has_null_for_a_blank_and_says_what_it_is_of(export: Export) -> None:
    read = json.loads(export.json())
    assert read["about"]["release"] == 7
    assert read["rows"][0] == {
        "rank": 1,
        "system": HOSTILE,
        "mean": -3.50123456789,
        "mean low": -3.75,
        "mean high": -3.25,
        "interval": "-3.75 to -3.25",
        "notes": "partial",
    }
    assert (read["rows"][1]["rank"], read["rows"][1]["mean"]) == (None, None)


def test_markdown_and_latex_join_a_number_with_its_interval(export: Export) -> None:
    head, line, first, second, *_ = export.markdown().splitlines()
    assert head == "| Rank | System | Mean | Notes |"
    assert line == "| --- | --- | --- | --- |"
    assert first == r"| 1 | =1+1 \& 50% of\_x \| {y} \<b\> | -3.50 [-3.75 to -3.25] | partial |"
    assert second == "|  | plain |  |  |"
    written = export.latex()
    assert (
        r"1 & =1+1 \& 50\% of\_x \textbar{} \{y\} \textless{}b\textgreater{} & -3.50 [-3.75 to"
        r" -3.25] & partial \\" in written
    )
    assert r"\begin{tabular}{rlrl}" in written
    assert written.count("\\\\\n") == 3


def test_what_people_read_has_no_empty_column_and_no_two_heads_alike(export: Export) -> None:
    twice = export.table.frame.assign(
        size=[float("nan"), None], why=["", ""], again=["x", ""], zero=[0.0, 0.0]
    )
    heads = {
        **export.table.columns,
        "size": "Parameters",
        "why": "Why",
        "again": "System",
        "zero": "Zero",
    }
    names = ["size", *export.table.names, "why", "again", "zero"]
    wide = replace(export, table=replace(export.table, whole=twice, columns=heads, shown=names))
    assert (
        wide.markdown().splitlines()[0]
        == "| Rank | System (system) | Mean | Notes | System (again) | Zero |"
    )
    assert r"\begin{tabular}{rlrllr}" in wide.latex()
    assert {"size", "why", "again"} <= set(next(csv.DictReader(io.StringIO(wide.csv()))))
    assert json.loads(wide.json())["rows"][0]["size"] is None


LIVE = [
    "![x](https://evil.example/i.png)",
    "[x](javascript:alert(1))",
    "<img src=https://evil.example/i.png>",
    "![7](https://evil.example)",
    "[-1](javascript:x)",
    "\\![x](y)",
    "[x]: https://evil.example",
    "`x` **y** _z_",
    "a|b",
]


@pytest.mark.parametrize("name", LIVE)
def test_markdown_fetches_and_leads_nowhere(export: Export, name: str) -> None:
    """As `markdown-it-py` reads it, with GitHub's tables."""
    hostile = replace(
        export, table=replace(export.table, whole=export.table.frame.assign(system=[name, "plain"]))
    )
    read = MarkdownIt("commonmark").enable("table").parse(hostile.markdown().split("\n\n")[0])
    inside = [child for token in read for child in token.children or []]
    assert {token.type for token in [*read, *inside]} <= {
        *(
            f"{part}_{end}"
            for part in ("table", "thead", "tbody", "tr", "th", "td")
            for end in ("open", "close")
        ),
        "inline",
        "text",
        "text_special",
    }
    assert name.replace("\u2060", "") in "".join(token.content for token in inside).replace(
        "\u2060", ""
    )


def test_a_view_can_be_cited_with_its_release_and_address(export: Export) -> None:
    cited = export.bibtex()
    assert "ReasonBoard, release 7" in cited
    assert "url = {http://x/?a=b&c}" in cited
    assert "date = {2026-01-31}" in cited


def test_every_form_carries_the_signatures(export: Export) -> None:
    first, second = SIGNED.split("; ")
    assert {row["signature"] for row in csv.DictReader(io.StringIO(export.csv()))} == {SIGNED}
    assert json.loads(export.json())["about"]["signature"] == SIGNED
    assert export.markdown().endswith(f"; signature: `{first}`; signature: `{second}`\n")
    lines = export.latex().splitlines()
    assert [line for line in lines if "|v:1|" in line] == [
        f"% signature: {first}",
        f"% signature: {second}",
    ]


def test_signatures_that_differ_only_in_their_task_are_one() -> None:
    each = ["bartscore|v:1|task:imhi/dr@1|read:r/1", "words|v:1|task:imhi/dr@1|read:r/1", ""]
    assert joined([*each, "bartscore|v:1|task:imhi/irf@2|read:r/1", *each]) == SIGNED
    assert joined(["f1|v:1|task:a@1|read:r/1", "f1|v:2|task:a@1|read:r/1"]).count("task:a@1") == 2
    assert joined(["human|ratings:x", "human|ratings:x"]) == "human|ratings:x"


def test_a_table_is_drawn_rounded_without_a_minus_zero_and_exported_whole() -> None:
    frame = pd.DataFrame({"mean": [-0.00012345, 0.98765], "mean low": [-0.0004, 0.5]})
    table = Table(frame, {}, None, {"mean": 3})
    assert str(table.drawn()["mean"].tolist()) == "[0.0, 0.988]"
    assert str(table.drawn()["mean low"].tolist()) == "[0.0, 0.5]"
    assert json.loads(Export("n", "t", table, {}).json())["rows"][0]["mean"] == -0.00012345
    assert "| 0.000 |" in Export("n", "t", table, {}).markdown()


def test_nothing_in_a_name_is_latex() -> None:
    assert (
        latex(r"\input{x}~^$") == r"\textbackslash{}input\{x\}\textasciitilde{}\textasciicircum{}\$"
    )


def test_file_names_suit_every_system(invented: ModuleType) -> None:
    assert file_name("a/b", invented.HOSTILE, 3).count("/") == 0
    assert file_name("imhi", "weighted_f1", 3) == "imhi-weighted_f1-3"


@pytest.mark.parametrize(
    "own", ["-3.75 to -3.25", "-0.12", "+0.3", "-1e-05", "-0.050 against 0.300", "-3.1%"]
)
def test_csv_leaves_our_own_numbers_in_texts_alone(own: str) -> None:
    text = Export("name", "title", Table(pd.DataFrame({"span": [own]}), {}), {}).csv()
    assert text == f"span\n{own}\n"


@pytest.mark.parametrize(
    "outside", ["=1+1", "-1+1", "+49-1", "@SUM(A1)", "-3 to =1", "-", "\t1", "\r1", "-1\n=2", "-１"]
)
def test_csv_lets_nothing_from_outside_compute(outside: str) -> None:
    assert neutralise(outside) == f"'{outside}"


def test_what_is_written_in_words_for_people_stays_a_number_for_programs() -> None:
    frame = pd.DataFrame(
        {"p": [0.0001, 0.04, float("nan")], "parameters": ["7000000000", "unknown", "0"]}
    )
    table = Table(frame, {}, wording={"p": p_value, "parameters": size})
    export = Export("name", "title", table, {})
    assert [row["p"] for row in json.loads(export.json())["rows"]] == [0.0001, 0.04, None]
    assert "7000000000" in export.csv()
    assert "< 0.001" in export.markdown().replace("\\", "")
    assert "\\textless{} 0.001" in export.latex()
    assert "7B" in export.markdown()
