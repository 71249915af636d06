"""Rounds whose items are transcripts: what is drawn, what closing them gives, and what takes it away."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from submissions.life.takedown import redact_transcript
from submissions.rating.conversations import Utterance, utterances
from submissions.rating.drawing import add_round_of
from submissions.rating.raw import delete_annotator
from submissions.rating.rounds import (
    RatingRefused,
    RoundRefused,
    close_round,
    is_declared,
    is_invented,
    next_item,
    progress,
    rate,
    rates_transcripts,
    skip,
)
from submissions.rating.rubric_figures import rubric_figures
from submissions.rating.rubrics import usable_rubrics
from submissions.rating.session_rounds import WantedSessions, open_session_round
from submissions.rating.transcripts import stored_transcripts
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, Session, current_ratings, rated_texts
from submissions.store.rated.rounds import Drawn, Round
from tests.commands import refuse, succeed
from tests.submissions.rating.test_transcripts import (
    GOOD,
    PEOPLE,
    TUNED,
    rows_of,
    take_in,
    task_of,
    written,
)
from tests.submissions.rating.test_transcripts import (
    rate as import_people,
)

ANNOTATORS = ("a", "b")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    take_in(folder)
    return folder


def opened(folder: DataFolder, patients: int | None = None, systems: tuple[str, ...] = ()) -> Round:
    asked = WantedSessions(1, "ana", "a test", patients, systems)
    return open_session_round(folder, task_of(folder), asked)[0]


def drawn(folder: DataFolder, round: Round) -> set[str]:
    return {text.item for text in rated_texts(folder, round.name).values()}


def spoken_by(folder: DataFolder) -> dict[str, str]:
    """Whole conversation as annotators read it -> the transcript."""
    here = stored_transcripts(folder, task_of(folder))
    return {repr(utterances(text)): item for item, text in here.items()}


def rate_as_in_the_file(folder: DataFolder, round: Round) -> None:
    """Rate everything in a round as the two people of the demonstration's file did."""
    given: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows_of(PEOPLE):
        given.setdefault((row["item"], row["annotator"]), {})[row["aspect"]] = int(row["rating"])
    people = sorted({annotator for _, annotator in given})
    scales = usable_rubrics(folder.path)["ctrs"].aspects
    items = spoken_by(folder)
    for annotator, person in zip(ANNOTATORS, people, strict=True):
        while (item := next_item(folder, round, annotator)) is not None:
            ratings = given[items[repr(item.turns)], person]
            rate(folder, round, scales, item.id, annotator, ratings, "why not")


def in_words(row: Any) -> dict[str, object]:
    """A row without whose ratings it is of, its numbers but for the rounding of another order."""
    fields = {name: value for name, value in asdict(row).items() if name != "ratings"}
    return {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in fields.items()
    }


def test_a_closed_round_stands_on_the_board_as_imported_ratings_do(folder: DataFolder) -> None:
    round_ = opened(folder)
    assert is_invented(folder, round_, {})
    rate_as_in_the_file(folder, round_)
    assert progress(folder, round_).rated == 24
    assert not rubric_figures(folder).values, "nothing of an open round is published"
    close_round(folder, round_.name, "ana", "done")
    of_round = rubric_figures(folder)
    import_people(folder, PEOPLE, name="people")
    of_both = rubric_figures(folder)
    for kind in ("values", "contrasts", "agreement"):
        rows = getattr(of_round, kind)
        imported = [row for row in getattr(of_both, kind) if row.ratings == "people"]
        assert rows
        assert [in_words(row) for row in rows] == [in_words(row) for row in imported]
    assert {"name": round_.name, "by": "people"} in of_both.boards[0].sets


def test_a_patient_is_drawn_for_all_systems(folder: DataFolder) -> None:
    here = stored_transcripts(folder, task_of(folder))
    one = opened(folder, patients=1)
    assert len(drawn(folder, one)) == 4
    assert len({here[item].post_id for item in drawn(folder, one)}) == 1
    assert drawn(folder, opened(folder, patients=1)) == drawn(folder, one), "by the same seed"
    assert one.name == "demo-cbt-round-1"
    of_tuned = opened(folder, patients=2, systems=(TUNED,))
    assert {here[item].system for item in drawn(folder, of_tuned)} == {TUNED}
    with pytest.raises(RoundRefused, match="there are 3 patients that all of them were with"):
        opened(folder, patients=4)
    with pytest.raises(RoundRefused, match="did you mean 'Counsel-8B, tuned'"):
        opened(folder, systems=("Counsel-8B tuned",))


def test_where_nobody_says_whom_it_is_with_as_many_of_each_are_drawn(
    folder: DataFolder, tmp_path: Path
) -> None:
    bare = {**GOOD, "base_model": "", "variant": ""}
    lines = [{**bare, "id": f"{s}{n}", "system": s} for s in "PQ" for n in range(3)]
    take_in(folder, written(tmp_path, lines))
    names = drawn(folder, opened(folder, patients=2, systems=("P", "Q")))
    assert sorted(name[0] for name in names) == ["P", "P", "Q", "Q"]
    with pytest.raises(RoundRefused, match="there are 3 transcripts of P"):
        opened(folder, patients=4, systems=("P", "Q"))


def test_what_an_annotator_gave_is_deleted_and_a_transcript_taken_down(
    folder: DataFolder,
) -> None:
    round_ = opened(folder)
    rate_as_in_the_file(folder, round_)
    shown = next_item(folder, round_, "c")
    assert shown is not None
    gone = spoken_by(folder)[repr(shown.turns)]
    redact_transcript(folder, "demo-cbt", gone, "ana", "asked for")
    scales = usable_rubrics(folder.path)["ctrs"].aspects
    with pytest.raises(RatingRefused, match="taken down meanwhile"):
        rate(folder, round_, scales, shown.id, "c", {scale.name: 1 for scale in scales})
    assert gone not in drawn(folder, round_)
    close_round(folder, round_.name, "ana", "done")
    totals = [row for row in rubric_figures(folder).values if row.item == "total"]
    assert (sum(row.transcripts for row in totals), totals[0].raters) == (11, 2)
    delete_annotator(folder, round_.name, "a", "ana", "asked for")
    assert {key[2] for key in current_ratings(folder, round_.name)} == {"b"}
    totals = [row for row in rubric_figures(folder).values if row.item == "total"]
    assert {row.raters for row in totals} == {1}


def test_a_draw_does_not_depend_on_which_file_came_in_first(tmp_path: Path) -> None:
    bare = {**GOOD, "base_model": "", "variant": ""}
    lines = [{**bare, "id": f"{s}{n}", "system": s} for s in "PQ" for n in range(6)]
    names = []
    for number, order in enumerate((lines, lines[::-1])):
        folder = DataFolder(tmp_path / f"{number}")
        prepare(folder)
        take_in(folder, written(tmp_path, order))
        names.append(drawn(folder, opened(folder, patients=2)))
    assert names[0] == names[1]


def test_a_closed_round_takes_no_skip(folder: DataFolder) -> None:
    round_ = opened(folder, patients=1)
    item = next_item(folder, round_, "a")
    assert item is not None
    close_round(folder, round_.name, "ana", "done")
    with pytest.raises(RatingRefused, match="was closed meanwhile; nothing is stored"):
        skip(folder, round_, item.id, "a")
    assert not progress(folder, round_).skipped


def test_true_is_no_rating(folder: DataFolder) -> None:
    round_ = opened(folder, patients=1)
    item = next_item(folder, round_, "a")
    assert item is not None
    scales = usable_rubrics(folder.path)["ctrs"].aspects
    given = {scale.name: 1 for scale in scales}
    with pytest.raises(RatingRefused, match="True is not a whole number"):
        rate(folder, round_, scales, item.id, "a", given | {scales[0].name: True})


def test_a_round_whose_task_is_gone_is_still_of_transcripts_and_says_so(
    folder: DataFolder,
) -> None:
    gone = replace(opened(folder, patients=1), benchmark="gone")
    assert rates_transcripts(folder, gone)
    assert not is_declared(folder, gone, {})
    assert is_declared(folder, replace(gone, benchmark="demo-cbt"), {})


def test_no_text_of_a_system_is_called_as_what_checks_raters(folder: DataFolder) -> None:
    rubric = usable_rubrics(folder.path)["ctrs"]
    text = RatedText("gold:1", "S", "demo-cbt", "item:gold:1", output="patient: Hello.")
    with pytest.raises(RoundRefused, match="'gold:1' of S"):
        add_round_of(folder, Drawn("demo-cbt", 1), rubric, [text], "ana", "a test")


def test_turns_are_read_as_they_were_written() -> None:
    said = "therapist: One.\n\nTwo: three.\n\npatient: Four."
    text = RatedText("a", "S", "demo-cbt", "item:a", output=said, session=Session(2))
    assert utterances(text) == (
        Utterance("therapist", "One.\n\nTwo: three."),
        Utterance("patient", "Four."),
    )
    assert not utterances(replace(text, session=None))


def test_the_command_opens_one_and_says_what_it_cannot(folder: DataFolder) -> None:
    data = folder.path
    said = succeed(data, "ratings", "open", "--benchmark", "demo-cbt", "--posts", "2")
    assert "8 transcripts with 2 patients are to be rated by 3 annotators each" in said
    assert "0 of 8 transcripts" in succeed(data, "ratings", "list")
    for more, why in (
        (["--pairwise"], "not of a round of transcripts"),
        (["--rubric", "mentallama"], "is rated by ctrs"),
    ):
        assert why in refuse(data, "ratings", "open", "--benchmark", "demo-cbt", *more)
