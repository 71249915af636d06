"""How annotators rate, raw ratings, and the deletion of one annotator's."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scoring.tasks import Task
from submissions.rating.raters import Rater, raters
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, RatingsRefused, import_ratings
from submissions.rating.raw import delete_annotator, raw_ratings
from submissions.rating.sets import SetRefused
from submissions.store.database import prepare, reading
from submissions.store.events import events, takings_out
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import (
    Check,
    RatedText,
    Rating,
    Source,
    current_ratings,
    insert_ratings,
)
from submissions.store.rated.rounds import Drawn, Round, add_round, rounds, standing
from tests.declarations import load_rubrics

RUBRICS = load_rubrics()
POSTS = 24
ANA, BEN, CARL = "annotator-ana", "annotator-ben", "annotator-carl"
CONSTANT = "annotator-constant"


def items() -> list[tuple[str, str]]:
    return [(f"demo/stress#stress-{number:03}", "Ada 1") for number in range(POSTS)]


def given(seed: int, noise: float) -> list[int]:
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(0).integers(0, 4, POSTS)
    return np.clip(np.rint(truth + rng.normal(0, noise, POSTS)), 0, 3).astype(int).tolist()


BY = {ANA: given(1, 0.4), BEN: given(2, 0.4), CARL: given(3, 2.0), CONSTANT: [2] * POSTS}


@pytest.fixture
def board(tmp_path: Path) -> DataFolder:
    """A round of 24 texts of one system, a gold item and four who rated: no board is needed."""
    folder = DataFolder(tmp_path)
    prepare(folder)
    texts = [
        RatedText(item, system, "demo/stress", item, item[12:], "a post", f"text {item}")
        for item, system in items()
    ]
    check = Check(False, {"overall": 3})
    texts.append(RatedText("gold:1", "agreed", "", "gold", None, "p", "x", check=check))
    source = Source("a" * 12, "round", "mentallama", "round", "round", "", "", "me", "a test", "")
    opened = add_round(folder, source, texts, Drawn("demo", 1, repeats=12))
    with reading(folder) as db:
        for who, ratings in BY.items():
            for key, value in zip(items(), ratings, strict=True):
                insert_ratings(db, opened.id, [Rating(*key, who, "overall", value)])
            again = [(f"again:{item}", system) for item, system in items()[:12]]
            for place, key in enumerate(again):
                value = ratings[place] if place % 4 else 3 - ratings[place]
                insert_ratings(db, opened.id, [Rating(*key, who, "overall", value)])
            insert_ratings(db, opened.id, [Rating("gold:1", "agreed", who, "overall", 2)])
        # 20 seconds an item, and a long pause in the middle.
        for (n,) in db.conn.execute("SELECT n FROM ratings").fetchall():
            at = 1_700_000_000 + 20 * n + (86_400 if n % 37 > 20 else 0)
            db.conn.execute(
                "UPDATE ratings SET at = strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch') WHERE n = ?",
                [at, n],
            )
    return folder


def by_name(folder: DataFolder) -> dict[str, Rater]:
    return {rater.annotator: rater for rater in raters(folder, RUBRICS, "round")}


def test_each_annotator_stands_against_the_others_on_the_same_texts(board: DataFolder) -> None:
    table = by_name(board)
    assert list(table) == list(BY)
    for who, own in BY.items():
        others = np.mean([BY[other] for other in BY if other != who], axis=0)
        rater = table[who]
        assert (rater.items, rater.skipped, rater.aspect) == (POSTS, 0, "overall")
        assert rater.spread.value == pytest.approx(np.std(own))
        assert rater.difference.value == pytest.approx(np.mean(own) - np.mean(others))
        assert (rater.seconds.value, rater.seconds.interval.low) == (20, None)
        assert rater.seconds.interval.method.startswith("none: ")
        assert (rater.same_again.value, rater.same_again.n) == (
            pytest.approx(np.mean([place % 4 != 0 or 2 * own[place] == 3 for place in range(12)])),
            12,
        )
        assert (rater.from_gold.value, rater.from_gold.n) == (1, 1)
        assert rater.from_gold.interval.method == "none: fewer than 10 posts"
        if who != CONSTANT:
            expected = stats.pearsonr(own, others)
            interval = rater.agreement.interval
            assert rater.agreement.value == pytest.approx(expected.statistic)
            assert interval.low is not None
            assert interval.high is not None
            assert interval.low < expected.statistic < interval.high
    assert table[CONSTANT].agreement.value is None
    assert table[CONSTANT].agreement.why_none == "no variance"
    # Whoever rates at random is found.
    at_random, careful = table[CARL].agreement.value, table[ANA].agreement.value
    assert at_random is not None
    assert careful is not None
    assert at_random < careful
    assert raters(board, RUBRICS, "round") == raters(board, RUBRICS, "round"), "seeded"


def test_raw_ratings_are_all_that_was_given_with_what_checks_raters(board: DataFolder) -> None:
    with reading(board) as db:
        insert_ratings(db, "a" * 12, [Rating(*items()[0], ANA, "overall", 3)])
    rows = list(raw_ratings(board, "round"))
    assert len(rows) == 4 * (POSTS + 12 + 1) + 1
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in ("rated", "again", "gold")}
    assert [len(own) for own in kinds.values()] == [4 * POSTS + 1, 4 * 12, 4]
    first, last = (
        row for row in kinds["rated"] if (row.item, row.annotator) == (items()[0][0], ANA)
    )
    assert (first.counts, last.counts, last.rating) == (False, True, 3)
    assert (first.task, first.example_id, first.system) == ("demo/stress", "stress-000", "Ada 1")
    assert {row.item for row in kinds["again"]} <= {row.item for row in kinds["rated"]}
    assert not any("text " in str(vars(row)) for row in rows)


def test_one_annotators_ratings_are_deleted_for_good_and_the_record_names_nobody(
    board: DataFolder,
) -> None:
    before = takings_out(board)
    with pytest.raises(
        SetRefused,
        match="'ana' is no annotator of 'round'; there are: annotator-ana, annotator-ben",
    ):
        delete_annotator(board, "round", "ana", "me", "a slip")
    assert delete_annotator(board, "round", ANA, "me", "asked for") == POSTS + 12 + 1
    assert list(by_name(board)) == [BEN, CARL, CONSTANT]
    assert {key[2] for key in current_ratings(board, "round")} == {BEN, CARL, CONSTANT}
    *_, last = events(board)
    assert (last.kind, last.subject, last.reason) == (
        *("annotator deleted", "round: an annotator's", "asked for"),
    )
    assert takings_out(board) == before + 1, "a release that is being built is built anew"
    for path in board.path.glob("working.db*"):
        assert ANA.encode() not in path.read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from submissions.rating.raw import delete_annotator
from submissions.store.folder import DataFolder
from submissions.store.rated import forgotten_annotators
forgotten_annotators.add_event = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
delete_annotator(DataFolder(Path(sys.argv[1])), "round", "annotator-ana", "me", "asked for")
"""


def test_a_deletion_that_is_killed_is_done_wholly_or_not_at_all(board: DataFolder) -> None:
    before = standing(board, _round(board))
    done = subprocess.run([sys.executable, "-c", KILLED, str(board.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert standing(board, _round(board)) == before
    assert delete_annotator(board, "round", ANA, "me", "asked for") == POSTS + 12 + 1
    assert ANA not in {who for _, _, who in standing(board, _round(board)).ratings}


def _round(folder: DataFolder) -> Round:
    (only,) = rounds(folder)
    return only


def test_a_file_does_not_bring_a_deleted_annotator_back(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    path = tmp_path / "mine.csv"
    head = "item,system,annotator,aspect,rating,task,post,explanation"
    rows = [
        f"{number},M,{who},overall,{number % 4},demo/stress,post {number},because {number}"
        for number in range(4)
        for who in ("Ana", "ben")
    ]
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    asked = ImportRequest("me", "a test", Naming("mentallama"))
    import_ratings(folder, tasks, RUBRICS, path, asked)
    assert delete_annotator(folder, "mine", "Ana", "me", "asked for") == 4
    path.write_text("\n".join([head, *rows[::-1]]).replace("Ana", "ana"), encoding="utf-8")
    again = ImportRequest("me", "again", Naming("mentallama"), revise=True)
    imported = import_ratings(folder, tasks, RUBRICS, path, again)
    assert imported.lines[0] == (
        "not taken in: 4 ratings of 1 annotator whose ratings were deleted from 'mine'; call whoever"
        " else has that name by another in the file"
    )
    assert {key[2] for key in current_ratings(folder, "mine")} == {"ben"}
    # Nor under another name, with other names for items and systems.
    path.write_text("\n".join([head, *rows[:-2]]).replace(",M,", ",N,"), encoding="utf-8")
    other = replace(asked, ratings="other")
    imported = import_ratings(folder, tasks, RUBRICS, path, other)
    assert "3 ratings of 1 annotator whose" in imported.lines[0]
    assert {key[2] for key in current_ratings(folder, "other")} == {"ben"}
    # An annotator of that name who rated other texts may be somebody else.
    path.write_text("\n".join([head, *rows]).replace("because", "for"), encoding="utf-8")
    import_ratings(folder, tasks, RUBRICS, path, replace(asked, ratings="unlike"))
    assert {key[2] for key in current_ratings(folder, "unlike")} == {"Ana", "ben"}
    path.write_text("\n".join([head, *rows[::2]]), encoding="utf-8")
    with pytest.raises(RatingsRefused, match="every rating in the file is of 1 annotator whose"):
        import_ratings(folder, tasks, RUBRICS, path, again)
