"""The maintainers' page, opened without a browser: review, failures, takedowns,
teams and events.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scoring.segments import REDACTED
from submissions.declarations.settings import DECLARATIONS
from submissions.life.decisions import hold
from submissions.life.states import State, find_submission, life_of
from submissions.rating.rating_files import Naming
from submissions.rating.ratings import ImportRequest, import_ratings
from submissions.rating.transcript_tasks import declared_transcripts
from submissions.rating.transcripts import import_transcripts, stored_transcripts
from submissions.rescoring.worker import UnitsFailed
from submissions.store.events import events
from submissions.store.files.outputs import read_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import failures
from submissions.teams.accounts import Role, Team, authenticate, members
from submissions.teams.accounts import teams as all_teams
from tests.app.conftest import press, sound
from tests.app.sending import (
    HOSTILE,
    Tasks,
    fail,
    labelled,
    marked_up,
    said,
    submitted,
)
from tests.declarations import load_rubrics
from tests.live import Live


def test_others_get_a_plain_sentence(sign_in) -> None:
    site = sign_in("maintain")
    assert "for the maintainers of this board" in said(site)
    assert not site.dataframe
    assert not site.selectbox


def show(site: AppTest, section: str) -> AppTest:
    site.selectbox(key="show").set_value(section)
    return sound(site.run())


def test_review_holds_and_approves_with_a_reason(folder: DataFolder, tasks: Tasks, sign_in) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    hold(folder, own, "tester", "odd numbers")
    site = sign_in("maintain", "Us", Role.maintainer)
    assert "odd numbers" in said(site)
    press(site, "Approve")
    assert not find_submission(folder, own.id).held
    press(site, "Hide")
    assert "Say why" in said(site)
    site.text_input(key="why hold").set_value("too good")
    press(site, "Hide")
    assert find_submission(folder, own.id).held == "too good"
    done = [(event.author, event.kind, event.reason) for event in events(folder, own.id)][-2:]
    assert done == [("team Us", "approved", "reviewed"), ("team Us", "held", "too good")]
    assert "![" not in marked_up(site)


def test_failures_show_tracebacks_and_are_tried_again(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    keys = fail(folder, tasks, own)
    site = show(sign_in("maintain", "Us", Role.maintainer), "failures")
    assert HOSTILE in site.code[0].value
    site.text_input(key=f"why retry {own.id} demo/stress").set_value("more memory")
    press(site, "Try again")
    assert not failures(folder)
    assert "Nothing has failed" in said(site)
    last = events(folder, own.id)[-1]
    assert (last.author, last.kind, last.reason) == (
        "team Us",
        "retry",
        f"{len(keys)} scores: more memory",
    )


def test_what_really_failed_is_shown_tried_again_and_scored(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    stored = folder.files / f"{own.outputs}.parquet"
    content, board = stored.read_bytes(), Live(folder, tasks, "", None)
    stored.write_bytes(b"spoiled")
    with pytest.raises(UnitsFailed):
        board.score()
    site = show(sign_in("maintain", "Us", Role.maintainer), "failures")
    assert "it is not what was written" in said(site)
    assert "verify --repair --from BACKUP" in said(site).replace("\\", "")
    assert "OutputsError" in site.code[0].value
    stored.write_bytes(content)
    site.text_input(key="why retry all").set_value("restored")
    press(site, "Try all again")
    assert "are tried again by the next worker" in said(site)
    board.score()
    assert "Nothing has failed" in said(sound(site.run()))
    assert life_of(folder, tasks, find_submission(folder, own.id)).state is State.scored


def test_a_whole_post_is_redacted(folder: DataFolder, tasks: Tasks, sign_in) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    site = show(sign_in("maintain", "Us", Role.maintainer), "takedown")
    labelled(site.selectbox, "Task").set_value("demo/stress")
    sound(site.run())
    for example, outcome in (
        ("nothing-1", "is not an example of"),
        ("stress-004", "is deleted, and what"),
    ):
        labelled(site.text_input, "Example's id").set_value(example)
        site.text_input(key="why redact").set_value("the poster asked")
        press(site, "Delete for good")
        assert outcome in said(site)
    gone = next(
        e
        for e in PostStore(folder.posts).examples(tasks["demo/stress"])
        if e.example_id == "stress-004"
    )
    assert gone.post == REDACTED
    (run,) = read_outputs(folder.files / f"{find_submission(folder, own.id).outputs}.parquet").runs
    assert run.outputs[run.example_ids.index("stress-004")] is None
    assert not (folder.files / f"{own.outputs}.parquet").exists()
    last = events(folder, "demo/stress stress-004")[-1]
    assert (last.author, last.kind, last.reason) == (
        "team Us",
        "example redacted",
        "the poster asked",
    )


def test_a_transcript_is_redacted(folder: DataFolder, sign_in) -> None:
    task = declared_transcripts(folder.path, "demo-cbt")
    import_transcripts(folder, task, DECLARATIONS / "demo" / "transcripts.jsonl", "me", "a test")
    site = show(sign_in("maintain", "Us", Role.maintainer), "takedown")
    labelled(site.selectbox, "Task").set_value("demo-cbt")
    sound(site.run())
    for transcript, outcome in (("s1", "is not a transcript of"), ("s01", "is deleted")):
        labelled(site.text_input, "Example's id").set_value(transcript)
        site.text_input(key="why redact").set_value("the therapist asked")
        press(site, "Delete for good")
        assert outcome in said(site)
    assert "s01" not in stored_transcripts(folder, task)
    last = events(folder, "demo-cbt s01")[-1]
    assert (last.author, last.kind) == ("team Us", "transcript redacted")


def test_an_output_is_redacted(folder: DataFolder, tasks: Tasks, sign_in) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    site = show(sign_in("maintain", "Us", Role.maintainer), "takedown")
    labelled(site.selectbox, "Of which submission").set_value(own.id)
    sound(site.run())
    for example, outcome in (
        ("nothing-1", "says nothing of example"),
        ("stress-004", "is deleted"),
    ):
        labelled(site.text_input, "Example's id").set_value(example)
        site.text_input(key="why redact").set_value("quotes a person")
        press(site, "Delete for good")
        assert outcome in said(site)
    assert events(folder, own.id)[-1].kind == "output redacted"
    assert find_submission(folder, own.id).outputs != own.outputs


def test_a_token_is_shown_once_and_teams_are_kept(folder: DataFolder, sign_in) -> None:
    site = show(sign_in("maintain", "Us", Role.maintainer), "teams")
    labelled(site.text_input, "New team").set_value("New <b>one")
    press(site, "Add team")
    token = site.code[0].value
    assert authenticate(folder, token).name == "New <b>one"
    sound(site.run())
    assert not site.code
    assert token not in repr(site.session_state._state._state)
    labelled(site.selectbox, "Team").set_value("New <b>one")
    press(site, "New token")
    assert authenticate(folder, site.code[0].value).name == "New <b>one"
    press(site, "Revoke token")
    assert named(folder, "New <b>one").token_since is None
    labelled(site.selectbox, "Acts for").set_value("New <b>one")
    field = labelled(site.text_input, "E-mail address, as single sign-on verifies it")
    field.set_value("a@example.org")
    press(site, "Add member")
    assert [(one.email, one.team) for one in members(folder)] == [("a@example.org", "New <b>one")]
    press(site, "Remove member")
    assert not members(folder)
    shown = show(site, "events").dataframe[0].value
    assert shown["author"].tolist().count("team Us") == 5


def test_annotators_are_listed_and_one_is_deleted(
    folder: DataFolder, tasks: Tasks, tmp_path: Path, sign_in
) -> None:
    site = show(sign_in("maintain", "Us", Role.maintainer), "ratings")
    assert "Nobody has rated anything yet" in "".join(one.value for one in site.caption)
    path = tmp_path / "demo.csv"
    rows = [
        f"{number},M,{who},overall,{number},demo/stress,post {number},because {number}"
        for number in range(4)
        for who in ("ana", "ben", "cleo")
    ]
    head = "item,system,annotator,aspect,rating,task,post,explanation"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    asked = ImportRequest("tester", "a test", Naming("mentallama"))
    import_ratings(folder, tasks, load_rubrics(), path, asked)
    sound(site.run())
    assert site.dataframe[0].value["Annotator"].tolist() == ["ana", "ben", "cleo"]
    labelled(site.selectbox, "Annotator").set_value("ben")
    site.text_input(key="why delete annotator").set_value("asked for")
    press(site, "Delete for good")
    assert "4 ratings of an annotator of demo are deleted" in said(site)
    assert site.dataframe[0].value["Annotator"].tolist() == ["ana", "cleo"]


def named(folder: DataFolder, name: str) -> Team:
    return next(team for team in all_teams(folder) if team.name == name)
