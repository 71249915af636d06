from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from submissions.store.database import prepare
from submissions.store.events import events
from submissions.store.folder import DataFolder
from submissions.store.submitted.teams import TeamTaken, UnknownTeam
from submissions.teams import accounts
from submissions.teams.accounts import (
    Account,
    BadName,
    NotSignedIn,
    Role,
    add_member,
    add_team,
    authenticate,
    members,
    remove_member,
    revoke_token,
    rotate_token,
    team_of_account,
)

ONE = Account("one@example.org", "https://one.example", "1")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    prepare(made)
    return made


def dump(folder: DataFolder) -> str:
    connection = sqlite3.connect(folder.database)
    try:
        return "".join(connection.iterdump())
    finally:
        connection.close()


def test_a_token_signs_its_team_in_and_only_its_hash_is_stored(folder: DataFolder) -> None:
    token, other = (
        add_team(folder, "A", Role.member, "me"),
        add_team(folder, "B", Role.annotator, "me"),
    )
    assert token != other
    assert len(token) > 40
    assert authenticate(folder, token).name == "A"
    assert authenticate(folder, other).role is Role.annotator
    assert token not in dump(folder)
    assert hashlib.sha256(token.encode()).hexdigest() in dump(folder)


@pytest.mark.parametrize(
    "token", ["", "x", "rb_", "é" * 40, "\ud800", "a" * 100_000, "' OR 1=1 --"]
)
def test_nobody_elses_token_does(folder: DataFolder, token: str) -> None:
    add_team(folder, "A", Role.member, "me")
    revoke_token(folder, "A", "me")
    with pytest.raises(NotSignedIn):
        authenticate(folder, token)


def test_the_hash_itself_is_no_token(folder: DataFolder) -> None:
    token = add_team(folder, "A", Role.member, "me")
    with pytest.raises(NotSignedIn):
        authenticate(folder, hashlib.sha256(token.encode()).hexdigest())


def test_tokens_are_compared_in_constant_time_with_every_team(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [add_team(folder, name, Role.member, "me") for name in "ABC"]
    compared = []

    def counted(one: str, other: str) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(accounts.hmac, "compare_digest", counted)
    for token in (tokens[0], tokens[2]):
        authenticate(folder, token)
    assert len(compared) == 6, "the first match ends nothing early"


def test_a_new_token_replaces_the_old_one(folder: DataFolder) -> None:
    old = add_team(folder, "A", Role.member, "me")
    new = rotate_token(folder, "A", "me")
    assert authenticate(folder, new).name == "A"
    with pytest.raises(NotSignedIn, match="replaced or revoked"):
        authenticate(folder, old)
    revoke_token(folder, "A", "me")
    with pytest.raises(NotSignedIn):
        authenticate(folder, new)
    assert [event.kind for event in events(folder)] == [
        "team added",
        "token rotated",
        "token revoked",
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\u202eb", "a\x00b", "a\ufffc"])
def test_names_that_could_mislead_are_refused(folder: DataFolder, name: str) -> None:
    with pytest.raises(BadName, match="visible characters"):
        add_team(folder, name, Role.member, "me")


def test_a_name_is_had_once_in_whatever_case(folder: DataFolder) -> None:
    add_team(folder, "Alpha", Role.member, "me")
    with pytest.raises(TeamTaken, match="rotate"):
        add_team(folder, "ALPHA", Role.member, "me")
    with pytest.raises(TeamTaken, match="LATIN SMALL LETTER L WITH DOT BELOW"):
        add_team(folder, "A\u1e37pha", Role.member, "me")
    for act in (rotate_token, revoke_token):
        with pytest.raises(UnknownTeam, match="team list"):
            act(folder, "Beta", "me")


def test_a_person_acts_for_one_team_under_their_address_in_any_case(folder: DataFolder) -> None:
    add_team(folder, "A", Role.member, "me")
    with pytest.raises(NotSignedIn, match="tied to no team here"):
        team_of_account(folder, ONE)
    add_member(folder, "A", "One@Example.org", "me")
    assert team_of_account(folder, replace(ONE, email=" one@EXAMPLE.org")).name == "A"
    with pytest.raises(TeamTaken):
        add_member(folder, "A", "one@example.org", "me")
    remove_member(folder, "one@example.org", "me")
    with pytest.raises(NotSignedIn, match="tied to no team here"):
        team_of_account(folder, ONE)
    with pytest.raises(UnknownTeam):
        remove_member(folder, "one@example.org", "me")
    with pytest.raises(UnknownTeam, match="Nobody"):
        add_member(folder, "Nobody", "two@example.org", "me")
    for wrong in ("", "two", "a@b@c", "a b@c.org", "x" * 300 + "@c.org"):
        with pytest.raises(BadName):
            add_member(folder, "A", wrong, "me")


@pytest.mark.parametrize("other", [{"issuer": "https://other.example"}, {"subject": "2"}])
def test_an_address_is_of_the_first_account_that_signs_in_with_it(
    folder: DataFolder, other: dict[str, str]
) -> None:
    add_team(folder, "A", Role.member, "me")
    add_member(folder, "A", ONE.email, "me")
    assert members(folder)[0].issuer is None
    for _ in range(2):
        assert team_of_account(folder, ONE).name == "A"
    assert (members(folder)[0].issuer, members(folder)[0].subject) == (ONE.issuer, ONE.subject)
    with pytest.raises(NotSignedIn, match="first used here by another account"):
        team_of_account(folder, replace(ONE, **other))
    remove_member(folder, ONE.email, "me")
    add_member(folder, "A", ONE.email, "me")
    assert team_of_account(folder, replace(ONE, **other)).name == "A"
    with pytest.raises(NotSignedIn, match="first used here by another account"):
        team_of_account(folder, ONE)
    through = [event.reason for event in events(folder) if event.kind == "member signed in first"]
    assert through == [f"through {ONE.issuer}", f"through {other.get('issuer', ONE.issuer)}"]


@pytest.mark.parametrize("other", ["\u0410lpha", "A1pha", "\uff21lpha", "ALPHA"])
def test_no_team_looks_like_another(folder: DataFolder, other: str) -> None:
    add_team(folder, "Alpha", Role.member, "me")
    with pytest.raises(
        TeamTaken, match=r"there is a team 'Alpha' already, from which .* differs in"
    ):
        add_team(folder, other, Role.member, "me")
