"""What a benchmark lacks, view by view: its board, means by platform, generalization, explanations,
people's ratings.

What keeps the benchmark from being published is told from what leaves a view empty. Nothing is
computed: what a model would say of references is for scoring to find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.tasks import UNKNOWN, Task, TasksById, unreadable
from submissions.benchmarks.importing import import_arguments
from submissions.benchmarks.protocols import Protocol, board_protocols, without_reference
from submissions.declarations.platforms import NAME as PLATFORMS
from submissions.declarations.platforms import usable_platforms
from submissions.operating.declaration_faults import declaration_faults
from submissions.rating.sets import benchmarks_of, held, rating_sets
from submissions.releasing.content import Draft, draft
from submissions.releasing.redaction import large_enough
from submissions.rescoring.instruments import unrecorded
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import FEWEST
from submissions.store.submitted.submissions import Submission, newest_public, submissions
from submissions.store.submitted.takedowns import pending_takedowns
from submissions.wording import counted

BOARD, PLATFORM, GENERALIZATION, EXPLANATIONS, PEOPLE = VIEWS = (
    "board",
    "platforms",
    "generalization",
    "explanations",
    "human validity",
)
PRESENT, MISSING, CANNOT_TELL = "present", "missing", "cannot tell"


class NoSuchBenchmark(ReasonBoardError):
    """No task of such a benchmark is declared."""


@dataclass(frozen=True)
class Need:
    """One thing that a view needs.

    Attributes:
        view: One of VIEWS.
        what: The thing.
        state: PRESENT, MISSING or CANNOT_TELL.
        detail: What is there, or what to do.
        prevents: Whether nothing can be published of the benchmark, or not all that is meant to be.
    """

    view: str
    what: str
    state: str
    detail: str
    prevents: bool = False


def readiness(folder: DataFolder, tasks: TasksById, benchmark: str) -> tuple[Need, ...]:
    """Return what each view of a benchmark needs, and whether it is there.

    Raises:
        NoSuchBenchmark: No task of it is declared, faulty ones included.
    """
    known = dict.fromkeys(name.split("/", 1)[0] for name in (*tasks, *unreadable(tasks)))
    if benchmark not in known:
        raise NoSuchBenchmark(
            f"{benchmark!r} is no benchmark; {nearest_or_all(benchmark, known)}."
            " `reasonboard benchmark init` declares a new one"
        )
    looked_at = _Benchmark(folder, tasks, benchmark)
    return (
        *_board(looked_at),
        *_platforms(looked_at),
        *_generalization(looked_at),
        *_explanations(looked_at),
        *_people(looked_at),
    )


@dataclass(frozen=True)
class _Benchmark:
    """A benchmark as it stands on a board."""

    folder: DataFolder
    tasks: TasksById
    name: str

    @cached_property
    def own(self) -> list[Task]:
        return [
            task
            for task in self.tasks.values()
            if task.benchmark == self.name and task.superseded_by is None
        ]

    @cached_property
    def store(self) -> PostStore:
        return PostStore(self.folder.posts)

    @cached_property
    def imported(self) -> list[Task]:
        return [task for task in self.own if self.store.has(task)]

    @cached_property
    def systems(self) -> list[Submission]:
        """Those that are no trivial baseline."""
        public = newest_public(submissions(self.folder, self.name))
        return [system for system in public if not system.trivial]

    @cached_property
    def protocols(self) -> list[Protocol]:
        every = board_protocols(self.folder.path, self.tasks).values()
        return [protocol for protocol in every if protocol.benchmark == self.name]

    @cached_property
    def drafted(self) -> Draft:
        return draft(self.folder, self.tasks)


def _need(view: str, what: str, ready: object, detail: str, otherwise: str, **more: bool) -> Need:
    """Return a need that is met where `ready` is true."""
    if ready:
        return Need(view, what, PRESENT, detail)
    return Need(view, what, MISSING, otherwise, **more)


def _board(looked_at: _Benchmark) -> Iterator[Need]:
    name = looked_at.name
    for fault in declaration_faults(looked_at.folder):
        if fault.name.startswith(f"{name}/") or str(looked_at.folder.path) in fault.path:
            what, lines = f"declaration {fault.name}", "; ".join(fault.faults)
            own = fault.name.startswith(f"{name}/")
            yield Need(BOARD, what, MISSING, f"{fault.path}: {lines}", prevents=own)
    for task in looked_at.own:
        command = f"`reasonboard benchmark import {import_arguments(task)}`"
        damaged = looked_at.store.fault(task) if looked_at.store.has(task) else ""
        yield _need(
            BOARD,
            f"gold of {task.id}",
            task in looked_at.imported and not damaged,
            "imported",
            f"{damaged}; {command}" if damaged else command,
            prevents=bool(damaged) or not looked_at.imported,
        )
    yield from _sizes(looked_at)
    yield from _scores(looked_at)
    yield _need(
        BOARD,
        "systems",
        looked_at.systems,
        f"{counted(len(looked_at.systems), 'system')} beside the baselines",
        f"nothing but baselines: `reasonboard submit FILE --benchmark {name}`",
    )
    if pending_takedowns(looked_at.folder):
        step = "one is not finished: `reasonboard status` says why"
        yield Need(BOARD, "takedowns", MISSING, step, prevents=True)


def _sizes(looked_at: _Benchmark) -> Iterator[Need]:
    whole = [task for task in looked_at.imported if not looked_at.store.fault(task)]
    small = [task.id for task in whole if not large_enough(looked_at.store.examples(task))]
    if small:
        yield Need(
            BOARD,
            "rows enough",
            MISSING,
            f"{', '.join(small)}: no value is stated on fewer than {FEWEST} rows",
            prevents=len(small) == len(whole),
        )


def _scores(looked_at: _Benchmark) -> Iterator[Need]:
    boards = [board for board in looked_at.drafted.boards if board.benchmark == looked_at.name]
    scored = sum(len(board.scores) for board in boards)
    blank = looked_at.drafted.blank.get(looked_at.name, 0)
    yield _need(
        BOARD,
        "scores",
        scored and not blank,
        counted(scored, "score"),
        f"{counted(blank, 'cell')} not scored yet: `reasonboard score --benchmark {looked_at.name}`",
        prevents=True,
    )


def _platforms(looked_at: _Benchmark) -> Iterator[Need]:
    named = dict.fromkeys(task.platform for task in looked_at.imported)
    known = [name for name in named if name != UNKNOWN]
    yield _need(
        PLATFORM,
        "platforms",
        known,
        f"of imported tasks: {', '.join(known)}",
        "no imported task says where its posts were written: `platform` in its declaration",
    )
    if unclear := [task.id for task in looked_at.imported if task.platform == UNKNOWN]:
        yield Need(
            PLATFORM, "platforms of all tasks", CANNOT_TELL, f"{', '.join(unclear)}: unknown"
        )
    declared = usable_platforms(looked_at.folder.path).contrasts or ()
    possible = [pair for pair in declared if set(pair) <= set(known)]
    why = (
        f'`contrasts = [["{known[1]}", "{known[0]}"]]` in {looked_at.folder.path / PLATFORMS}, before'
        " there are results"
        if len(known) > 1
        else "tasks of a second platform"
    )
    listed = ", ".join(" less ".join(pair) for pair in possible)
    yield _need(PLATFORM, "a contrast of two platforms", possible, listed, why)
    yield _reference(looked_at, PLATFORM)


def _reference(looked_at: _Benchmark, view: str) -> Need:
    names = dict.fromkeys(protocol.reference for protocol in looked_at.protocols)
    why = (
        without_reference(looked_at.name)
        if len(looked_at.own) > 1
        else "a second task: a protocol names the reference, and holds some tasks out and some not"
    )
    return _need(view, "a reference system", names, ", ".join(names), why)


def _generalization(looked_at: _Benchmark) -> Iterator[Need]:
    held_out = ", ".join(protocol.id for protocol in looked_at.protocols)
    datasets = dict.fromkeys(task.dataset for task in looked_at.imported)
    yield _need(
        GENERALIZATION,
        "two source data sets",
        len(datasets) > 1,
        ", ".join(datasets),
        "a second task of other data, to be unseen by whoever trained on the first",
    )
    yield _need(
        GENERALIZATION,
        "a protocol",
        looked_at.protocols,
        held_out,
        f"a file protocols/NAME.toml in {looked_at.folder.path}, before there are results; `reasonboard"
        " benchmark init --hold-out` writes one with a task",
    )
    said = [system for system in looked_at.systems if system.meta.trained_on is not None]
    yield _need(
        GENERALIZATION,
        "what systems were trained on",
        said,
        f"declared by {len(said)} of {counted(len(looked_at.systems), 'system')}",
        "no system declares it: `trained_on` in submission.toml",
    )


def _explanations(looked_at: _Benchmark) -> Iterator[Need]:
    explained = [task for task in looked_at.own if task.explained]
    writers = dict.fromkeys(task.references for task in explained)
    yield _need(
        EXPLANATIONS,
        "references",
        explained,
        f"written by {', '.join(writers)}",
        "no task has any: labels alone are scored",
    )
    for task in explained:
        if task in looked_at.imported and not looked_at.store.fault(task):
            lacking = sum(each.reference is None for each in looked_at.store.examples(task))
            if lacking:
                detail = f"{counted(lacking, 'row')} without one"
                yield Need(EXPLANATIONS, f"references of {task.id}", MISSING, detail)
    if explained:
        kinds = unrecorded(looked_at.folder, looked_at.name)
        step = f"nothing was scored yet with {', '.join(kinds)}: `reasonboard score`"
        yield _need(EXPLANATIONS, "models of metrics", not kinds, "all in use", step)


def _people(looked_at: _Benchmark) -> Iterator[Need]:
    folder, name = looked_at.folder, looked_at.name
    sets = [rated for rated in rating_sets(folder) if name in _rated(folder, rated.members)]
    yield _need(
        PEOPLE,
        "a round or file of ratings",
        sets,
        ", ".join(rated.name for rated in sets),
        f"`reasonboard ratings open --benchmark {name}` or `reasonboard ratings import FILE`",
    )
    if sets:
        raters = {annotator for rated in sets for _, _, annotator, _ in held(folder, rated).ratings}
        step = "agreement needs two people who rate the same explanations"
        what = counted(len(raters), "rater")
        yield _need(PEOPLE, "two raters", len(raters) > 1, what, f"{what}: {step}")
        unmeasured = looked_at.drafted.unmeasured
        step = f"{counted(unmeasured, 'metric')} of rated texts pending: `reasonboard score`"
        what = "metrics of the rated texts"
        yield _need(PEOPLE, what, not unmeasured, "scored", step, prevents=True)


def _rated(folder: DataFolder, members: Sequence[str]) -> set[str]:
    return set().union(*(benchmarks_of(folder, member) for member in members))
