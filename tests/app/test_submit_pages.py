"""The pages of teams, opened without a browser: sign-in, submit, a submission's own page."""

from __future__ import annotations

from pathlib import Path

import pytest

from submissions.life.decisions import unseen_copies
from submissions.life.states import find_submission
from submissions.receiving import examination
from submissions.store.events import events
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_member, add_team, revoke_token, rotate_token
from tests.app.conftest import PAGES, at, press, sound, with_token
from tests.app.sending import (
    HOSTILE,
    NAME,
    Tasks,
    as_csv,
    declare,
    drop,
    fail,
    labelled,
    marked_up,
    of_teams,
    on_its_page,
    rows_of,
    said,
    submitted,
    whole,
)
from tests.boards import gold_rows
from tests.commands import succeed
from tests.live import Live, with_limits


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The uploads that were read."""
    seen: list[Path] = []
    read = examination.examine_apart

    def counted(folder: DataFolder, path: Path, *rest: object) -> examination.Examined:
        seen.append(path)
        return read(folder, path, *rest)

    monkeypatch.setattr("app.site.upload.examine_apart", counted)
    return seen


# Sign-in


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", ["submit", "submission", "maintain"])
def test_nobody_sees_anything_before_signing_in(page: str) -> None:
    site = at(page)
    assert "Sign in with your team's token" in said(site)
    assert not site.dataframe
    assert not site.get("file_uploader")
    refused = with_token(site, "rb_wrong")
    assert "not one of ours" in refused.error[0].value
    assert "For research, not for diagnosis" in said(refused)


def test_the_token_is_kept_nowhere_in_the_session(folder: DataFolder) -> None:
    token = add_team(folder, "Alpha", Role.member, "tester")
    site = with_token(at("submit"), token)
    assert "Alpha, member" in said(sound(site.run()))
    assert token not in repr(site.session_state._state._state)
    assert token not in str(site.query_params)
    assert not any(token in str(event) for event in events(folder))


def test_a_token_replaced_within_a_second_ends_its_sessions(
    folder: DataFolder, sign_in, monkeypatch
) -> None:
    for module in ("submissions.teams.accounts", "submissions.store.submitted.teams"):
        monkeypatch.setattr(f"{module}.now", lambda: "2026-11-21T10:00:00+00:00")
    site = sign_in("submission")
    assert "There are no submissions of your team yet" in said(site)
    rotate_token(folder, "Alpha", "tester")
    assert "Sign in with your team's token" in said(sound(site.run()))


def test_a_revoked_token_ends_its_sessions_and_signing_out_ends_one(
    folder: DataFolder, sign_in
) -> None:
    site = sign_in("submit")
    revoke_token(folder, "Alpha", "tester")
    assert "Sign in with your team's token" in said(sound(site.run()))
    other = press(sign_in("submit", "Beta"), "Sign out")
    assert "Sign in with your team's token" in said(other)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email": "A@example.org", "email_verified": True}, "Alpha, member"),
        (
            {"email": "a@example.org", "email_verified": False},
            "does not say that this address is verified",
        ),
        ({"email": "a@example.org"}, "does not say that this address is verified"),
        (
            {"email": "a@example.org", "email_verified": "true"},
            "does not say that this address is verified",
        ),
        (
            {"email": "a@example.org", "email_verified": True, "sub": None},
            "does not say that this address is verified",
        ),
        ({"email": "b@example.org", "email_verified": True}, "tied to no team"),
    ],
)
def test_single_sign_on_acts_for_the_team_of_a_verified_address(
    folder: DataFolder, claims: dict[str, object], expected: str
) -> None:
    add_team(folder, "Alpha", Role.member, "tester")
    add_member(folder, "Alpha", "a@example.org", "tester")
    site = at("submit")
    site.secrets = {"auth": {}}
    site.user = {"is_logged_in": True, "iss": "https://one.example", "sub": "1", **claims}
    assert expected in said(sound(site.run()))
    site.user = {"is_logged_in": False}
    assert "Use single sign-on" in [button.label for button in sound(site.run()).button]


@pytest.mark.parametrize(
    ("secrets", "installed", "button", "expected"),
    [
        ({"client_id": "x"}, False, "Use single sign-on", "pip install"),
        ({"client_id": "x"}, True, "Use single sign-on", "not set up wholly"),
        ({"campus": {"client_id": "x"}}, True, "Sign in with campus", "not set up wholly"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_single_sign_on_that_cannot_work_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    secrets: dict[str, object],
    installed: bool,
    button: str,
    expected: str,
) -> None:
    monkeypatch.setattr("streamlit.user_info.is_authlib_installed", lambda: installed)
    site = at("submit")
    site.secrets = {"auth": secrets}
    site.user = {"is_logged_in": False}
    assert expected in said(press(site.run(), button)).replace("\\", "")


# Submit


def test_what_was_read_is_shown_before_anything_is_stored(
    folder: DataFolder, tasks: Tasks, sign_in, looks
) -> None:
    first = gold_rows(folder, tasks["demo/stress"])[0]
    rows = rows_of(folder, tasks, stress_004=HOSTILE, stress_005=first["output"])
    site = drop(sign_in("submit"), as_csv(rows))
    tables = [frame.value for frame in site.dataframe]
    coverage, labels, rules, reasons, unparsed, stages = tables
    assert coverage["rows"].tolist() == ["40 of 40"]
    assert "No rows of 1 task, so that the system stands unranked: stress-cause." in said(site)
    assert coverage["parsed"][0] == pytest.approx(39 / 40)
    assert coverage["repeated"][0] >= 2
    assert labels["read"].sum() == 39
    assert labels["gold"].sum() == 40
    assert rules["rows"].sum() == 39
    assert reasons["rows"].tolist() == [1]
    assert unparsed["example"].tolist() == ["stress-004"]
    assert stages["stage"].tolist() == ["bare answer: template"] * 3
    assert stages["left"][0] in first["output"]
    assert "alert(1)" in unparsed["output"][0]
    assert "1 of 2 tasks, 40 outputs" in said(site)
    assert not of_teams(folder)
    assert "5 of 5 submissions to demo within 24 hours are left" in said(site)
    sound(site.run())
    labelled(site.text_input, "System").set_value("x")
    sound(site.run())
    assert len(looks) == 1, "read once a file, not at every rerun"
    assert [path.name for path in looks[0].parent.iterdir() if path.name == "upload"] == [], (
        "the upload itself is gone"
    )


def test_a_file_with_faults_is_refused_with_all_of_them_as_a_table(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    rows = rows_of(folder, tasks)
    rows[1]["example_id"] = HOSTILE
    rows[2]["task"] = "demo/no-such"
    site = drop(sign_in("submit"), as_csv(rows))
    assert "problems: put them right" in site.error[0].value
    problems = site.dataframe[0].value
    assert {2, 3, 4} & set(problems["line"].dropna())
    assert "demo/no-such" in problems["value"].tolist()
    downloads = [button.label for button in site.get("download_button")]
    assert downloads == ["Download submission.toml", "All problems as CSV"]
    assert "Submit" not in [button.label for button in site.button]
    assert not of_teams(folder)


def test_each_fault_of_the_form_stands_at_its_field_and_then_it_is_taken(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site = drop(sign_in("submit"), as_csv(rows_of(folder, tasks)))
    labelled(site.text_area, "Links").set_value("javascript:alert(1)")
    labelled(site.text_input, "Parameters").set_value("many")
    press(site, "Submit")
    faults = [error.value.split("**")[1] for error in site.error]
    assert faults == ["system", "version", "method", "parameters", "links"]
    labelled(site.text_area, "Links").set_value("https://example.org")
    labelled(site.text_input, "Parameters").set_value("7e9")
    declare(site)
    [stored] = of_teams(folder)
    assert (stored.system, stored.team, stored.consent) == (NAME, "Alpha", False)
    assert stored.meta.parameters == 7e9
    assert stored.meta.links == ("https://example.org",)
    assert stored.meta.trained_on is None, "undeclared is not none"
    assert "accepted" in said(site)
    assert "![" not in marked_up(site)
    assert "4 of 5" in said(site)
    assert not list(folder.incoming.iterdir())


def test_a_name_that_no_task_knows_is_asked_about_at_its_field(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site, content = sign_in("submit"), as_csv(rows_of(folder, tasks))
    toml = (
        b'system = "T"\nversion = "2"\nmethod = "few-shot"\ntrained_on = ["dreadit", "IMHI",'
        b' "other:Mine"]\n'
    )
    site.file_uploader[0].set_value(
        [("o.csv", content, "text/csv"), ("submission.toml", toml, "text/plain")]
    )
    choices = labelled(sound(site.run()).multiselect, "Data sets")
    assert {"dreaddit", "imhi", "mental-llm", "t-sid"} <= set(choices.options)
    press(site, "Submit")
    (fault,) = [error.value.replace("\\", "") for error in site.error]
    assert "trained_on" in fault
    assert "did you mean 'dreaddit'?" in fault
    assert not of_teams(folder)
    labelled(site.multiselect, "Data sets").set_value(["dreaddit", "IMHI", "other:Mine"])
    press(site, "Submit")
    [stored] = of_teams(folder)
    assert stored.meta.trained_on == ("dreaddit", "IMHI", "other:Mine")


def test_limits_with_a_fault_stop_uploads_and_are_shown_to_maintainers(
    folder: DataFolder, sign_in
) -> None:
    with_limits(folder, "[publication]\nreview = 1\n")
    assert "none are taken now" in said(sign_in("submit", "Beta"))
    assert "`review` is 1; it must be true or false" in said(
        sign_in("maintain", "Us", Role.maintainer)
    )


def test_the_same_bytes_again_are_answered_with_the_first_and_other_bytes_are_refused(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site = sign_in("submit")
    first = submitted(site, folder, tasks)
    again = declare(drop(site, as_csv(rows_of(folder, tasks))))
    assert "was here already" in said(again)
    other = declare(drop(site, as_csv(rows_of(folder, tasks, stress_004="no"))))
    assert "never replaced" in other.error[0].value
    assert of_teams(folder) == [first]


def test_the_form_begins_with_submission_toml_or_the_last_version(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site, content = sign_in("submit"), as_csv(rows_of(folder, tasks))
    toml = (
        b'system = "T"\nversion = "2"\nmethod = "few-shot"\ntrained_on = []\nconsent ='
        b' true\nlicense = "MIT"\n'
    )
    site.file_uploader[0].set_value(
        [("o.csv", content, "text/csv"), ("submission.toml", toml, "text/plain")]
    )
    sound(site.run())
    assert labelled(site.text_input, "System").value == "T"
    assert "did you mean 'licence'" in said(site)
    press(site, "Submit")
    [stored] = of_teams(folder)
    assert (stored.meta.trained_on, stored.consent, stored.meta.method) == ((), True, "few-shot")
    drop(site, as_csv(rows_of(folder, tasks, stress_004="no")))
    assert labelled(site.text_input, "System").value == "T"
    assert not labelled(site.text_input, "Version").value
    assert not labelled(site.checkbox, "Publish the results").value


def test_the_files_of_a_folder_are_one_submission(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    parts = [
        as_csv(gold_rows(folder, tasks[f"demo/{name}"])) for name in ("stress", "stress-cause")
    ]
    site = sign_in("submit")
    site.file_uploader[0].set_value(
        [(f"{i}.csv", part, "text/csv") for i, part in enumerate(parts)]
    )
    declare(sound(site.run()))
    [stored] = of_teams(folder)
    assert set(stored.tasks) == {"demo/stress", "demo/stress-cause"}


def test_when_the_day_is_full_the_page_says_when_the_next_is_possible(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    with_limits(folder, "[team]\nsubmissions_a_day = 1\n")
    site = sign_in("submit")
    submitted(site, folder, tasks)
    assert "The next is possible at 20" in site.warning[0].value.replace("\\", "")
    refused = declare(drop(site, as_csv(rows_of(folder, tasks, stress_004="no"))), version="2")
    assert "The next is possible at 20" in refused.error[0].value.replace("\\", "")


def test_templates_hold_posts_so_they_stand_behind_the_notice(sign_in) -> None:
    site = sign_in("submit")
    downloads = [button.label for button in site.get("download_button")]
    assert downloads == ["Download submission.toml"], "which holds no posts"
    press(site, "I understand, show the texts")
    downloads = [button.label for button in site.get("download_button")]
    assert downloads == ["Download submission.toml", "Download the template"]


def test_an_annotator_may_not_submit(sign_in) -> None:
    site = sign_in("submit", "Raters", Role.annotator)
    assert "may not submit" in said(site)
    assert not site.get("file_uploader")


# A submission's page


def test_a_submission_is_followed_published_edited_and_withdrawn(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site = sign_in("submit")
    own = submitted(site, folder, tasks)
    on_its_page(site, own.id)
    assert "received" in said(site)
    assert "They stand here once all of them are there." in said(site)
    board = Live(folder, tasks, "", None)
    board.score()
    sound(site.run())
    scores = site.dataframe[0].value
    assert "scored" in said(site)
    headline = scores[scores["metric"] == "Weighted F1"].iloc[0]
    assert headline["value"] == 1
    assert headline["interval"].endswith("–1.000")
    press(site, "Publish")
    assert find_submission(folder, own.id).consent
    board.publish()
    assert "published" in said(sound(site.run()))
    labelled(site.text_area, "Description").set_value(HOSTILE)
    press(site, "Save")
    assert "invisible" in site.error[0].value
    labelled(site.text_area, "Description").set_value("Better said")
    press(site, "Save")
    assert find_submission(folder, own.id).meta.description == "Better said"
    press(site, "Withdraw for good")
    assert "Say why" in site.error[0].value
    labelled(site.text_input, "Why (stands in the record)").set_value("a slip")
    press(site, "Withdraw for good")
    assert "withdrawn" in said(site)
    record = site.dataframe[-1].value
    assert record["kind"].tolist() == ["withdrawn", "edited", "consent", "submitted"]
    assert set(record["author"]) == {"team Alpha"}
    assert "![" not in marked_up(site)


def test_a_row_of_the_list_leads_to_the_submissions_page(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    site = sign_in("submit")
    own = submitted(site, folder, tasks)
    sound(site.switch_page(PAGES["submission"]).run())
    assert site.dataframe[0].value["state"].tolist() == ["received"]
    site.session_state["submissions"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    sound(site.run())
    assert site.query_params["id"] == own.id
    assert own.sha256[:12] in said(site)


def test_another_teams_submission_is_answered_like_none(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    Live(folder, tasks, "", None).score()
    stranger = sign_in("submission", "Beta")
    assert "There are no submissions of your team yet" in said(stranger)
    theirs, none = on_its_page(stranger, own.id), said(stranger)
    assert not theirs.dataframe
    assert "Publish" not in [button.label for button in theirs.button]
    missing = said(on_its_page(stranger, "000000000000"))
    assert none.replace(own.id, "000000000000") == missing


def test_a_copy_is_told_to_maintainers_and_not_to_the_copier(
    folder: DataFolder, tasks: Tasks, sign_in
) -> None:
    own = submitted(sign_in("submit"), folder, tasks)
    site = sign_in("submit", "Beta")
    declare(drop(site, as_csv(rows_of(folder, tasks))), system="Theirs")
    copy = of_teams(folder)[-1]
    for text in (own.id, "Alpha"):
        assert text not in whole(site)
        assert text not in whole(on_its_page(site, copy.id))
    maintainer = sign_in("maintain", "Us", Role.maintainer)
    flags = maintainer.dataframe[0].value
    assert flags["flag"].tolist() == ["copy"]
    assert own.id in flags["detail"][0]
    press(maintainer, "Mark as seen")
    assert "Say why" in said(maintainer)
    maintainer.text_input(key="why seen").set_value("both are Alpha's model")
    press(maintainer, "Mark as seen")
    assert "No copies of other teams" in said(maintainer)
    assert not unseen_copies(folder)
    last = events(folder, copy.id)[-1]
    assert (last.author, last.kind, last.reason) == (
        "team Us",
        "copy seen",
        "both are Alpha's model",
    )
    copier = whole(on_its_page(site, copy.id))
    assert "Alpha" not in copier, "what a maintainer wrote of it names the other team as well"
    assert "copy seen" not in copier
    assert "Nothing waits for review." in succeed(folder.path, "review")


def test_a_failed_one_says_why_and_what_to_do(folder: DataFolder, tasks: Tasks, sign_in) -> None:
    site = sign_in("submit")
    own = submitted(site, folder, tasks)
    fail(folder, tasks, own)
    on_its_page(site, own.id)
    assert "Scoring failed" in site.error[0].value
    assert "no more memory" in site.error[0].value
    assert "maintainers" in site.error[0].value
    assert "Traceback" not in whole(site)
