"""Imports through the public doors: the real checkout by numbers only, everything else on invented
files.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.segments import Example
from scoring.tasks import Task
from submissions.benchmarks.gold_files import BenchmarkError, import_csv, import_imhi
from submissions.store.files.gold import Imported, post_id_of

ROOT = Path(__file__).parents[3]
RELEASED = ("cams", "dr", "dreaddit", "irf", "multiwd", "sad")


@pytest.fixture(scope="module")
def published(imhi_dir: Path, tasks: dict[str, Task]) -> dict[str, Imported]:
    return {imported.task_id: imported for imported in import_imhi(imhi_dir, tasks)}


# Label counts of the released files, from the benchmark's schema table.
@pytest.mark.parametrize(
    ("task_id", "counts"),
    [
        ("imhi/dr", {"yes": 307, "no": 98}),
        ("imhi/dreaddit", {"yes": 211, "no": 203}),
        ("imhi/irf", {"yes": 1366, "no": 747}),
        ("imhi/multiwd", {"yes": 887, "no": 1554}),
        (
            "imhi/sad",
            {
                "school": 76,
                "finance": 81,
                "family": 73,
                "social": 61,
                "work": 110,
                "health": 85,
                "emotion": 66,
                "decision": 56,
                "other": 76,
            },
        ),
        (
            "imhi/cams",
            {
                "bias": 28,
                "jobs": 68,
                "medication": 64,
                "relationship": 174,
                "alienation": 184,
                "none": 107,
            },
        ),
    ],
)
def test_published_sets(
    published: Mapping[str, Imported], task_id: str, counts: dict[str, int]
) -> None:
    imported = published[task_id]
    assert imported.label_counts == counts
    assert imported.n_rows == len(imported.examples) == sum(counts.values())
    assert imported.hash_matches is True
    assert imported.faults == ()


def test_published_expert_sets(published: Mapping[str, Imported]) -> None:
    for name in RELEASED:
        imported = published[f"imhi-expert/{name}"]
        assert (imported.n_rows, len(imported.examples), imported.hash_matches) == (35, 35, True)
        assert all(example.reference for example in imported.examples)
    assert published["imhi-expert/sad"].notes == ("no row has the label decision",)


def test_the_one_published_row_without_an_explanation(published: Mapping[str, Imported]) -> None:
    bare = [
        e for name in RELEASED for e in published[f"imhi/{name}"].examples if e.reference is None
    ]
    assert [example.example_id for example in bare] == ["irf-1387"]
    assert bare[0].reference_full is not None
    assert published["imhi/irf"].notes == ("rows without a reference explanation: 1",)


def test_missing_sets_are_said_and_passed_over(published: Mapping[str, Imported]) -> None:
    missing = {task_id for task_id, imported in published.items() if not imported.found}
    assert missing >= {"imhi/clp"}
    for task_id in missing:
        assert published[task_id].examples == ()
        assert "is not there" in published[task_id].notes[0]
    assert set(published) - missing >= {
        f"{b}/{name}" for b in ("imhi", "imhi-expert") for name in RELEASED
    }


def test_posts_shared_between_tasks_share_an_id(published: Mapping[str, Imported]) -> None:
    posts = {name: {e.post_id for e in published[f"imhi/{name}"].examples} for name in RELEASED}
    assert len(posts["cams"] & posts["irf"]) == 109
    assert len(posts["irf"] & posts["multiwd"]) == 108
    assert len(posts["cams"] & posts["multiwd"]) == 42
    assert len(posts["multiwd"]) == 407


def _by_query(example: Example) -> str:
    return " ".join(example.query.casefold().split())


def _by_post(example: Example) -> str:
    return f"{example.post_id} {sorted(example.attributes.items())}"


# Nine DR queries differ only by white space at the post's end: the ids of their posts match, the
# queries do not.
@pytest.mark.parametrize(("key", "n_matched"), [(_by_query, 129), (_by_post, 138)])
def test_expert_gold_differs_from_test_gold(
    published: Mapping[str, Imported], key: Callable[[Example], str], n_matched: int
) -> None:
    matched, differ = {}, {}
    for name in RELEASED:
        gold = {key(e): e.gold for e in published[f"imhi/{name}"].examples}
        both = [e for e in published[f"imhi-expert/{name}"].examples if key(e) in gold]
        matched[name] = len(both)
        differ[name] = sum(gold[key(e)] != e.gold for e in both)
    assert (matched["cams"], differ["cams"]) == (33, 10)
    assert (sum(matched.values()), sum(differ.values())) == (n_matched, 17)


def test_attributes_are_read_from_the_question(
    published: Mapping[str, Imported], tasks: dict[str, Task]
) -> None:
    for task_id, sizes in (("imhi/irf", {1056, 1057}), ("imhi/multiwd", {406, 407})):
        [(name, values)] = tasks[task_id].attributes.items()
        for value in values:
            asked = [e for e in published[task_id].examples if e.attributes[name] == value]
            assert len(asked) in sizes
            assert all(value in e.query.rpartition("Question:")[2] for e in asked)


def test_prompts_and_gold_are_kept_as_published(
    published: Mapping[str, Imported], imhi_dir: Path
) -> None:
    """Against pandas' reader, which shares no code with the csv module."""
    for task_id, imported in published.items():
        if imported.examples:
            frame = pd.read_csv(
                imhi_dir / imported.source, encoding="utf-8-sig", keep_default_na=False
            )
            assert [e.query for e in imported.examples] == frame["query"].tolist(), task_id
            assert [e.reference_full for e in imported.examples] == frame[
                "gpt-3.5-turbo"
            ].tolist(), task_id


def _checkout(folder: Path, task: Task, rows: Sequence[tuple[str, str]], mark: str = "") -> Path:
    assert task.published_file
    path = folder / task.published_file
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text).writerows([("query", "gpt-3.5-turbo"), *rows])
    path.write_text(mark + text.getvalue(), encoding="utf-8", newline="")
    return path


def _one(folder: Path, tasks: dict[str, Task], task_id: str) -> Imported:
    # All tasks: those with published files say where the checkout keeps the others' sets.
    return next(i for i in import_imhi(folder, tasks) if i.task_id == task_id)


YES = "Yes, the poster suffers from stress. Reasoning: So tired."


def test_posts_with_quotes_line_breaks_and_backslashes(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    post = 'She said "no" Question: why?\r\nA \\"quoted\\" \\ thing\n'
    query = f'Consider this post: "{post}" Question: Does the poster suffer from stress?'
    _checkout(tmp_path, tasks["imhi/dreaddit"], [(query, YES)], mark="\ufeff")
    imported = _one(tmp_path, tasks, "imhi/dreaddit")
    [example] = imported.examples
    assert (example.post, example.query, example.gold) == (post, query, "yes")
    assert (example.reference, example.reference_full) == ("So tired.", YES)
    assert example.example_id == "dreaddit-0001"
    assert imported.hash_matches is False
    assert "1 row where the task expects 414" in imported.notes
    assert any("not the published file" in note for note in imported.notes)


@given(post=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_post_survives(
    post: str, tasks: dict[str, Task], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("checkout")
    query = f'Consider this post: "{post}" Question: Does the poster suffer from stress?'
    _checkout(folder, tasks["imhi/dreaddit"], [(query, YES)])
    [example] = _one(folder, tasks, "imhi/dreaddit").examples
    assert (example.post, example.query) == (post, query)


def test_equal_queries_are_examples_of_their_own(tmp_path: Path, tasks: dict[str, Task]) -> None:
    row = (
        'Consider this post: "x" Question: What mental disorder does this post show?',
        "This post shows PTSD.",
    )
    _checkout(tmp_path, tasks["imhi/t-sid"], [row, row])
    imported = _one(tmp_path, tasks, "imhi/t-sid")
    assert [e.example_id for e in imported.examples] == ["t-sid-0001", "t-sid-0002"]
    assert len({e.post_id for e in imported.examples}) == 1


def test_a_row_that_cannot_be_read_keeps_the_whole_set_out(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    ask = 'Consider this post: "a\nb" Question: Does the {} wellness dimension exist in the post?'
    gold = "Yes, this wellness dimension exists in the post. Reasoning: r"
    rows = [
        (ask.format("social"), gold),
        (ask.format("lunar"), gold),
        ("Post: x", "Perhaps. Reasoning: r"),
    ]
    _checkout(tmp_path, tasks["imhi/multiwd"], rows)
    imported = _one(tmp_path, tasks, "imhi/multiwd")
    assert imported.examples == ()
    assert [(fault.line, fault.field) for fault in imported.faults] == [
        (4, "query"),
        (6, "gpt-3.5-turbo"),
        (6, "query"),
    ]
    assert "spiritual, physical" in imported.faults[0].allowed
    assert "yes; Yes, this wellness dimension" in str(imported.faults[1])


def test_one_faulty_set_does_not_stop_the_others(tmp_path: Path, tasks: dict[str, Task]) -> None:
    query = 'Consider this post: "x" Question: Does the poster suffer from {}?'
    _checkout(tmp_path, tasks["imhi/dr"], [(query.format("depression"), "Maybe. Reasoning: r")])
    _checkout(tmp_path, tasks["imhi/dreaddit"], [(query.format("stress"), YES)])
    _checkout(tmp_path, tasks["imhi/sad"], []).write_bytes(b"\xff\xfe")
    found = {i.task_id: i for i in import_imhi(tmp_path, tasks)}
    published = {"imhi", "imhi-expert"}
    assert found.keys() == {task.id for task in tasks.values() if task.benchmark in published}
    assert len(found["imhi/dreaddit"].examples) == 1
    assert [len(found[f"imhi/{name}"].faults) for name in ("dr", "sad", "cams")] == [1, 1, 0]
    assert [found[f"imhi/{name}"].found for name in ("dr", "sad", "cams")] == [True, True, False]


def test_file_names_in_another_case(tmp_path: Path, tasks: dict[str, Task]) -> None:
    query = 'Consider this post: "x" Question: What cause of depression does this post show?'
    path = _checkout(tmp_path, tasks["imhi/cams"], [(query, "none. Reasoning: r")])
    path.rename(path.with_name("cams.CSV"))
    imported = _one(tmp_path, tasks, "imhi/cams")
    assert imported.source == "test_data/test_instruction/cams.CSV"
    assert [e.gold for e in imported.examples] == ["none"]


def test_a_set_that_is_not_released_can_still_be_there(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    path = tmp_path / "test_data" / "test_instruction" / "CLP.csv"
    path.parent.mkdir(parents=True)
    path.write_text(
        'query,gpt-3.5-turbo\n"Consider this post: ""x"" Question: Asked how?","Yes. Reasoning:'
        ' r"\n'
    )
    imported = _one(tmp_path, tasks, "imhi/clp")
    assert [e.gold for e in imported.examples] == ["yes"]
    assert imported.hash_matches is None


def test_another_wording_of_the_question_is_noted(tmp_path: Path, tasks: dict[str, Task]) -> None:
    _checkout(
        tmp_path, tasks["imhi/dreaddit"], [('Consider this post: "x" Question: Stressed?', YES)]
    )
    imported = _one(tmp_path, tasks, "imhi/dreaddit")
    assert "rows that ask another question than the task declares: 1" in imported.notes


def test_a_folder_that_is_no_checkout(tmp_path: Path, tasks: dict[str, Task]) -> None:
    with pytest.raises(
        BenchmarkError, match="not a checkout of the IMHI data; it must hold test_data"
    ):
        import_imhi(tmp_path, tasks)


def test_post_ids_fold_case_and_white_space() -> None:
    assert post_id_of("A  post\n") == post_id_of("a post")
    assert post_id_of("a post") == "p-" + hashlib.sha256(b"a post").hexdigest()[:16]
    assert post_id_of("a post") != post_id_of("a post.")


# --- plain CSV


def _csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_plain_csv(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = _csv(
        tmp_path / "wellness.csv",
        "id,post_id,text,label,reference,attributes,paraphrase",
        'w1,p1,"Late, long",yes,Walked.,dimension=leisure;tag=irony,x',
        'w2,p1,"Late, long","No, this wellness dimension does not come up in the'
        ' post.",,dimension=work,x',
    )
    imported = import_csv(path, tasks["demo/wellness"])
    first, second = imported.examples
    question = "Does the leisure dimension of wellness come up in the post?"
    assert first.query == f'Consider this post: "Late, long" Question: {question}'
    assert first.attributes == {"dimension": "leisure", "tag": "irony"}
    assert (
        first.reference_full
        == "Yes, this wellness dimension comes up in the post. Reasoning: Walked."
    )
    assert (second.gold, second.reference, second.reference_full) == ("no", None, None)
    assert imported.label_counts == {"yes": 1, "no": 1}
    assert imported.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert imported.hash_matches is None
    assert imported.notes == (
        "2 rows where the task expects 40",
        "rows without a reference explanation: 1",
        "columns that are not read: paraphrase",
    )


def test_plain_csv_of_a_task_without_references(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = _csv(
        tmp_path / "c.csv",
        "id,post_id,text,label,reference",
        "1,,Hm,Ideation,why",
        "2,,hm ,attempt,why",
    )
    imported = import_csv(path, tasks["mental-llm/cssrs-5"])
    assert [e.gold for e in imported.examples] == ["ideation", "attempt"]
    assert [e.reference for e in imported.examples] == [None, None]
    assert imported.examples[0].query == 'Consider this post: "Hm"'  # the question is not known
    assert imported.examples[0].post_id == post_id_of("Hm")
    assert any("reference is not read" in note for note in imported.notes)


def test_a_plain_csv_need_not_name_posts(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = _csv(tmp_path / "d.csv", "id,text,label", "1,Hm,yes", "2,Oh,no", "3,hm ,no")
    posts = [e.post_id for e in import_csv(path, tasks["mental-llm/dreaddit"]).examples]
    # The same text is one post here and on every task of the board; `1` is not that of another.
    assert posts == [post_id_of("hm"), post_id_of("oh"), post_id_of("hm")]


def test_labels_as_mental_llm_prints_them(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = _csv(
        tmp_path / "d.csv", "id,post_id,text,label", "1,a,Hm,True", "2,b,hm,FALSE", "3,c,h,yes"
    )
    assert [e.gold for e in import_csv(path, tasks["mental-llm/dreaddit"]).examples] == [
        "yes",
        "no",
        "yes",
    ]


def test_every_fault_of_a_plain_csv_is_named(tmp_path: Path, tasks: dict[str, Task]) -> None:
    path = _csv(
        tmp_path / "w.csv",
        "id,post_id,text,label,attributes",
        "a,p1,one,yes,dimension=sleep",
        "a,p1,two,maybe,dimension=lunch",
        ",p2,  ,no,dimension=work;dimension=work;x",
        "d,p4,four",
        '"e",p5,"five\nlines",no,',
        "f,p6,six,nope,dimension=work",
    )
    with pytest.raises(BenchmarkError) as caught:
        import_csv(path, tasks["demo/wellness"])
    assert [(fault.line, fault.field, fault.value) for fault in caught.value.faults] == [
        (3, "id", "a"),
        (3, "post_id", "p1"),
        (3, "label", "maybe"),
        (3, "attributes", "lunch"),
        (4, "id", ""),
        (4, "text", "  "),
        (4, "attributes", "dimension=work"),
        (4, "attributes", "x"),
        (5, "cells", "3 cells"),
        (6, "attributes", ""),
        (8, "label", "nope"),
    ]
    message = str(caught.value)
    assert "w.csv: 11 faults; nothing was imported for demo/wellness" in message
    assert "line 2 has this one" in message
    assert "dimension=sleep or dimension=social" in message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "header"),
        (b"id,text\n1,x\n", "id, text, label"),
        (b"\xef\xbb\xbfid;text;label\r\n1;x;yes\r\n", "parted by commas, not semicolons"),
        (b"post;text;stress\n1;x;yes\n", "not semicolons"),
        (b"id\ttext\tlabel\n1\tx\tyes\n", "parted by commas, not tabs"),
        (b"id,id,post_id,text,label\n1,1,p,x,yes\n", "once each"),
        (b"id,post_id,text,label\n", "none below the header"),
        (b"id,post_id,text,label\n1,p,\xff,yes\n", "byte 26 of the file"),
        (b'id,post_id,text,label\n1,p,"x"y,yes\n', "RFC 4180"),
        (b'id,post_id,text,label\n1,p,"x,yes\n', "RFC 4180"),
        (b"id,post_id,text,label\n1,p," + b"x" * (2**24 + 1) + b",yes\n", "cells up to 16 MiB"),
    ],
)
def test_what_is_no_table(
    tmp_path: Path, tasks: dict[str, Task], content: bytes, what: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(BenchmarkError, match=what):
        import_csv(path, tasks["demo/stress"])


def test_a_file_that_is_not_there(tmp_path: Path, tasks: dict[str, Task]) -> None:
    with pytest.raises(BenchmarkError, match=r"gone\.csv: cannot be used: file.*readable CSV"):
        import_csv(tmp_path / "gone.csv", tasks["demo/stress"])


def test_a_cell_longer_than_the_csv_modules_own_limit(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    path = _csv(tmp_path / "u.csv", "id,post_id,text,label", f"1,p,{'x' * 200_000},supportive")
    [example] = import_csv(path, tasks["mental-llm/cssrs-5"]).examples
    assert len(example.post) == 200_000


@pytest.mark.parametrize(
    "name",
    ["stress", "low-mood", "loneliness", "stress-cause", "mood-cause", "strain-level", "wellness"],
)
def test_the_demonstration_benchmark_imports_without_a_note(
    name: str, tasks: dict[str, Task]
) -> None:
    imported = import_csv(
        ROOT / "leaderboard_data" / "demo" / "test" / f"{name}.csv", tasks[f"demo/{name}"]
    )
    assert imported.notes == ()
    assert len(imported.examples) == 40


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "None", "null", "N/A", "<NA>", "", "  ", "-", '"\n"']
)
def test_a_reference_that_says_nothing_is_absent(
    tmp_path: Path, tasks: dict[str, Task], cell: str
) -> None:
    path = _csv(
        tmp_path / "stress.csv", "id,post_id,text,label,reference", f"s1,p1,Late,yes,{cell}"
    )
    imported = import_csv(path, tasks["demo/stress"])
    [example] = imported.examples
    assert (example.reference, example.reference_full) == (None, None)
    assert "rows without a reference explanation: 1" in imported.notes


@pytest.mark.parametrize("written", ["nan", "None", "<NA>"])
def test_a_published_reference_that_says_nothing_is_absent(
    tmp_path: Path, tasks: dict[str, Task], written: str
) -> None:
    query = 'Consider this post: "x" Question: Does the poster suffer from stress?'
    text = f"Yes, the poster suffers from stress. Reasoning: {written}"
    _checkout(tmp_path, tasks["imhi/dreaddit"], [(query, text)])
    [example] = _one(tmp_path, tasks, "imhi/dreaddit").examples
    assert (example.gold, example.reference, example.reference_full) == ("yes", None, None)


def test_a_reference_that_a_data_frame_lost_is_absent(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    frame = pd.read_csv(ROOT / "leaderboard_data" / "demo" / "test" / "stress.csv")
    lost = frame["id"] == "stress-004"
    frame["reference"] = frame["reference"].where(~lost, str(float("nan")))
    frame.to_csv(tmp_path / "stress.csv", index=False)
    imported = import_csv(tmp_path / "stress.csv", tasks["demo/stress"])
    absent = [example.example_id for example in imported.examples if example.reference is None]
    assert absent == ["stress-004"]
