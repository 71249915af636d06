"""What is written down as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from submissions.asking.journal import differences, opened
from submissions.asking.texts import GeneratedText, GenerationError
from submissions.generating.plan import RequestKey
from submissions.generating.run import TEXTS

IDENTITY: dict[str, Any] = {"decoding": {"temperature": 0.7}, "seeds": [1]}


def a_text(example: str, output: str = "Yes.") -> GeneratedText:
    key = RequestKey("demo/stress", example, "zero-shot", 1)
    return GeneratedText(key, output, "stop", 7, 3, 0, "hash", {"model": "m"})


def filled(path: Path, *texts: GeneratedText) -> None:
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {"at": "then"})
        journal.add(texts)


def test_what_was_written_is_read_again_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "j"
    texts = [a_text("a"), a_text("b", "two\nlines, \0, \ud83d and \u2028 é"), a_text("c", "")]
    filled(path, *texts)
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {"at": "now"})
        assert list(journal.records.values()) == texts
        assert [start["at"] for start in journal.starts] == ["then", "now"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("lost", [1, 40, 200])
def test_a_last_line_that_a_kill_cut_short_is_dropped(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "j"
    filled(path, a_text("a"), a_text("b"))
    path.write_bytes(path.read_bytes()[:-lost])
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {"at": "now"})
        assert [key.example_id for key in journal.records] == ["a"]
        journal.add([a_text("b", "again")])
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {"at": "later"})
        assert [text.output for text in journal.records.values()] == ["Yes.", "again"]


@pytest.mark.parametrize("torn", [b'{"text": {"task": "demo/str\n', b"\0" * 30 + b"\n", b"\xff\n"])
def test_a_last_line_that_was_written_in_part_is_dropped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "j"
    filled(path, a_text("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    filled(path, a_text("b"))
    assert path.read_bytes().startswith(whole + b'{"start"')
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {})
        assert [key.example_id for key in journal.records] == ["a", "b"]


def test_a_damaged_line_before_others_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path, a_text("a"), a_text("b"), a_text("c"))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3][:20] + b"\n"
    path.write_bytes(b"".join(lines))
    before = path.read_bytes()
    with (
        opened(path, TEXTS) as journal,
        pytest.raises(GenerationError, match=r"line 4: damaged, .*sed -i 4d"),
    ):
        journal.begin(IDENTITY, {})
    assert path.read_bytes() == before
    path.write_bytes(b"".join(lines[:3] + lines[4:]))  # as it says
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {})
        assert [key.example_id for key in journal.records] == ["a", "c"]


def test_a_first_line_that_was_cut_short_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path)
    path.write_bytes(path.read_bytes()[:20])
    filled(path, a_text("a"))
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {})
        assert len(journal.records) == 1


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path, a_text("a", "first"))
    filled(path, a_text("a", "second"), a_text("b"))
    with opened(path, TEXTS) as journal:
        journal.begin(IDENTITY, {})
        assert [text.output for text in journal.records.values()] == ["first", "Yes."]


def test_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path, a_text("a"))
    before = path.read_bytes()
    with opened(path, TEXTS) as journal, pytest.raises(GenerationError) as refused:
        journal.begin({"decoding": {"temperature": 0}, "seeds": [1], "new": "x"}, {})
    assert 'decoding temperature: 0.7 then, 0 now; new: none then, "x" now' in str(refused.value)
    assert path.read_bytes() == before
    assert differences({"a": {"b": [1]}}, {"a": {"b": [1]}}) == []


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"other": 1}', "9" * 5000])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "j"
    path.write_text(f"{line}\n", encoding="utf-8")
    with opened(path, TEXTS) as journal, pytest.raises(GenerationError, match="line 1: not a line"):
        journal.begin(IDENTITY, {})
    assert path.read_text(encoding="utf-8") == f"{line}\n"


@pytest.mark.parametrize("begun", ['{"precious": 1}', '{"format": 2, "identity"', "x"])
def test_a_line_of_another_file_that_has_no_end_is_left_alone(tmp_path: Path, begun: str) -> None:
    path = tmp_path / "j"
    path.write_text(begun, encoding="utf-8")
    with opened(path, TEXTS) as journal, pytest.raises(GenerationError, match="line 1: not a line"):
        journal.begin(IDENTITY, {})
    assert path.read_text(encoding="utf-8") == begun


@pytest.mark.parametrize("text", ['{"task": "x"}', "[]", '"x"', "null"])
def test_a_text_that_lacks_its_parts_is_no_line_of_a_journal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "j"
    filled(path)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f'{{"text": {text}}}\n')
    with opened(path, TEXTS) as journal, pytest.raises(GenerationError, match="line 3: not a line"):
        journal.begin(IDENTITY, {})


def test_two_processes_do_not_write_into_one(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with (
        opened(path, TEXTS),
        pytest.raises(GenerationError, match="another process"),
        opened(path, TEXTS),
    ):
        pass
