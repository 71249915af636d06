"""Teams: who may do what, and how one shows who one is.

A team signs in with its token, in the browser also by single sign-on where a maintainer has tied an
address to the team. An address is what a maintainer knows of a person, and not what a provider
knows them by: another provider may call the same address verified, and an address may be given to
somebody else. So the first account that signs in with a tied address is tied to it for good, by
what never changes of it: the provider's name (the claim `iss`) and the person's there (`sub`).
Another account with that address is nobody until a maintainer ties the address anew.

A token is 256 random bits that are shown once; what is stored is its SHA-256, which needs no salt
nor stretching for a secret that nobody can guess. Comparing takes the same time whatever is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from scoring.errors import ReasonBoardError
from submissions.likeness.names import fault_of_name, quoted
from submissions.store.clock import now
from submissions.store.folder import DataFolder
from submissions.store.submitted.teams import (
    Member,
    TeamRow,
    UnknownTeam,
    add_member_row,
    add_team_row,
    member_rows,
    remove_member_row,
    set_token,
    team_rows,
    tie_account,
)

NAME_LENGTH = 60
# A header of megabytes must not be hashed; ours have some 40 signs.
TOKEN_LENGTH = 200
PREFIX = "rb_"
"""Begins every token, so that programs which look for secrets in files can find one."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class Role(StrEnum):
    """What a team may do: submit; rate explanations; everything."""

    member = "member"
    annotator = "annotator"
    maintainer = "maintainer"


class NotSignedIn(ReasonBoardError):
    """No token, or not one of ours."""


class NotAllowed(ReasonBoardError):
    """Signed in, but this is not theirs to do."""


class BadName(ReasonBoardError):
    """A name that no team or member can have."""


@dataclass(frozen=True)
class Account:
    """Who an identity provider says has signed in.

    Attributes:
        email: An address that it calls verified.
        issuer: Its own name.
        subject: The person's name there: never given to anybody else, and never changed.
    """

    email: str
    issuer: str
    subject: str


@dataclass(frozen=True)
class Team:
    """A team.

    Attributes:
        name: Shown to maintainers, and to itself.
        role: What it may do.
        token_since: When its token was made; None where it has none.
        token_id: Which token it is, of which nothing can be learnt from it: two made within a
            second differ.
        created_at: UTC, ISO 8601.
    """

    name: str
    role: Role
    token_since: str | None
    token_id: str | None
    created_at: str

    @property
    def author(self) -> str:
        """How events name it: never to be mistaken for a person at the command line."""
        return f"team {self.name}"

    @property
    def may_submit(self) -> bool:
        """Whether it may send outputs."""
        return self.role is not Role.annotator

    @property
    def may_rate(self) -> bool:
        """Whether it may rate explanations."""
        return self.role is not Role.member

    @property
    def maintains(self) -> bool:
        """Whether it may see and do everything."""
        return self.role is Role.maintainer


def add_team(folder: DataFolder, name: str, role: Role, author: str) -> str:
    """Make a team.

    Returns:
        Its token, which cannot be had again.

    Raises:
        BadName: The name is empty, too long, or holds invisible characters.
        TeamTaken: There is one of this name.
    """
    plain = " ".join(name.split())
    fault = fault_of_name(plain)
    if not plain or len(plain) > NAME_LENGTH or fault:
        why = f"; it {fault}" if fault else ""
        raise BadName(
            f"{quoted(name[:80])} cannot be a team's name: 1 to {NAME_LENGTH} visible characters"
            f" can{why}"
        )
    token = _new_token()
    add_team_row(folder, TeamRow(plain, role.value, _digest(token), now(), now()), author)
    return token


def rotate_token(folder: DataFolder, name: str, author: str) -> str:
    """Give a team a new token; the old one no longer counts.

    Raises:
        UnknownTeam: There is no such team.
    """
    token = _new_token()
    set_token(folder, name, _digest(token), author, "token rotated")
    return token


def revoke_token(folder: DataFolder, name: str, author: str) -> None:
    """Take a team's token away; what it submitted stays.

    Raises:
        UnknownTeam: There is no such team.
    """
    set_token(folder, name, None, author, "token revoked")


def teams(folder: DataFolder) -> tuple[Team, ...]:
    """Return all teams, oldest first."""
    return tuple(_team(row) for row in team_rows(folder))


def team_named(folder: DataFolder, name: str) -> Team:
    """Return the team called `name`.

    Raises:
        UnknownTeam: There is none.
    """
    for team in teams(folder):
        if team.name == name:
            return team
    raise UnknownTeam(f"there is no team {name!r}; `reasonboard team list` lists them")


def authenticate(folder: DataFolder, token: str) -> Team:
    """Return the team that `token` is of.

    Raises:
        NotSignedIn: It is nobody's.
    """
    digest = _digest(token[:TOKEN_LENGTH])
    matching = [
        # All are compared: the time taken tells nothing of how near a guess came.
        row
        for row in team_rows(folder)
        if hmac.compare_digest(row.token_sha256 or "", digest)
    ]
    if not matching:
        raise NotSignedIn(
            "The token is not one of ours, or was replaced or revoked. Ask a maintainer for a new"
            " one."
        )
    return _team(matching[0])


def team_of_account(folder: DataFolder, account: Account) -> Team:
    """Return the team that a person acts for who has signed in through single sign-on.

    Raises:
        NotSignedIn: A maintainer has tied the address to no team, or it was first used by another
            account.
    """
    email = account.email.strip().casefold()
    member = next((row for row in member_rows(folder) if row.email == email), None)
    if member is None:
        raise NotSignedIn(
            f"{account.email} is tied to no team here. Ask a maintainer of this board to tie it to"
            " yours, then reload this page."
        )
    # An address can change hands; an account at its provider cannot.
    if member.subject is None:
        member = tie_account(folder, email, account.issuer, account.subject)
    if (member.issuer, member.subject) != (account.issuer, account.subject):
        raise NotSignedIn(
            f"{account.email} was first used here by another account, and acts for its team alone."
            " If both are yours, or the address is yours now, ask a maintainer of this board to"
            " tie it anew."
        )
    return team_named(folder, member.team)


def add_member(folder: DataFolder, team: str, email: str, author: str) -> None:
    """Let a person act for a team once they have signed in.

    Raises:
        BadName: That is no address.
        TeamTaken: They act for a team already.
        UnknownTeam: There is no such team.
    """
    address = email.strip().casefold()
    if not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise BadName(f"{email[:80]!r} is not an e-mail address")
    add_member_row(folder, Member(address, team, now()), author)


def remove_member(folder: DataFolder, email: str, author: str) -> None:
    """End that a person acts for a team.

    Raises:
        UnknownTeam: They do not.
    """
    remove_member_row(folder, email.strip().casefold(), author)


def members(folder: DataFolder) -> tuple[Member, ...]:
    """Return everyone who acts for a team, by team."""
    return member_rows(folder)


def _team(row: TeamRow) -> Team:
    # Hashed once more: sessions remember it, and the stored hash must not lie about in them.
    token_id = _digest(row.token_sha256) if row.token_sha256 else None
    return Team(row.name, Role(row.role), row.token_since, token_id, row.created_at)


def _new_token() -> str:
    # 256 bits: nobody guesses that, so that a plain hash of it is enough.
    return PREFIX + secrets.token_urlsafe(32)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
