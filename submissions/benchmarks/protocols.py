"""Generalization protocols: which data must not have been trained on, and the system that others are held against.

A protocol is one TOML file, `protocols/<id>.toml` in `leaderboard_data/` or in the data folder:

    benchmark = "imhi"
    title = "IMHI-general"
    description = "What is held out, and where the choice comes from."
    held_out_datasets = ["dreaddit", "t-sid"]     # source data sets, as tasks name them
    held_out_platforms = []                       # or platforms: nothing from there in training
    reference = "Majority label"                  # the pinned reference system

The reference is named here, before there are results, and a benchmark has one: differences to two references could be
chosen between. A system takes part only where its `trained_on` satisfies the protocol. What is not declared or cannot be
told is never taken for satisfied: no declaration, a name that no task knows, or (where a platform is held out) a data
set of unknown platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scoring.declarations import TEXT, TEXTS, Fault, Fields, Kind, one_of
from scoring.errors import ReasonBoardError
from scoring.platforms import TITLES
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.declarations.settings import DECLARATIONS, declared_in

FOLDER = DECLARATIONS / "protocols"
TAKES_PART, UNDECLARED, TRAINED, CANNOT_TELL = (
    "takes part",
    "undeclared",
    "trained on held-out data",
    "cannot tell",
)
MAJORITY = "Majority label"
"""The baseline that stands on every board: the reference that every shipped protocol names, and why says imhi-general."""


class ProtocolError(ReasonBoardError):
    """Protocol declarations that cannot be used."""


_TEXTS = ("benchmark", "title", "description", "reference")
_LISTS = ("held_out_datasets", "held_out_platforms")
_PROTOCOLS = Kind(
    Fields("protocol", dict.fromkeys(_TEXTS, TEXT), dict.fromkeys(_LISTS, TEXTS)), ProtocolError
)


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
    benchmark: str
    title: str
    description: str
    reference: str
    held_out_datasets: tuple[str, ...] = ()
    held_out_platforms: tuple[str, ...] = ()

    def holds_out(self, task: Task) -> bool:
        """Whether `task` is unseen by whoever takes part."""
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
        trained_on: Names of source data sets and benchmarks; () for none of them, None for undeclared.
        sources: What is known of them.
    """
    if trained_on is None:
        return Participation(UNDECLARED, "the submission does not say what it was trained on")
    training = sources.read(trained_on)
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


def load_protocols(tasks: Mapping[str, Task], folder: Path = FOLDER) -> dict[str, Protocol]:
    """Read every declaration under `folder`.

    Args:
        tasks: The declared tasks.
        folder: Holds `<id>.toml`; may be missing.

    Returns:
        Id -> Protocol, by benchmark, then by id.

    Raises:
        ProtocolError: Names every fault of every file, not the first.
    """
    parse = partial(parse_protocol, tasks=tasks)
    return _sorted(_PROTOCOLS.read(folder, parse, _several_references))


def read_protocols(
    tasks: Mapping[str, Task], *folders: Path
) -> tuple[dict[str, Protocol], tuple[Fault, ...]]:
    """As `load_protocols`, but a declaration with faults stops none of the others: both those that can be used and faults.

    One in an earlier folder stands before one of the same id.
    """
    parse = partial(parse_protocol, tasks=tasks)
    protocols, faults = _PROTOCOLS.read_each(folders, parse, _several_references)
    return _sorted(protocols), faults


def board_protocols(data: Path, tasks: Mapping[str, Task]) -> dict[str, Protocol]:
    """Return the protocols of the board whose data lie in `data`, its own and those that are shipped, without faulty ones."""
    return read_protocols(tasks, *declared_in(data, FOLDER.name))[0]


def _sorted(protocols: Mapping[str, Protocol]) -> dict[str, Protocol]:
    listed = sorted(protocols.values(), key=lambda one: (one.benchmark, one.id))
    return {protocol.id: protocol for protocol in listed}


def parse_protocol(protocol_id: str, text: str, tasks: Mapping[str, Task]) -> Protocol:
    """One declaration.

    Args:
        protocol_id: Its id.
        text: The TOML.
        tasks: The declared tasks.

    Raises:
        ProtocolError: Every fault of the declaration, one a line.
    """
    raw = _PROTOCOLS.table(protocol_id, text, partial(_wrong_names, tasks))
    protocol = Protocol(
        protocol_id,
        *(raw[name].strip() for name in _TEXTS),
        *(tuple(dict.fromkeys(raw.get(name, ()))) for name in _LISTS),
    )
    board = [task for task in tasks.values() if task.benchmark == protocol.benchmark]
    held_out = sum(map(protocol.holds_out, board))
    if held_out in (0, len(board)):
        raise ProtocolError(
            f"protocol {protocol_id}: holds out {held_out} of {protocol.benchmark}'s {len(board)} tasks; some must be "
            "held out, and some not"
        )
    return protocol


def reference_of(protocols: Iterable[Protocol], benchmark: str) -> str:
    """The name of a benchmark's pinned reference system; "" where no protocol names one."""
    return next(
        (protocol.reference for protocol in protocols if protocol.benchmark == benchmark), ""
    )


def without_reference(benchmark: str) -> str:
    """What is missing where no protocol of a benchmark names a reference, and how it is added."""
    return (
        f"no protocol of {benchmark} names a reference system; a maintainer declares one in a file "
        f'protocols/NAME.toml of the data folder with benchmark = "{benchmark}" and reference = "{MAJORITY}"'
    )


def _wrong_names(tasks: Mapping[str, Task], known: Mapping[str, Any]) -> Iterator[str]:
    choices = {
        "benchmark": one_of(sorted({task.benchmark for task in tasks.values()})),
        "held_out_datasets": one_of(sorted({task.dataset for task in tasks.values()})),
        "held_out_platforms": one_of(TITLES),
    }
    for name in filter(known.__contains__, choices):
        named = known[name] if name in _LISTS else [known[name]]
        allowed = choices[name]
        yield from (
            f"`{name}` names {allowed.fault(value)}" for value in named if not allowed.fits(value)
        )


def _several_references(protocols: Mapping[str, Protocol]) -> Iterator[Fault]:
    named: dict[str, dict[str, list[str]]] = {}
    for protocol in protocols.values():
        named.setdefault(protocol.benchmark, {}).setdefault(protocol.reference, []).append(
            protocol.id
        )
    for benchmark, references in named.items():
        if len(references) > 1:
            told = "; ".join(
                f"{reference!r} ({', '.join(ids)})" for reference, ids in references.items()
            )
            text = f"{benchmark}: its protocols name several references, and a benchmark has one: {told}"
            yield from (Fault(name, text) for ids in references.values() for name in ids)
