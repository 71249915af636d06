"""Files as spreadsheets, editors and other programs write them: read with a note, or refused with
what to do.

What must come out is `files.OUTPUTS`, the texts that were put in.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from scoring.segments import Example
from scoring.tasks import Task
from tests.submissions.receiving.files import (
    OUTPUTS,
    ROWS,
    as_csv,
    as_json_lines,
    checked,
    demo_gold,
    notes,
    problems,
)

Gold = Mapping[str, tuple[Example, ...]]
HEADER = "task,example_id,output"
PADDED = "\r\n".join(f"{line},," for line in as_csv().splitlines())
BESIDE = "".join(json.dumps(row, indent=1) + "\n" for row in ROWS)


@pytest.fixture(scope="module")
def gold(tasks: dict[str, Task]) -> Gold:
    return demo_gold(tasks)


READ: dict[str, tuple[str | bytes, str]] = {
    "semicolons": (as_csv(sign=";"), "cells are separated by semicolons"),
    "semicolons, all quoted, with a mark": (
        "\ufeff" + as_csv(sign=";", quoted=True),
        "cells are separated by semicolons",
    ),
    "tabs": (as_csv(sign="\t"), "cells are separated by tabs"),
    "semicolons, below a head of two lines": (
        as_csv([{**row, "my\nnote": ""} for row in ROWS], sign=";"),
        "cells are separated by semicolons",
    ),
    "sep=,": ("sep=,\r\n" + as_csv(), "(`sep=`) says that commas separate cells"),
    "sep=;": ("sep=;\r\n" + as_csv(sign=";"), "(`sep=`) says that semicolons separate cells"),
    "sep=tab, with a mark": (
        "\ufeffsep=\t\r\n" + as_csv(sign="\t"),
        "(`sep=`) says that tabs separate cells",
    ),
    "empty rows at the end": (
        as_csv() + ",,\r\n" * 5,
        "not read: 5 rows with nothing in any cell (lines 42, 43, 44, 45, 46)",
    ),
    "an empty row in between": (
        as_csv().replace("demo/stress,stress-009", ",,\r\ndemo/stress,stress-009"),
        "not read: 1 row with nothing in any cell (line 10)",
    ),
    "empty columns at the end": (
        PADDED,
        "not read: 2 columns without a name at the end, empty in every row",
    ),
    "empty cells beyond the header": (
        PADDED.replace(f"{HEADER},,", HEADER, 1),
        "not read: empty cells after the last column in 40 rows",
    ),
    "carriage returns": (as_csv(end="\r"), "lines end in carriage returns alone"),
    "UTF-16": (as_csv().encode("utf-16"), "the file is UTF-16"),
    "UTF-16, big end first": (b"\xfe\xff" + as_csv().encode("utf-16-be"), "the file is UTF-16"),
    "UTF-16 as a spreadsheet's text": (
        as_csv(sign="\t").encode("utf-16"),
        "cells are separated by tabs",
    ),
    "UTF-16 JSON lines": (as_json_lines().encode("utf-16"), "the file is UTF-16"),
    "a JSON array": (json.dumps(ROWS), "a JSON array, each object a row"),
    "a JSON array, pretty": (json.dumps(ROWS, indent=1), "a JSON array, each object a row"),
    "a JSON array after a mark": ("\ufeff" + json.dumps(ROWS), "a JSON array"),
    "an array of a line an object": (
        "[\n" + ",\n".join(map(json.dumps, ROWS)) + ",\n]\n",
        "a comma follows the last object",
    ),
    "JSON objects over several lines": (BESIDE, "JSON objects over several lines"),
    "JSON lines with commas": (
        as_json_lines().replace("\n", ",\n"),
        "40 lines end in a comma: read without it",
    ),
}
SILENT: dict[str, str] = {
    "all quoted, with a mark": "\ufeff" + as_csv(quoted=True),
    "line feeds": as_csv(end="\n"),
    "another case, and spaces": as_csv().replace(HEADER, " Task , Example_ID ,OUTPUT "),
    "a pandas index": as_csv([{"": i, **row} for i, row in enumerate(ROWS)]),
    "a pandas index, read back": as_csv([{"Unnamed: 0": i, **row} for i, row in enumerate(ROWS)]),
    "JSON lines with blank ones": "\n\n" + as_json_lines().replace("\n", "\n\n"),
    "JSON lines with NaN": as_json_lines().replace("}", ', "explanation": NaN}'),
}
PACKINGS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("case", READ)
def test_what_other_programs_write_is_read_with_a_note(
    case: str, packing: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    content, said = READ[case]
    path = tmp_path / f"outputs{packing}"
    path.write_bytes(PACKINGS[packing](content.encode() if isinstance(content, str) else content))
    found = checked(path, tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert said in notes(found)


@pytest.mark.parametrize("case", SILENT)
def test_what_is_plainly_the_contract_needs_no_note(
    case: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    path = tmp_path / "outputs"
    path.write_text(SILENT[case], encoding="utf-8", newline="")
    found = checked(path, tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS
    assert notes(found) == ""


@pytest.mark.parametrize("size", [1, 3, 64_000])
def test_an_array_is_read_whole_wherever_it_is_cut_into_pieces(
    size: int, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """Texts of letters that take 1 to 4 bytes, so that some stand across the ends of what is read
    at once.
    """
    outputs = [f"Yes. Reasoning: {'aé你😀' * (size // 4 + i)}" for i in range(40)]
    rows = [{**row, "output": output[:60_000]} for row, output in zip(ROWS, outputs, strict=True)]
    rows = [
        {**row, "output": row["output"].encode()[:65_000].decode(errors="ignore")} for row in rows
    ]
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    found = checked(path, tasks, gold).require()
    assert list(found.runs[0].outputs) == [row["output"] for row in rows]


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "another sign": ("sep=^\r\n" + as_csv(), "line 1: the first line says that '^' separates"),
    "a header that is not known": (
        "id;text\n1;Yes.\n",
        "the columns `task` and `example_id` are missing (found: id, text)",
    ),
    "a text in a column without a name": (
        PADDED.replace("number 3.,,", "number 3.,lost,").replace(
            'number 3.",,', 'number 3.",lost,'
        ),
        "line 5, 'lost': a text stands in a column without a name",
    ),
    "commas that are not quoted": (
        as_csv().replace('"', ""),
        "put a text with commas or line ends between quotation marks",
    ),
    "a column doubled": (
        as_csv([{**row, "Output": ""} for row in ROWS]),
        "line 1, output: the column stands there twice; remove or rename one of them",
    ),
    "a NUL byte": (
        as_csv().replace("number 3.", "number \0."),
        "a NUL byte, which no text has, in 1 line (line 5;",
    ),
    "a header alone": (HEADER + "\n", "there are no rows"),
    "an empty array": ("[]", "there are no rows"),
    "an array cut short": (json.dumps(ROWS, indent=1)[:-40], "not JSON: Unterminated string"),
    "an array without its end": (json.dumps(ROWS)[:-1], "line 1: the array is never closed"),
    "an array without a comma": (
        json.dumps(ROWS, indent=1).replace("},\n", "}\n", 1),
        "line 7: not JSON: a comma is missing between two objects",
    ),
    "text after an array": (json.dumps(ROWS) + "\n{}", "line 2: text follows the array"),
    "columns": (
        json.dumps({name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in ROWS[0]}),
        'to_json(PATH, orient="records", lines=True)',
    ),
    "rows within an object": (json.dumps({"data": ROWS}), "line 1, data: a list of rows"),
    "a Python dict a line": ("".join(f"{row}\n" for row in ROWS), "not JSON: Expecting property"),
    "a web page": ("<!DOCTYPE html><html>Sign in</html>", "the file is HTML"),
    "a pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "a pointer of Git LFS",
    ),
    "a quotation mark in the middle": (
        as_csv().replace('number 3."', 'number "3"."'),
        "line 5: text follows a closing quotation mark",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place_and_what_to_do(
    case: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    content, said = REFUSED[case]
    path = tmp_path / "outputs"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = checked(path, tasks, gold)
    assert not found.accepted
    assert said in problems(found)


def test_an_empty_row_counts_where_the_position_says_which_example_is_meant(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    golds = [example.reference_full or example.gold for example in gold["demo/stress"]]
    rows = [{"goldens": text, "generated_text": "Yes."} for text in golds]
    path = tmp_path / "stress.csv"
    path.write_text(as_csv(rows) + ",\r\n,\r\n", encoding="utf-8", newline="")
    found = checked(path, tasks, gold).require()
    assert found.coverage[0].rows == 40
    assert "2 rows with nothing in any cell" in notes(found)
    rows[9] = {"goldens": "", "generated_text": ""}
    path.write_text(as_csv(rows), encoding="utf-8", newline="")
    (problem,) = checked(path, tasks, gold).problems
    assert (problem.line, problem.field) == (11, "goldens")


TEXT_TYPES = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "binary_view": pa.binary_view(),
}
# Arrow writes no dictionaries of views.
WRITTEN = [(kind, False) for kind in TEXT_TYPES] + [
    (kind, True) for kind in TEXT_TYPES if "view" not in kind
]


@pytest.mark.parametrize(("kind", "dictionary"), WRITTEN)
def test_every_type_of_text_in_parquet_is_read(
    kind: str, dictionary: bool, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    columns = {}
    for name in ROWS[0]:
        texts = [row[name].encode() if "binary" in kind else row[name] for row in ROWS]
        column = pa.array(texts, TEXT_TYPES[kind])
        columns[name] = column.dictionary_encode() if dictionary else column
    path = tmp_path / "outputs.parquet"
    pq.write_table(pa.table(columns), path)
    found = checked(path, tasks, gold).require()
    assert tuple(found.runs[0].outputs) == OUTPUTS


def test_numbers_in_a_parquet_dictionary_are_read(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    columns = {name: pa.array([row[name] for row in ROWS]) for name in ROWS[0]}
    columns["repetition"] = pa.array([7] * 40).dictionary_encode()
    path = tmp_path / "outputs.parquet"
    pq.write_table(pa.table(columns), path)
    assert [run.repetition for run in checked(path, tasks, gold).require().runs] == [7]


def test_binary_that_is_no_text_is_said_so(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    columns = {"task": ["demo/stress"], "example_id": ["stress-001"], "output": [b"\xff\xfe"]}
    path = tmp_path / "outputs.parquet"
    pq.write_table(pa.table(columns), path)
    assert "output: not UTF-8" in problems(checked(path, tasks, gold))


def test_what_systems_leave_in_folders_and_zips_is_passed_over(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    folder = tmp_path / "sent"
    (folder / "older").mkdir(parents=True)
    for name in (".DS_Store", "~$outputs.csv", "desktop.ini", "Thumbs.db"):
        (folder / name).write_bytes(b"\0\1\2")
    (folder / "outputs.csv").write_text(as_csv(sign=";"), encoding="utf-8", newline="")
    (folder / "outputs.xlsx").write_bytes(b"PK")
    (folder / "README.md").write_text("How it was made.")
    found = checked(folder, tasks, gold).require()
    assert "older: not read: a folder within the folder" in notes(found)
    assert "outputs.xlsx: not read: a workbook; save the first sheet as CSV" in notes(found)
    assert "README.md: not read" in notes(found)
    assert "DS_Store" not in notes(found)
    packed = tmp_path / "sent.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("sent/outputs.csv", as_csv(sign=";"))
        made.writestr("sent/.DS_Store", b"\0\1")
        made.writestr("__MACOSX/sent/._outputs.csv", b"\0\1")
    assert tuple(checked(packed, tasks, gold).require().runs[0].outputs) == OUTPUTS


@pytest.mark.parametrize("name", ["outputs.xlsx", "outputs.csv"])
def test_a_workbook_is_refused_by_what_it_is(
    name: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook/>")
    assert "save the first sheet as CSV" in problems(checked(tmp_path / name, tasks, gold))


def test_a_tar_archive_is_called_one(tasks: dict[str, Task], gold: Gold, tmp_path: Path) -> None:
    import tarfile

    path = tmp_path / "outputs.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        member = tarfile.TarInfo("outputs.csv")
        member.size = len(as_csv())
        made.addfile(member, io.BytesIO(as_csv().encode()))
    assert "a tar archive" in problems(checked(path, tasks, gold))


NAMES = {
    "response": "output",
    "Model Output": "output",
    "generated_text": "output",
    "completion": "output",
    "pred_label": "label",
    "dataset": "task",
    "id": "example_id",
    "doc_id": "example_id",
}
"""What other tools call the columns that a file must have."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["csv", "jsonl", "parquet"])
def test_a_needed_column_by_another_tools_name_is_asked_about(
    name: str, shape: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    of = NAMES[name]
    put = "output" if of == "label" else of
    rows = [{name if key == put else key: value for key, value in row.items()} for row in ROWS]
    found = checked(written(rows, shape, tmp_path), tasks, gold)
    missing = "`output` or `label`" if of in ("output", "label") else f"`{of}`"
    said = problems(found).splitlines()
    assert len(said) == 2
    assert f"the column {missing} is missing" in said[0]
    assert f"column {name.casefold()!r}: not a column that is read; did you mean {of!r}?" in said[1]


def test_all_columns_by_other_names_are_asked_about_at_once(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    content = as_csv(ROWS, ";").replace("task;example_id;output", "dataset;id;response")
    path = tmp_path / "outputs.csv"
    path.write_text(content, encoding="utf-8", newline="")
    said = problems(checked(path, tasks, gold))
    for of in ("task", "example_id", "output"):
        assert f"did you mean {of!r}?" in said


def test_a_column_that_need_not_be_there_is_asked_about_by_a_note(
    tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    rows = [{**row, "prediction": "yes", "pred_label": "yes", "rationale": ""} for row in ROWS]
    for shape in ("csv", "jsonl", "parquet"):
        found = checked(written(rows, shape, tmp_path), tasks, gold).require()
        assert "`pred_label` (is it `label`?)" in notes(found)
        assert "`rationale` (is it `explanation`?)" in notes(found)
        assert "`prediction`," in notes(found), "there is an output"


def written(rows: Sequence[Mapping[str, object]], shape: str, folder: Path) -> Path:
    path = folder / f"outputs.{shape}"
    if shape == "parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    else:
        content = as_csv(rows) if shape == "csv" else as_json_lines(rows)
        path.write_text(content, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("shape", "nothing"),
    [("csv", ""), ("jsonl", ""), ("jsonl", None), ("parquet", ""), ("parquet", None)],
)
def test_an_empty_output_among_others_is_an_answer_that_states_no_label(
    shape: str, nothing: str | None, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    rows = [{**row, "output": nothing} if n in (3, 7) else row for n, row in enumerate(ROWS)]
    found = checked(written(rows, shape, tmp_path), tasks, gold).require()
    readings = found.runs[0].readings
    assert [n for n, one in enumerate(readings) if one.label is None] == [3, 7]
    assert tuple(found.runs[0].outputs)[3] == ""
    assert found.coverage[0].rows == 40
    header = shape == "csv"
    assert notes(found) == (
        "WARNING: demo/stress: 2 of 40 outputs are empty and state no label, which counts as wrong "
        f"(outputs.{shape}, line {4 + header}, outputs.{shape}, line {8 + header})"
    )


@pytest.mark.parametrize("shape", ["csv", "jsonl", "parquet"])
def test_a_row_without_a_label_among_labels_is_a_problem(
    shape: str, tasks: dict[str, Task], gold: Gold, tmp_path: Path
) -> None:
    """No output is there to be empty: what the model answered was lost."""
    rows = [
        {"task": row["task"], "example_id": row["example_id"], "label": None if n == 3 else "yes"}
        for n, row in enumerate(ROWS)
    ]
    found = checked(written(rows, shape, tmp_path), tasks, gold)
    (problem,) = found.problems
    assert (problem.line, problem.problem) == (
        4 + (shape == "csv"),
        "neither an output nor a label",
    )
