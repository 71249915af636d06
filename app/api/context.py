"""What every handler needs: the board's data, the declared tasks, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

from app.api.prepared import Key, Prepared, Readers
from app.api.problems import BadRequest
from scoring.tasks import Task
from submissions.benchmarks.access import access_file
from submissions.declarations.settings import BOARD, DECLARATIONS
from submissions.operating.declaration_faults import DeclarationFault, declaration_faults
from submissions.store.folder import DataFolder
from submissions.teams.accounts import NotSignedIn, Team, authenticate

SECRET_PARAMETERS = frozenset({"token", "access_token", "api_key", "key", "authorization"})


@dataclass(frozen=True)
class Context:
    """The board that the API speaks for.

    Attributes:
        folder: Its data.
        tasks: The declared tasks.
        receiving: How many uploads arrive at the same time.
        receiving_of: The uploads of each team that are here, from when they begin to arrive until they are answered:
            half as many at most, so that however slowly they arrive, or are read, others' are received.
        readers: Of releases.
        prepared: Answers about them.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    receiving: anyio.CapacityLimiter
    receiving_of: Mapping[str, anyio.CapacityLimiter]
    readers: Readers = field(default_factory=Readers)
    prepared: Prepared = field(default_factory=Prepared)
    _faults: dict[Key, tuple[DeclarationFault, ...]] = field(default_factory=dict)

    def faults(self) -> tuple[DeclarationFault, ...]:
        """Return what is wrong with declarations: read again when one of their files has changed."""
        key = _state_of(self.folder)
        if key not in self._faults:
            faults = declaration_faults(self.folder)
            self._faults.clear()
            self._faults[key] = faults
        return self._faults.get(key, ())


def _state_of(folder: DataFolder) -> Key:
    """Return what changes when a file of declarations does."""
    kinds = [folder.path / kind for kind in ("tasks", "protocols", "rubrics", "reported")]
    own = [path for kind in kinds for path in sorted(kind.rglob("*"))]
    single = [folder.path / name for name in ("limits.toml", "scoring.toml", BOARD)]
    files = [*sorted(DECLARATIONS.rglob("*.toml")), *own, *single, access_file(folder)]
    states = [(str(file), file.stat()) for file in files if file.is_file()]
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


def context_of(request: Request) -> Context:
    """Return the board."""
    context: Context = request.app.state.context
    return context


def team_of(request: Request) -> Team:
    """Return who asks.

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
