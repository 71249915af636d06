"""What the gold marks in posts is kept as places, and goes with the post."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.store.files.gold import TakenDown
from submissions.store.files.posts import PostStore

CSV = """id,text,label,evidence
1,I lie awake. I cry.,yes,"[""I cry""]"
2,We went to the lake.,no,
3,"Nights are long, and I cry.",yes,"[[0, 15], [21, 26]]"
"""


@pytest.fixture
def marked(tasks: dict[str, Task]) -> Task:
    return replace(tasks["demo/stress"], evidence=True)


def test_it_comes_back_and_goes_with_the_post(tmp_path: Path, marked: Task) -> None:
    file = tmp_path / "gold.csv"
    file.write_text(CSV, encoding="utf-8")
    imported = import_csv(file, marked)
    assert [example.evidence for example in imported.examples] == [
        ("I cry",),
        (),
        ("Nights are long", "I cry"),
    ]
    store = PostStore(tmp_path / "posts")
    store.write(marked, imported)
    assert store.examples(marked) == imported.examples
    assert store.fault(marked) == ""
    marked_post = imported.examples[0].post
    store.redact(store.standing(TakenDown(lambda text: text == marked_post)))
    gone, *others = store.examples(marked)
    assert gone.evidence is None
    assert others == list(imported.examples[1:])
    assert b"I cry" in file.read_bytes()
    # No file holds a word of what is marked but the post itself.
    with closing(sqlite3.connect(store.path(marked))) as connection:
        spans = connection.execute("SELECT spans FROM evidence ORDER BY position").fetchall()
    assert spans == [("[[13, 18]]",), ("[]",), ("[[0, 15], [21, 26]]",)]


def test_gold_from_before_evidence_is_read_and_recognised(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    task = tasks["demo/stress"]
    file = tmp_path / "gold.csv"
    file.write_text("id,text,label\n1,I cry.,yes\n2,A lake.,no\n", encoding="utf-8")
    imported = import_csv(file, task)
    store = PostStore(tmp_path / "posts")
    store.write(task, imported)
    with closing(sqlite3.connect(store.path(task))) as connection:
        connection.execute("DROP TABLE evidence")
        connection.commit()
    assert store.examples(task) == imported.examples
    assert store.write(task, imported).n_rows == 2


def test_what_does_not_stand_in_the_text_is_a_fault(tmp_path: Path, marked: Task) -> None:
    file = tmp_path / "gold.csv"
    file.write_text('id,text,label,evidence\n1,I cry.,yes,"[""I weep""]"\n', encoding="utf-8")
    with pytest.raises(BenchmarkError, match="as they stand in the text"):
        import_csv(file, marked)
