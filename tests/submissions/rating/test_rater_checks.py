"""What checks a round's raters: practice with feedback, hidden gold items, items given again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.life.takedown import redact_example
from submissions.problems import SubmissionRefused
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.raters import raters
from submissions.rating.raw import raw_ratings
from submissions.rating.rounds import (
    DISTRESSING,
    RatingRefused,
    Round,
    RoundRefused,
    close_round,
    feedback,
    next_item,
    progress,
    rate,
    rated_last,
    share,
    skip,
)
from submissions.rating.shown import Item
from submissions.rating.turns import GAP
from submissions.rating.validity import find_validity
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import CHECKS, current_ratings, rated_texts
from submissions.store.rated.rounds import standing
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics
from tests.guides import ROOT

RUBRICS = load_rubrics()
SCALES = RUBRICS["mentallama"].aspects
DEMO = ROOT / "leaderboard_data" / "demo"
PRACTICE, GOLD = DEMO / "practice.csv", DEMO / "gold.csv"
WANTED = Wanted("demo", 8, 1, "me", "a test", practice=PRACTICE, gold=GOLD, repeats=3)
ANA, BEN, CARL, DORA = "annotator-ana", "annotator-ben", "annotator-carl", "annotator-dora"
TWO = dict.fromkeys(RUBRICS["mentallama"].names, 2)


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    for system in ("Ada", "Bert"):
        rows = [
            {**row, "output": f"{row['output']} mark-{system}-{row['example_id']}."}
            for row in gold_rows(folder, tasks["demo/stress"])
        ]
        submit(folder, tasks, tmp_path, rows, system=system)
    return folder


@pytest.fixture
def opened(board: DataFolder, tasks: dict[str, Task]) -> Round:
    return open_round(board, tasks, RUBRICS, WANTED)[0]


def rate_all(board: DataFolder, round_: Round, annotator: str) -> list[Item]:
    items = []
    while item := next_item(board, round_, annotator):
        items.append(item)
        rate(board, round_, SCALES, item.id, annotator, TWO)
    return items


def keys(board: DataFolder, round_: Round, annotator: str) -> list[str]:
    """Return the names of items as they are stored, in the order rated."""
    return [item for item, _ in standing(board, round_).rated_by(annotator)]


def test_practice_comes_first_with_what_was_agreed_and_is_rated_once(
    board: DataFolder, opened: Round
) -> None:
    assert share(board, opened, ANA).practice == 2
    for _ in range(2):
        item = next_item(board, opened, ANA)
        assert item is not None
        assert item.practice
        assert feedback(board, opened, item.id, ANA) is None, "not before it was rated"
        rate(board, opened, SCALES, item.id, ANA, TWO)
        with pytest.raises(RatingRefused, match="was practice, and is rated once"):
            rate(board, opened, SCALES, item.id, ANA, TWO)
    learned = feedback(board, opened, item.id, ANA)
    assert learned is not None
    assert (learned.given, learned.agreed["overall"]) == (TWO, 0)
    assert learned.sentence.startswith("Nothing of that stands in the post")
    assert (share(board, opened, ANA).practice, share(board, opened, ANA).rated) == (0, 0)
    assert rated_last(board, opened, ANA) is None
    later = next_item(board, opened, ANA)
    assert later is not None
    assert not later.practice


def test_hidden_items_look_like_any_other_and_come_in_between(
    board: DataFolder, opened: Round
) -> None:
    left = share(board, opened, ANA).left
    assert left == 16 + 2 + 3
    items = []
    while item := next_item(board, opened, ANA):
        assert next_item(board, opened, ANA) == item, "a reload shows the same"
        rate(board, opened, SCALES, item.id, ANA, TWO)
        if not item.practice:
            items.append(item)
            assert feedback(board, opened, item.id, ANA) is None
            mine = share(board, opened, ANA)
            # Of whichever kind: one more is rated, one less is left.
            assert (mine.rated, mine.left) == (len(items), left - len(items))
    stored = standing(board, opened).rated_by(ANA)[2:]
    assert sum(item.startswith("gold:") for item, _ in stored) == 2
    again = [place for place, key in enumerate(stored) if key[0].startswith("again:")]
    assert len(again) == 3
    for place in again:
        item, system = stored[place]
        first = stored.index((item.removeprefix("again:"), system))
        assert place - first > GAP
        one, other = items[first], items[place]
        assert one.id != other.id
        assert replace(one, id=other.id) == other
    assert len({item.id for item in items}) == left
    # All at the end, or all at the beginning, would tell.
    hidden = [place for place, (item, _) in enumerate(stored) if item.startswith(CHECKS)]
    assert hidden != list(range(len(stored) - 5, len(stored)))
    assert {field.name for field in fields(Item)} == {
        *("id", "post", "asked", "text", "turns", "against", "practice", "ratings", "reason"),
    }
    assert progress(board, opened).items == 16


def test_what_checks_raters_counts_for_nothing(
    board: DataFolder, opened: Round, tasks: Mapping[str, Task]
) -> None:
    for who in (ANA, BEN):
        rate_all(board, opened, who)
    assert {key[0].split("/")[0] for key in current_ratings(board, opened.name)} == {"demo"}
    assert {text.system for text in rated_texts(board, opened.name).values()} == {"Ada 1", "Bert 1"}
    close_round(board, opened.name, "me", "done")
    with_checks = [row for row in find_validity(board, tasks).agreement if row.system == "Ada 1"]
    assert {row.n for row in with_checks} <= {8}


def test_a_takedown_takes_what_was_given_again_along_and_what_was_said_of_it(
    board: DataFolder, opened: Round, tasks: Mapping[str, Task]
) -> None:
    rate_all(board, opened, ANA)
    again = next(name for name in keys(board, opened, ANA) if name.startswith("again:"))
    item = rated_last(board, opened, ANA)
    assert item is not None
    example = again.split("#")[1]
    redact_example(board, tasks, "demo/stress", example, "me", "asked for")
    left = {key[0] for key in rated_texts(board, opened.name)}
    assert again.removeprefix("again:") not in left
    assert share(board, opened, BEN).left == 14 + 2 + 3


def test_a_takedown_deletes_what_raters_wrote_about_it(
    board: DataFolder, opened: Round, tasks: Mapping[str, Task]
) -> None:
    while item := next_item(board, opened, ANA):
        rate(board, opened, SCALES, item.id, ANA, TWO, f"said of {item.id}")
    again = next(name for name in keys(board, opened, ANA) if name.startswith("again:"))
    first = again.removeprefix("again:")
    before = standing(board, opened).reasons
    assert {item for item, *_ in before} >= {first, again}, "both times"
    redact_example(board, tasks, "demo/stress", again.split("#")[1], "me", "asked for")
    after = standing(board, opened).reasons
    assert after == {key: why for key, why in before.items() if key[0] not in (first, again)}
    gone = set(before.values()) - set(after.values())
    assert not gone & {row.reason for row in raw_ratings(board, opened.name)}
    assert len(gone) >= 3, "of both systems' texts, and of the one given again"


def rate_but(board: DataFolder, round_: Round, annotator: str, most: int) -> None:
    """Rate all but so many of what counts."""
    while item := next_item(board, round_, annotator):
        key = standing(board, round_).reserved[annotator]
        if most and not key[0].startswith(CHECKS):
            most -= 1
            skip(board, round_, item.id, annotator)
        else:
            rate(board, round_, SCALES, item.id, annotator, TWO)


def test_gold_is_given_in_proportion_to_what_counts(
    board: DataFolder, tasks: Mapping[str, Task]
) -> None:
    few = replace(WANTED, posts=2, practice=None, repeats=0)
    for left in (0, 2):
        opened, _ = open_round(board, tasks, RUBRICS, few)
        for who in (ANA, BEN):
            rate_but(board, opened, who, 0)
        rate_but(board, opened, CARL, left)
        assert share(board, opened, DORA).left == left + left // 2
        rate_all(board, opened, DORA)
        given = keys(board, opened, DORA)
        assert sum(not item.startswith(CHECKS) for item in given) == left
        assert sum(item.startswith("gold:") for item in given) == left // 2
        assert share(board, opened, DORA).left == 0


def test_skips_of_what_checks_are_not_counted(board: DataFolder, opened: Round) -> None:
    while item := next_item(board, opened, ANA):
        skip(board, opened, item.id, ANA)
    assert len(standing(board, opened).skips) == 16 + 2 + 2
    assert progress(board, opened).skipped == {DISTRESSING: 16}
    assert [rater.skipped for rater in raters(board, RUBRICS, opened.name)] == [16]


def test_a_reason_is_kept_with_its_item_revised_and_never_longer_than_allowed(
    board: DataFolder, opened: Round
) -> None:
    for _ in range(2):
        practice = next_item(board, opened, ANA)
        assert practice is not None
        skip(board, opened, practice.id, ANA)
    item = next_item(board, opened, ANA)
    assert item is not None
    rate(board, opened, SCALES, item.id, ANA, TWO, " it repeats the post ")
    last = rated_last(board, opened, ANA)
    assert last is not None
    assert (last.id, last.reason) == (item.id, "it repeats the post")
    with pytest.raises(RatingRefused, match="the reason has 2,001 characters; 2,000 are allowed"):
        rate(board, opened, SCALES, item.id, ANA, TWO, "x" * 2001)
    rate(board, opened, SCALES, item.id, ANA, TWO)
    assert standing(board, opened).reasons == {}


def test_a_file_of_agreed_ratings_is_refused_with_all_that_is_wrong(
    board: DataFolder, tasks: Mapping[str, Task], tmp_path: Path
) -> None:
    path = tmp_path / "gold.csv"
    text = GOLD.read_text(encoding="utf-8")
    path.write_text(text.replace(",0,3,2,1,", ",0,4,two,1,"), encoding="utf-8")
    with pytest.raises(SubmissionRefused) as refused:
        open_round(board, tasks, RUBRICS, replace(WANTED, gold=path))
    assert [(one.line, one.field, one.allowed) for one in refused.value.problems] == [
        (2, "reliability", "a whole number from 0 to 3"),
        (2, "professionality", "a whole number from 0 to 3"),
    ]
    path.write_text("post,explanation,overal\n", encoding="utf-8")
    with pytest.raises(SubmissionRefused) as refused:
        open_round(board, tasks, RUBRICS, replace(WANTED, gold=path))
    assert {one.field for one in refused.value.problems} == {
        *("consistency", "reliability", "professionality", "overall", "feedback", "overal"),
    }
    path.write_text(text.replace('"Does the poster suffer from stress?"', ""), encoding="utf-8")
    with pytest.raises(RoundRefused, match="would be told from the others, which are shown with"):
        open_round(board, tasks, RUBRICS, replace(WANTED, gold=path))
    with pytest.raises(Exception, match="cannot be read"):
        open_round(board, tasks, RUBRICS, replace(WANTED, gold=tmp_path / "none.csv"))
