"""Ratings taken in: joined to what was rated, stored whole or not at all, revised and never
replaced.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.life.takedown import redact_example, redact_output
from submissions.problems import SubmissionRefused
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import (
    ImportedRatings,
    ImportRequest,
    RatingsRefused,
    import_ratings,
)
from submissions.rating.sets import SetRefused
from submissions.store.database import prepare, reading
from submissions.store.events import events
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedTextsLost, current_ratings, rated_texts, sources
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics

HEADER = "text,label,a-model,fluency,completeness,reliability,overall\n"
FIRST = 'A first post.,1,Yes. It hurts.,"[3, 2, 3]","[1, 1, 1]","[2, 2, 2]","[2, 2, 1]"\n'
SECOND = 'A second post.,0,No. All is well.,"[3, 3, 3]","[0, 1, 1]","[2, 1, 2]","[2, 0, 1]"\n'
ASKED = ImportRequest("tester", "a test")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    prepare(made)
    return made


def take_in(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    content: str,
    asked: ImportRequest = ASKED,
    name: str = "r.csv",
) -> ImportedRatings:
    path = folder.path.parent / name
    path.write_text(content, encoding="utf-8")
    return import_ratings(folder, tasks, load_rubrics(), path, asked)


def counts(folder: DataFolder) -> tuple[int, int]:
    with reading(folder) as db:
        return db.table("rating_sources").count, db.table("ratings").count


def test_a_file_is_stored_once_whatever_it_is_called(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    first = take_in(folder, tasks, HEADER + FIRST + SECOND)
    assert first.new
    assert "24 ratings stored in the set 'r'" in first.lines
    assert any("its gold is not imported" in line for line in first.lines)
    assert counts(folder) == (1, 24)
    for name in ("r.csv", "copy.csv"):
        again = take_in(folder, tasks, HEADER + FIRST + SECOND, name=name)
        assert not again.new
        assert again.source == first.source
    assert counts(folder) == (1, 24)
    assert [(event.kind, event.subject, event.reason) for event in events(folder)] == [
        ("ratings", "r: r.csv", "a test")
    ]


def test_the_right_label_is_read_where_it_is_one(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    content = HEADER + FIRST + SECOND
    assert ",1," in content
    unread = take_in(folder, tasks, content.replace(",1,", ",perhaps,"), name="unread.csv")
    assert any("'perhaps' in line" in line for line in unread.lines)
    take_in(folder, tasks, content)
    held = rated_texts(folder, "r")
    assert "yes" in {text.gold for text in held.values()}
    assert {text.gold for text in held.values()} <= {"yes", "no"}


def test_texts_lie_apart_and_for_their_owner_alone(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    source = take_in(folder, tasks, HEADER + FIRST).source
    path = folder.posts / "rated" / f"{source.texts}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "It hurts" in path.read_text("utf-8")
    for part in folder.path.glob("working.db*"):
        assert b"It hurts" not in part.read_bytes()
        assert b"A first post" not in part.read_bytes()
    path.unlink()
    with pytest.raises(RatedTextsLost, match=r"r\.csv rates cannot be read"):
        rated_texts(folder, "r")


def test_other_bytes_under_the_same_name_are_refused_with_what_to_do(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, HEADER + FIRST)
    with pytest.raises(
        RatingsRefused, match=r"the set 'r' was imported.*--revise.*--name.*ratings join"
    ):
        take_in(folder, tasks, HEADER + SECOND)
    assert counts(folder) == (1, 12)


def test_a_revision_adds_what_differs_and_takes_back_what_is_gone(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, HEADER + FIRST + SECOND)
    changed = FIRST.replace("[3, 2, 3]", "[3, 1, 3]")
    revised = take_in(folder, tasks, HEADER + changed, replace(ASKED, revise=True))
    assert "1 rating stored in the set 'r', 12 taken back" in revised.lines
    assert counts(folder) == (2, 24 + 13)  # nothing is overwritten
    ratings = current_ratings(folder, "r")
    assert len(ratings) == 12
    assert sorted(value for key, value in ratings.items() if key[3] == "fluency") == [1, 3, 3]
    with pytest.raises(
        RatingsRefused,
        match=r"no set of ratings is called 'other' that could be revised; imported: r",
    ):
        take_in(folder, tasks, HEADER + SECOND, replace(ASKED, revise=True), name="other.csv")


def test_a_second_file_is_a_set_of_its_own(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    take_in(folder, tasks, HEADER + FIRST)
    more = take_in(folder, tasks, HEADER + FIRST + SECOND, name="more.csv")
    assert "24 ratings stored in the set 'more'" in more.lines, "what both files say, both say"
    other = FIRST.replace("[3, 2, 3]", "[0, 2, 0]").replace("[2, 2, 1]", "[3, 2, 1]")
    take_in(
        folder, tasks, HEADER + other, replace(ASKED, ratings="another study"), name="other.csv"
    )
    assert [source.ratings for source in sources(folder)] == ["r", "more", "another study"]
    assert len(current_ratings(folder, "r")) == 12
    with pytest.raises(RatingsRefused, match="the set 'r' was imported"):
        take_in(folder, tasks, HEADER + SECOND, replace(ASKED, ratings=" R"), name="last.csv")
    with pytest.raises(SetRefused, match="1 to 80 visible characters"):
        take_in(folder, tasks, HEADER + SECOND, replace(ASKED, ratings="a\u202eb"), name="last.csv")


def test_a_set_has_one_rubric_and_one_benchmark(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, HEADER + FIRST)
    long = (
        "item,system,annotator,aspect,rating,post,explanation\n1,M,ana,consistency,2,A"
        " post.,Because.\n"
    )
    with pytest.raises(RatingsRefused, match="is rated by mentallama: name another set"):
        take_in(
            folder,
            tasks,
            long,
            ImportRequest("t", "r", Naming(task="imhi/dr"), "r", revise=True),
            name="long.csv",
        )
    with pytest.raises(RatingsRefused, match="one benchmark's explanations"):
        take_in(
            folder,
            tasks,
            HEADER + SECOND,
            ImportRequest("t", "r", Naming(task="imhi-expert/dr"), "r", revise=True),
            name="expert.csv",
        )


def test_a_task_must_be_told_and_have_explanations(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    long = (
        "item,system,annotator,aspect,rating,post,explanation,task\n"
        "1,M,ana,consistency,2,A post.,Because.,\n"
        "2,M,ana,consistency,2,B post.,Because.,imhi/drr\n"
        "3,M,ana,consistency,2,C post.,Because.,mental-llm/dreaddit\n"
    )
    with pytest.raises(SubmissionRefused) as caught:
        take_in(folder, tasks, long)
    said = str(caught.value)
    assert "line 2, task: does not tell which task was answered; say so with --task" in said
    assert "line 3, task 'imhi/drr': not a declared task; did you mean 'imhi/dr'?" in said
    assert "line 4, task 'mental-llm/dreaddit': asks for labels alone" in said
    assert counts(folder) == (0, 0)


def test_ratings_of_submitted_answers_need_no_text(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    task = tasks["demo/stress"]
    rows = gold_rows(folder, task)
    submit(folder, tasks, tmp_path, rows, system="Golden")
    example = PostStore(folder.posts).examples(task)[0]
    head = "task,example_id,system,annotator,aspect,rating\n"
    good = f"demo/stress,{example.example_id},Golden,ana,overall,3\n"
    asked = ImportRequest("t", "r", Naming(rubric="mentallama"))
    bad = (
        f"demo/stress,{example.example_id},Goldn,ana,overall,3\n"
        "demo/stress,nowhere-1,Golden,ana,overall,3\n"
        "demo/wellness,wellness-001,Golden,ana,overall,3\n"
    )
    with pytest.raises(SubmissionRefused) as caught:
        take_in(folder, tasks, head + good + bad, asked)
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 3
    assert "line 3, system 'Goldn'" in said[0]
    assert "did you mean 'Golden'?" in said[0]
    assert "line 4, example_id 'nowhere-1': not an example of demo/stress" in said[1]
    assert "the gold of demo/wellness is not imported" in said[2]
    imported = take_in(folder, tasks, head + good, asked)
    assert (
        "demo/stress: 1 of 1 text answers one of its examples, with a reference" in imported.lines
    )
    (text,) = rated_texts(folder, "r").values()
    assert text.output == rows[0]["output"]
    assert text.post == example.post


# What was redacted

LONG = "item,task,system,annotator,aspect,rating,post,explanation\n"


def rows_of(*texts: tuple[str, str, str]) -> str:
    """A long file: of each text its item, post and explanation, rated once."""
    return LONG + "".join(
        f'{item},demo/stress,Eve,1,overall,2,"{post}","{text}"\n' for item, post, text in texts
    )


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def test_a_redacted_post_does_not_come_back_in_another_set(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    gone, kept = PostStore(board.posts).examples(tasks["demo/stress"])[:2]
    own = gold_rows(board, tasks["demo/stress"])[0]["output"]
    submit(board, tasks, board.path.parent, gold_rows(board, tasks["demo/stress"]), system="Ada")
    texts = [
        ("a", gone.post, "It quotes a lot."),
        ("b", f" {gone.post.upper()}", "So do I."),
        ("c", kept.post, own),
    ]
    asked = replace(ASKED, naming=Naming("mentallama"), ratings="first")
    take_in(board, tasks, rows_of(*texts), asked)
    redact_example(board, tasks, "demo/stress", gone.example_id, "me", "the poster asked")
    again = take_in(board, tasks, rows_of(*texts, ("d", "", own)), replace(asked, ratings="second"))
    assert (
        again.lines[0]
        == "not taken in: 3 texts that were redacted here, or whose post was (line 2, 3, 5)"
    )
    assert {item for item, _ in rated_texts(board, "second")} == {"c"}, (
        "the same words about another post may stay"
    )
    assert {item for item, *_ in current_ratings(board, "second")} == {"c"}
    assert gone.post.encode() not in b"".join(
        path.read_bytes() for path in board.path.rglob("*") if path.is_file()
    )
    with pytest.raises(RatingsRefused, match="every text in it, or its post, was redacted here"):
        take_in(board, tasks, rows_of(texts[0]), replace(asked, ratings="third"))
    assert not sources(board, "third")


def test_a_redacted_output_does_not_come_back_about_any_post(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    rows = gold_rows(board, tasks["demo/stress"])
    rows[0]["output"] += " They are called Jo of Smalltown."
    redact_output(
        board,
        submit(board, tasks, board.path.parent, rows, system="Ada").submission,
        "demo/stress",
        rows[0]["example_id"],
        "me",
        "names a person",
    )
    asked = replace(ASKED, naming=Naming("mentallama"))
    texts = [("a", "Some post.", rows[0]["output"]), ("b", "Some other post.", rows[1]["output"])]
    told = take_in(board, tasks, rows_of(*texts), asked).lines
    assert told[0] == "not taken in: 1 text that was redacted here, or whose post was (line 2)"
    assert {item for item, _ in rated_texts(board, "r")} == {"b"}
