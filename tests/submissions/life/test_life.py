"""What becomes of a submission, in the functions that pages and the API share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.declarations.settings import SettingsError
from submissions.life.decisions import TooLate, approve, consent, edit_meta, hold, review_queue
from submissions.life.states import (
    NoSuchSubmission,
    State,
    find_submission,
    life_of,
    lives,
    scores_of,
)
from submissions.life.takedown import withdraw
from submissions.problems import SubmissionRefused
from submissions.receiving.intake import WAITS_FOR_REVIEW, Accepted, Sender, sender_of, submit_file
from submissions.releasing.publish import NoSuchRelease, rollback
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import Workplace, outstanding, plan
from submissions.rescoring.worker import run
from submissions.store.database import writing
from submissions.store.events import events
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from submissions.store.scored.failures import RETRIES, record_failure
from submissions.store.scored.leases import Work, release_leases, take_leases
from submissions.store.submitted.submissions import DayIsFull, NameTaken, submissions
from submissions.store.submitted.tags import Tag, add_tags
from submissions.teams.accounts import NotAllowed, Role, Team, add_team, team_named
from submissions.teams.limits import BoardLimits, PublicationLimits, load_limits, whose_turn
from tests.boards import a_run, build_content, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    for name in ("A", "B"):
        add_team(folder, name, Role.member, "me")
    return folder


def send(
    board: DataFolder, tasks: Mapping[str, Task], where: Path, sender: Sender, **meta: object
) -> Accepted:
    """Submit right answers that name their system, so that no two are alike."""
    rows = [
        {**row, "output": f"{row['output']} {meta}"}
        for row in gold_rows(board, tasks["demo/stress"])
    ]
    return submit(board, tasks, where, rows, sender, **{"consent": False, **meta})


def scored(board: DataFolder, tasks: Mapping[str, Task]) -> None:
    place = workplace(board, tasks)
    run(place, plan(place), LocalEngine(), a_run(board))


def limits(board: DataFolder, *, review: bool = False) -> BoardLimits:
    return replace(load_limits(board), publication=PublicationLimits(review))


A, B = Sender("team A", "A", 3), Sender("team B", "B", 3)


def test_from_received_to_published_and_back(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A).submission
    place = workplace(board, tasks)
    found = life_of(board, tasks, own)
    assert (found.state, found.done) == (State.received, 0)
    assert not found.settled
    take_leases(board, [Work(own.id, "demo/stress")], "1@here-1", 60)
    assert life_of(board, tasks, own).state is State.scoring
    run(
        place,
        [unit for unit in plan(place) if unit.submission.trivial],
        LocalEngine(),
        a_run(board),
    )
    assert life_of(board, tasks, own).total > found.total, (
        "the model's scores are expected once it is recorded"
    )
    release_leases(board, "1@here-1")
    scored(board, tasks)
    private = life_of(board, tasks, own)
    assert (private.state, private.done) == (State.scored, private.total)
    assert {score.identity.metric for score in scores_of(board, tasks, own)} >= {
        "accuracy",
        "bartscore_src_to_hyp",
    }
    publish(board, tasks, "me", "all")
    own = consent(board, own, "team A")
    assert life_of(board, tasks, own).state is State.scored
    publish(board, tasks, "me")
    assert life_of(board, tasks, own).state is State.published
    own = hold(board, own, "me", "under discussion")
    assert life_of(board, tasks, own).reason == "on the board until the next release"
    publish(board, tasks, "me", "held back")
    found = life_of(board, tasks, own)
    assert (found.state, found.reason) == (State.scored, "under discussion")
    assert own.id not in {system.id for system in current_release(board).systems()}


def test_a_failure_says_why_and_does_not_count(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    one_a_day = Sender("team A", "A", 1)
    own = send(board, tasks, tmp_path, one_a_day).submission
    with pytest.raises(DayIsFull, match="The next is possible at 20") as full:
        send(board, tasks, tmp_path, one_a_day, version="2")
    assert 86_000 < full.value.seconds <= 86_402
    send(board, tasks, tmp_path, Sender("team B", "B", 1), system="B's")
    unit = next(unit for unit in plan(workplace(board, tasks)) if unit.submission.id == own.id)
    for _ in range(RETRIES + 1):
        assert life_of(board, tasks, own).state is State.received
        record_failure(board, unit.keys, "ValueError: too odd", "a traceback")
    place = workplace(board, tasks)
    run(place, [u for u in plan(place) if u.submission.trivial], LocalEngine(), a_run(board))
    failed = life_of(board, tasks, own)
    assert failed.state is State.failed
    assert "too odd" in failed.reason
    assert "traceback" not in failed.reason
    assert "maintainers" in failed.next_step
    assert send(board, tasks, tmp_path, one_a_day, version="2").new


def test_what_a_wrong_clock_dated_ahead_fills_no_day(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    one_a_day = Sender("team A", "A", 1)
    send(board, tasks, tmp_path, one_a_day)
    with writing(board) as db:
        db.conn.execute("UPDATE submissions SET received_at = '2999-01-01T00:00:00Z'")
    assert send(board, tasks, tmp_path, one_a_day, version="2").new
    with pytest.raises(DayIsFull) as full:
        send(board, tasks, tmp_path, one_a_day, version="3")
    assert full.value.seconds <= 86_402, "a day at most"


def test_refusals_and_repetitions_do_not_count(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    two = Sender("team A", "A", 2)
    for _ in range(3):
        send(board, tasks, tmp_path, two)
        with pytest.raises(NameTaken):
            send(board, tasks, tmp_path, two, licence="other bytes")
    assert send(board, tasks, tmp_path, two, version="2").new
    with pytest.raises(DayIsFull):
        send(board, tasks, tmp_path, two, version="3")
    assert not send(board, tasks, tmp_path, two).new, (
        "the same bytes again are found, whatever the day's count"
    )


def test_teams_see_their_own(board: DataFolder, tasks: dict[str, Task], tmp_path: Path) -> None:
    first, second = (
        send(board, tasks, tmp_path, A).submission,
        send(board, tasks, tmp_path, B, system="T").submission,
    )
    mine, chief = (
        team_named(board, "A"),
        Team("C", Role.maintainer, None, None, "2026-01-02T03:04:05Z"),
    )
    assert [life.submission.id for life in lives(board, tasks, mine)] == [first.id]
    assert {life.submission.id for life in lives(board, tasks)} == {first.id, second.id}
    assert find_submission(board, second.id, chief) == second
    for asked in (second.id, "nothing", ""):
        with pytest.raises(NoSuchSubmission):
            find_submission(board, asked, mine)


def test_where_review_is_asked_for_a_maintainer_lets_through(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    mine = team_named(board, "A")
    sender = sender_of(mine, limits(board, review=True))
    assert sender_of(mine, limits(board)).held == ""
    own = send(board, tasks, tmp_path, sender, consent=True).submission
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    assert life_of(board, tasks, own).reason == WAITS_FOR_REVIEW
    assert review_queue(board) == (own,)
    own = approve(board, own, "me")
    assert not review_queue(board)
    publish(board, tasks, "me")
    assert life_of(board, tasks, own).state is State.published
    with pytest.raises(NotAllowed, match="annotator"):
        sender_of(Team("R", Role.annotator, None, None, "2026-01-02T03:04:05Z"), limits(board))


def test_a_withdrawal_wins_over_whoever_still_holds_an_older_copy(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A).submission
    withdraw(board, own, "team A", "wrong file")
    for act in (
        lambda: consent(board, own, "x"),
        lambda: hold(board, own, "x", "y"),
        lambda: approve(board, own, "x"),
    ):
        with pytest.raises(TooLate, match="withdrawn"):
            act()
    assert [one.withdrawn_at is not None for one in submissions(board) if one.id == own.id] == [
        True
    ]
    assert [event.kind for event in events(board, own.id)] == ["submitted", "withdrawn"]
    assert not [unit for unit in plan(workplace(board, tasks)) if unit.submission.id == own.id]


def test_a_release_with_a_withdrawn_system_is_not_gone_back_to(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A, consent=True).submission
    scored(board, tasks)
    assert publish(board, tasks, "me", "first").number == 1
    withdraw(board, own, "team A", "wrong file")
    published = publish(board, tasks, "me")
    assert published.new
    assert current_release(board).release.reason == "withdrawn systems are removed"
    with pytest.raises(NoSuchRelease, match="withdrawn"):
        rollback(board, 1, "me", "nostalgia")


def test_of_each_teams_new_submissions_the_oldest_is_scored_first(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    ours = [send(board, tasks, tmp_path, A, version=str(n)).submission.id for n in range(3)]
    theirs = send(board, tasks, tmp_path, B, system="T").submission.id
    place = workplace(board, tasks)

    def turns(at_once: int) -> list[str]:
        units = whose_turn(outstanding(board, plan(place)), at_once)
        return [unit.submission.id for unit in units if not unit.submission.trivial]

    assert turns(1) == [ours[0], theirs]
    assert turns(2) == [*ours[:2], theirs]
    run(
        place,
        [unit for unit in plan(place) if unit.submission.id == ours[0]],
        LocalEngine(),
        a_run(board),
    )
    assert turns(1) == [ours[1], theirs]
    scored(board, tasks)
    corrected = {name: replace(task, revision=2) for name, task in tasks.items()}
    assert turns(1) == []
    assert not plan(Workplace(board, corrected, place.instruments)), "its gold is not imported yet"


def test_a_boards_own_limits_stand_in_for_single_values(board: DataFolder) -> None:
    assert load_limits(board).team.submissions_a_day == 5
    upload = load_limits(board).upload
    assert (upload.sent, upload.unpacked) == (50_000_000, 500_000_000)
    own = board.path / "limits.toml"
    own.write_text("[team]\nsubmissions_a_day = 7\n[publication]\nreview = true\n")
    found = load_limits(board)
    assert (found.team.submissions_a_day, found.publication.review, found.upload.rows) == (
        7,
        True,
        200_000,
    )
    for wrong, said in {
        "[team]\nsubmissions_a_week = 7": "submissions_a_week",
        "[team]\nsubmissions_a_day = 0": "0",
        "[team]\nsubmissions_a_day = true": "True",
        "[publication]\nreview = 1": "review",
        "x = 1": "x",
        "[team": "limits.toml: not TOML",
    }.items():
        own.write_text(wrong)
        with pytest.raises(SettingsError, match=said):
            load_limits(board)


def test_whoever_submits_is_told_in_how_many_outputs_no_label_was_read(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(board, tasks["demo/stress"])
    unread = [{**row, "output": "I would rather not say."} for row in rows[:3]]
    accepted = submit(board, tasks, tmp_path, [*unread, *rows[3:]], A)
    (line,) = [line for line in accepted.lines if "no label was read" in line]
    assert f"3 of {len(rows)} outputs of demo/stress" in line
    whole = submit(board, tasks, tmp_path, rows, A, version="2")
    assert not [line for line in whole.lines if "no label was read" in line]


def test_the_same_way_in_for_the_command(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A).submission
    with pytest.raises(NameTaken, match="another team"):
        submit_file(board, tasks, tmp_path / "outputs.csv", "demo", tmp_path / "submission.toml")
    assert [one.team for one in submissions(board) if one.id == own.id] == ["A"]


def test_a_system_that_was_let_in_beside_its_look_alike_can_be_continued(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(board, tasks, tmp_path, A, system="CLI output")
    with monkeypatch.context() as before:
        before.setattr("submissions.store.submitted.submissions.likeness", lambda *_: None)
        send(board, tasks, tmp_path, B, system="\u0421LI output")
    assert send(board, tasks, tmp_path, B, system="\u0421LI output", version="2").new
    assert send(board, tasks, tmp_path, A, system="CLI output", version="2").new
    with pytest.raises(NameTaken, match="mistaken for another team's on demo"):
        send(board, tasks, tmp_path, B, system="CLl output")


def test_a_name_with_accents_may_stand_and_not_beside_the_same_without(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    send(board, tasks, tmp_path, A, system="Zo\u00eb", consent=True)
    with pytest.raises(NameTaken, match=r"another team's on demo, 'Zo\u00eb'.* WITH DIAERESIS"):
        send(board, tasks, tmp_path, B, system="Zoe")


def test_how_a_private_system_is_spelled_is_told_to_nobody(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A, system="Quiet Zo\u00eb 7").submission
    with pytest.raises(NameTaken, match="mistaken for another team's on demo") as refused:
        send(board, tasks, tmp_path, B, system="QUIET ZOE 7")
    assert "Zo\u00eb" not in str(refused.value)
    assert "DIAERESIS" not in str(refused.value), "nor where they differ"
    with pytest.raises(NameTaken, match="mistaken for another team's on demo"):
        send(
            board, tasks, tmp_path, B, system="Quiet Zo\u00eb 7"
        )  # that it is the very name is not told
    consent(board, own, "team A")
    with pytest.raises(NameTaken, match="'Quiet Zo\u00eb 7'"):
        send(board, tasks, tmp_path, B, system="QUIET ZOE 7")


def test_a_name_that_is_refused_today_and_was_let_in_before_stays_and_can_be_edited(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SubmissionRefused, match="OBJECT REPLACEMENT CHARACTER"):
        send(board, tasks, tmp_path, A, system="CLI\ufffc")
    with monkeypatch.context() as before:
        before.setattr("submissions.declarations.meta.fault_of_name", lambda _: "")
        own = send(board, tasks, tmp_path, A, system="CLI\ufffc", consent=True).submission
    edited = edit_meta(board, tasks, own, {"description": "of before"}, "me")
    assert (edited.system, edited.meta.description) == ("CLI\ufffc", "of before")
    scored(board, tasks)
    publish(board, tasks, "me", "first")
    assert "CLI\ufffc" in {one.system for one in current_release(board).systems()}


def test_what_is_declared_is_checked_while_somebody_else_writes(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    own = send(board, tasks, tmp_path, A).submission
    with writing(board), pytest.raises(SubmissionRefused, match="not a method"):
        edit_meta(board, tasks, own, {"method": "magic"}, "me")


def test_two_edits_at_once_do_not_undo_each_other(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    seen = send(board, tasks, tmp_path, A).submission  # both see what stood before either
    edit_meta(board, tasks, seen, {"licence": "MIT", "contact": "you@example.org"}, "me")
    consent(board, seen, "me")
    edited = edit_meta(board, tasks, seen, {"description": "new", "contact": None}, "you")
    stored = find_submission(board, seen.id)
    assert stored == edited
    assert (stored.meta.licence, stored.meta.description, stored.meta.contact) == (
        "MIT",
        "new",
        None,
    )
    assert stored.consent
    with pytest.raises(SubmissionRefused, match="is missing"):
        edit_meta(board, tasks, seen, {"method": None}, "you")
    withdraw(board, stored, "me", "changed our mind")
    with pytest.raises(TooLate):
        edit_meta(board, tasks, seen, {"description": "newer"}, "you")


def test_nothing_of_a_private_tasks_gold_is_in_a_release(
    board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    send(board, tasks, tmp_path, A, consent=True)
    scored(board, tasks)
    examples = PostStore(board.posts).examples(tasks["demo/stress"])
    few = [Tag("demo/stress", example.example_id, "few") for example in examples[:9]]
    many = [Tag("demo/stress", example.example_id, "many") for example in examples[:10]]
    add_tags(board, [*few, *many], "me", "demo", "read by two people")
    public, secret = (
        build_content(
            board, {**tasks, "demo/stress": replace(tasks["demo/stress"], gold_public=shown)}
        )
        for shown in (True, False)
    )
    assert all(row.classes for row in public.tasks)
    assert any(cell.array for cell in public.cells)
    assert public.confusions
    assert not any(row.classes for row in secret.tasks)
    assert not any(cell.array for cell in secret.cells), (
        "item by item, right and wrong would tell the gold"
    )
    assert not secret.confusions
    assert {row.attribute_value for row in public.breakdowns} == {"few", "many"}
    assert {row.attribute_value for row in secret.breakdowns} == {"many"}, (
        "a tag on one example would tell its gold"
    )
    assert [cell.value for cell in secret.cells] == [cell.value for cell in public.cells]
