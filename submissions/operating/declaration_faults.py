"""What is wrong with declarations and settings, where a board goes on without them.

One faulty file disables what it declares and nothing else: a task, a protocol, a rubric, what a benchmark's model would
score next, or, of the limits, receiving uploads, since laxer ones must not stand in for those that somebody set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scoring.declarations import Fault
from scoring.errors import ReasonBoardError
from submissions.benchmarks.access import access_file, read_access
from submissions.benchmarks.protocols import FOLDER as PROTOCOLS
from submissions.benchmarks.protocols import read_protocols
from submissions.declarations.settings import (
    BOARD,
    DECLARATIONS,
    SCORING,
    board_settings,
    board_tasks,
    cited_authors,
    declared_in,
)
from submissions.rating.rubrics import RUBRICS, read_rubrics
from submissions.releasing.reported import board_reported
from submissions.store.folder import DataFolder
from submissions.teams.limits import load_limits

TASK = "the task is left out, and nothing is sent to it, scored or published of it, until the file is put right"
ALIAS = "the name is taken for unknown until one of the files is put right"
PROTOCOL = "the protocol is left out of releases until the file is put right"
RUBRIC = "nothing is rated or validated by it until the file is put right"
MODEL = "no model scores explanations that are not scored yet until the file is put right"
POSTS = "posts that are not public are given to no team until the file is put right"
CITATION = "tables are cited as ReasonBoard's until the file is put right"
REPORTED = "what it prints is not shown until the file is put right"
UPLOADS = "no uploads are taken until the file is put right"


@dataclass(frozen=True)
class DeclarationFault:
    """One file with faults.

    Attributes:
        path: The file, as it is named here.
        name: What it declares.
        faults: What is wrong with it, a line each.
        consequence: What does not happen meanwhile, and what to do.
    """

    path: str
    name: str
    faults: tuple[str, ...]
    consequence: str

    @property
    def lines(self) -> tuple[str, ...]:
        """For a person who can put it right."""
        return (
            f"{self.path}: faulty: {self.consequence}",
            *(f"    {fault}" for fault in self.faults),
        )


def declaration_faults(folder: DataFolder) -> tuple[DeclarationFault, ...]:
    """Return every file of declarations or settings that cannot be used, the board's own and those that are shipped."""
    return tuple(_faults(folder))


def _faults(folder: DataFolder) -> Iterator[DeclarationFault]:
    data = folder.path
    try:
        tasks = board_tasks(data)
    except ReasonBoardError as unreadable:
        yield _whole(DECLARATIONS / "tasks", unreadable, TASK)
        return
    yield from _each(tasks.faults, lambda disables: TASK if disables else ALIAS)
    protocols = read_protocols(tasks, *declared_in(data, PROTOCOLS.name))[1]
    yield from _each(protocols, lambda _: PROTOCOL)
    yield from _each(read_rubrics(*declared_in(data, RUBRICS.name))[1], lambda _: RUBRIC)
    yield from _each(board_reported(data)[1], lambda _: REPORTED)
    seen: set[str] = set()
    for benchmark in dict.fromkeys(task.benchmark for task in tasks.values() if task.explained):
        error = _error_of(board_settings, benchmark, data)
        # Benchmarks share a table: what is wrong with that is told once.
        if error and str(error) not in seen:
            yield _whole(_whose(data, SCORING.name, error), error, MODEL)
            seen.add(str(error))
    if error := _error_of(load_limits, folder):
        yield _whole(_whose(data, "limits.toml", error), error, UPLOADS)
    if error := _error_of(read_access, folder, tasks):
        yield _whole(access_file(folder), error, POSTS)
    if error := _error_of(cited_authors, data):
        yield _whole(data / BOARD, error, CITATION)


def _error_of(read: Callable[..., object], *arguments: object) -> ReasonBoardError | None:
    """Return why settings cannot be read; None where they can."""
    try:
        read(*arguments)
    except ReasonBoardError as error:
        return error
    return None


def _each(
    faults: Iterable[Fault], consequence: Callable[[bool], str]
) -> Iterator[DeclarationFault]:
    for fault in faults:
        yield DeclarationFault(
            str(fault.path), fault.id, tuple(fault.text.splitlines()), consequence(fault.disables)
        )


def _whose(data: Path, name: str, error: ReasonBoardError) -> Path:
    """Return which file of settings an error is about, which it names first: the board's own or the shipped one."""
    own, shipped = declared_in(data, name)
    return own if str(error).startswith(str(own)) else shipped


def _whole(path: Path, error: ReasonBoardError, consequence: str) -> DeclarationFault:
    return DeclarationFault(str(path), path.stem, tuple(str(error).splitlines()), consequence)
