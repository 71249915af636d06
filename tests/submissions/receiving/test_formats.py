"""Every accepted shape gives the same rows, and what is wrong with a file is said by place."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.problems import Problem
from submissions.receiving.formats import Note, Row, read_rows

Cells = dict[str, str | None]

COLUMNS = ("task", "example_id", "output", "label", "explanation", "repetition")


def as_csv(rows: list[Cells]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def as_json_lines(rows: list[Cells]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_parquet(rows: list[Cells]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in COLUMNS])), stream
    )
    return stream.getvalue()


SHAPES = {"csv": as_csv, "jsonl": as_json_lines, "parquet": as_parquet}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
}


def read(content: bytes, name: str = "outputs.csv", benchmark: str | None = None) -> list[object]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return list(read_rows(path, benchmark=benchmark))


def rows_of(items: list[object]) -> list[Row]:
    assert [item for item in items if isinstance(item, Problem)] == []
    return [item for item in items if isinstance(item, Row)]


def problems_of(items: list[object]) -> list[Problem]:
    return [item for item in items if isinstance(item, Problem)]


def csv_text(*lines: str) -> bytes:
    return "\n".join(["task,example_id,output", *lines]).encode()


# Surrogates cannot be written as UTF-8, and NUL is in no text.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packing", PACKINGS)
@given(texts=st.lists(st.tuples(TEXT, TEXT, st.none() | TEXT), min_size=1, max_size=4))
@settings(deadline=None)
def test_any_text_survives_every_shape_and_packing(
    shape: str, packing: str, texts: list[tuple[str, str, str | None]]
) -> None:
    sent: list[Cells] = [
        {
            "task": "imhi/dr",
            "example_id": f"dr-{i}",
            "output": o,
            "label": label,
            "explanation": e,
            "repetition": "2",
        }
        for i, (o, label, e) in enumerate(texts)
    ]
    found = rows_of(read(PACKINGS[packing](SHAPES[shape](sent)), f"outputs.{shape}{packing}"))
    assert [(row.output, row.label, row.explanation) for row in found] == texts
    assert [row.example_id for row in found] == [f"dr-{i}" for i in range(len(texts))]
    assert {row.repetition for row in found} == {"2"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "name", ["outputs.csv", "outputs.parquet", "outputs.jsonl.gz", "outputs.bin", "outputs"]
)
def test_the_content_decides_what_a_file_is_and_not_its_name(shape: str, name: str) -> None:
    sent: list[Cells] = [
        dict.fromkeys(COLUMNS) | {"task": "imhi/dr", "example_id": "dr-1", "output": "Yes."}
    ]
    assert [row.output for row in rows_of(read(SHAPES[shape](sent), name))] == ["Yes."]


@pytest.mark.parametrize("shape", ["jsonl", "parquet"])
def test_an_empty_output_is_present_where_the_format_can_say_so(shape: str) -> None:
    sent: list[Cells] = [
        dict.fromkeys(COLUMNS) | {"task": "imhi/dr", "example_id": "a", "output": ""},
        dict.fromkeys(COLUMNS) | {"task": "imhi/dr", "example_id": "b", "output": None},
    ]
    assert [row.output for row in rows_of(read(SHAPES[shape](sent)))] == ["", None]


def test_an_empty_cell_is_absent_and_the_text_nan_is_text() -> None:
    found = rows_of(read(b"task,example_id,output,explanation\nimhi/dr,a,nan,\nimhi/dr,b,,nan\n"))
    assert [(row.output, row.explanation) for row in found] == [("nan", None), (None, "nan")]


def test_numbers_and_truth_values_become_text() -> None:
    lines = (
        b'{"task": "t/t", "example_id": 7, "label": 1}\n{"task": "t/t", "example_id": "8", "label":'
        b" true}\n"
    )
    assert [(row.example_id, row.label) for row in rows_of(read(lines))] == [
        ("7", "1"),
        ("8", "true"),
    ]
    stream = io.BytesIO()
    columns = {
        "task": ["t/t"] * 3,
        "example_id": [7, 8, 9],
        "label": [1.0, 2.0, float("nan")],
        "output": ["x"] * 3,
    }
    pq.write_table(pa.table(columns), stream)
    found = rows_of(read(stream.getvalue()))
    assert [(row.example_id, row.label) for row in found] == [("7", "1"), ("8", "2"), ("9", None)]


def test_a_byte_order_mark_and_other_cases_of_column_names_are_accepted() -> None:
    found = rows_of(read(b"\xef\xbb\xbfTask, Example_ID ,OUTPUT\nimhi/dr,a,Yes.\n"))
    assert found == [Row("outputs.csv", 2, "imhi/dr", "a", "Yes.")]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    found = rows_of(read(csv_text('imhi/dr,a,"one', 'two"', "imhi/dr,b,three")))
    assert [row.line for row in found] == [2, 4]


@pytest.mark.parametrize("cell", ["=1+1", "-", "+41", "@me", "'quoted'"])
def test_a_cell_that_looks_like_a_formula_is_taken_unchanged(cell: str) -> None:
    assert [row.output for row in rows_of(read(csv_text(f"imhi/dr,a,{cell}")))] == [cell]


def test_other_columns_are_noted_and_the_template_query_is_not() -> None:
    items = read(b"task,example_id,query,output,seconds\nimhi/dr,a,who?,Yes.,3\n")
    assert [item.text for item in items if isinstance(item, Note)] == ["not read: column `seconds`"]


GENERATED = b"goldens,generated_text\nfirst gold,Yes.\nsecond gold,\n"


def test_the_benchmarks_own_shape_as_file_folder_and_zip(tmp_path: Path) -> None:
    folder = tmp_path / "generated"
    folder.mkdir()
    (folder / "Irf.csv").write_bytes(GENERATED)
    (folder / "README.txt").write_text("how it was made")
    archive = tmp_path / "generated.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("out/Irf.csv", GENERATED)
        made.writestr("__MACOSX/out/._Irf.csv", b"\0\0")
    for path in (folder / "Irf.csv", folder, archive):
        found = rows_of(list(read_rows(path, benchmark="imhi-expert")))
        assert [(row.task, row.position, row.golden, row.output, row.line) for row in found] == [
            ("imhi-expert/irf", 0, "first gold", "Yes.", 2),
            ("imhi-expert/irf", 1, "second gold", "", 3),
        ]
    notes = [
        item.file for item in read_rows(folder, benchmark="imhi-expert") if isinstance(item, Note)
    ]
    assert notes == ["README.txt"]


def test_the_classifiers_labels_beside_generated_texts_are_a_reading_of_their_own() -> None:
    items = read(b"goldens,generated_text,labels\ngold,Yes.,no\n", "DR.csv", "imhi-expert")
    assert [(row.label, row.classified) for row in rows_of(items)] == [(None, "no")]
    assert not any(isinstance(item, Note) for item in items)


def test_prompt_and_seed_name_a_repetition_where_no_number_does() -> None:
    line = b"demo/stress,stress-001,Yes.,plain,7"
    (row,) = rows_of(read(b"task,example_id,output,prompt,seed\n" + line + b"\n"))
    assert row.run == ("plain", "7")
    numbered = read(b"task,example_id,output,prompt,seed,repetition\n" + line + b",2\n")
    (row,) = rows_of(numbered)
    assert (row.run, row.repetition) == (None, "2")
    (note,) = [item.text for item in numbered if isinstance(item, Note)]
    assert note == "not read: column `prompt`, `seed`"


def test_a_number_beside_a_prompt_counts_the_repetitions_by_it() -> None:
    line = b"demo/stress,stress-001,Yes.,plain,2\n"
    items = read(b"task,example_id,output,prompt,repetition\n" + line)
    (row,) = rows_of(items)
    assert row.run == ("plain", "2")
    assert not any(isinstance(item, Note) for item in items)


def test_a_whole_prompt_names_no_repetition() -> None:
    asked = b'{"task": "t", "example_id": "1", "output": "Yes.", "prompt": %b, "seed": 7}'
    for prompt in (b'"' + b"word " * 20 + b'"', b'"one\\ntwo"'):
        (row,) = rows_of(read(asked % prompt, "o.jsonl"))
        assert row.run == (None, "7")
    (row,) = rows_of(read(asked % b'[{"role": "user", "content": "x"}]', "o.jsonl"))
    assert row.run == ("", "7")


def test_the_benchmarks_own_shape_needs_a_benchmark() -> None:
    (problem,) = problems_of(read(GENERATED, "DR.csv"))
    assert "--benchmark" in problem.hint


def test_an_uploads_name_stands_for_its_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "tmp1234"
    path.write_bytes(GENERATED)
    found = rows_of(list(read_rows(path, benchmark="imhi", name="t-sid.csv")))
    assert {(row.task, row.file) for row in found} == {("imhi/t-sid", "t-sid.csv")}


def test_a_zip_of_contract_files_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    archive = tmp_path / "both.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("b.jsonl", b'{"task": "imhi/dr", "example_id": "b", "output": "No."}')
        made.writestr("a.csv", csv_text("imhi/dr,a,Yes."))
        made.writestr(
            "c.parquet", as_parquet([dict.fromkeys(COLUMNS) | {"task": "x", "example_id": "c"}])
        )
    assert [row.example_id for row in rows_of(list(read_rows(archive)))] == ["a", "b", "c"]


def test_a_workbook_is_called_one(tmp_path: Path) -> None:
    workbook = tmp_path / "outputs.xlsx"
    with zipfile.ZipFile(workbook, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook/>")
    (problem,) = [item for item in read_rows(workbook) if isinstance(item, Problem)]
    assert problem.problem == "an Excel workbook"
    assert "CSV UTF-8" in problem.hint


def test_a_problem_of_one_file_does_not_hide_those_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.csv").write_bytes(csv_text("imhi/dr,b"))
    (tmp_path / "c.csv").write_bytes(csv_text("imhi/dr,c,Yes."))
    items = list(read_rows(tmp_path))
    assert [(problem.file, problem.line) for problem in problems_of(items)] == [
        ("a.csv", None),
        ("b.csv", 2),
    ]
    assert [item.example_id for item in items if isinstance(item, Row)] == ["c"]


BAD = {
    "wrong columns": (b"id,text\n1,Yes.\n", 1, "`task` and `example_id` are missing"),
    "no answer column": (
        b"task,example_id,explanation\na,b,c\n",
        1,
        "`output` or `label` is missing",
    ),
    "one column doubled": (b"task,example_id,output,Output\na,b,c,d\n", 1, "stands there twice"),
    "semicolons, and a column missing": (
        b"task;output\na;b\n",
        1,
        "the column `example_id` is missing (found: task, output)",
    ),
    "a misspelled column": (
        b"task,example_id,output,explanaton\na,b,c,d\n",
        1,
        "did you mean 'explanation'?",
    ),
    "too few cells": (csv_text("a,b"), 2, "2 cells where the header has 3"),
    "too many cells": (csv_text("a,b,c,d"), 2, "4 cells where the header has 3"),
    "an open quotation mark": (csv_text('a,b,"c', "d,e,f"), 2, "never closed"),
    "text after a quotation mark": (csv_text('a,b,"c" d'), 2, "closing quotation mark"),
    "not UTF-8": (csv_text("a,b,c") + b"\na,b,caf\xe9\n", None, "(line 3; byte 0xE9 at offset 36)"),
    "a NUL byte far in": (
        csv_text("a,b," + "c" * 60_000, "a,b,\0"),
        None,
        "a NUL byte, which no text has, in 1 line",
    ),
    "JSON lists": (b"[[1], [2]]\n", 1, "a list, not an object"),
    "a JSON number": (b'{"task": "a", "example_id": "b"}\n3\n', 2, "a single value, not an object"),
    "broken JSON": (b'{"task": "a", "example_id": "b"}\n{"task": \n', 2, "not JSON"),
    "a JSON key doubled": (b'{"task": "a", "task": "b"}\n', 1, "a key stands there twice: task"),
    "a JSON list in a cell": (
        b'{"task": "a", "example_id": "b", "output": ["c"]}\n',
        1,
        "must be text",
    ),
    "half a surrogate pair": (
        b'{"task": "a", "example_id": "b", "output": "\\ud800"}\n',
        1,
        "surrogate",
    ),
    "a NUL character": (b'{"task": "a", "example_id": "b", "output": "\\u0000"}\n', 1, "NUL"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_with_its_line(case: str) -> None:
    content, line, said = BAD[case]
    problems = problems_of(read(content))
    assert any(problem.line == line and said in str(problem) for problem in problems), problems


SAID = "She’s tired – the café is “closed”."


@pytest.mark.parametrize(
    ("codec", "named"), [("cp1252", "Windows-1252"), ("mac_roman", "Mac OS Roman")]
)
def test_a_file_in_another_encoding_is_one_problem_that_says_which(codec: str, named: str) -> None:
    """A file read like the other tests' but for its encoding; the oracle is Python's codec of that
    name.
    """
    content = (
        csv_text(*(f"a,{n},{SAID if n % 2 else 'Yes.'}" for n in range(400))).decode().encode(codec)
    )
    items = read(content)
    (problem,) = problems_of(items)
    assert (
        "200 lines are not UTF-8 (lines 3, 5, 7, 9, 11, 13, 15, 17 and 192 more;" in problem.problem
    )
    assert f"looks like {named} ({codec})" in problem.problem
    assert "iconv -f " in problem.hint
    assert f"encoding={codec!r}" in problem.hint
    assert sum(isinstance(item, Row) for item in items) == 400, (
        "what else is wrong with the rows is told too"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv_text(f"a,b,{SAID}") + "\na,c,café".encode("cp1252"), "parts in two encodings"),
        (csv_text("a,b,") + "你好吗我很好".encode("gb18030"), "cannot be told"),
    ],
)
def test_no_encoding_is_named_that_would_spoil_the_text(content: bytes, said: str) -> None:
    (problem,) = problems_of(read(content))
    assert said in problem.problem
    assert "iconv" not in problem.hint


def test_json_lines_in_another_encoding_are_one_problem_too() -> None:
    line = json.dumps({"task": "a", "example_id": "b", "output": SAID}, ensure_ascii=False) + "\n"
    (problem,) = problems_of(read((line * 3).encode("cp1252")))
    assert "3 lines are not UTF-8 (lines 1, 2, 3;" in problem.problem


def test_a_parquet_column_of_a_type_that_is_no_text_is_named() -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"task": ["a"], "example_id": ["b"], "output": [["c"]]}), stream)
    (problem,) = problems_of(read(stream.getvalue()))
    assert (problem.field, problem.value) == ("output", "list<element: string>")


def test_parquet_read_in_several_row_groups_and_dictionaries() -> None:
    rows: list[Cells] = [
        dict.fromkeys(COLUMNS) | {"task": "a", "example_id": str(i), "output": f"text {i % 3}"}
        for i in range(50)
    ]
    stream = io.BytesIO()
    table = pa.Table.from_pylist(rows, pa.schema([(name, pa.large_string()) for name in COLUMNS]))
    table = table.set_column(0, "task", table.column(0).dictionary_encode())
    pq.write_table(table, stream, row_group_size=7)
    found = rows_of(read(stream.getvalue()))
    assert [(row.task, row.example_id, row.output, row.line) for row in found] == [
        ("a", str(i), f"text {i % 3}", i + 1) for i in range(50)
    ]
