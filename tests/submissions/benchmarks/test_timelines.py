"""Timelines in the shape of CLPsych's, on invented files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Label, Task
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.benchmarks.importing import import_gold
from submissions.benchmarks.timelines import holds_timelines, import_timelines
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from tests.histories import TASK, clpsych, declare

FIRST = {
    "post_index": 1,
    "post_id": "a1",
    "date": "2021-05-01",
    "post": "I called my sister.\nNothing else is worth\ngetting up for.",
    "Post Summary": "They reach out, and see no point.",
    "Well-being": 4,
    "evidence": {
        "adaptive-state": {
            "B-O": {"highlighted_evidence": "I called my sister.", "Category": "Relating"},
            "Presence": 2,
        },
        "maladaptive-state": {
            # Its line end was lost.
            "C-S": {"highlighted_evidence": "worth getting up for", "Category": "Hopeless"},
        },
    },
}
SECOND = {
    "post_id": "a2",
    "post": "The bus was late.",
    "Post Summary": None,
    "Well-being": None,
    "evidence": {},
}


@pytest.fixture
def timeline(tmp_path: Path) -> Task:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    return declare(folder)[TASK]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    where = tmp_path / "test"
    where.mkdir()
    (where / "t1.json").write_text(clpsych("t1", FIRST, SECOND, summary=" They get by. "))
    other = {**SECOND, "post_id": "b1", "post": "Rain again."}
    (where / "t2.json").write_text(clpsych("t2", other, summary=""))
    return where


def test_a_timeline_with_its_summary(timeline: Task, files: Path) -> None:
    imported = import_timelines(files, timeline)
    (example,) = imported.examples
    assert (example.example_id, example.reference) == ("t1", "They get by.")
    assert [post.name for post in example.posts] == ["a1", "a2"]
    assert example.post == "\n---\n".join([FIRST["post"], SECOND["post"]])
    assert "left out, for lack of what the task asks for: 1" in imported.notes
    listed = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(files.iterdir())
    )
    assert imported.sha256 == hashlib.sha256(listed.encode()).hexdigest()


def test_posts_with_their_summaries_and_levels(timeline: Task, files: Path) -> None:
    levels = tuple(Label(str(level)) for level in range(1, 11))
    task = replace(timeline, unit="post", kind="ordinal", labels=levels)
    (example,) = import_timelines(files / "t1.json", task).examples
    assert (example.example_id, example.gold) == ("a1", "4")
    assert example.reference == FIRST["Post Summary"]
    # Posts of one timeline are drawn together.
    assert example.post_id.endswith(": t1")


def test_passages_of_each_state(timeline: Task, files: Path) -> None:
    task = replace(
        timeline,
        unit="post",
        evidence=True,
        references="none",
        question="Which passages show a {state} state?",
        attributes={"state": ("adaptive", "maladaptive")},
    )
    good, bad = import_timelines(files, task).examples
    assert (good.example_id, good.evidence) == ("a1-adaptive", ("I called my sister.",))
    assert (bad.example_id, bad.evidence) == ("a1-maladaptive", ("worth\ngetting up for",))
    assert "a maladaptive state" in bad.query
    whole = replace(task, attributes={}, unit="user")
    (example,) = import_timelines(files, whole).examples
    assert example.evidence == (*good.evidence, *bad.evidence)


def marking(passages: object, post: str = "I cannot sleep. The cafe\u0301 is open.") -> str:
    element = {"A": {"highlighted_evidence": passages}, "Presence": 2}
    return clpsych("t", {"post_id": "p", "post": post, "evidence": {"adaptive-state": element}})


@pytest.mark.parametrize(
    ("passages", "stored"),
    [
        (["I cannot sleep.", "is open"], ("I cannot sleep.", "is open")),
        ("The caf\u00e9 is", ("The cafe\u0301 is",)),
        ("The cafe\u0301 is", ("The cafe\u0301 is",)),
        (None, ()),
        ([], ()),
        ("", ()),
    ],
)
def test_passages_come_in_lists_and_in_any_unicode_form(
    timeline: Task, tmp_path: Path, passages: object, stored: tuple[str, ...]
) -> None:
    path = tmp_path / "t.json"
    path.write_text(marking(passages))
    (example,) = import_timelines(path, replace(timeline, evidence=True)).examples
    assert example.evidence == stored


def test_a_passage_without_marks_finds_a_post_in_one_form(timeline: Task, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(marking("e\u0301t\u00e9", "L'\u00e9te\u0301 dure."))
    (example,) = import_timelines(path, replace(timeline, evidence=True)).examples
    assert example.evidence == ("\u00e9te\u0301",)


@pytest.mark.parametrize("passages", [7, ["I cannot", 3], {"text": "I cannot"}, [["I cannot"]]])
def test_passages_of_another_kind_are_a_fault(
    timeline: Task, tmp_path: Path, passages: object
) -> None:
    path = tmp_path / "t.json"
    path.write_text(marking(passages))
    with pytest.raises(BenchmarkError) as refused:
        import_timelines(path, replace(timeline, evidence=True))
    [fault] = refused.value.faults
    assert "p, evidence.adaptive-state.A.highlighted_evidence" in str(fault)
    assert "a text, a list of texts, or null" in str(fault)


@pytest.mark.parametrize(
    "evidence", [["I cannot"], {"adaptive-state": ["I"]}, {"adaptive-state": {"A": ["I"]}}]
)
def test_evidence_of_another_shape_is_a_fault(
    timeline: Task, tmp_path: Path, evidence: object
) -> None:
    path = tmp_path / "t.json"
    path.write_text(clpsych("t", {"post_id": "p", "post": "I cannot.", "evidence": evidence}))
    with pytest.raises(BenchmarkError) as refused:
        import_timelines(path, replace(timeline, evidence=True))
    assert "an object, or null" in str(refused.value.faults[0])


def test_half_of_a_surrogate_pair_is_named_wherever_it_stands(
    timeline: Task, tmp_path: Path
) -> None:
    path = tmp_path / "t.json"
    path.write_text(clpsych("t\ud800", {"post_id": "p", "post": "Two.", "e\ud800": 1}, FIRST))
    folder = DataFolder(tmp_path / "data")
    with pytest.raises(BenchmarkError) as refused:
        import_gold(folder, {TASK: timeline}, TASK, path)
    said = str(refused.value)
    assert said.encode(), "it can be printed"
    assert "timeline_id: holds half of a surrogate pair" in said
    assert "posts[0].'e\\ud800': holds half of a surrogate pair" in said
    # A whole pair is a character as any other.
    path.write_text(clpsych("t", {"post_id": "p", "post": "\U0001f600"}))
    assert import_timelines(path, timeline).examples[0].post == "\U0001f600"


def test_every_fault_is_named(timeline: Task, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    strange = {
        **FIRST,
        "evidence": {"adaptive-state": {"A": {"highlighted_evidence": "I never said so"}}},
    }
    rows = [clpsych("t1", FIRST, FIRST), clpsych("t2", strange), clpsych("t3"), clpsych("t4", {})]
    path.write_text(f"[{','.join(rows)}]")
    with pytest.raises(BenchmarkError) as refused:
        import_timelines(path, replace(timeline, evidence=True))
    said = [str(fault) for fault in refused.value.faults]
    for name in ("t1", "a1, highlighted_evidence", "all.json", "t4, post 1"):
        assert any(name in fault for fault in said), (name, said)
    path.write_text("[{]")
    assert not holds_timelines(path)
    path.write_text(clpsych("t1", SECOND, summary=""))
    with pytest.raises(BenchmarkError, match="one with all that the task asks for"):
        import_timelines(path, timeline)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BenchmarkError, match=r"no \.json file"):
        import_timelines(tmp_path / "empty", timeline)


def test_the_command_takes_a_folder(timeline: Task, files: Path, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    said = import_gold(folder, {TASK: timeline}, TASK, files)
    assert any("read as CLPsych's timelines are" in line for line in said)
    (example,) = PostStore(folder.posts).examples(timeline)
    assert len(example.posts) == 2
