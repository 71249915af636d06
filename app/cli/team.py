"""`reasonboard team`: who may submit, rate and maintain. A token is printed once,
and not stored.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, author, board_command, notes

commands = typer.Typer(help="Teams: who may submit, rate and maintain.", no_args_is_help=True)
member = typer.Typer(
    help="People who sign in through single sign-on and act for a team.", no_args_is_help=True
)
commands.add_typer(member, name="member")

Name = Annotated[str, typer.Argument(help="The team's name.")]
Email = Annotated[str, typer.Argument(help="The address that the identity provider verifies.")]


class TeamRole(StrEnum):
    """What a team may do; `submissions.teams.accounts.Role` by the same names."""

    member = "member"
    annotator = "annotator"
    maintainer = "maintainer"


@board_command(commands)
def add(
    board: ChosenBoard,
    name: Name,
    role: Annotated[
        TeamRole, typer.Option(help="member submits, annotator rates, maintainer does everything.")
    ] = TeamRole.member,
) -> None:
    """Make a team and print its token, once."""
    from submissions.teams.accounts import Role, add_team

    _print_token(add_team(board.folder, name, Role(role.value), author()), name)


@board_command(commands)
def rotate(board: ChosenBoard, name: Name) -> None:
    """Print a new token; the old one no longer counts."""
    from submissions.teams.accounts import rotate_token

    _print_token(rotate_token(board.folder, name, author()), name)


@board_command(commands)
def revoke(board: ChosenBoard, name: Name) -> None:
    """Take a team's token away; what it submitted stays."""
    from submissions.teams.accounts import revoke_token

    revoke_token(board.folder, name, author())
    notes.print(f"{name} has no token any more.", markup=False)


@board_command(commands, "list")
def list_teams(board: ChosenBoard) -> None:
    """List the teams, their roles and members."""
    from submissions.teams.accounts import members, teams

    for team in teams(board.folder):
        token = f"token of {team.token_since}" if team.token_since else "no token"
        typer.echo(f"{team.name}: {team.role}, {token}")
        for person in members(board.folder):
            if person.team == team.name:
                typer.echo(f"    {person.email}, {person.issuer or 'has not signed in yet'}")


@board_command(member, "add")
def add_person(board: ChosenBoard, name: Name, email: Email) -> None:
    """Let a person who has signed in act for a team."""
    from submissions.teams.accounts import add_member

    add_member(board.folder, name, email, author())


@board_command(member, "remove")
def remove_person(board: ChosenBoard, email: Email) -> None:
    """End that a person acts for a team."""
    from submissions.teams.accounts import remove_member

    remove_member(board.folder, email, author())


def _print_token(token: str, name: str) -> None:
    """Print the token alone to standard output, so that it can be piped to where it belongs."""
    notes.print(
        f"The token of {name}. It is shown this once; keep it as you keep a password.", markup=False
    )
    typer.echo(token)
