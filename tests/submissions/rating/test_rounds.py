"""Rounds of rating: the same posts for all systems, blind, three ratings an item and never a
fourth.
"""

from __future__ import annotations

import hashlib
import stat
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.life.decisions import hold
from submissions.life.takedown import redact_example, redact_output, withdraw
from submissions.rating import drawing, rounds
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, RatingsRefused, import_ratings
from submissions.rating.rounds import (
    RatingRefused,
    Round,
    RoundRefused,
    Share,
    annotator_id,
    close_round,
    next_item,
    progress,
    rate,
    rated_last,
    share,
    skip,
)
from submissions.rating.shown import Item
from submissions.rating.turns import RATERS
from submissions.rating.validity import find_validity
from submissions.store.database import prepare, reading
from submissions.store.events import events
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import SourceTaken, current_ratings, rated_texts
from submissions.store.submitted.submissions import Submission, submissions
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics

RUBRICS = load_rubrics()
SCALES = RUBRICS["mentallama"].aspects
WANTED = Wanted("demo", 4, 1, "me", "a test")
GOOD = {"consistency": 3, "reliability": 2, "professionality": 1, "overall": 2}
ANA, BEN, CARL, DORA = "annotator-ana", "annotator-ben", "annotator-carl", "annotator-dora"


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["stress", "wellness"])
    for system in ("Ada", "Bert"):
        sent(folder, tasks, tmp_path, system)
    return folder


def sent(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    where: Path,
    system: str,
    names: tuple[str, ...] = ("stress", "wellness"),
    **meta: object,
) -> Submission:
    rows = [row for name in names for row in gold_rows(folder, tasks[f"demo/{name}"])]
    told = [
        {**row, "output": f"{row['output']} mark-{system}-{row['example_id']}."} for row in rows
    ]
    return submit(folder, tasks, where, told, system=system, **meta).submission


def opened(folder: DataFolder, tasks: Mapping[str, Task], **changes: object) -> Round:
    return open_round(folder, tasks, RUBRICS, replace(WANTED, **changes))[0]


def given(folder: DataFolder, round_: Round, annotator: str) -> Item:
    item = next_item(folder, round_, annotator)
    assert item is not None
    return item


def rate_next(folder: DataFolder, round_: Round, annotator: str) -> Item:
    item = given(folder, round_, annotator)
    rate(folder, round_, SCALES, item.id, annotator, GOOD)
    return item


def test_all_systems_are_rated_on_the_same_posts_evenly_over_the_tasks(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_, told = open_round(board, tasks, RUBRICS, WANTED)
    texts = rated_texts(board, round_.name)
    by_system = {name: {key[0] for key in texts if key[1] == name} for name in ("Ada 1", "Bert 1")}
    assert by_system["Ada 1"] == by_system["Bert 1"]
    assert len(texts) == 8
    assert Counter(text.task for text in texts.values()) == {"demo/stress": 4, "demo/wellness": 4}
    assert len({text.post_id for text in texts.values()}) == 4, "one question a post"
    assert told[0].startswith(
        "demo-round-1 (invented: a demonstration): open. 8 explanations (4 posts x 2 systems)"
    )
    assert [
        (one.author, one.subject, one.reason) for one in events(board) if one.kind == "round opened"
    ] == [("me", "demo-round-1", "a test")]
    again = rated_texts(board, opened(board, tasks).name)
    assert again.keys() == texts.keys(), "drawn by seed"
    assert rated_texts(board, opened(board, tasks, seed=2).name).keys() != texts.keys()


def test_only_what_is_on_the_board_and_explained_by_all_is_rated(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    sent(board, tasks, tmp_path, "Private", consent=False)
    hold(board, sent(board, tasks, tmp_path, "Held"), "me", "to be looked at")
    labels = [
        {"task": row["task"], "example_id": row["example_id"], "label": "yes"}
        for row in gold_rows(board, tasks["demo/stress"])
    ]
    submit(board, tasks, tmp_path, labels, system="Labels only")
    assert {key[1] for key in rated_texts(board, opened(board, tasks).name)} == {"Ada 1", "Bert 1"}
    for name in ("Private", "Held", "Bart"):
        with pytest.raises(RoundRefused, match=f"consent: '{name}'"):
            opened(board, tasks, systems=(name,))
    with pytest.raises(
        RoundRefused, match="0 of demo/stress are explained by all of Labels only 1"
    ):
        opened(board, tasks, systems=("Labels only",))
    with pytest.raises(RoundRefused, match=r"500 posts are asked for, and \d+ of"):
        opened(board, tasks, posts=500)
    with pytest.raises(RoundRefused, match="there are of demo: demo/stress, demo/wellness"):
        opened(board, tasks, task="demo/loneliness")
    with pytest.raises(RoundRefused, match="at least one post"):
        opened(board, tasks, posts=0)
    with pytest.raises(RoundRefused, match="No system of imhi explains"):
        opened(board, tasks, benchmark="imhi")
    baseline = next(one for one in submissions(board) if one.system == "Copy of the post")
    assert {
        key[1]
        for key in rated_texts(board, opened(board, tasks, systems=("Copy of the post",)).name)
    } == {f"Copy of the post {baseline.version}"}
    private = {name: replace(task, posts_public=False) for name, task in tasks.items()}
    with pytest.raises(
        RoundRefused, match="no imported task with explanations whose posts may be shown"
    ):
        opened(board, private)


def test_a_task_that_a_system_leaves_out_is_left_out_and_said(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    sent(board, tasks, tmp_path, "Half", names=("stress",))
    round_, told = open_round(board, tasks, RUBRICS, WANTED)
    assert {text.task for text in rated_texts(board, round_.name).values()} == {"demo/stress"}
    assert told[-1] == "  not in it: demo/wellness, which Half 1 did not answer"


def test_an_item_tells_neither_system_nor_score(board: DataFolder, tasks: dict[str, Task]) -> None:
    round_ = opened(board, tasks)
    item = given(board, round_, ANA)
    assert set(vars(item)) == {
        *("id", "post", "asked", "text", "turns", "against", "practice", "ratings", "reason"),
    }
    assert (item.against, item.practice, item.ratings, item.reason) == ("", False, {}, "")
    assert "{" not in item.asked
    assert item.asked.endswith("?")
    for name in ("Ada", "Bert"):
        assert name not in item.id + item.post + item.asked
    assert given(board, round_, ANA) == item, "a reload shows the same"


def test_each_is_rated_by_three_and_work_in_progress_comes_first(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks)
    begun = [rate_next(board, round_, ANA).id for _ in range(2)]
    assert {rate_next(board, round_, BEN).id for _ in range(2)} == set(begun)
    assert rate_next(board, round_, CARL).id in begun
    assert (progress(board, round_).complete, share(board, round_, CARL).rated) == (1, 1)
    seen = {name: Counter[str]() for name in (BEN, CARL, DORA, ANA)}
    for name, rated in seen.items():
        while item := next_item(board, round_, name):
            rated[item.id] += 1
            rate(board, round_, SCALES, item.id, name, GOOD)
    far = progress(board, round_)
    assert (far.items, far.complete, far.rated, far.annotators) == (8, 8, 24, 4)
    assert all(count == 1 for rated in seen.values() for count in rated.values())
    assert share(board, round_, DORA).left == 0


def test_the_order_differs_by_annotator_and_posts_do_not_follow_each_other(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks, posts=8)
    posts = {}
    for name in (ANA, BEN):
        posts[name] = [rate_next(board, round_, name).post for _ in range(15)]
        assert all(one != two for one, two in zip(posts[name], posts[name][1:], strict=False))
    assert posts[ANA] != posts[BEN]


def test_annotators_who_come_at_once_do_not_rate_a_fourth_time(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks)
    refused = list[str]()

    def work(name: str) -> None:
        while item := next_item(board, round_, name):
            try:
                rate(board, round_, SCALES, item.id, name, GOOD)
            except RatingRefused as error:
                refused.append(str(error))

    threads = [threading.Thread(target=work, args=(f"annotator {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused, "what is on a screen is kept for it"
    counts = Counter(
        (item, system)
        for item, system, _, aspect in current_ratings(board, round_.name)
        if aspect == "overall"
    )
    assert len(counts) == 8
    assert set(counts.values()) == {RATERS}


def test_a_text_that_systems_share_is_rated_once_and_counts_for_each(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    """Copy says what Ada says on every post, but for white space and how its
    letters are encoded.
    """
    rows = [
        row for name in ("stress", "wellness") for row in gold_rows(board, tasks[f"demo/{name}"])
    ]
    told = [{**r, "output": f"{r['output']}  mark-Ada-{r['example_id']}."} for r in rows]
    submit(board, tasks, tmp_path, told, system="Copy")
    round_, lines = open_round(board, tasks, RUBRICS, WANTED)
    assert len(rated_texts(board, round_.name)) == 12
    assert (
        "8 explanations (4 posts x 3 systems, 12 texts, of which 4 are several systems' and are"
        " each rated once)" in lines[0]
    )
    assert progress(board, round_).items == 8
    for number, name in enumerate((ANA, BEN, CARL, DORA)):
        seen = Counter[tuple[str, str]]()
        while item := next_item(board, round_, name):
            seen[item.post, " ".join(item.text.split())] += 1
            rate(board, round_, SCALES, item.id, name, dict.fromkeys(GOOD, number))
        assert set(seen.values()) <= {1}, "nobody reads a text twice"
    assert share(board, round_, ANA) == Share(8, 0, 0)
    assert progress(board, round_).rated == 24
    last = rated_last(board, round_, ANA)
    assert last is not None
    rate(board, round_, SCALES, last.id, ANA, dict.fromkeys(GOOD, 3))
    ratings = current_ratings(board, round_.name)
    for system in ("Ada 1", "Copy 1"):
        own = {key: value for key, value in ratings.items() if key[1] == system}
        assert len(own) == 4 * 3 * len(GOOD)
    assert {(k[0], *k[2:]): v for k, v in ratings.items() if k[1] == "Ada 1"} == {
        (k[0], *k[2:]): v for k, v in ratings.items() if k[1] == "Copy 1"
    }


def test_what_one_of_two_systems_takes_back_is_still_rated_for_the_other(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = [
        row for name in ("stress", "wellness") for row in gold_rows(board, tasks[f"demo/{name}"])
    ]
    same = [submit(board, tasks, tmp_path, rows, system=name) for name in ("One", "Two")]
    round_ = opened(board, tasks, posts=1, systems=("One", "Two"))
    item = rate_next(board, round_, ANA)
    withdraw(board, same[0].submission, "me", "asked for")
    assert (progress(board, round_).items, progress(board, round_).rated) == (1, 1)
    assert next_item(board, round_, ANA) is None, "it was rated already"
    rate(board, round_, SCALES, given(board, round_, BEN).id, BEN, GOOD)
    last = rated_last(board, round_, ANA)
    assert last is not None
    assert (last.post, last.text, last.ratings) == (item.post, item.text, GOOD)


def test_whoever_comes_back_too_late_finds_the_place_taken(
    board: DataFolder, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = opened(board, tasks, posts=1, systems=("Ada",))
    monkeypatch.setattr(rounds, "RESERVED_SECONDS", -1.0)
    item = given(board, round_, DORA)
    monkeypatch.undo()
    for name in (ANA, BEN, CARL):
        assert rate_next(board, round_, name) == item
    with pytest.raises(RatingRefused, match="3 others have rated this one meanwhile"):
        rate(board, round_, SCALES, item.id, DORA, GOOD)
    assert progress(board, round_).rated == 3
    assert next_item(board, round_, DORA) is None


def test_what_is_on_other_screens_is_not_given_out(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks, posts=1, systems=("Ada",))
    items = [given(board, round_, name) for name in (ANA, BEN, CARL)]
    assert next_item(board, round_, DORA) is None
    assert share(board, round_, DORA).left == 1
    skip(board, round_, items[0].id, ANA)
    assert next_item(board, round_, ANA) is None, "never again"
    assert given(board, round_, DORA) == items[0]
    assert (progress(board, round_).skipped, share(board, round_, ANA).skipped) == (
        {"distressing": 1},
        1,
    )


def test_ratings_are_revised_until_the_round_is_closed(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks)
    assert rated_last(board, round_, ANA) is None
    item = rate_next(board, round_, ANA)
    rate(board, round_, SCALES, item.id, ANA, {**GOOD, "overall": 0})
    rate(board, round_, SCALES, item.id, ANA, {**GOOD, "overall": 0})
    last = rated_last(board, round_, ANA)
    assert last is not None
    assert (last.id, last.ratings) == (item.id, {**GOOD, "overall": 0})
    with reading(board) as db:
        rows = [
            row[0]
            for row in db.conn.execute(
                "SELECT rating FROM ratings WHERE aspect = 'overall' ORDER BY n"
            )
        ]
    assert rows == [2, 0], "only added to"
    assert close_round(board, round_.name, "me", "done")
    assert not close_round(board, round_.name, "me", "again")
    with pytest.raises(RatingRefused, match="was closed meanwhile"):
        rate(board, round_, SCALES, item.id, ANA, GOOD)
    assert next_item(board, round_, ANA) is None
    with pytest.raises(RoundRefused, match="did you mean 'demo-round-1'"):
        close_round(board, "demo-round-2", "me", "x")


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        (
            {"consistency": 3},
            "Reliability: not rated yet; Professionality: not rated yet; Overall: not rated yet",
        ),
        ({**GOOD, "overall": 4}, "Overall: 4 is not a whole number from 0 to 3"),
        ({**GOOD, "beauty": 1}, "beauty: not rated in this round; allowed: consistency"),
    ],
)
def test_ratings_off_the_rubric_are_refused(
    board: DataFolder, tasks: dict[str, Task], ratings: dict[str, int], said: str
) -> None:
    round_ = opened(board, tasks)
    with pytest.raises(RatingRefused, match=said):
        rate(board, round_, SCALES, given(board, round_, ANA).id, ANA, ratings)
    assert progress(board, round_).rated == 0


def test_a_closed_round_is_validated_and_an_open_one_is_not(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks)
    for name in (ANA, BEN, CARL):
        while item := next_item(board, round_, name):
            length = len(item.text.split()) + (name == ANA)
            rate(board, round_, SCALES, item.id, name, dict.fromkeys(GOOD, length % 4))
    assert not find_validity(board, tasks).rows
    close_round(board, round_.name, "me", "done")
    found = find_validity(board, tasks)
    words = next(
        row
        for row in found.rows
        if (row.ratings, row.system, row.aspect, row.metric)
        == (round_.name, "Ada 1", "overall", "words_full")
    )
    assert (words.n, words.n_rated, words.posts) == (4, 4, 4)
    assert {row.raters for row in found.agreement} == {3}
    assert ANA not in repr(found), "annotators stay here"
    path = board.path.parent / "more.csv"
    path.write_text(
        "item,system,annotator,aspect,rating,post,explanation\n1,M,ana,overall,2,A post.,Because.\n"
    )
    with pytest.raises(RatingsRefused, match="is a round of rating; name another set"):
        import_ratings(
            board,
            tasks,
            RUBRICS,
            path,
            ImportRequest("me", "x", Naming("mentallama", "demo/stress"), round_.name),
        )


def bytes_under(folder: DataFolder) -> bytes:
    return b"".join(path.read_bytes() for path in (folder.posts / "rated").iterdir())


def test_what_is_taken_down_is_gone_from_open_rounds_and_from_rated_texts(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    gone = sent(board, tasks, tmp_path, "Carla")
    first, second = opened(board, tasks), opened(board, tasks, seed=2)
    rate_next(board, first, ANA)
    close_round(board, second.name, "me", "done")
    text = next(iter(rated_texts(board, first.name).values()))
    assert text.example_id is not None
    assert text.post is not None
    piece = text.post[5:40].encode()
    assert b"mark-Carla" in bytes_under(board)
    withdraw(board, gone, "me", "asked for")
    assert b"mark-Carla" not in bytes_under(board)
    assert progress(board, first).items == progress(board, second).items == 8
    assert piece in bytes_under(board)
    redact_example(board, tasks, text.task, text.example_id, "me", "the poster asked")
    assert piece not in bytes_under(board)
    assert progress(board, first).items == 6
    left = next(iter(rated_texts(board, first.name).values()))
    owner = next(one for one in submissions(board) if one.id == left.submission)
    assert left.example_id is not None
    redact_output(board, owner, left.task, left.example_id, "me", "names a person")
    assert left.key not in rated_texts(board, first.name)
    assert progress(board, first).items == 5
    shown = set()
    while item := next_item(board, first, BEN):
        shown.add(item.text)
        skip(board, first, item.id, BEN)
    assert len(shown) == 5


def test_an_item_that_is_taken_down_while_it_is_rated_is_not_stored(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    round_ = opened(board, tasks, posts=1, systems=("Ada",))
    item = given(board, round_, ANA)
    (text,) = rated_texts(board, round_.name).values()
    redact_example(board, tasks, text.task, str(text.example_id), "me", "the poster asked")
    with pytest.raises(RatingRefused, match="taken down meanwhile"):
        rate(board, round_, SCALES, item.id, ANA, GOOD)
    assert next_item(board, round_, ANA) is None


def test_pseudonyms_cannot_be_guessed_and_are_a_persons_own(tmp_path: Path) -> None:
    one, other = (DataFolder(tmp_path / name) for name in ("one", "other"))
    for folder in (one, other):
        folder.create()
    names = [("Raters", ""), ("Raters", "ana@example.org"), ("Others", "ana@example.org")]
    found = [annotator_id(one, *name) for name in names]
    assert len(set(found)) == 3
    assert found == [annotator_id(one, *name) for name in names]
    assert annotator_id(one, "Raters", " Ana@Example.org ") == found[1]
    assert set(found).isdisjoint(annotator_id(other, *name) for name in names), (
        "each board has a key of its own"
    )
    key = one.path / "annotators.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32


def test_a_key_that_many_make_at_once_is_one(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: annotator_id(folder, "Raters"), range(32)))
    assert len(found) == 1


def test_ratings_from_before_the_key_keep_their_annotators(
    board: DataFolder, tasks: Mapping[str, Task]
) -> None:
    """They were stored under the plain hash of team and person."""
    opened = open_round(board, tasks, RUBRICS, WANTED)[0]
    plain = hashlib.sha256(repr(("Raters", "ana@example.org")).encode()).hexdigest()[:12]
    item = next_item(board, opened, plain)
    assert item is not None
    rate(board, opened, SCALES, item.id, plain, GOOD)
    skipped = next_item(board, opened, plain)
    assert skipped is not None
    skip(board, opened, skipped.id, plain)
    on_screen = next_item(board, opened, plain)
    with reading(board) as db:
        db.conn.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm009%'")
    for _ in range(2):
        prepare(board)
    me = annotator_id(board, "Raters", "ana@example.org")
    assert share(board, opened, plain).rated == 0
    assert (share(board, opened, me).rated, share(board, opened, me).skipped) == (1, 1)
    assert next_item(board, opened, me) == on_screen


def test_of_two_who_open_a_round_at_once_one_is_told(
    board: DataFolder, tasks: Mapping[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_drawn = threading.Barrier(2)
    store = drawing.add_round

    def together(*arguments: object) -> Round:
        both_have_drawn.wait(30)
        return store(*arguments)

    def opening(author: str) -> Round | Exception:
        try:
            return open_round(board, tasks, RUBRICS, replace(WANTED, author=author))[0]
        except SourceTaken as error:
            return error

    monkeypatch.setattr(drawing, "add_round", together)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(opening, ("ana", "ben")))
    (opened,) = [one for one in found if isinstance(one, Round)]
    (told,) = [str(one) for one in found if not isinstance(one, Round)]
    assert f"demo-round-1 was stored a moment ago by {opened.author} (a test)" in told
    assert "reasonboard ratings list" in told
    monkeypatch.undo()
    assert open_round(board, tasks, RUBRICS, WANTED)[0].name == "demo-round-2"
