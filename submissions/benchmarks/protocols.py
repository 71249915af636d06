"""Generalization protocols: which data must not have been trained on, and the system that others
are held against.

A protocol is one TOML file, `protocols/<id>.toml` in `leaderboard_data/` or in the data folder:

    benchmark = "imhi"
    title = "IMHI-general"
    description = "What is held out, and where the choice comes from."
    held_out_datasets = ["dreaddit", "t-sid"]     # source data sets, as tasks name them
    held_out_platforms = []                       # or platforms: nothing from there in training
    reference = "Majority label"                  # the pinned reference system

The reference is named here, before there are results, and a benchmark has one: differences to two
references could be chosen between. A system takes part only where its `trained_on` satisfies the
protocol. What is not declared or cannot be told is never taken for satisfied: no declaration, a
name that no task knows, or (where a platform is held out) a data set of unknown platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ValidationInfo, field_validator, model_validator

from scoring.declarations import Fault, Kind, Text, Texts, one_of
from scoring.errors import ReasonBoardError
from scoring.sources import Sources
from scoring.tasks import UNKNOWN, Task, TasksById
from submissions.declarations.settings import DECLARATIONS, declared_in

FOLDER = DECLARATIONS / "protocols"
TAKES_PART, UNDECLARED, TRAINED, CANNOT_TELL = (
    "takes part",
    "undeclared",
    "trained on held-out data",
    "cannot tell",
)
MAJORITY = "Majority label"
"""The baseline that stands on every board: the reference that every shipped protocol names, and why
says imhi-general.
"""


_Stripped = Annotated[Text, AfterValidator(str.strip)]


class ProtocolError(ReasonBoardError):
    """Protocol declarations that cannot be used."""


@dataclass(frozen=True)
class Protocol:
    """A declared protocol; see the module's docstring.

    Attributes:
        id: The file's name without its ending.
        benchmark: Whose tasks it is about.
        title: For people.
        description: What is held out and why.
        reference: Name of the system that others are held against.
        held_out_datasets: Source data sets.
        held_out_platforms: Platforms of which no data set may have been trained on.
    """

    id: str
    benchmark: Text
    title: _Stripped
    description: _Stripped
    reference: _Stripped
    held_out_datasets: Texts = ()
    held_out_platforms: Texts = ()

    @field_validator("benchmark", "held_out_datasets", "held_out_platforms")
    @classmethod
    def _are_known(
        cls, named: str | tuple[str, ...], known: ValidationInfo[Any]
    ) -> str | tuple[str, ...]:
        names = (named,) if isinstance(named, str) else tuple(dict.fromkeys(named))
        allowed = known.context[known.field_name]
        faults = [f"names {allowed.fault(name)}" for name in names if name not in allowed.choices]
        if faults:
            raise ValueError("\n".join(faults))
        return named if isinstance(named, str) else names

    @model_validator(mode="after")
    def _holds_out_some(self, known: ValidationInfo[Any]) -> Self:
        board = [task for task in known.context["tasks"] if task.benchmark == self.benchmark]
        held_out = sum(map(self.holds_out, board))
        # A side without tasks would have no mean to hold against the other.
        if held_out in (0, len(board)):
            raise ValueError(
                f"holds out {held_out} of {self.benchmark}'s {len(board)} tasks; some must be held"
                " out, and some not"
            )
        return self

    def holds_out(self, task: Task) -> bool:
        """Return whether `task` is unseen by whoever takes part."""
        return task.dataset in self.held_out_datasets or task.platform in self.held_out_platforms


@dataclass(frozen=True)
class Participation:
    """Whether a declaration satisfies a protocol.

    Attributes:
        status: TAKES_PART, UNDECLARED, TRAINED or CANNOT_TELL.
        why: In words.
    """

    status: str
    why: str


def participation(
    protocol: Protocol, trained_on: Sequence[str] | None, sources: Sources
) -> Participation:
    """Hold a system's declaration against a protocol.

    Args:
        protocol: The protocol.
        trained_on: Names of source data sets and benchmarks; () for none of them, None for
            undeclared.
        sources: What is known of them.
    """
    if trained_on is None:
        return Participation(UNDECLARED, "the submission does not say what it was trained on")
    training = sources.read(trained_on)
    # What is certain comes first: an unknown name beside it changes nothing.
    held_out = [name for name in training.datasets if name in protocol.held_out_datasets]
    held_out += [
        f"{name} ({platform})"
        for name in training.datasets
        for platform in sorted(sources.platforms[name])
        if platform in protocol.held_out_platforms
    ]
    if held_out:
        return Participation(TRAINED, f"trained on {', '.join(held_out)}")
    if training.unknown:
        return Participation(CANNOT_TELL, training.why_unknown)
    unclear = sources.without_platform(training.known) if protocol.held_out_platforms else []
    if unclear:
        return Participation(CANNOT_TELL, f"the platform of {', '.join(unclear)} is not known")
    return Participation(
        TAKES_PART, f"trained on {', '.join(training.known) or 'none of the data sets'}"
    )


def read_protocols(
    tasks: TasksById, *folders: Path
) -> tuple[dict[str, Protocol], tuple[Fault, ...]]:
    """Read every declaration in some folders: what can be used, by benchmark and id, and the faults
    of the rest.

    One in an earlier folder stands before one of the same id.
    """
    protocols, faults = KIND.read_each(folders, context_of(tasks))
    listed = sorted(protocols.values(), key=lambda declared: (declared.benchmark, declared.id))
    return {protocol.id: protocol for protocol in listed}, faults


def board_protocols(data: Path, tasks: TasksById) -> dict[str, Protocol]:
    """Return the protocols of the board whose data lie in `data`, its own and those that are
    shipped, without faulty ones.
    """
    return read_protocols(tasks, *declared_in(data, FOLDER.name))[0]


def without_reference(benchmark: str) -> str:
    """Return what is missing where no protocol of a benchmark names a reference, and how it is
    added.
    """
    return (
        f"no protocol of {benchmark} names a reference system; a maintainer declares one in a file "
        f'protocols/NAME.toml of the data folder with benchmark = "{benchmark}" and reference ='
        f' "{MAJORITY}"'
    )


def context_of(tasks: TasksById) -> dict[str, Any]:
    """Return the tasks, and what the fields of a protocol may name, for its validators."""
    return {
        "tasks": tuple(tasks.values()),
        "benchmark": one_of(sorted({task.benchmark for task in tasks.values()})),
        "held_out_datasets": one_of(sorted({task.dataset for task in tasks.values()})),
        "held_out_platforms": one_of(
            sorted({task.platform for task in tasks.values()} - {UNKNOWN})
        ),
    }


def _several_references(protocols: Mapping[str, Protocol]) -> Iterator[Fault]:
    named: dict[str, dict[str, list[str]]] = {}
    for protocol in protocols.values():
        named.setdefault(protocol.benchmark, {}).setdefault(protocol.reference, []).append(
            protocol.id
        )
    for benchmark, references in named.items():
        if len(references) > 1:
            listed = "; ".join(
                f"{reference!r} ({', '.join(ids)})" for reference, ids in references.items()
            )
            text = (
                f"{benchmark}: its protocols name several references, and a benchmark has one:"
                f" {listed}"
            )
            # All of them: which of the references was meant, nobody can tell.
            yield from (Fault(name, text) for ids in references.values() for name in ids)


KIND = Kind(Protocol, ProtocolError, together=_several_references)
