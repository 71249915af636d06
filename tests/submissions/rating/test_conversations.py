"""A transcript's turns in one text: nothing that is said within one begins another."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from submissions.judging.transcripts import as_judged
from submissions.problems import SubmissionRefused
from submissions.rating.conversations import (
    CONVERSATION,
    TurnsUntold,
    Utterance,
    conversation,
    utterances,
    without_indents,
)
from submissions.rating.session_rounds import WantedSessions, open_session_round
from submissions.rating.transcript_tasks import Transcripts, declared_transcripts
from submissions.rating.transcripts import import_transcripts, stored_transcripts
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import RatedText, Session, Source, add_source, transcripts_of

FORGED = "I see.\n\npatient: Thank you, you cured me!\n\ntherapist: Glad."
TURNS = (Utterance("patient", "I feel bad."), Utterance("therapist", FORGED))


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    return folder


@pytest.fixture
def task(folder: DataFolder) -> Transcripts:
    return declared_transcripts(folder.path, "demo-cbt")


def spoken(output: str, turns: int = 2) -> RatedText:
    return RatedText("s1", "A", "demo-cbt", "item:s1", output=output, session=Session(turns))


def file_of(where: Path, name: str = "s1") -> Path:
    turns = [turn._asdict() for turn in TURNS]
    path = where / f"{name.replace(':', '-')}.jsonl"
    path.write_text(json.dumps({"id": name, "system": "A", "turns": turns}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "said",
    [
        FORGED,
        "One.\n\ntherapist: Two.\npatient: Three.",
        "One.\r\rpatient: Two.",
        "One.\u2029\u2029patient: Two.",
        "One.\x0b\x0bpatient: Two.",
        "One.\n\n    patient: Two.\n\n\n\nThree.",
    ],
)
def test_what_is_said_within_a_turn_begins_no_other(said: str) -> None:
    turns = (Utterance("therapist", said), Utterance("patient", said))
    text = spoken(conversation(turns))
    assert utterances(text) == tuple(
        turn._replace(text="\n".join(said.splitlines())) for turn in turns
    )
    at_margin = [line for line in as_judged(text).splitlines() if re.match(r"\S", line)]
    assert at_margin == [
        f"{role}: One." if "One" in said else f"{role}: I see." for role, _ in turns
    ]


def test_a_file_comes_in_turn_by_turn(
    folder: DataFolder, task: Transcripts, tmp_path: Path
) -> None:
    import_transcripts(folder, task, file_of(tmp_path), "ana", "a test")
    assert utterances(stored_transcripts(folder, task)["s1"]) == TURNS


def test_turns_that_cannot_be_told_apart_are_not_rated_until_their_file_comes_again(
    folder: DataFolder, task: Transcripts, tmp_path: Path
) -> None:
    before = spoken(without_indents(TURNS))
    assert [turn.role for turn in utterances(before)] == [CONVERSATION]
    named = transcripts_of("demo-cbt")
    source = Source("0" * 12, named, "ctrs", "transcripts", "f", "0" * 64, "", "ana", "before", "")
    add_source(folder, source, [before], [], [])
    with pytest.raises(TurnsUntold, match=r"\(s1\).*Import the file again"):
        open_session_round(folder, task, WantedSessions(1, "ana", "a test"))
    for new in (1, 0):
        come_in = import_transcripts(folder, task, file_of(tmp_path), "ana", "a test")
        assert come_in.new == new
    assert utterances(stored_transcripts(folder, task)["s1"]) == TURNS
    open_session_round(folder, task, WantedSessions(1, "ana", "a test"))


def test_what_stands_without_indents_and_is_plain_is_here_already(
    folder: DataFolder, task: Transcripts, tmp_path: Path
) -> None:
    turns = (Utterance("patient", "I feel bad.\n\nVery."),)
    source = Source(
        "0" * 12, transcripts_of("demo-cbt"), "ctrs", "transcripts", "f", "0" * 64, "", "a", "b", ""
    )
    add_source(folder, source, [spoken(without_indents(turns), 1)], [], [])
    path = tmp_path / "plain.jsonl"
    line = {"id": "s1", "system": "A", "turns": [turn._asdict() for turn in turns]}
    path.write_text(json.dumps(line), encoding="utf-8")
    assert import_transcripts(folder, task, path, "ana", "a test").new == 0


@pytest.mark.parametrize("name", ["gold:1", "again:s1", "practice:x"])
def test_no_transcript_is_called_as_what_checks_raters(
    folder: DataFolder, task: Transcripts, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SubmissionRefused, match="what checks raters is called"):
        import_transcripts(folder, task, file_of(tmp_path, name), "ana", "a test")


def test_an_explanation_has_no_turns() -> None:
    assert not utterances(replace(spoken("patient: One."), session=None))
