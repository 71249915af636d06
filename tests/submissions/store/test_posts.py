"""Posts and gold: written once, read back equal, never replaced by something else."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from scoring.segments import Example
from scoring.tasks import Task
from submissions.problems import Problem
from submissions.store.files.damage import DamagedFile
from submissions.store.files.gold import Imported
from submissions.store.files.posts import PostStore, PostStoreError

EXAMPLES = (
    Example(
        "b", "p-2", "query 2", "Exams\n", "yes", "Why.", "Yes. Reasoning: Why.", {"dimension": "x"}
    ),
    Example("a", "p-1", "query 1", "A quiet walk", "no"),
    Example(
        "c", "p-1", "query 1b", "a quiet  walk", "no", attributes={"dimension": "y", "tag": "ü"}
    ),
)


@pytest.fixture
def task(tasks: dict[str, Task]) -> Task:
    return tasks["demo/stress"]


@pytest.fixture
def imported(task: Task) -> Imported:
    return Imported(task.id, "stress.csv", sha256="f" * 64, n_rows=3, examples=EXAMPLES)


@pytest.fixture
def store(tmp_path: Path) -> PostStore:
    return PostStore(tmp_path / "posts")


def test_what_was_written_is_read_back_in_order(
    store: PostStore, task: Task, imported: Imported
) -> None:
    assert not store.has(task)
    info = store.write(task, imported)
    assert store.has(task)
    assert store.examples(task) == EXAMPLES
    assert store.info(task) == info
    assert (info.source, info.source_sha256, info.n_rows) == ("stress.csv", "f" * 64, 3)
    assert info.imported_at.endswith("Z")
    assert [path.name for path in (store.path(task).parent).iterdir()] == ["demo--stress.r1.db"]


def test_only_its_owner_may_read_it(store: PostStore, task: Task, imported: Imported) -> None:
    store.write(task, imported)
    assert store.path(task).stat().st_mode & 0o077 == 0


def test_the_same_content_again_changes_nothing(
    store: PostStore, task: Task, imported: Imported
) -> None:
    first = store.write(task, imported)
    before = store.path(task).read_bytes()
    again = dataclasses.replace(imported, source="with-a-mark.csv", sha256="e" * 64)
    assert store.write(task, again) == first
    assert store.path(task).read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"gold": "no"},
        {"post": "other"},
        {"reference": None},
        {"attributes": {}},
        {"example_id": "z"},
    ],
)
def test_other_content_is_refused(
    store: PostStore, task: Task, imported: Imported, change: dict[str, str]
) -> None:
    store.write(task, imported)
    other = dataclasses.replace(
        imported,
        examples=(dataclasses.replace(EXAMPLES[0], **change), *EXAMPLES[1:]),
        source="new.csv",
    )
    with pytest.raises(PostStoreError, match=r"(?s)new\.csv.*raise `revision`"):
        store.write(task, other)
    assert store.examples(task) == EXAMPLES
    raised = dataclasses.replace(task, revision=2)
    store.write(raised, other)
    assert store.examples(raised) == other.examples
    assert store.examples(task) == EXAMPLES


def test_the_gold_hash_is_of_ids_and_labels_alone(
    store: PostStore, task: Task, imported: Imported
) -> None:
    first = store.write(task, imported)
    reworded = (dataclasses.replace(EXAMPLES[0], reference="Because."), *EXAMPLES[1:])
    second = store.write(
        dataclasses.replace(task, revision=2), dataclasses.replace(imported, examples=reworded)
    )
    assert second.gold_sha256 == first.gold_sha256
    assert second.content_sha256 != first.content_sha256


def test_nothing_is_stored_of_a_faulty_or_foreign_import(
    store: PostStore, task: Task, imported: Imported
) -> None:
    fault = Problem("", 3, "label", "maybe", "", "yes; no")
    bad = (
        (
            dataclasses.replace(imported, faults=(fault,)),
            "line 3, label 'maybe'; allowed: yes; no",
        ),
        (dataclasses.replace(imported, examples=()), "nothing to store"),
        (dataclasses.replace(imported, task_id="demo/wellness"), "was read for demo/wellness"),
    )
    for attempt, message in bad:
        with pytest.raises(PostStoreError, match=message):
            store.write(task, attempt)
    assert not store.has(task)


def test_a_write_that_fails_leaves_nothing(
    store: PostStore, task: Task, imported: Imported
) -> None:
    twice = dataclasses.replace(imported, examples=(EXAMPLES[0], EXAMPLES[0]))
    with pytest.raises(sqlite3.IntegrityError):
        store.write(task, twice)
    assert list(store.path(task).parent.iterdir()) == []


def test_gold_that_was_not_imported(store: PostStore, task: Task) -> None:
    for ask in (store.examples, store.info, lambda t: store.search(t, "x")):
        with pytest.raises(
            PostStoreError, match=r"demo/stress revision 1 has no gold data yet\. Import it"
        ):
            ask(task)


def test_search_finds_words_in_any_form(store: PostStore, task: Task, imported: Imported) -> None:
    store.write(task, imported)
    assert store.search(task, "exam") == ("b",)
    assert store.search(task, "walking quiet") == ("a", "c")
    assert store.search(task, "quiet exam") == ()
    assert len(store.search(task, "walk", limit=1)) == 1


@pytest.mark.parametrize("query", ['"', "AND (", "text:walk", "*", "-", "' OR 1=1 --", ""])
def test_search_takes_any_text(
    store: PostStore, task: Task, imported: Imported, query: str
) -> None:
    store.write(task, imported)
    assert set(store.search(task, query)) <= {"a", "b", "c"}


def test_a_path_with_url_characters(tmp_path: Path, task: Task, imported: Imported) -> None:
    store = PostStore(tmp_path / "50% off? #1")
    store.write(task, imported)
    assert store.examples(task) == EXAMPLES


def test_no_connection_stays_open(
    store: PostStore, task: Task, imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: opened.append(connect(*a, **k)) or opened[-1]
    )
    store.write(task, imported)
    store.examples(task)
    store.search(task, "walk")
    assert len(opened) == 5, "one of them reads the whole of the file, which it does once a day"
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_a_damaged_file_is_said_plainly(store: PostStore, task: Task, imported: Imported) -> None:
    store.write(task, imported)
    path = store.path(task)
    path.chmod(0o600)
    path.write_bytes(b"not a database at all, whatever its name says" * 100)
    with pytest.raises(DamagedFile, match=r"is damaged: it is no database.*--from BACKUP"):
        store.examples(task)
