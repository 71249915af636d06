"""Templates can be filled in and sent back; exports hold nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.segments import Example
from scoring.tasks import Task
from submissions.benchmarks.templates import write_template
from submissions.csv_export import csv_export, neutralise
from submissions.receiving.formats import read_rows
from submissions.receiving.validate import check

QUERIES = ('Consider this post: “a, "b"\nc” What is it?', "=HYPERLINK(1)", "plain")


@pytest.fixture
def examples() -> tuple[Example, ...]:
    return tuple(
        Example(f"dr-{i:04}", f"p{i}", query, query, "yes")
        for i, query in enumerate(QUERIES, start=1)
    )


def test_a_template_filled_in_is_accepted(
    tmp_path: Path, tasks: dict[str, Task], examples: tuple[Example, ...]
) -> None:
    path = tmp_path / "template.csv"
    write_template(tasks["imhi/dr"], examples, path)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["task", "example_id", "query", "output"]
    assert [row["query"] for row in rows] == [QUERIES[0], "'=HYPERLINK(1)", QUERIES[2]]
    assert {row["output"] for row in rows} == {""}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "output": "-Yes."} for row in rows)
    checked = check(read_rows(path), {"imhi/dr": examples}, tasks).require()
    assert checked.runs[0].outputs == ("-Yes.",) * 3
    assert checked.notes == ()


@pytest.mark.parametrize("query", ["a\rb", "a\r\nb", "\r", 'a "b"\r'])
def test_a_post_keeps_its_line_ends_and_stays_one_row(
    tmp_path: Path, tasks: dict[str, Task], query: str
) -> None:
    path = tmp_path / "template.csv"
    write_template(tasks["imhi/dr"], [Example("dr-0001", "p1", query, query, "yes")], path)
    with path.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["query"] == neutralise(query)


def test_a_template_sent_back_empty_is_refused_row_by_row(
    tmp_path: Path, tasks: dict[str, Task], examples: tuple[Example, ...]
) -> None:
    path = tmp_path / "template.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_template(tasks["imhi/dr"], examples, stream)
    checked = check(read_rows(path), {"imhi/dr": examples}, tasks)
    assert [(p.line, p.problem) for p in checked.problems] == [
        (line, "neither an output nor a label") for line in (2, 4, 5)
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1-1", "-A1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_neutralised(text: str) -> None:
    assert neutralise(text) == f"'{text}"


@given(st.text())
def test_neutralised_text_never_begins_a_formula_and_keeps_all_of_it(text: str) -> None:
    safe = neutralise(text)
    number = all(character in "0123456789.e%+-" for character in text)
    assert number or not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe.endswith(text)


def test_exports_neutralise_text_columns_and_leave_numbers_alone() -> None:
    rows = [
        {"system": "=cmd()", "value": -0.5, "n": None},
        {"system": 'a,"b"', "value": -1, "n": 3},
    ]
    written = csv_export(rows, ["system"])
    assert list(csv.reader(io.StringIO(written))) == [
        ["system", "value", "n"],
        ["'=cmd()", "-0.5", ""],
        ['a,"b"', "-1", "3"],
    ]
    assert csv_export([], ["system"]) == ""
