"""How systems do on data that they were not trained on: notions, protocols, and trained on x tested
on.

Which tasks a system has *seen* follows from its declaration `trained_on`, held against all declared
tasks:

- unseen data set: the task's source data set is not among those trained on (`scoring.sources` says
  which these are);
- unseen family: nothing trained on asks what the task asks, whatever the data;
- unseen platform: nothing trained on was written where the task's posts were. Tasks of unknown
  platform are left out.

Under a *protocol* the held-out tasks are the unseen ones, the same for every system that takes
part. Of each: the mean over seen and over unseen tasks, their difference (the gap), and the gap of
the differences to the pinned reference.

**Full - held-out** is for whoever trained twice. Two systems are the full and the held-out version
of one base model where they name the same base model and the same method, the held-out one takes
part in the protocol, and the full one was trained on all that the other was trained on and on
held-out data besides. The quantity is the mean over the protocol's held-out tasks of v(full, t) -
v(held-out, t): what training on a task's own data is worth.

What is not declared or not known is blank and says why: a name that no task knows may be any data
set, so that of a system that was trained on it nothing is said of unseen data, by no notion,
protocol, pair or matrix. Intervals are conditional on the tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from scoring.sources import Sources, Training
from scoring.statistics import Estimate
from scoring.tasks import UNKNOWN, Task, TasksById
from submissions.benchmarks.protocols import (
    CANNOT_TELL,
    TAKES_PART,
    TRAINED,
    Protocol,
    participation,
    without_reference,
)
from submissions.releasing.board_column import BoardColumn
from submissions.releasing.named_alike import named_alike
from submissions.store.released.scored_rows import (
    CellRow,
    CrossDatasetRow,
    GeneralizationRow,
    ParticipationRow,
    ProtocolRow,
)
from submissions.store.submitted.submissions import Submission

NOTIONS = ("unseen data set", "unseen family", "unseen platform")
PROTOCOL = "protocol"
QUANTITIES = ("seen", "unseen", "gap", "adjusted gap")
FULL = "full - held-out"
UNNAMED = ("", "none", UNKNOWN)
"""Base models that name no model: two systems that say so have none in common."""


@dataclass(frozen=True)
class Trial:
    """One division of a board's tasks into seen and unseen, for one system.

    Attributes:
        notion: One of NOTIONS, or PROTOCOL.
        protocol: The protocol's id, or "".
        tasks: Positions of the tasks that are one or the other.
        unseen: (tasks,) whether each is unseen.
        why_none: Why there is no division; "" where there is one.
    """

    notion: str
    protocol: str
    tasks: tuple[int, ...] = ()
    unseen: tuple[bool, ...] = ()
    why_none: str = ""


@dataclass(frozen=True)
class Declarations:
    """What a board's systems declare, and what it is held against.

    Attributes:
        benchmark: The board.
        systems: In the columns' order.
        protocols: Of the benchmark.
        sources: What all declared tasks tell about data sets.
    """

    benchmark: str
    systems: tuple[Submission, ...]
    protocols: tuple[Protocol, ...]
    sources: Sources

    @cached_property
    def trainings(self) -> tuple[Training | None, ...]:
        """What each system's declaration means; None for undeclared."""
        named = (system.meta.trained_on for system in self.systems)
        return tuple(None if names is None else self.sources.read(names) for names in named)

    @property
    def why_no_reference(self) -> str:
        """Why `reference` is None, where it is."""
        name = self.reference_name
        return (
            f"the reference {name!r} is not on this board"
            if name
            else without_reference(self.benchmark)
        )

    @property
    def reference_name(self) -> str:
        """The pinned reference system; "" where no protocol names one."""
        return self.protocols[0].reference if self.protocols else ""

    @property
    def reference(self) -> int | None:
        """Its position; None where it is not on the board."""
        names = [system.system for system in self.systems]
        return names.index(self.reference_name) if self.reference_name in names else None

    def status(self, protocol: Protocol, place: int) -> str:
        """Return whether a system takes part."""
        return participation(protocol, self.systems[place].meta.trained_on, self.sources).status

    def pairs(self, protocol: Protocol) -> Iterator[tuple[int, int]]:
        """Yield positions of the full and the held-out versions of one base model.

        See the module's docstring.

        Those that would be a pair but for names that are not known are among them: `why_unknown`
        says so of them.
        """
        places = range(len(self.systems))
        full = [place for place in places if self.status(protocol, place) == TRAINED]
        held_out = [
            place
            for place in places
            if self.status(protocol, place) == TAKES_PART
            or (self.status(protocol, place) == CANNOT_TELL and self.why_unknown(place))
        ]
        yield from (
            (left, right) for left in full for right in held_out if self._twins(left, right)
        )

    def why_unknown(self, *places: int) -> str:
        """Return why nothing can be said of these systems' unseen data, for the names that they
        declare; "" where it can.
        """
        trainings = (self.trainings[place] for place in places)
        return next(
            (training.why_unknown for training in trainings if training and training.unknown), ""
        )

    def _twins(self, full: int, held_out: int) -> bool:
        left, right = self.systems[full].meta, self.systems[held_out].meta
        seen, kept = self.trainings[full], self.trainings[held_out]
        named = _folded(left.base_model) not in UNNAMED and _folded(left.base_model) == _folded(
            right.base_model
        )
        return (
            named
            and left.method == right.method
            and seen is not None
            and kept is not None
            # All of the other's and more: else the two differ in more than the held-out data.
            and set(seen.known) > set(kept.known)
        )


def protocol_rows(declared: Declarations) -> Iterator[ProtocolRow]:
    """Yield the benchmark's protocols."""
    for protocol in declared.protocols:
        yield ProtocolRow(**named_alike(protocol, ProtocolRow))


def participation_rows(declared: Declarations) -> Iterator[ParticipationRow]:
    """Yield which systems take part in which protocol."""
    for protocol in declared.protocols:
        for system in declared.systems:
            participating = participation(protocol, system.meta.trained_on, declared.sources)
            yield ParticipationRow(protocol.id, system.id, participating.status, participating.why)


def generalization_rows(column: BoardColumn, declared: Declarations) -> Iterator[GeneralizationRow]:
    """Yield seen, unseen, gap and adjusted gap of each system by each notion and each protocol that
    it takes part in.

    Args:
        column: One metric of the board.
        declared: What its systems declare.
    """
    for place in range(len(declared.systems)):
        for trial in _trials(column.tasks, declared, place):
            for quantity, estimate in _quantities(column, place, trial, declared).items():
                yield _row(column, declared, place, trial, quantity, estimate)
    for protocol in declared.protocols:
        held_out = [index for index, task in enumerate(column.tasks) if protocol.holds_out(task)]
        trial = Trial(PROTOCOL, protocol.id)
        for full, other in declared.pairs(protocol):
            unknown = declared.why_unknown(full, other)
            estimate = (
                Estimate.none(unknown)
                if unknown
                else column.contrast(full, held_out, reference=other)
            )
            yield _row(column, declared, full, trial, FULL, estimate, declared.systems[other].id)


def cross_dataset_rows(
    declared: Declarations, tasks: TasksById, cells: Iterable[CellRow]
) -> Iterator[CrossDatasetRow]:
    """Yield trained on x tested on.

    Every value of every system that declares exactly one source data set, and no unknown one.

    Args:
        declared: What the board's systems declare.
        tasks: Task id -> task.
        cells: All of the board's.
    """
    trained_on = {
        system.id: training.known[0]
        for system, training in zip(declared.systems, declared.trainings, strict=True)
        if training is not None and len(training.known) == 1 and not training.unknown
    }
    for cell in cells:
        # A matrix of what is not there tells nothing; a blank has its cell on the board.
        if cell.system in trained_on and cell.value is not None:
            yield CrossDatasetRow(
                declared.benchmark,
                cell.metric,
                trained_on[cell.system],
                tasks[cell.task].dataset,
                cell.task,
                cell.system,
                cell.value,
                cell.low,
                cell.high,
            )


def _trials(tasks: Sequence[Task], declared: Declarations, place: int) -> Iterator[Trial]:
    for notion in NOTIONS:
        yield _by_notion(notion, tasks, declared.trainings[place], declared.sources)
    for protocol in declared.protocols:
        if declared.status(protocol, place) == TAKES_PART:
            unseen = tuple(protocol.holds_out(task) for task in tasks)
            yield Trial(PROTOCOL, protocol.id, tuple(range(len(tasks))), unseen)


def _by_notion(
    notion: str, tasks: Sequence[Task], training: Training | None, sources: Sources
) -> Trial:
    if training is None:
        why = "undeclared: the submission does not say what it was trained on"
        return Trial(notion, "", why_none=why)
    if training.unknown:
        return Trial(notion, "", why_none=training.why_unknown)
    if notion == "unseen data set":
        return _divided(notion, [task.dataset for task in tasks], frozenset(training.datasets))
    values: list[str | None] = [task.family for task in tasks]
    what, unclear = "what is asked of", sources.without_family(training.known)
    of_data = sources.families
    if notion == "unseen platform":
        values = [None if task.platform == UNKNOWN else task.platform for task in tasks]
        what, unclear = "the platform of", sources.without_platform(training.known)
        of_data = sources.platforms
    if unclear:
        why = f"{what} {', '.join(unclear)} is not known, and it was trained on"
        return Trial(notion, "", why_none=why)
    seen = frozenset[str]().union(*(of_data[name] for name in training.datasets))
    return _divided(notion, values, seen)


def _divided(notion: str, values: Sequence[str | None], seen: frozenset[str]) -> Trial:
    """Divide tasks by whether what they have is seen; one that has None is on neither side."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    places = tuple(place for place, _ in known)
    return Trial(notion, "", places, tuple(value not in seen for _, value in known))


def _quantities(
    column: BoardColumn, place: int, trial: Trial, declared: Declarations
) -> dict[str, Estimate]:
    if trial.why_none:
        return dict.fromkeys(QUANTITIES, Estimate.none(trial.why_none))
    return column.gaps(
        place, trial.tasks, trial.unseen, declared.reference, declared.why_no_reference
    )


def _row(
    column: BoardColumn,
    declared: Declarations,
    place: int,
    trial: Trial,
    quantity: str,
    estimate: Estimate,
    other: str = "",
) -> GeneralizationRow:
    return GeneralizationRow(
        declared.benchmark,
        column.systems[place],
        column.metric.name,
        trial.protocol,
        trial.notion,
        quantity,
        other,
        *estimate.columns,
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
