"""What sources publish, each in its own shape: invented files of the shapes of Mental-LLM's sources."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_tables, published_apart
from submissions.benchmarks.importing import import_gold
from submissions.store.database import prepare
from submissions.store.files.gold import Imported, post_id_of
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions


def _table(path: Path, rows: Iterable[Sequence[object]], separator: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)


def _sources(folder: Path) -> Path:
    """A file of each source's shape, with invented posts."""
    _table(
        folder / "dreaddit" / "dreaddit-test.csv",
        [
            [
                "id",
                "subreddit",
                "post_id",
                "sentence_range",
                "text",
                "label",
                "confidence",
                "social_timestamp",
            ],
            [896, "anxiety", "7nu7as", "[50, 55]", "The printer, again.", 1, 0.8, 1514980773],
            [19059, "anxiety", "7nu7as", "(0, 5)", "Then we went home.", 0, 1.0, 1514980773],
        ],
    )
    _table(
        folder / "Reddit_depression_dataset.csv",
        [
            ["text", "label"],
            ["A long day.", "minimum"],
            ["Up at three.", "mild"],
            ["No appetite.", "moderate"],
            ["Nothing helps.", "severe"],
        ],
    )
    _table(
        folder / "SDCNL" / "data" / "testing-set.csv",
        [
            ["", "title", "selftext", "author", "num_comments", "is_suicide", "url"],
            [1319, "One", "Line one\nline two", "a", 1, 1, "u"],
            [611, "Two", "A quiet week", "b", 3, 0, "u"],
        ],
    )
    _table(
        folder / "500_Reddit_users_posts_labels.csv",
        [
            ["User", "Post", "Label"],
            ["user-0", "['It gets better.', \"Don't give up\"]", "Supportive"],
            ["user-1", "['I sold my car.']", "Indicator"],
            ["user-2", "['Hm', '']", "Attempt"],
        ],
    )
    _table(
        folder / "test.tsv",
        [
            ["Pid", "text data", "Class labels"],
            ["test_pid_1", "Tired : I slept\nall day", "moderate"],
            ["test_pid_2", "Hello : new here", "not depression"],
        ],
        "\t",
    )
    _table(
        folder / "SAD_v1.csv",
        [
            ["sID", "sentence", "is_stressor", "is_stressor_conf", "top_label"],
            [1, "the rent is due", 1, 1, "Financial Problem"],
            [2, "?", 0, 0.5, "Other"],
        ],
    )
    _table(folder / "twt-60users.csv", [["id", "text", "label"], ["1", "Hm", "yes"]])
    return folder


def _by_task(imported: Iterable[Imported]) -> dict[str, Imported]:
    return {each.task_id.removeprefix("mental-llm/"): each for each in imported}


def test_each_source_is_read_in_its_own_shape(tmp_path: Path, tasks: dict[str, Task]) -> None:
    read = _by_task(import_tables(_sources(tmp_path), tasks, "mental-llm"))
    assert {name: [example.gold for example in each.examples] for name, each in read.items()} == {
        "cssrs-2": ["no", "yes", "yes"],
        "cssrs-5": ["supportive", "indicator", "attempt"],
        "depseverity-2": ["no", "yes", "yes", "yes"],
        "depseverity-4": ["minimal", "mild", "moderate", "severe"],
        "dreaddit": ["yes", "no"],
        "red-sam": ["yes", "no"],
        "sad-stress": ["yes", "no"],
        "sdcnl": ["yes", "no"],
        "twt-60users": ["yes"],
    }
    assert not any(each.faults for each in read.values())
    first = {name: each.examples[0] for name, each in read.items()}
    user = first["cssrs-2"]
    assert user.post == "It gets better.\n\nDon't give up"
    # Each post is one of its own; the user is one in both tasks.
    assert [(post.name, post.text) for post in user.posts] == [
        ("1", "It gets better."),
        ("2", "Don't give up"),
    ]
    assert user.post_id == first["cssrs-5"].post_id
    assert first["sdcnl"].post == "Line one\nline two"
    assert first["dreaddit"].example_id == "dreaddit-0001"
    # Not Reddit's id, which several segments share.
    assert [example.post_id for example in read["dreaddit"].examples] == [
        post_id_of("The printer, again."),
        post_id_of("Then we went home."),
    ]
    assert "Is the poster of this post stressed?" in first["sad-stress"].query


def test_how_certain_each_shape_is_is_said(tmp_path: Path, tasks: dict[str, Task]) -> None:
    read = _by_task(import_tables(_sources(tmp_path), tasks, "mental-llm"))
    said = {name: " ".join(each.notes) for name, each in read.items()}
    assert "shape and split certain" in said["dreaddit"]
    assert "test split is not published" in said["cssrs-5"]
    assert "3 rows where the task expects 100" in said["cssrs-5"]
    assert "is_stressor is not" in said["sad-stress"]
    assert "certain but for the name of the test file's label column" in said["red-sam"]
    assert "read as published" not in said["twt-60users"]
    assert all("columns that are not read" not in said[name] for name in ("dreaddit", "sdcnl"))


def test_what_is_missing_or_faulty_keeps_no_other_set_back(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = _sources(tmp_path)
    (folder / "SAD_v1.csv").unlink()
    _table(folder / "sad-stress.csv", [["id", "text", "label"], ["9", "the rent", "yes"]])
    _table(folder / "copy" / "testing-set.csv", [["selftext", "is_suicide"], ["x", 1]])
    _table(folder / "test.tsv", [["Pid", "text data"], ["p", "x"]], "\t")
    _table(
        folder / "500_Reddit_users_posts_labels.csv",
        [["User", "Post", "Label"], ["u", "no list", "Attempt"], ["v", "['a']", "Unsure"]],
    )
    read = _by_task(import_tables(folder, tasks, "mental-llm"))
    assert [example.example_id for example in read["sad-stress"].examples] == ["9"]
    faults = {name: " ".join(map(str, each.faults)) for name, each in read.items()}
    assert "one file of this name" in faults["sdcnl"]
    assert "text data or Text data or Text_data and Label or Class labels" in faults["red-sam"]
    assert "line 2, Post 'no list'; allowed: ['a post', 'another']" in faults["cssrs-5"]
    assert "line 3, Label 'Unsure'" in faults["cssrs-5"]
    assert read["dreaddit"].examples
    (folder / "dreaddit" / "dreaddit-test.csv").unlink()
    gone = _by_task(import_tables(folder, tasks, "mental-llm"))["dreaddit"]
    assert not gone.found
    assert "dreaddit-test.csv or dreaddit.csv is not there" in gone.notes[0]
    with pytest.raises(ReasonBoardError, match="not a folder"):
        import_tables(folder / "nowhere", tasks, "mental-llm")


def test_a_board_of_labels_alone_has_one_trivial_baseline(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    assert published_apart(tasks) == ["mental-llm"]
    folder = DataFolder(tmp_path / "board")
    prepare(folder)
    lines = import_gold(folder, tasks, "mental-llm", _sources(tmp_path / "sources"))
    assert [each.system for each in submissions(folder, "mental-llm")] == ["Majority label"]
    assert "mental-llm: trivial baseline 'Majority label' on 9 tasks" in lines
