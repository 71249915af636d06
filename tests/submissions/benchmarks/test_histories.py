"""Examples of several posts of a user: from their two files to the store, templates and prompts."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.counterfactuals.rules import read_rules
from scoring.errors import ReasonBoardError
from scoring.segments import Example, Post
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv, import_histories
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.benchmarks.importing import import_gold
from submissions.benchmarks.templates import write_template
from submissions.benchmarks.timelines import import_timelines
from submissions.declarations.settings import DECLARATIONS
from submissions.operating.common_posts import common_posts
from submissions.operating.counterfactual_task import make_task
from submissions.releasing.itemwise import disagreement
from submissions.store.database import prepare
from submissions.store.files.gold import Imported, TakenDown, post_id_of
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from tests.histories import SHARED, TASK, clpsych, declare, text, write_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = DataFolder(tmp_path_factory.mktemp("histories") / "data")
    prepare(made)
    return made


@pytest.fixture(scope="module")
def declared(folder: DataFolder) -> dict[str, Task]:
    return declare(folder)


@pytest.fixture(scope="module")
def examples(
    folder: DataFolder, declared: dict[str, Task], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Example]:
    gold, posts = write_files(tmp_path_factory.mktemp("files"))
    said = import_gold(folder, declared, TASK, gold, posts)
    assert any("13 rows" in line for line in said)
    return {each.example_id: each for each in PostStore(folder.posts).examples(declared[TASK])}


def test_posts_are_apart_and_joined_as_declared(examples: dict[str, Example]) -> None:
    first, short = examples["t0"], examples["short"]
    assert [post.name for post in first.posts] == ["p0", "p1", "p2"]
    assert first.post == "\n---\n".join([text(0, 0), SHARED, text(0, 2)])
    assert f'"{first.post}"' in first.query
    # In the order that the row says; the post is the same one, by its text, wherever it stands.
    assert short.post == f"{SHARED}\n---\n{text(0, 0)}"
    assert first.posts[1].post_id == examples["t1"].posts[0].post_id == post_id_of(SHARED)
    # Both are of one user, and drawn together.
    assert first.post_id == short.post_id != examples["t1"].post_id


def test_templates_hold_what_is_asked(
    declared: dict[str, Task], examples: dict[str, Example]
) -> None:
    written = io.StringIO()
    write_template(declared[TASK], [examples["short"]], written)
    assert SHARED in written.getvalue()
    assert "---" in written.getvalue()


def test_search_and_likeness_are_of_posts(
    folder: DataFolder, declared: dict[str, Task], examples: dict[str, Example]
) -> None:
    store = PostStore(folder.posts)
    assert set(store.search(declared[TASK], "kitchen light")) == {"t0", "t1", "short"}
    # One word is in one of the user's posts, the other in another.
    assert not store.search(declared[TASK], "kitchen shift")
    common = common_posts(folder, {TASK: declared[TASK]}, "demo")
    assert common.sizes == {TASK: sum(len(each.posts) for each in examples.values())}


def test_what_is_read_back_is_what_was_written(tmp_path: Path, declared: dict[str, Task]) -> None:
    gold, posts = write_files(tmp_path)
    task = replace(declared[TASK], evidence=True)
    rows = gold.read_text().splitlines()
    marked = [f'{rows[1]},"[""bus 2 came late""]"', *(f"{row},[]" for row in rows[2:])]
    gold.write_text("\n".join([f"{rows[0]},evidence", *marked, ""]))
    imported = import_histories(gold, posts, task)
    store = PostStore(tmp_path / "posts")
    store.write(task, imported)
    assert store.examples(task) == imported.examples
    assert imported.examples[0].evidence == ("bus 2 came late",)
    # Again, for nothing; with another word in a post, refused.
    store.write(task, import_histories(gold, posts, task))
    posts.write_text(posts.read_text().replace("Day 2 of user 3", "Day 2 of user three"))
    with pytest.raises(Exception, match="holds other content"):
        store.write(task, import_histories(gold, posts, task))


def test_files_from_before_are_read(tmp_path: Path, tasks: dict[str, Task]) -> None:
    task, store = tasks["demo/stress"], PostStore(tmp_path)
    gold = (
        Example("a", "p-1", "q", "A quiet walk", "no"),
        Example("b", "p-2", "q", "Exams", "yes"),
    )
    store.write(task, Imported(task.id, "s.csv", sha256="f" * 64, n_rows=2, examples=gold))
    with closing(sqlite3.connect(store.path(task))) as connection:
        for table in ("held", "histories", "evidence"):
            connection.execute(f"DROP TABLE {table}")
        connection.commit()
        connection.execute("VACUUM")
    assert store.examples(task) == gold
    assert store.search(task, "walks") == ("a",)
    gone = TakenDown(lambda text: text == "A quiet walk")
    store.redact(store.standing(gone))
    first, second = store.examples(task)
    assert (first.redacted, second) == (True, gold[1])
    assert (store.standing(gone), store.unclean()) == ({}, ())


def test_every_fault_is_named(tmp_path: Path, declared: dict[str, Task]) -> None:
    gold, posts = write_files(tmp_path)
    kept = gold.read_text()
    gold.write_text(f"{kept}x,nobody,,R.\ny,u0,p1;p9,R.\nz,u0,p1;p1,R.\n")
    with pytest.raises(BenchmarkError) as refused:
        import_histories(gold, posts, declared[TASK])
    assert [(fault.line, fault.field) for fault in refused.value.faults] == [
        (15, "user_id"),
        (16, "post_ids"),
        (17, "post_ids"),
    ]
    gold.write_text(kept)
    posts.write_text(f"{posts.read_text()}u0,p1,again\nu0,,no id\nu0,p;q,\n")
    with pytest.raises(BenchmarkError) as refused:
        import_histories(gold, posts, declared[TASK])
    assert [(fault.line, fault.field) for fault in refused.value.faults] == [
        (38, "post_id"),
        (39, "post_id"),
        (40, "text"),
        (40, "post_id"),
    ]


def test_none_of_it_is_changed_into_counterfactuals(
    declared: dict[str, Task], examples: dict[str, Example]
) -> None:
    rules = tuple(read_rules(DECLARATIONS / "counterfactuals.toml").values())
    with pytest.raises(Exception, match="several posts of a user"):
        make_task(declared[TASK], "changed", tuple(examples.values()), rules, None, declared)


def test_a_plain_csv_is_as_it_was(tmp_path: Path, declared: dict[str, Task]) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("id,text,reference\na,One text.,R.\n")
    (example,) = import_csv(path, declared[TASK]).examples
    assert (example.post, example.posts, example.texts) == ("One text.", (), ("One text.",))


def test_what_no_file_keeps_is_refused(tmp_path: Path, declared: dict[str, Task]) -> None:
    refused = {
        "[redacted]": "nothing was imported",
        "half \ud800 a pair": "half of a surrogate pair",
    }
    for said, why in refused.items():
        timeline = clpsych("x", {"post_id": "p0", "post": said})
        (tmp_path / "x.json").write_text(timeline, encoding="utf-8")
        with pytest.raises(BenchmarkError, match=why):
            import_timelines(tmp_path / "x.json", declared[TASK])


def test_counterfactuals_are_not_of_several_posts(
    tmp_path: Path, declared: dict[str, Task]
) -> None:
    made = replace(declared[TASK], counterfactual_of="demo/stress")
    gold, posts = write_files(tmp_path)
    with pytest.raises(ReasonBoardError, match="without --posts"):
        import_gold(DataFolder(tmp_path / "data"), {TASK: made}, TASK, gold, posts)


def test_users_who_are_asked_about_other_posts_are_other_questions(
    tmp_path: Path, declared: dict[str, Task]
) -> None:
    examples = import_histories(*write_files(tmp_path), declared[TASK]).examples
    others = [
        replace(each, gold="another", posts=(Post("p-other", "p", "Something else."),))
        for each in examples
    ]
    assert disagreement(examples, others) == (0, 0)
    assert disagreement(examples, [replace(each, gold="x") for each in examples]) == (13, 13)
