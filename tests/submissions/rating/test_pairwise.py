"""Pairwise rounds: who is held against whom, what raters choose, and what follows from it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pytest

from scoring.tasks import Task
from scoring.words import count_words
from submissions.life.takedown import withdraw
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.pairing import paired
from submissions.rating.raters import raters
from submissions.rating.raw import raw_ratings
from submissions.rating.rounds import (
    CANNOT_SAY,
    LEFT,
    PREFERRED,
    RIGHT,
    TIE,
    RatingRefused,
    Round,
    close_round,
    next_item,
    progress,
    rate,
    rated_last,
    scales_of,
    skip,
)
from submissions.rating.sets import SetRefused, join_sets
from submissions.rating.validity import find_validity
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, rated_texts
from submissions.store.submitted.submissions import submissions
from tests.boards import demo_board, gold_rows, submit
from tests.commands import succeed
from tests.declarations import load_rubrics
from tests.documented import check_rows_are_documented

RUBRICS = load_rubrics()
WANTED = Wanted("demo", 12, 1, "me", "a test", pairwise=True)
MORE = {"Ada": 12, "Bert": 6, "Cleo": 0, "Dora": 3}
"""System -> how many words it writes more than the others; whoever rates here likes long texts."""
WHO = ("annotator-ana", "annotator-ben", "annotator-carl")


def text(item: str, system: str, written: str) -> RatedText:
    return RatedText(item, system, "demo/stress", item, item, "a post", written)


def test_all_pairs_are_drawn_alike_and_sides_take_turns() -> None:
    posts, systems = [f"post-{number:02}" for number in range(60)], ("A", "B", "C", "D", "E")
    texts = [text(post, system, f"{system} on {post}") for post in posts for system in systems]
    drawn = paired(texts, 3)
    pairs = list(zip(drawn[::2], drawn[1::2], strict=True))
    assert all(left.item == right.item for left, right in pairs)
    by_post = Counter(side.post_id for side in drawn)
    assert set(by_post.values()) == {4}, "two pairs of five systems"
    assert all(
        count == 1 for count in Counter((side.post_id, side.system) for side in drawn).values()
    )
    compared = Counter(frozenset((left.system, right.system)) for left, right in pairs)
    assert len(compared) == 10
    assert max(compared.values()) - min(compared.values()) <= 2
    on_left = Counter((left.system, right.system) for left, right in pairs)
    for first, second in compared:
        assert abs(on_left[first, second] - on_left[second, first]) <= 1
    assert paired(texts, 3) == drawn, "by seed"
    assert paired(texts, 4) != drawn


def test_two_systems_with_the_same_text_are_never_a_pair() -> None:
    # White space and the form of accents aside, A and B say the same.
    said = {"A": "It is tr\u00e8s clear.", "B": "It  is\ntre\u0300s clear. ", "C": "No reason."}
    texts = [text(f"p{n}", system, each) for n in range(30) for system, each in said.items()]
    drawn = paired(texts, 1)
    pairs = {frozenset(two) for two in zip(*[iter(one.system for one in drawn)] * 2, strict=True)}
    assert pairs == {frozenset("AC"), frozenset("BC")}
    same = [text(f"p{n}", system, said["A"]) for n in range(3) for system in "AB"]
    assert paired(same, 1) == []


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    where = tmp_path_factory.mktemp("pairwise")
    folder = demo_board(where / "data", tasks, ["stress"])
    for system, more in MORE.items():
        rows = [
            {**row, "output": f"{row['output']} {' and so'.join([''] * (more + 1))} mark {system}."}
            for row in gold_rows(folder, tasks["demo/stress"])
        ]
        submit(folder, tasks, where, rows, system=system)
    return folder


@pytest.fixture(scope="module")
def chosen(board: DataFolder, tasks: dict[str, Task]) -> Round:
    """A round in which three people chose the longer text, but now and then."""
    opened = open_round(board, tasks, RUBRICS, replace(WANTED, repeats=1))[0]
    scales = scales_of(opened, RUBRICS["mentallama"])
    rng = np.random.default_rng(1)
    for who in WHO:
        while item := next_item(board, opened, who):
            longer = LEFT if count_words(item.text) > count_words(item.against) else RIGHT
            choice = int(rng.choice([longer, TIE, -longer], p=[0.7, 0.15, 0.15]))
            rate(board, opened, scales, item.id, who, {PREFERRED: choice})
    close_round(board, opened.name, "me", "done")
    return opened


def test_an_item_is_two_texts_without_names_and_one_choice(
    board: DataFolder, tasks: Mapping[str, Task]
) -> None:
    opened, lines = open_round(board, tasks, RUBRICS, WANTED)
    assert "24 pairs of explanations (12 posts x 4 systems) are to be compared by 3" in lines[0]
    scales = scales_of(opened, RUBRICS["mentallama"])
    item = next_item(board, opened, WHO[0])
    assert item is not None
    texts = {one.output for one in rated_texts(board, opened.name).values()}
    assert {item.text, item.against} <= texts
    assert item.text != item.against
    assert not any(name in item.id + item.post + item.asked for name in MORE)
    for wrong in ({PREFERRED: 2}, {}, {"overall": 1}):
        with pytest.raises(RatingRefused):
            rate(board, opened, scales, item.id, WHO[0], wrong)
    rate(board, opened, scales, item.id, WHO[0], {PREFERRED: TIE})
    last = rated_last(board, opened, WHO[0])
    assert last is not None
    assert (last.id, last.ratings) == (item.id, {PREFERRED: TIE})
    second = next_item(board, opened, WHO[0])
    assert second is not None
    skip(board, opened, second.id, WHO[0], CANNOT_SAY)
    assert progress(board, opened).skipped == {CANNOT_SAY: 1}
    assert [row.rating for row in raw_ratings(board, opened.name)] == [0], "no choice is absent"
    close_round(board, opened.name, "me", "only a test")


def test_strengths_and_metrics_follow_from_the_choices(
    board: DataFolder, tasks: Mapping[str, Task], chosen: Round
) -> None:
    said = find_validity(board, tasks)
    rows = [row for row in said.strengths if row.ratings == chosen.name]
    assert [row.system for row in rows] == ["Ada 1", "Bert 1", "Dora 1", "Cleo 1"]
    assert sum(row.value or 0 for row in rows) == pytest.approx(0, abs=1e-9)
    assert sum(row.wins for row in rows) == sum(row.losses for row in rows)
    assert sum(row.n for row in rows) == 2 * 24 * 3
    for row in rows:
        assert row.n == row.wins + row.ties + row.losses
        assert row.low is not None
        assert row.low < (row.value or 0) < (row.high or 0)
    raw = [row for row in raw_ratings(board, chosen.name) if row.kind == "rated"]
    decided = [row for row in raw if row.rating]
    words = {
        key: count_words(one.output or "") for key, one in rated_texts(board, chosen.name).items()
    }
    along = [
        (words[row.item, row.system] > words[row.item, row.against]) == (row.rating == LEFT)
        for row in decided
    ]
    by_metric = {row.metric: row for row in said.preferences if row.ratings == chosen.name}
    whole = by_metric["words_full"]
    assert whole.value == pytest.approx(np.mean(along))
    assert (whole.n, whole.n_decided) == (len(decided), len(decided))
    assert whole.low is not None
    assert whole.low > 0.5
    human = by_metric["human"]
    assert 0.5 < (human.value or 0) < 1
    for name, own in (("strengths", rows), ("preferences", list(by_metric.values()))):
        fields = [{**asdict(row), "demonstration": True} for row in own]
        check_rows_are_documented("validity --format json", name, fields)
    # Nothing of choices stands among correlations.
    assert chosen.name not in {row.ratings for row in (*said.rows, *said.agreement)}
    assert {row.kind for row in said.sets} == {"pairwise"}
    assert find_validity(board, tasks) == said, "the same again, of what was kept"
    assert {one.aspect for one in raters(board, RUBRICS, chosen.name)} == {PREFERRED}
    with pytest.raises(SetRefused, match="is a pairwise round: its choices are of no scale"):
        join_sets(board, [chosen.name, chosen.name], "both", "me", "a test")


def test_the_command_states_choices_beside_scales(board: DataFolder, chosen: Round) -> None:
    shown = succeed(board.path, "validity", "--benchmark", "demo")
    assert f"demo: pairwise round {chosen.name}, by the rubric mentallama (invented" in shown
    assert "which explanations people choose" in shown
    assert re.search(r"Ada 1 .* \d+ .* 0\.\d\d \(", shown)
    assert "metrics against people's choices" in shown
    assert "a human" in shown
    written = json.loads(succeed(board.path, "validity", "--format", "json", "--system", "Ada 1"))
    assert [row["system"] for row in written["strengths"]] == ["Ada 1"]
    assert chosen.name in {row["name"] for row in written["sets"]}


def test_a_withdrawn_system_is_in_no_pair_any_more(
    board: DataFolder, tasks: Mapping[str, Task], chosen: Round
) -> None:
    cleo = next(one for one in submissions(board) if one.system == "Cleo")
    withdraw(board, cleo, "me", "asked for")
    rows = [row for row in find_validity(board, tasks).strengths if row.ratings == chosen.name]
    assert {row.system for row in rows} == {"Ada 1", "Bert 1", "Dora 1"}
    raw = [row for row in raw_ratings(board, chosen.name) if row.kind == "rated"]
    assert {row.system for row in raw if row.against} == {"Ada 1", "Bert 1", "Dora 1"}
    assert "Cleo 1" not in {row.against for row in raw}
    assert all(row.against != row.system for row in raw)
    assert {row.system for row in raw if not row.against} > {"Cleo 1"}
