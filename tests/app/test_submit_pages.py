"""The pages of teams and maintainers, opened without a browser: submit, a submission's own page, maintain, sign-in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scoring.segments import REDACTED
from scoring.tasks import Task
from submissions.life import State, find_submission, hold, life_of, unseen_copies
from submissions.outputs import read_outputs
from submissions.receiving import examination
from submissions.rescoring.pending import current_keys
from submissions.rescoring.worker import UnitsFailed
from submissions.store.failures import failures, record_failure
from submissions.store.folder import DataFolder
from submissions.store.ledger import events
from submissions.store.posts import PostStore
from submissions.store.scores import ScoreKey
from submissions.store.submissions import Submission, submissions
from submissions.teams import (
    Role,
    Team,
    add_member,
    add_team,
    authenticate,
    members,
    revoke_token,
    rotate_token,
)
from submissions.teams import teams as all_teams
from tests.app.conftest import PAGES, ROOT, sound
from tests.boards import demo_board, gold_rows, workplace
from tests.commands import succeed
from tests.live import Live, with_limits

HOSTILE = "<script>alert(1)</script>![x](http://evil.example/a.png)[y](javascript:alert(2))\u202e"
NAME = "Ours <b>![x](http://evil.example/a.png)"
Tasks = Mapping[str, Task]


@pytest.fixture
def folder(tmp_path: Path, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A board with two tasks and nothing published."""
    monkeypatch.setenv("REASONBOARD_DATA", str(tmp_path / "data"))
    return demo_board(tmp_path / "data", tasks, ["stress", "stress-cause"])


@pytest.fixture
def sign_in(folder: DataFolder) -> Callable[..., AppTest]:
    """A session of a team that has just signed in, on a page."""

    def opened(page: str, team: str = "Alpha", role: Role = Role.member) -> AppTest:
        return with_token(at(page), add_team(folder, team, role, "tester"))

    return opened


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


def at(page: str) -> AppTest:
    site = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=60).run()
    return sound(site.switch_page(PAGES[page]).run())


def with_token(site: AppTest, token: str) -> AppTest:
    site.text_input[0].set_value(token)
    return press(site, "Sign in")


def press(site: AppTest, label: str) -> AppTest:
    return sound(next(button for button in site.button if button.label == label).click().run())


def labelled(elements: Sequence[object], label: str) -> object:
    return next(one for one in elements if one.label == label)


def said(site: AppTest) -> str:
    kinds = (site.caption, site.markdown, site.warning, site.info, site.error, site.success)
    return (
        "\n".join(element.value for kind in kinds for element in kind)
        .replace("\\", "")
        .replace("\u2060", "")
    )


def marked_up(site: AppTest) -> str:
    kinds = (site.caption, site.markdown, site.warning, site.info, site.error, site.success)
    return "\n".join(element.value for kind in kinds for element in kind)


def as_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def rows_of(folder: DataFolder, tasks: Tasks, **outputs: str) -> list[dict[str, str]]:
    """Right answers to one task, but for those that are given by example id."""
    rows = gold_rows(folder, tasks["demo/stress"])
    return [
        {**row, "output": outputs.get(row["example_id"].replace("-", "_"), row["output"])}
        for row in rows
    ]


def drop(site: AppTest, content: bytes, name: str = "outputs.csv") -> AppTest:
    return sound(site.file_uploader[0].upload(name, content, "text/csv").run())


def declare(
    site: AppTest, system: str = NAME, version: str = "1", *, consent: bool = False
) -> AppTest:
    labelled(site.text_input, "System").set_value(system)
    labelled(site.text_input, "Version").set_value(version)
    labelled(site.selectbox, "Method").set_value("zero-shot")
    labelled(site.checkbox, "Publish the results").set_value(consent)
    return press(site, "Submit")


def of_teams(folder: DataFolder) -> list[Submission]:
    return [one for one in submissions(folder) if one.team]


def submitted(site: AppTest, folder: DataFolder, tasks: Tasks, **outputs: str) -> Submission:
    """What a team has just submitted through the page."""
    declare(drop(site, as_csv(rows_of(folder, tasks, **outputs))))
    return of_teams(folder)[-1]


def on_its_page(site: AppTest, submission: str) -> AppTest:
    sound(site.switch_page(PAGES["submission"]).run())
    site.query_params["id"] = submission
    return sound(site.run())


def whole(site: AppTest) -> str:
    """All that was sent to the browser, but for what numbers and tables hold as Arrow."""
    return "\n".join([said(site), *(frame.value.to_csv() for frame in site.dataframe)])


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
    for module in ("submissions.teams", "submissions.store.teams"):
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
        ({"client_id": "x"}, False, "Use single sign-on", "pip install -e"),
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
    coverage, labels, rules, reasons, unparsed = tables
    assert coverage["rows"].tolist() == ["40 of 40"]
    assert "No rows of 1 task, so that the system stands unranked: stress-cause." in said(site)
    assert coverage["parsed"][0] == pytest.approx(39 / 40)
    assert coverage["repeated"][0] >= 2
    assert labels["read"].sum() == 39
    assert labels["gold"].sum() == 40
    assert rules["rows"].sum() == 39
    assert reasons["rows"].tolist() == [1]
    assert unparsed["example"].tolist() == ["stress-004"]
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
    toml = b'system = "T"\nversion = "2"\nmethod = "few-shot"\ntrained_on = ["dreadit", "IMHI", "other:Mine"]\n'
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
    assert "review = 1 must be like False" in said(sign_in("maintain", "Us", Role.maintainer))


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
    toml = b'system = "T"\nversion = "2"\nmethod = "few-shot"\ntrained_on = []\nconsent = true\nlicense = "MIT"\n'
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


def fail(folder: DataFolder, tasks: Tasks, own: Submission) -> list[ScoreKey]:
    """Let every score of it fail for good."""
    keys = list(current_keys(workplace(folder, tasks), own))
    for _ in range(5):
        record_failure(folder, keys, "no more memory", f"Traceback\n  {HOSTILE}")
    return keys


# Maintain


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


def named(folder: DataFolder, name: str) -> Team:
    return next(team for team in all_teams(folder) if team.name == name)
