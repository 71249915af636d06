"""Teams: who may do what, and how one shows who one is.

A team signs in with its token, in the browser also by single sign-on where a maintainer has tied an address to the
team. A token is 256 random bits that are shown once; what is stored is its SHA-256, which needs no salt nor
stretching for a secret that nobody can guess. Comparing takes the same time whatever is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from scoring.errors import ReasonBoardError
from submissions.store.clock import now
from submissions.store.folder import DataFolder
from submissions.store.teams import (
    Member,
    TeamRow,
    UnknownTeam,
    add_member_row,
    add_team_row,
    member_rows,
    remove_member_row,
    set_token,
    team_rows,
)

NAME_LENGTH = 60
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
class Team:
    """A team.

    Attributes:
        name: Shown to maintainers, and to itself.
        role: What it may do.
        token_since: When its token was made; None where it has none.
        created_at: UTC, ISO 8601.
    """

    name: str
    role: Role
    token_since: str | None
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
    if not plain or len(plain) > NAME_LENGTH or not plain.isprintable():
        raise BadName(f"{name[:80]!r} cannot be a team's name: 1 to {NAME_LENGTH} visible characters can")
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
    """All teams, oldest first."""
    return tuple(_team(row) for row in team_rows(folder))


def team_named(folder: DataFolder, name: str) -> Team:
    """The team called `name`.

    Raises:
        UnknownTeam: There is none.
    """
    for team in teams(folder):
        if team.name == name:
            return team
    raise UnknownTeam(f"there is no team {name!r}; `reasonboard team list` lists them")


def authenticate(folder: DataFolder, token: str) -> Team:
    """The team that `token` is of.

    Raises:
        NotSignedIn: It is nobody's.
    """
    digest = _digest(token[:TOKEN_LENGTH])
    found = [row for row in team_rows(folder) if hmac.compare_digest(row.token_sha256 or "", digest)]
    if not found:
        raise NotSignedIn("The token is not one of ours, or was replaced or revoked. Ask a maintainer for a new one.")
    return _team(found[0])


def team_of_member(folder: DataFolder, email: str) -> Team | None:
    """The team that a person acts for who signed in as `email`; None where a maintainer has not tied them to one.

    Args:
        folder: The data.
        email: As the identity provider has verified it.
    """
    wanted = email.strip().casefold()
    for member in member_rows(folder):
        if member.email == wanted:
            return team_named(folder, member.team)
    return None


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
    """Everyone who acts for a team, by team."""
    return member_rows(folder)


def _team(row: TeamRow) -> Team:
    return Team(row.name, Role(row.role), row.token_since, row.created_at)


def _new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
