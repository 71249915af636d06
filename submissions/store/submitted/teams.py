"""Rows of `teams` and `members`. A token is never stored, only its SHA-256."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass

from scoring.errors import ReasonBoardError
from submissions.likeness.names import likeness
from submissions.store.clock import now
from submissions.store.database import fetch_as, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder


class TeamTaken(ReasonBoardError):
    """There is a team or a member of this name already."""


class UnknownTeam(ReasonBoardError):
    """There is no such team or member."""


@dataclass(frozen=True)
class TeamRow:
    """A team as stored; `token_sha256` is None once its token is revoked."""

    name: str
    role: str
    token_sha256: str | None
    token_since: str | None
    created_at: str


@dataclass(frozen=True)
class Member:
    """A person who signs in through single sign-on, and the team that they act for.

    Attributes:
        email: In lower case.
        team: Its name.
        since: UTC, ISO 8601.
        issuer: The identity provider that they first signed in through; None before.
        subject: Who they are there.
    """

    email: str
    team: str
    since: str
    issuer: str | None = None
    subject: str | None = None


def add_team_row(folder: DataFolder, row: TeamRow, author: str) -> None:
    """Store a new team.

    Raises:
        TeamTaken: There is one of this name, or of one that people take for it
            (`submissions.likeness.names.likeness`).
    """
    with writing(folder) as db:
        # Held against all of them inside the transaction: two like names at once would both be new.
        for (standing,) in db.conn.execute("SELECT name FROM teams").fetchall():
            how = likeness(row.name, standing)
            if how is not None:
                alike = "" if row.name == standing else f", from which {row.name!r} differs {how}"
                raise TeamTaken(
                    f"there is a team {standing!r} already{alike}; `reasonboard team rotate` gives"
                    " it a new token"
                )
        db.table("teams").insert(asdict(row))
        add_event(db, author, "team added", row.name, f"role {row.role}")


def set_token(folder: DataFolder, name: str, sha256: str | None, author: str, kind: str) -> None:
    """Replace a team's token by another, or by none.

    Raises:
        UnknownTeam: There is no such team.
    """
    with writing(folder) as db:
        # One statement that tells whether there was such a team: nothing to look up before.
        changed = db.conn.execute(
            "UPDATE teams SET token_sha256 = ?, token_since = ? WHERE name = ?",
            [sha256, now() if sha256 else None, name],
        ).rowcount
        if not changed:
            raise UnknownTeam(f"there is no team {name!r}; `reasonboard team list` lists them")
        add_event(db, author, kind, name, "")


def team_rows(folder: DataFolder) -> tuple[TeamRow, ...]:
    """Return all teams, oldest first."""
    return fetch_as(TeamRow, folder, "teams")


def add_member_row(folder: DataFolder, member: Member, author: str) -> None:
    """Tie a person to a team.

    Raises:
        TeamTaken: They act for a team already.
        UnknownTeam: There is no such team.
    """
    with writing(folder) as db:
        for row in db.query("SELECT team FROM members WHERE email = ?", [member.email]):
            raise TeamTaken(
                f"{member.email} acts for {row['team']!r} already; `reasonboard team member remove`"
                " ends that"
            )
        try:
            db.table("members").insert(asdict(member))
        except sqlite3.IntegrityError as error:
            raise UnknownTeam(
                f"there is no team {member.team!r}; `reasonboard team list` lists them"
            ) from error
        add_event(db, author, "member added", member.team, member.email)


def tie_account(folder: DataFolder, email: str, issuer: str, subject: str) -> Member:
    """Tie a member's address to the account that signs in with it, where it is tied to none yet.

    Returns:
        The member as stored now: of two accounts at once, one is tied.

    Raises:
        UnknownTeam: The member was removed meanwhile.
    """
    with writing(folder) as db:
        # Only where nobody is tied yet: of two that sign in at once the first is.
        tied = db.conn.execute(
            "UPDATE members SET issuer = ?, subject = ? WHERE email = ? AND subject IS NULL"
            " RETURNING team",
            [issuer, subject, email],
        ).fetchone()
        if tied:
            add_event(db, email, "member signed in first", tied[0], f"through {issuer}")
        for row in db.table("members").rows_where("email = ?", [email]):
            return Member(**row)
    raise UnknownTeam(f"{email} acts for no team; `reasonboard team list` lists teams and members")


def remove_member_row(folder: DataFolder, email: str, author: str) -> None:
    """End that a person acts for a team.

    Raises:
        UnknownTeam: They do not.
    """
    with writing(folder) as db:
        gone = db.conn.execute(
            "DELETE FROM members WHERE email = ? RETURNING team", [email]
        ).fetchone()
        if gone is None:
            raise UnknownTeam(
                f"{email} acts for no team; `reasonboard team list` lists teams and members"
            )
        add_event(db, author, "member removed", gone[0], email)


def member_rows(folder: DataFolder) -> tuple[Member, ...]:
    """Return all members, by team."""
    return fetch_as(Member, folder, "members", order_by="team, email")
