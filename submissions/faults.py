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
from scoring.tasks import read_tasks
from submissions.benchmarks.access import access_file, read_access
from submissions.benchmarks.protocols import FOLDER as PROTOCOLS
from submissions.benchmarks.protocols import read_protocols
from submissions.rating.rubrics import RUBRICS, read_rubrics
from submissions.receiving.limits import load_limits
from submissions.settings import BOARD, DECLARATIONS, SCORING, cited_authors, load_settings
from submissions.store.folder import DataFolder

TASK = "the task is left out, and nothing is sent to it, scored or published of it, until the file is put right"
ALIAS = "the name is taken for unknown until one of the files is put right"
PROTOCOL = "the protocol is left out of releases until the file is put right"
RUBRIC = "nothing is rated or validated by it until the file is put right"
MODEL = "no model scores explanations that are not scored yet until the file is put right"
POSTS = "posts that are not public are given to no team until the file is put right"
CITATION = "tables are cited as ReasonBoard's until the file is put right"
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


def declaration_faults(
    folder: DataFolder, declarations: Path = DECLARATIONS
) -> tuple[DeclarationFault, ...]:
    """Every file of declarations or settings that cannot be used, with what is wrong with it.

    Args:
        folder: The data: it may have limits of its own.
        declarations: What is declared.
    """
    return tuple(_faults(folder, declarations))


def _faults(folder: DataFolder, declarations: Path) -> Iterator[DeclarationFault]:
    try:
        tasks = read_tasks(declarations / "tasks")
    except ReasonBoardError as error:
        yield _whole(declarations / "tasks", error, TASK)
        return
    yield from _each(tasks.faults, lambda disables: TASK if disables else ALIAS)
    protocols = read_protocols(tasks, declarations / PROTOCOLS.name)[1]
    yield from _each(protocols, lambda _: PROTOCOL)
    yield from _each(read_rubrics(declarations / RUBRICS.name)[1], lambda _: RUBRIC)
    settings = declarations / SCORING.name
    told: set[str] = set()
    for benchmark in dict.fromkeys(task.benchmark for task in tasks.values() if task.explained):
        try:
            load_settings(benchmark, settings)
        except ReasonBoardError as error:
            if str(error) not in told:
                yield _whole(settings, error, MODEL)
            told.add(str(error))
    try:
        load_limits(folder, declarations / "limits.toml")
    except ReasonBoardError as error:
        yield _whole(declarations / "limits.toml", error, UPLOADS)
    try:
        read_access(folder, tasks)
    except ReasonBoardError as error:
        yield _whole(access_file(folder), error, POSTS)
    try:
        cited_authors(folder.path)
    except ReasonBoardError as error:
        yield _whole(folder.path / BOARD, error, CITATION)


def _each(
    faults: Iterable[Fault], consequence: Callable[[bool], str]
) -> Iterator[DeclarationFault]:
    for fault in faults:
        yield DeclarationFault(
            str(fault.path), fault.id, tuple(fault.text.splitlines()), consequence(fault.disables)
        )


def _whole(path: Path, error: ReasonBoardError, consequence: str) -> DeclarationFault:
    return DeclarationFault(str(path), path.stem, tuple(str(error).splitlines()), consequence)
