"""What every handler needs: the board's data, the declared tasks, and who asks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

from app.api.cell_selection import Selections
from app.api.prepared import Computed, Key, Prepared, Readers
from scoring.tasks import Task
from submissions.asking.allowed import endpoints_file
from submissions.benchmarks.access import access_file
from submissions.declarations.platforms import NAME as PLATFORMS
from submissions.declarations.settings import BOARD, DECLARATIONS
from submissions.operating.declaration_faults import DeclarationFault, declaration_faults
from submissions.store.folder import DataFolder
from submissions.teams.accounts import NotSignedIn, Team, authenticate

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Context:
    """The board that the API speaks for.

    Attributes:
        folder: Its data.
        tasks: The declared tasks.
        receiving: How many uploads arrive at the same time.
        receiving_of: The uploads of each team that are here, from when they begin to arrive until
            they are answered: half as many at most, so that however slowly they arrive, or are
            read, others' are received.
        readers: Of releases.
        prepared: Answers about them.
        computed: Those that are computed for whoever asks.
        selections: Which cells addresses asked for.
        faults: What is wrong with declarations.
    """

    folder: DataFolder
    tasks: Mapping[str, Task]
    receiving: anyio.CapacityLimiter
    receiving_of: Mapping[str, anyio.CapacityLimiter]
    readers: Readers = field(default_factory=Readers)
    prepared: Prepared = field(default_factory=Prepared)
    computed: Computed = field(default_factory=Computed)
    selections: Selections = field(default_factory=Selections)
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        # The dataclass is frozen, and this one is made of another field.
        object.__setattr__(self, "faults", Faults(self.folder))


class Faults:
    """What is wrong with declarations: looked for again when one of their files has changed.

    Whether one has is looked up once a second at most: that is a look at each of them, after each
    of which a thread waits for all others that are at work.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        # Long enough ago that the first look is made at once.
        self._known: tuple[float, Key, tuple[DeclarationFault, ...]] = (-LOOK_SECONDS, (), ())

    def now(self) -> tuple[DeclarationFault, ...]:
        """Return them."""
        looked_at, state, faults = self._known
        now = time.monotonic()
        if now - looked_at >= LOOK_SECONDS:
            current = _state_of(self._folder)
            faults = faults if current == state else declaration_faults(self._folder)
            self._known = (now, current, faults)
        return faults


def _state_of(folder: DataFolder) -> Key:
    """Return what changes when a file of declarations does."""
    kinds = [
        folder.path / kind
        for kind in ("tasks", "protocols", "rubrics", "prompts", "judges", "reported")
    ]
    own = [path for kind in kinds for path in sorted(kind.rglob("*"))]
    single = [folder.path / name for name in ("limits.toml", "scoring.toml", PLATFORMS, BOARD)]
    shipped = sorted(DECLARATIONS.rglob("*.toml"))
    files = [*shipped, *own, *single, access_file(folder), endpoints_file(folder)]
    states = [(str(file), file.stat()) for file in files if file.is_file()]
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


def context_of(request: Request) -> Context:
    """Return the board."""
    context: Context = request.app.state.context
    return context


def folder_of(request: Request) -> DataFolder:
    """Return the board's data."""
    return context_of(request).folder


def team_of(request: Request) -> Team:
    """Return who asks.

    Raises:
        NotSignedIn: There is no token, or it is nobody's.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise NotSignedIn(
            "Send your team's token as `Authorization: Bearer TOKEN`; a maintainer gives you one."
        )
    return authenticate(context_of(request).folder, token.strip())
