"""Sets of ratings stay apart until somebody joins them; raters of one name are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.likeness.names import quoted
from submissions.problems import SubmissionRefused
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportedRatings, ImportRequest, import_ratings
from submissions.rating.sets import (
    SetRefused,
    alike_lines,
    held,
    join_sets,
    named_set,
    rating_sets,
    separate,
    unite_raters,
)
from submissions.rating.validity import find_validity
from submissions.store.database import prepare, reading, writing
from submissions.store.events import events
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import Rating, current_ratings, insert_ratings, sources
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics

CASES = Path(__file__).parent / "cases"
HEAD = "item,system,annotator,aspect,rating,post,explanation\n"
RUBRICS = load_rubrics()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    prepare(made)
    return made


def take_in(
    folder: DataFolder, tasks: Mapping[str, Task], name: str, content: str, revise: bool = False
) -> ImportedRatings:
    path = folder.path.parent / f"{name}.csv"
    path.write_text(content, encoding="utf-8")
    asked = ImportRequest("tester", "a test", Naming("mentallama", "demo/stress"), revise=revise)
    return import_ratings(folder, tasks, RUBRICS, path, asked)


def rows(
    raters: Iterable[str], items: Iterable[int] = range(4), system: str = "M", shift: int = 0
) -> str:
    """A long file: every rater rates the headline of every item."""
    return HEAD + "".join(
        f"{item},{system},{who},overall,{(item + place + shift) % 4},Post {shift} {item}.,Because"
        f" {shift} {item}.\n"
        for item in items
        for place, who in enumerate(raters)
    )


def alphas(folder: DataFolder, tasks: Mapping[str, Task]) -> dict[tuple[str, str], int]:
    """(set, system) -> raters, of which alpha is stated."""
    rows = find_validity(folder, tasks, RUBRICS).agreement
    return {
        (row.ratings, row.system): row.raters
        for row in rows
        if row.coefficient == "alpha (ordinal)"
    }


# Raters


def test_spellings_of_one_rater_are_one_and_told(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    both = rows(["ana", "ben"], [0, 1]) + rows(["ANA ", "\u200bben"], [2, 3]).removeprefix(HEAD)
    told = take_in(folder, tasks, "r", both).lines
    assert "note: annotator 'ANA ' is taken for 'ana'" in told
    assert r"note: annotator '\u200bben' is taken for 'ben'" in told
    assert {key[2] for key in current_ratings(folder, "r")} == {"ana", "ben"}
    assert alphas(folder, tasks) == {("r", "M"): 2}


def test_a_second_rating_is_refused_with_both_lines(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    twice = rows(["ana", "ben"], [0]) + rows(["Ana"], [0]).removeprefix(HEAD)
    with pytest.raises(SubmissionRefused) as caught:
        take_in(folder, tasks, "r", twice)
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (4, "overall")
    assert "line 2 has 0 for the same text, by annotator ana ('ana' there, 'Ana' here)" in str(
        problem
    )
    assert "`revision`" in str(problem)
    assert not sources(folder)


def test_a_row_may_say_that_it_is_a_revision(folder: DataFolder, tasks: Mapping[str, Task]) -> None:
    head = "item,system,annotator,aspect,rating,post,explanation,revision\n"
    first = "0,M,ana,overall,2,A post.,Because.,\n0,M,ben,overall,2,,,no\n"
    take_in(folder, tasks, "r", f"{head}{first}0,M,ANA,overall,1,,,Yes\n")
    assert current_ratings(folder, "r") == {
        ("0", "M", "ana", "overall"): 1,
        ("0", "M", "ben", "overall"): 2,
    }
    with pytest.raises(SubmissionRefused) as caught:
        take_in(
            folder, tasks, "s", f"{head}{first}0,M,cleo,overall,1,,,yes\n0,M,dan,overall,1,,,so\n"
        )
    said = "\n".join(map(str, caught.value.problems))
    assert "line 4, revision: no earlier line has a rating of this text by annotator cleo" in said
    assert "line 5, revision 'so': does not tell; allowed: yes, or no, or nothing" in said


def test_a_revised_file_is_held_against_the_raters_that_stand_there(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, "r", rows(["ana", "ben"]))
    told = take_in(folder, tasks, "r", rows(["ANA", "Ben"], shift=0), revise=True).lines
    assert "0 ratings stored in the set 'r'" in told
    assert "note: annotator 'ANA' is taken for 'ana'" in told
    assert alphas(folder, tasks) == {("r", "M"): 2}


def test_systems_are_folded_like_raters_and_shown_as_the_board_has_them(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/stress"]), system="Golden")
    example = gold_rows(folder, tasks["demo/stress"])[0]["example_id"]
    head = "task,example_id,system,annotator,aspect,rating\n"
    told = take_in(
        folder,
        tasks,
        "r",
        f"{head}demo/stress,{example},golden,ana,overall,3\ndemo/stress,{example},GOLDEN,ben,overall,3\n",
    ).lines
    assert {key[1] for key in current_ratings(folder, "r")} == {"Golden"}
    assert "note: system 'GOLDEN' is taken for 'Golden'" in told


def old_duplicates(folder: DataFolder) -> None:
    """Ratings as they were stored before names were folded: ana twice, once about the same text."""
    with writing(folder) as db:
        insert_ratings(
            db,
            sources(folder)[0].id,
            [
                Rating("0", "M", "ANA", "overall", 3),
                Rating("9", "M", "ANA", "overall", 1),
            ],
        )


def test_raters_from_before_names_were_folded_are_told_and_united_by_a_command(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, "r", rows(["ana", "ben"]))
    assert not list(alike_lines(folder))
    old_duplicates(folder)
    (told,) = alike_lines(folder)
    assert "in r, 'ana' and 'ANA' count as 2 raters" in told
    assert "`reasonboard ratings unite r --reason ...`" in told
    assert len({key[2] for key in current_ratings(folder, "r")}) == 3, "nothing moves by itself"
    said = unite_raters(folder, "r", "tester", "one person")
    assert said == [
        "annotator 'ANA' is taken for 'ana'",
        "r: 2 ratings moved; of two of one text, the later counts",
    ]
    now = current_ratings(folder, "r")
    assert {key[2] for key in now} == {"ana", "ben"}
    assert now["0", "M", "ana", "overall"] == 3
    assert now["9", "M", "ana", "overall"] == 1
    assert events(folder)[-1].kind == "raters united"
    with pytest.raises(SetRefused, match="nothing to do"):
        unite_raters(folder, "r", "tester", "again")


# Joining


def test_sets_are_reported_apart_until_they_are_joined_and_again_when_separated(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, "first", rows(["ana", "ben"]))
    take_in(folder, tasks, "second", rows(["Ana", "cleo"], shift=1))
    assert alphas(folder, tasks) == {("first", "M"): 2, ("second", "M"): 2}
    told = join_sets(folder, ["first", "second"], "both", "tester", "one study")
    assert told == [
        "annotator 'Ana' is taken for 'ana'",
        "both: first, second are reported as one set from now on",
    ]
    assert alphas(folder, tasks) == {("both", "M"): 3}
    (row,) = find_validity(folder, tasks, RUBRICS).sets
    assert (row.kind, row.members, row.author, row.reason) == (
        "join",
        ["first", "second"],
        "tester",
        "one study",
    )
    assert row.joined.startswith("joined from first, second on ")
    assert (events(folder)[-1].kind, events(folder)[-1].reason) == ("ratings joined", "one study")
    content = held(folder, named_set(folder, "both"))
    assert len(content.texts) == 8, "items of one id on other texts are other items"
    assert len(content.ratings) == 16
    separate(folder, "both", "tester", "two studies after all")
    assert alphas(folder, tasks) == {("first", "M"): 2, ("second", "M"): 2}
    assert events(folder)[-1].kind == "ratings separated"


def test_one_text_in_two_sets_is_one_text_and_nobody_rates_it_twice(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    take_in(folder, tasks, "first", rows(["ana", "ben"]))
    take_in(folder, tasks, "more", rows(["cleo"]).replace("\n0,M", "\nzero,M"))
    take_in(folder, tasks, "again", rows(["ANA", "dan"], [1]))
    with pytest.raises(
        SetRefused, match=r"1 rating of a text by .* 1 of M by annotator ana \(overall\)"
    ):
        join_sets(folder, ["first", "again"], "both", "tester", "one study")
    join_sets(folder, ["first", "more"], "both", "tester", "one study")
    content = held(folder, named_set(folder, "both"))
    assert len(content.texts) == 4
    assert len(content.ratings) == 12
    with pytest.raises(SetRefused, match="by annotator ben"):
        take_in(folder, tasks, "more", rows(["cleo", "BEN"]), revise=True)


def test_what_does_not_go_together_is_not_joined(tmp_path: Path, tasks: Mapping[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", dict(tasks), ["stress"])
    submit(folder, tasks, tmp_path, gold_rows(folder, tasks["demo/stress"]), system="Ada")
    open_round(folder, tasks, RUBRICS, Wanted("demo", 2, 1, "me", "a test"))
    take_in(folder, tasks, "first", rows(["ana"]))
    take_in(folder, tasks, "other", rows(["ben"], system="m", shift=1))
    for names, said in (
        (["first", "first"], "two sets or more"),
        (["first", "demo-round-1"], "is an open round: close it first"),
        (["first", "other"], "'M' and 'm' would be two systems"),
        (["first", "frist"], "did you mean 'first'"),
    ):
        with pytest.raises(SetRefused, match=said):
            join_sets(folder, names, "both", "tester", "x")
    with pytest.raises(SetRefused, match="there is a set of ratings called 'first' already"):
        join_sets(folder, ["first", "other"], "First", "tester", "x")
    with pytest.raises(SetRefused, match="nothing is joined"):
        separate(folder, "first", "tester", "x")


# Boards from before


def before_sets(folder: DataFolder, pooled: Mapping[str, str]) -> None:
    """Put a data folder back to when files of one set were pooled: set -> the pool that it was
    imported into.
    """
    with reading(folder) as db:
        db.conn.execute("DROP TABLE rating_joins")
        db.conn.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%sets_of_ratings%'")
        for name, pool in pooled.items():
            db.conn.execute("UPDATE rating_sources SET ratings = ? WHERE ratings = ?", [pool, name])


def test_a_pool_that_nobody_asked_for_is_taken_apart_and_one_with_a_name_is_a_join(
    folder: DataFolder, tasks: Mapping[str, Task]
) -> None:
    for place, name in enumerate(("a", "b", "c", "d", "e")):
        take_in(folder, tasks, name, rows(["ana", "ben"], shift=place))
    before = {name: current_ratings(folder, name) for name in "abcde"}
    before_sets(
        folder, {"a": "mentallama", "b": "mentallama", "c": "study", "d": "study", "e": "alone"}
    )
    for _ in range(2):
        prepare(folder)
    assert [(one.name, one.kind, one.members) for one in rating_sets(folder)] == [
        ("a", "file", ("a",)),
        ("b", "file", ("b",)),
        ("study", "join", ("c", "d")),
        ("alone", "file", ("alone",)),
    ]
    assert {name: current_ratings(folder, name) for name in "abcd"} == {
        name: before[name] for name in "abcd"
    }
    assert current_ratings(folder, "alone") == before["e"]
    told = {one.subject: one.reason for one in events(folder) if one.kind == "ratings taken apart"}
    assert "are reported apart; `ratings join` pools them: a, b" in told["mentallama"]
    assert "are joined, as before: c, d" in told["study"]
    assert not take_in(folder, tasks, "a", rows(["ana", "ben"], shift=0)).new


# Files that failed: invented, a copy of each beside this test


@pytest.fixture
def demo(tmp_path: Path, tasks: Mapping[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", dict(tasks), ["stress-cause"])


def import_case(folder: DataFolder, tasks: Mapping[str, Task], name: str) -> ImportedRatings:
    asked = ImportRequest("tester", "a case", Naming("mentallama"))
    return import_ratings(folder, tasks, RUBRICS, CASES / f"{name}.csv", asked)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("r07_annotator_case", {"ANA ": "ana", "BEN ": "ben", "CLEO ": "cleo"}),
        ("r08_nfd", {"re\u0301mi": "r\u00e9mi"}),
    ],
)
def test_three_raters_are_three_however_they_are_spelled(
    demo: DataFolder, tasks: Mapping[str, Task], name: str, taken: Mapping[str, str]
) -> None:
    told = import_case(demo, tasks, name).lines
    for other, first in taken.items():
        assert f"note: annotator {quoted(other)} is taken for {quoted(first)}" in told
    rows = find_validity(demo, tasks, RUBRICS).agreement
    assert {row.raters for row in rows} == {3}


def test_the_same_rater_twice_is_refused(demo: DataFolder, tasks: Mapping[str, Task]) -> None:
    with pytest.raises(SubmissionRefused) as caught:
        import_case(demo, tasks, "r18_same_rater_twice")
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 40
    assert all("by annotator ana ('ana' there, 'Ana' here)" in one for one in said)
