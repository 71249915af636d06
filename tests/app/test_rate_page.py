"""The rating page without a browser: who may rate, what they are shown, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS
from submissions.rating.drawing import Wanted, open_round
from submissions.rating.rounds import (
    Round,
    annotator_id,
    close_round,
    next_item,
    open_rounds,
    progress,
    rate,
    share,
)
from submissions.rating.session_rounds import WantedSessions, open_session_round
from submissions.rating.transcript_tasks import declared_transcripts
from submissions.rating.transcripts import import_transcripts, stored_transcripts
from submissions.store.folder import DataFolder
from submissions.store.rated.ratings import current_ratings
from submissions.store.rated.rounds import standing
from submissions.teams.accounts import Role, add_team
from tests.app.conftest import sound
from tests.boards import demo_board, gold_rows, submit
from tests.declarations import load_rubrics
from tests.guides import ROOT

RUBRICS = load_rubrics()
SPOKEN = DECLARATIONS / "demo" / "transcripts.jsonl"
ASPECTS = RUBRICS["mentallama"].names


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    rows = gold_rows(folder, tasks["demo/stress"])
    for system in ("Ada", "Bert"):
        told = [
            {**row, "output": f"{row['output']} ![x](http://evil.example/{system})"} for row in rows
        ]
        submit(folder, tasks, tmp_path, told, system=system)
    return folder


@pytest.fixture
def opened(board: DataFolder, tasks: dict[str, Task]) -> Round:
    return open_round(board, tasks, RUBRICS, Wanted("demo", 2, 1, "me", "a test"))[0]


def me(board: DataFolder) -> str:
    return annotator_id(board, "Raters")


def sign_in(
    open_page, board: DataFolder, role: Role = Role.annotator, name: str = "Raters"
) -> AppTest:
    token = add_team(board, name, role, "me")
    site = open_page("rate", data=board.path)
    site.text_input[0].set_value(token)
    return press(site, "Sign in")


def accepted(open_page, board: DataFolder) -> AppTest:
    return press(sign_in(open_page, board), "I understand, show the texts")


def press(site: AppTest, label: str) -> AppTest:
    (button,) = [one for one in site.button if one.label == label]
    return sound(button.click().run())


def said(site: AppTest) -> str:
    return "\n".join(
        one.value for kind in (site.markdown, site.info, site.success, site.error) for one in kind
    )


def rate_all(site: AppTest, value: int) -> AppTest:
    for _ in ASPECTS:
        press(site, f"Give {value}")
    return press(site, "Save and go on")


def test_whoever_is_not_signed_in_is_asked_to_and_shown_nothing(
    open_page, board: DataFolder, opened: Round
) -> None:
    site = open_page("rate", data=board.path)
    assert "Sign in with your team's token" in said(site)
    assert opened.name not in said(site)
    assert not site.radio


def test_a_team_that_only_submits_may_not_rate(open_page, board: DataFolder, opened: Round) -> None:
    site = sign_in(open_page, board, Role.member)
    assert "Your team may submit, and not rate" in said(site)
    assert opened.name not in said(site)


def test_without_a_round_the_page_says_so(open_page, board: DataFolder) -> None:
    assert "No round of rating is open" in said(sign_in(open_page, board))


@pytest.mark.usefixtures("opened")
def test_texts_stand_behind_the_content_notice(open_page, board: DataFolder) -> None:
    site = sign_in(open_page, board)
    assert "Before you read on" in said(site)
    assert "findahelpline" in said(site)
    assert not site.radio
    press(site, "I understand, show the texts")
    assert len(site.radio) == len(ASPECTS)


def test_an_item_is_blind_and_its_text_is_no_markup(
    open_page, board: DataFolder, opened: Round
) -> None:
    site = accepted(open_page, board)
    shown = next_item(board, opened, me(board))
    assert shown is not None
    bare = said(site).replace("\\", "").replace("\u2060", "")
    assert shown.post in bare
    assert shown.text in bare
    assert "![x](http" not in said(site)
    for name in ("Ada 1", "Bert 1"):
        assert name not in repr(site.main)
    for aspect in RUBRICS["mentallama"].aspects:
        assert any(aspect.wording in radio.label.replace("\\", "") for radio in site.radio)


def test_rating_skipping_revising_and_the_end(open_page, board: DataFolder, opened: Round) -> None:
    site = accepted(open_page, board)
    first = next_item(board, opened, me(board))
    assert first is not None
    (save,) = [one for one in site.button if one.label == "Save and go on"]
    assert save.disabled, "every aspect is to be rated"
    rate_all(site, 2)
    second = next_item(board, opened, me(board))
    assert second is not None
    assert second.id != first.id
    assert standing(board, opened).ratings == {
        (*_key(board, opened), me(board)): dict.fromkeys(ASPECTS, 2)
    }
    press(site, "Revise the last one")
    assert [radio.value for radio in site.radio] == [2] * len(ASPECTS)
    press(site, "Take one back")
    press(site, "Give 0")
    press(site, "Save and go on")
    assert current_ratings(board, opened.name)[(*_key(board, opened), me(board), ASPECTS[-1])] == 0
    press(site, "Skip: distressing")
    assert "you will not be shown it again" in said(site)
    assert progress(board, opened).skipped == {"distressing": 1}
    for _ in range(2):
        site.radio[0].set_value(3)
        site.run()
        for _ in ASPECTS[1:]:
            press(site, "Give 1")
        press(site, "Save and go on")
    assert "All done: nothing is left for you" in said(site)
    assert (progress(board, opened).rated, progress(board, opened).items) == (3, 4)


def test_a_transcript_is_shown_by_turns_and_roles_without_its_system(
    open_page, board: DataFolder
) -> None:
    task = declared_transcripts(board.path, "demo-cbt")
    import_transcripts(board, task, SPOKEN, "me", "a test")
    opened, _ = open_session_round(board, task, WantedSessions(1, "me", "a test", patients=1))
    site = sign_in(open_page, board)
    if "Before you read on" in said(site):
        press(site, "I understand, show the texts")
    shown = next_item(board, opened, me(board))
    assert shown is not None
    assert [turn.role for turn in shown.turns[:2]] == ["patient", "therapist"]
    assert len(shown.turns) == 6
    bare = said(site).replace("\\", "").replace("\u2060", "")
    for turn in shown.turns:
        assert f"**{turn.role.capitalize()}:** {turn.text}" in bare
    assert "rate the therapist, not the patient" in bare
    assert "Explanation to be rated" not in bare
    for system in {text.system for text in stored_transcripts(board, task).values()}:
        assert system not in repr(site.main)
    assert len(site.radio) == len(RUBRICS["ctrs"].names) == 11
    assert site.radio[0].options == [str(level) for level in range(7)]
    for _ in RUBRICS["ctrs"].names:
        press(site, "Give 4")
    press(site, "Save and go on")
    assert progress(board, opened).rated == 1


def _show_long_turns() -> None:
    from app.site.rate.annotating import show_item
    from submissions.rating.conversations import Utterance
    from submissions.rating.shown import Item

    turns = (Utterance("patient", "Bad."), Utterance("therapist", "word " * 5_000 + "the end"))
    show_item(Item("0" * 12, "", "why " * 1_000 + "indeed", "", turns, "", False, {}, ""))


def test_nothing_that_is_to_be_rated_is_cut() -> None:
    site = sound(AppTest.from_function(_show_long_turns).run())
    assert "word the end" in said(site)
    assert "why indeed" in said(site)


def test_what_others_have_on_their_screens_is_waited_for(
    open_page, board: DataFolder, tasks: dict[str, Task]
) -> None:
    opened = open_round(
        board, tasks, RUBRICS, Wanted("demo", 1, 1, "me", "a test", systems=("Ada",))
    )[0]
    for name in ("a", "b", "c"):
        assert next_item(board, opened, name)
    assert "Others have all that is left on their screens" in said(accepted(open_page, board))


def test_a_round_that_is_closed_meanwhile_stores_nothing_and_says_so(
    open_page, board: DataFolder, opened: Round, tasks: dict[str, Task]
) -> None:
    later = open_round(board, tasks, RUBRICS, Wanted("demo", 2, 2, "me", "a test"))[0]
    site = accepted(open_page, board)
    assert [one.label for one in site.selectbox] == ["Round"]
    for _ in ASPECTS:
        press(site, "Give 1")
    close_round(board, opened.name, "me", "done")
    press(site, "Save and go on")
    assert "was closed meanwhile" in said(site).replace("\\", "")
    assert progress(board, opened).rated == progress(board, later).rated == 0


def test_a_place_that_was_taken_meanwhile_is_said(
    open_page, board: DataFolder, tasks: dict[str, Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_round(
        board, tasks, RUBRICS, Wanted("demo", 1, 1, "me", "a test", systems=("Ada",))
    )[0]
    monkeypatch.setattr("submissions.rating.rounds.RESERVED_SECONDS", -1.0)
    site = accepted(open_page, board)
    for _ in ASPECTS:
        press(site, "Give 1")
    for name in ("a", "b", "c"):
        item = next_item(board, opened, name)
        assert item is not None
        rate(board, opened, RUBRICS["mentallama"].aspects, item.id, name, dict.fromkeys(ASPECTS, 1))
    press(site, "Save and go on")
    assert "3 others have rated this one meanwhile" in said(site)
    assert progress(board, opened).rated == 3


def _key(board: DataFolder, opened: Round) -> tuple[str, str]:
    ((item, system, _),) = standing(board, opened).ratings
    return item, system


def test_an_invented_round_says_so_and_stands_below_real_ones(
    open_page, board: DataFolder, opened: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Invented" in said(accepted(open_page, board))
    real = replace(opened, id="f" * 12, name="imhi-round-1", benchmark="imhi")
    monkeypatch.setattr("submissions.rating.rounds.rounds", lambda _: (opened, real))
    site = open_page("rate", data=board.path)
    site.text_input[0].set_value(add_team(board, "Others", Role.annotator, "me"))
    site = press(site, "Sign in")
    assert site.selectbox[0].options == ["imhi-round-1", "demo-round-1 (invented)"]
    assert "Invented" not in said(site)


def test_practice_is_marked_and_told_of_and_nothing_else_is(
    open_page, board: DataFolder, tasks: dict[str, Task]
) -> None:
    demo = ROOT / "leaderboard_data" / "demo"
    files = {name: demo / f"{name}.csv" for name in ("practice", "gold")}
    open_round(board, tasks, RUBRICS, Wanted("demo", 2, 1, "me", "a test", repeats=1, **files))
    site = accepted(open_page, board)
    assert "Practice first: 2 items are left" in said(site)
    assert "Practice] Rate it like any other" in said(site)
    rate_all(site, 2)
    shown = said(site).replace("\\", "")
    assert "Agreed: Consistency 3 (you: 2)" in shown
    assert "it does not say how they hang together" in shown
    rate_all(site, 2)
    assert "Nothing of that stands in the post" in said(site)
    for number in range(4 + 2 + 1):
        # A gold item, one given again, and any other: the same page with another text.
        mine = share(board, open_rounds(board)[0], me(board))
        assert (mine.rated, mine.left) == (number, 7 - number)
        site.text_area[0].set_value("it is short")
        rate_all(site, 2)
        assert "Practice" not in said(site)
        assert "Agreed" not in said(site)
    assert "All done" in said(site)
    assert len(standing(board, open_rounds(board)[0]).reasons) == 7


def test_of_two_explanations_one_is_chosen_or_neither(
    open_page, board: DataFolder, tasks: dict[str, Task]
) -> None:
    opened = open_round(board, tasks, RUBRICS, Wanted("demo", 3, 1, "me", "a test", pairwise=True))[
        0
    ]
    site = accepted(open_page, board)
    item = next_item(board, opened, me(board))
    assert item is not None
    bare = said(site).replace("\\", "").replace("\u2060", "")
    assert item.text in bare
    assert item.against in bare
    assert "Ada 1" not in repr(site.main)
    press(site, "Right")
    assert site.radio[0].value == -1
    press(site, "Take one back")
    press(site, "Left")
    press(site, "Save and go on")
    press(site, "Equal")
    press(site, "Save and go on")
    press(site, "Cannot say")
    assert "All done" in said(site)
    assert [list(one.values()) for one in standing(board, opened).ratings.values()] == [[1], [0]]
    assert list(standing(board, opened).skips.values()) == ["cannot say"]
