"""`benchmark init`: what a CSV says is read, what it cannot say is asked, and what is written can be
used.
"""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.errors import ReasonBoardError
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.protocols import board_protocols
from submissions.declarations.settings import board_tasks
from submissions.operating.new_benchmark import (
    QUESTIONS,
    TaskSaid,
    draft,
    missing,
    named_labels,
    survey,
    write,
)
from submissions.rating.rubrics import usable_rubrics
from tests.commands import COMMAND, environment, reasonboard, refuse, succeed

SAID = TaskSaid(
    task="our-lab/sleep",
    question="Does the poster lack sleep?",
    platform="support forum",
    annotation="human",
    licence="unknown",
    citation='Our "Lab" (2026)',
    references="two nurses",
    concept="lack of sleep",
)
ROWS = "1,Up till five,Yes,No sleep\n2,To the lake,no,\n3,Three hours,yes.,Few hours\n"


def _csv(folder: Path, rows: str, header: str = "id,text,label,reference") -> Path:
    path = folder / "sleep.csv"
    path.write_text(f"{header}\n{rows}", encoding="utf-8-sig")
    return path


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    surveyed = survey(_csv(tmp_path, ROWS))
    assert (surveyed.n_rows, surveyed.explained) == (3, 2)
    assert surveyed.spellings == {"yes": {"Yes": 1, "yes.": 1}, "no": {"no": 1}}
    board = tmp_path / "board"
    drafted = draft(board, surveyed, SAID)
    assert not board.exists(), "a draft writes nothing"
    write(drafted)
    task = board_tasks(board)["our-lab/sleep"]
    assert task == drafted.task
    assert (task.platform, task.references, task.expected_size) == (
        "support forum",
        "two nurses",
        3,
    )
    assert (task.citation, task.kind, task.label_names) == (SAID.citation, "binary", ("yes", "no"))
    imported = import_csv(surveyed.path, task)
    assert imported.hash_matches
    assert [example.gold for example in imported.examples] == ["yes", "no", "yes"]
    rubric, model = (usable_rubrics(board)[name] for name in ("our-lab", "mentallama"))
    assert rubric.aspects == model.aspects
    with pytest.raises(ReasonBoardError, match="declared already"):
        draft(board, surveyed, SAID)
    with pytest.raises(ReasonBoardError, match="there already"):
        write(drafted)


def test_a_files_name_is_a_comment_and_never_a_key(tmp_path: Path) -> None:
    path = _csv(tmp_path, ROWS).rename(tmp_path / 'evil\nknown_problems = ["injected"]\r\x85#.csv')
    drafted = draft(tmp_path / "board", survey(path), SAID)
    assert drafted.task.known_problems == ()
    first = drafted.files[tmp_path / "board" / "tasks" / "our-lab" / "sleep.toml"].splitlines()[0]
    assert first == (
        '# Drafted from evil known_problems = ["injected"]  #.csv (3 rows: yes 2, no 1).'
    )


SEVERAL = '1,a,sadness;anger\n2,b,none\n3,c,"Anger, Worry"\n4,d,"[""worry""]"\n5,e,sadness | worry\n6,f,anger\n'


def test_a_row_may_have_several_labels(tmp_path: Path) -> None:
    path, board = _csv(tmp_path, SEVERAL, "id,text,label"), tmp_path / "board"
    surveyed = survey(path, several=True)
    assert {label: surveyed.rows(label) for label in surveyed.spellings} == {
        "anger": 3,
        "worry": 3,
        "sadness": 2,
    }
    said = replace(SAID, references="none", concept="", named={"worry": "fear"})
    write(draft(board, surveyed, said))
    task = board_tasks(board)[SAID.task]
    assert (task.kind, task.headline) == ("multi-label", "jaccard")
    assert task.label_names == ("anger", "fear", "sadness")
    assert [example.gold for example in import_csv(path, task).examples] == [
        "anger; sadness",
        "none",
        "anger; fear",
        "fear",
        "fear; sadness",
        "anger",
    ]
    with pytest.raises(ReasonBoardError, match="--order and --several"):
        draft(board, surveyed, replace(said, task="our-lab/x", order=("anger", "fear", "sadness")))


def test_labels_that_look_like_several_are_asked_about(tmp_path: Path) -> None:
    path = _csv(tmp_path, SEVERAL, "id,text,label")
    said = "note: 'anger, worry' is taken for one label; where it is several, say --several"
    assert said in list(survey(path).lines)
    assert not [line for line in survey(path, several=True).lines if "--several" in line]


def test_several_labels_by_the_command(tmp_path: Path) -> None:
    options = {**vars(SAID), "csv": _csv(tmp_path, SEVERAL, "id,text,label"), "references": "none"}
    said = [f"--{name}={options[name]}" for name in QUESTIONS if name != "concept"]
    board = tmp_path / "board"
    out = succeed(board, "benchmark", "init", board, *said, "--several")
    assert "6 rows; labels: anger 3, worry 3, sadness 2" in out
    assert board_tasks(board)[SAID.task].kind == "multi-label"


def test_any_character_may_stand_in_a_label(tmp_path: Path) -> None:
    board = tmp_path / "board"
    path = _csv(tmp_path, "1,a,od\x7fd\n2,b,even\n3,c,od\x7fd\n", "id,text,label")
    drafted = draft(board, survey(path), replace(SAID, references="none", concept=""))
    write(drafted)
    assert set(board_tasks(board)[SAID.task].label_names) == {"od\x7fd", "even"}


def test_the_command_that_is_shown_next_can_be_run(tmp_path: Path) -> None:
    path = _csv(tmp_path, ROWS).rename(tmp_path / "our sleep; it's.csv")
    board = tmp_path / "the board"
    options = {**vars(SAID), "csv": path}
    said = [f"--{name}={options[name]}" for name in QUESTIONS]
    done = reasonboard(board, "benchmark", "init", board, *said)
    assert done.status == 0, done.err
    shown = done.err.partition("then: reasonboard ")[2].partition("; reasonboard ")[0]
    assert "3 rows (yes 2, no 1); hash as published" in succeed(
        board, "--create", *shlex.split(shown)
    )


def test_a_second_task_can_be_held_out_and_names_its_labels(tmp_path: Path) -> None:
    board = tmp_path / "board"
    write(draft(board, survey(_csv(tmp_path, ROWS)), SAID))
    levels = survey(_csv(tmp_path, "1,a,2\n2,b,0\n3,c,1\n4,d,3\n", "id,text,label"))
    assert list(levels.spellings) == ["0", "1", "2", "3"]
    said = replace(
        SAID,
        task="our-lab/level",
        references="none",
        concept="",
        order=("none", "some", "much"),
        named=named_labels(["0=none", "1=Some", "2=much", "3=much"]),
        held_out=("our-lab-level",),
    )
    drafted = draft(board, levels, said)
    write(drafted)
    task = drafted.task
    assert (task.kind, task.label_names) == ("ordinal", ("none", "some", "much"))
    assert [e.gold for e in import_csv(levels.path, task).examples] == [
        "much",
        "none",
        "some",
        "much",
    ]
    assert [path.name for path in drafted.files] == ["level.toml", "our-lab-general.toml"]
    protocol = board_protocols(board, board_tasks(board))["our-lab-general"]
    assert protocol.held_out_datasets == ("our-lab-level",)


def _messy() -> Iterator[tuple[str, str, list[str]]]:
    plain = "id,text,label"
    yield plain, "1,a,yes\n1,b,no\n", ["line 3, id '1'", "line 2 has this one"]
    yield plain, "1,a,yes\n2,b,no\n3,c,\n4, ,no\n,d,no\n", ["line 4, label", "line 5", "line 6, id"]
    yield plain, "1,a,yes\n2,b\n3,c,no\n", ["line 3, cells '2 cells'"]
    yield plain, "1,a,yes\n2,b,YES\n", ["holds 1 label ('yes'"]
    yield plain, "".join(f"{n},t{n},why {n}\n" for n in range(120)), ["120 labels", "from 2 to 100"]
    yield "id;text;label", "1;a;yes\n", ["parted by commas, not semicolons"]
    yield "number,text,label", "1,a,yes\n", ["header 'number, text, label'", "id, text, label"]


@pytest.mark.parametrize(("header", "rows", "said"), list(_messy()))
def test_every_fault_of_a_messy_file_is_said_and_nothing_is_written(
    header: str, rows: str, said: list[str], tmp_path: Path
) -> None:
    path = _csv(tmp_path, rows, header)
    with pytest.raises(ReasonBoardError) as refused:
        draft(tmp_path / "board", survey(path), replace(SAID, references="none"))
    assert all(text in str(refused.value) for text in said), str(refused.value)
    assert not (tmp_path / "board").exists()


def test_everything_wrong_with_what_was_said_is_said_at_once(tmp_path: Path) -> None:
    surveyed = survey(_csv(tmp_path, ROWS))
    said = replace(SAID, task="Our Lab/sleep", named={"maybe": "no"}, order=("yes", "maybe"))
    with pytest.raises(ReasonBoardError) as refused:
        draft(tmp_path, surveyed, said)
    for part in (
        "--task 'Our Lab/sleep'",
        "--label maybe=...",
        "there are: yes, no",
        "--order yes",
    ):
        assert part in str(refused.value)
    with pytest.raises(ReasonBoardError) as refused:
        draft(tmp_path, surveyed, replace(SAID, platform="Forum", annotation="people"))
    assert str(refused.value).count("task our-lab/sleep: `") == 2


def test_what_is_missing_depends_on_the_file(tmp_path: Path) -> None:
    assert missing({}, None, {}) == [name for name in QUESTIONS if name != "concept"]
    explained = survey(_csv(tmp_path, ROWS))
    given = {"csv": "x", "task": "a/b", "question": "Q?"}
    rest = ["licence", "citation"]
    wanted = ["platform", "annotation", "references", "concept", *rest]
    assert missing(given, explained, {}) == wanted
    bare = survey(_csv(tmp_path, "1,a,x\n2,b,y\n", "id,text,label"))
    assert missing(given, bare, {}) == ["platform", "annotation", *rest]
    assert "concept" in missing(given, bare, {"x": "yes", "y": "no"})


def test_what_is_not_said_is_named_at_once_or_asked_at_a_terminal(tmp_path: Path) -> None:
    board, path = tmp_path / "board", _csv(tmp_path, ROWS)
    said = refuse(board, "benchmark", "init", board, "--csv", path, "--task", "our-lab/sleep")
    assert all(f"--{name}:" in said for name in ("question", "platform", "references", "licence"))
    assert "--task:" not in said
    ours, its = pty.openpty()
    answers = ["our-lab/sleep", "Q?", "a blog", "human", "us", "sleep", "unknown", "unknown"]
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    command = [COMMAND, "benchmark", "init", board, "--csv", path]
    done = subprocess.run(
        command, stdin=its, capture_output=True, text=True, check=False, env=environment(board)
    )
    os.close(ours)
    os.close(its)
    assert done.returncode == 0, done.stderr
    assert f"written: {board}/tasks/our-lab/sleep.toml" in done.stdout
    assert "platform (where the posts were written" in done.stderr
    assert "our-lab/sleep" in succeed(board, "benchmark", "list", "--benchmark", "our-lab")
