"""Which endpoints may be sent a benchmark's posts: those that a maintainer names in
`endpoints.toml`, and no others.

The file lies in the data folder, as a board's other settings do. Without it, or where it has a
fault, no endpoint is asked anything. Posts of a task that declares `posts_public = false` are sent
to none, and of a benchmark of such tasks alone none may be named.

    [benchmarks]
    imhi = ["http://localhost:8000/v1", "https://models.example.org/v1"]

A task of transcripts is named as a benchmark is; without its line none of them goes anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import ValidationInfo, field_validator

from scoring.declarations import Texts, fitted, table_of, text_of
from scoring.errors import nearest
from scoring.tasks import Task
from submissions.asking.texts import GenerationError
from submissions.declarations.settings import SettingsError
from submissions.store.folder import DataFolder


class _Known(NamedTuple):
    """What may be named: tasks by id, whose benchmarks it is, and ids of tasks of transcripts."""

    tasks: Mapping[str, Task]
    transcripts: Collection[str]


@dataclass(frozen=True)
class Endpoints:
    """What `endpoints.toml` says.

    Attributes:
        benchmarks: Benchmark -> the addresses that its posts may be sent to.
    """

    benchmarks: Mapping[str, Texts]

    @field_validator("benchmarks")
    @classmethod
    def _may_be_sent(
        cls, given: Mapping[str, Texts], known: ValidationInfo[_Known]
    ) -> Mapping[str, Texts]:
        tasks, spoken = known.context.tasks, known.context.transcripts
        benchmarks = {task.benchmark: None for task in tasks.values()}
        names = (*benchmarks, *(name for name in spoken if name not in benchmarks))
        faults = [
            f"{name!r} is not a benchmark;"
            f" {nearest(name, names) or 'there are: ' + ', '.join(names)}"
            for name in given
            if name not in names
        ]
        faults += [
            withheld(_tasks_of(tasks, name))
            for name in given
            if name in benchmarks and not any(task.posts_public for task in _tasks_of(tasks, name))
        ]
        faults += [
            f"{name!r}: an address {fault}"
            for name, addresses in given.items()
            for address in addresses
            if (fault := fault_of_address(address))
        ]
        if faults:
            raise ValueError("\n".join(faults))
        return given


def endpoints_file(folder: DataFolder) -> Path:
    """Return where a board says which endpoints are allowed."""
    return folder.path / "endpoints.toml"


def read_endpoints(
    folder: DataFolder, tasks: Mapping[str, Task], transcripts: Collection[str] = ()
) -> dict[str, frozenset[str]]:
    """Return benchmark -> the addresses that its posts may be sent to, as `normal_address` writes
    them.

    Args:
        folder: The data.
        tasks: Those whose benchmarks may be named.
        transcripts: Ids of tasks of transcripts, which may be named too.

    Raises:
        SettingsError: Every fault of the file.
    """
    path = endpoints_file(folder)
    if not path.is_file():
        return {}
    content = table_of(text_of(path, SettingsError), str(path), SettingsError)
    declared = fitted(
        Endpoints, content, str(path), SettingsError, context=_Known(tasks, transcripts)
    )
    return {
        name: frozenset(map(normal_address, addresses))
        for name, addresses in declared.benchmarks.items()
    }


def require_allowed(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    benchmark: str,
    address: str,
    transcripts: Collection[str] = (),
) -> None:
    """Refuse an endpoint that no maintainer allowed, before anything is sent.

    Args:
        folder: The data.
        tasks: Every task.
        benchmark: Whose posts, or the task whose transcripts, are to be sent.
        address: Where to.
        transcripts: Ids of tasks of transcripts.

    Raises:
        GenerationError: With who may allow it, and how.
        SettingsError: The file has a fault.
    """
    own = _tasks_of(tasks, benchmark)
    if own and not any(task.posts_public for task in own):
        raise GenerationError(f"Nothing was sent: {withheld(own)}")
    if fault := fault_of_address(address):
        raise GenerationError(f"--endpoint {fault}")
    allowed = read_endpoints(folder, tasks, transcripts)
    if normal_address(address) not in allowed.get(benchmark, frozenset()):
        refused = (
            f"no maintainer allowed that posts of {benchmark}"
            if own
            else f"no maintainer allowed that transcripts of {benchmark}"
        )
        raise GenerationError(
            f"Nothing was sent: {refused} go to"
            f" {normal_address(address)}. "
            f'It is allowed by a line {benchmark} = ["{normal_address(address)}"] under'
            " [benchmarks] in "
            f"{endpoints_file(folder)}"
        )


def require_public(asked: Sequence[Task]) -> None:
    """Refuse to send posts that are not public, whatever is allowed.

    Raises:
        GenerationError: With the tasks that they are of.
    """
    if private := [task for task in asked if not task.posts_public]:
        raise GenerationError(
            f"Nothing was sent: {withheld(private)}, or name other tasks with --task"
        )


def withheld(private: Sequence[Task]) -> str:
    """Return why posts of tasks go to no endpoint."""
    return (
        f"the posts of {', '.join(task.id for task in private)} go to no endpoint (posts_public ="
        " false); use a model on this machine"
    )


def _tasks_of(tasks: Mapping[str, Task], benchmark: str) -> list[Task]:
    return [task for task in tasks.values() if task.benchmark == benchmark]


def fault_of_address(address: str) -> str:
    """Return what is wrong with an address, "" if nothing; it is not repeated, since a key may be
    in it.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not a web address, such as http://localhost:8000/v1"
    if parts.username or parts.password or parts.query or parts.fragment:
        return (
            "must be an address alone, without a name, a key or a query: the key comes from the"
            " environment"
        )
    return ""


def normal_address(address: str) -> str:
    """Return the form in which addresses are compared."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
