"""What every handler needs: the board's data, the declared tasks, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import anyio
from starlette.requests import Request

from app.api.problems import BadRequest
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from submissions.teams import NotSignedIn, Team, authenticate

SECRET_PARAMETERS = frozenset({"token", "access_token", "api_key", "key", "authorization"})


@dataclass(frozen=True)
class Context:
    """The board that the API speaks for.

    Attributes:
        folder: Its data.
        tasks: The declared tasks.
        receiving: How many uploads arrive at the same time.
        receiving_of: The same of each team, which has half of them at most: however slowly its uploads arrive, others'
            are received.
        examining: Whose turn it is to have an upload looked at, which is done one by one: here they wait without
            holding a thread.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    receiving: anyio.CapacityLimiter
    receiving_of: Mapping[str, anyio.CapacityLimiter]
    examining: anyio.CapacityLimiter


def context_of(request: Request) -> Context:
    """The board."""
    found: Context = request.app.state.context
    return found


def team_of(request: Request) -> Team:
    """Who asks.

    Raises:
        NotSignedIn: There is no token, or it is nobody's.
        BadRequest: It stands in the address, where others may read it.
    """
    if SECRET_PARAMETERS & {name.casefold() for name in request.query_params}:
        raise BadRequest(
            "Send the token as `Authorization: Bearer TOKEN`, never in an address: addresses are logged. This one may "
            "have been seen; have a maintainer replace it (`reasonboard team rotate`)."
        )
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise NotSignedIn(
            "Send your team's token as `Authorization: Bearer TOKEN`; a maintainer gives you one."
        )
    return authenticate(context_of(request).folder, token.strip())
