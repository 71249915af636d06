"""CSV as RFC 4180 has it: the examples of its section 2, and what it does not allow."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from scoring.csv_records import CsvError, csv_records, csv_rows


def records(text: str, **how: Any) -> list[tuple[int, list[str]]]:
    return [tuple(one) for one in csv_records(io.StringIO(text, newline=""), **how)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaa,bbb,ccc\r\nzzz,yyy,xxx", [(1, ["aaa", "bbb", "ccc"]), (2, ["zzz", "yyy", "xxx"])]),
        ('"aaa","b\r\nbb","ccc"\r\nzzz\r\n', [(1, ["aaa", "b\r\nbb", "ccc"]), (3, ["zzz"])]),
        ('"aaa","b""bb"\r\n', [(1, ["aaa", 'b"bb'])]),
        ("a\n\nb\n", [(1, ["a"]), (2, []), (3, ["b"])]),
        ("a\\,b\n", [(1, ["a\\", "b"])]),
        ("", []),
    ],
)
def test_records_come_with_the_line_on_which_they_begin(
    text: str, expected: list[tuple[int, list[str]]]
) -> None:
    assert records(text) == expected


def test_other_signs_and_a_later_first_line() -> None:
    assert records("a;b\nc;d\n", delimiter=";", first=4) == [(4, ["a", "b"]), (5, ["c", "d"])]
    assert records('"a \\"b\\""\n', backslashes=True) == [(1, ['a "b"'])]


@pytest.mark.parametrize("text", ['a\nb\n"c', 'a\nb\n"c"d\n', "a\nb\nc\rd\n"])
def test_what_is_not_csv_is_named_by_its_line_and_what_came_before_is_read(text: str) -> None:
    reader = csv_records(f"{line}\n" for line in text.split("\n"))
    assert [next(reader).cells, next(reader).cells] == [["a"], ["b"]]
    with pytest.raises(CsvError, match=r"^line 3: not CSV: ") as caught:
        next(reader)
    assert caught.value.line == 3


def test_a_cell_may_be_as_long_as_is_asked_for() -> None:
    long = "x" * 200_000
    assert records(f"{long}\n", largest=2**20) == [(1, [long])]


def test_rows_have_a_cell_a_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n\n3,4\n", encoding="utf-8")
    assert list(csv_rows(path)) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    path.write_text("a,b\n1,2,3\n", encoding="utf-8")
    with pytest.raises(CsvError, match="line 2: not CSV: 3 cells where the header has 2"):
        list(csv_rows(path))
