"""Generalization protocols: which data must not have been trained on, and the system that others are held against.

A protocol is one TOML file, `leaderboard_data/protocols/<id>.toml`:

    benchmark = "imhi"
    title = "IMHI-general"
    description = "What is held out, and where the choice comes from."
    held_out_datasets = ["dreaddit", "t-sid"]     # source data sets, as tasks name them
    held_out_platforms = []                       # or platforms: nothing from there in training
    reference = "Majority label"                  # the pinned reference system

The reference is named here, before there are results, and a benchmark has one: differences to two references could be
chosen between. A system takes part only where its `trained_on` satisfies the protocol. What cannot be known counts as
undeclared, never as satisfied: no declaration, or (where a platform is held out) a data set of unknown platform.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.errors import ReasonBoardError
from scoring.tasks import PLATFORMS, UNKNOWN, Task
from submissions.problems import nearest
from submissions.settings import DECLARATIONS

FOLDER = DECLARATIONS / "protocols"
TAKES_PART, UNDECLARED, TRAINED = "takes part", "undeclared", "trained on held-out data"
_TEXTS = ("benchmark", "title", "description", "reference")
_LISTS = ("held_out_datasets", "held_out_platforms")
_KNOWN_PLATFORMS = tuple(name for name in PLATFORMS if name != UNKNOWN)


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
class Sources:
    """What the tasks tell about source data sets, over all declared benchmarks.

    Attributes:
        platforms: Data set -> where its posts were written; {"unknown"} where that is not known.
        families: Data set -> what is asked of it.
    """

    platforms: Mapping[str, frozenset[str]]
    families: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> Sources:
        """Gather them."""
        listed = list(tasks)
        names = {task.dataset for task in listed}
        return cls(
            {name: frozenset(task.platform for task in listed if task.dataset == name) for name in names},
            {name: frozenset(task.family for task in listed if task.dataset == name) for name in names},
        )

    def without_platform(self, datasets: Iterable[str]) -> list[str]:
        """Those of `datasets` whose platform is not known."""
        return [name for name in datasets if UNKNOWN in self.platforms.get(name, {UNKNOWN})]

    def without_family(self, datasets: Iterable[str]) -> list[str]:
        """Those of `datasets` of which it is not known what is asked."""
        return [name for name in datasets if name not in self.families]


@dataclass(frozen=True)
class Participation:
    """Whether a declaration satisfies a protocol: `status` is TAKES_PART, UNDECLARED or TRAINED."""

    status: str
    why: str


def participation(protocol: Protocol, trained_on: Sequence[str] | None, sources: Sources) -> Participation:
    """Hold a system's declaration against a protocol.

    Args:
        protocol: The protocol.
        trained_on: Source data sets; () for none of them, None for undeclared.
        sources: What is known of them.
    """
    if trained_on is None:
        return Participation(UNDECLARED, "the submission does not say what it was trained on")
    held_out = [name for name in trained_on if name in protocol.held_out_datasets]
    held_out += [
        f"{name} ({platform})"
        for name in trained_on
        for platform in sorted(sources.platforms.get(name, ()))
        if platform in protocol.held_out_platforms
    ]
    if held_out:
        return Participation(TRAINED, f"trained on {', '.join(held_out)}")
    unclear = sources.without_platform(trained_on) if protocol.held_out_platforms else []
    if unclear:
        return Participation(UNDECLARED, f"the platform of {', '.join(unclear)} is not known")
    return Participation(TAKES_PART, f"trained on {', '.join(trained_on) or 'none of the data sets'}")


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
    faults: list[str] = []
    protocols: list[Protocol] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            protocols.append(parse_protocol(path.stem, path.read_text(encoding="utf-8"), tasks))
        except ProtocolError as error:
            faults.append(str(error))
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: cannot be read ({error})")
    faults += _several_references(protocols)
    if faults:
        raise ProtocolError("\n".join(faults))
    return {protocol.id: protocol for protocol in sorted(protocols, key=lambda one: (one.benchmark, one.id))}


def parse_protocol(protocol_id: str, text: str, tasks: Mapping[str, Task]) -> Protocol:
    """One declaration.

    Args:
        protocol_id: Its id.
        text: The TOML.
        tasks: The declared tasks.

    Raises:
        ProtocolError: Every fault of the declaration, one a line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"protocol {protocol_id}: not TOML: {error}") from error
    faults = _wrong_fields(raw) or _wrong_names(raw, tasks)
    if faults:
        raise ProtocolError("\n".join(f"protocol {protocol_id}: {fault}" for fault in faults))
    return Protocol(
        protocol_id,
        *(raw[name].strip() for name in _TEXTS),
        *(tuple(dict.fromkeys(raw.get(name, ()))) for name in _LISTS),
    )


def reference_of(protocols: Iterable[Protocol], benchmark: str) -> str:
    """The name of a benchmark's pinned reference system; "" where no protocol names one."""
    return next((protocol.reference for protocol in protocols if protocol.benchmark == benchmark), "")


def _wrong_fields(raw: Mapping[str, Any]) -> list[str]:
    faults = [f"`{name}` is missing" for name in _TEXTS if name not in raw]
    for name, value in raw.items():
        if name in _TEXTS and not (isinstance(value, str) and value.strip()):
            faults.append(f"`{name}` is {value!r}; it must be text")
        elif name in _LISTS and not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
            faults.append(f"`{name}` is {value!r}; it must be a list of names")
        elif name not in _TEXTS + _LISTS:
            hint = nearest(name, _TEXTS + _LISTS)
            faults.append(f"`{name}` is not a field of a protocol" + (f"; {hint}" if hint else ""))
    return faults


def _wrong_names(raw: Mapping[str, Any], tasks: Mapping[str, Task]) -> list[str]:
    known = {
        "benchmark": sorted({task.benchmark for task in tasks.values()}),
        "held_out_datasets": sorted({task.dataset for task in tasks.values()}),
        "held_out_platforms": list(_KNOWN_PLATFORMS),
    }
    named = {name: [raw[name]] if name == "benchmark" else raw.get(name, []) for name in known}
    faults = [
        f"`{name}` names {value!r}; allowed: {', '.join(known[name])}"
        + (f"; {hint}" if (hint := nearest(value, known[name])) else "")
        for name, values in named.items()
        for value in values
        if value not in known[name]
    ]
    return faults or _splits_nothing(raw, tasks)


def _splits_nothing(raw: Mapping[str, Any], tasks: Mapping[str, Task]) -> list[str]:
    board = [task for task in tasks.values() if task.benchmark == raw["benchmark"]]
    held_out = [
        task
        for task in board
        if task.dataset in raw.get("held_out_datasets", ()) or task.platform in raw.get("held_out_platforms", ())
    ]
    if 0 < len(held_out) < len(board):
        return []
    return [
        f"holds out {len(held_out)} of {raw['benchmark']}'s {len(board)} tasks; some must be held out, and some not"
    ]


def _several_references(protocols: Iterable[Protocol]) -> list[str]:
    named: dict[str, dict[str, list[str]]] = {}
    for protocol in protocols:
        named.setdefault(protocol.benchmark, {}).setdefault(protocol.reference, []).append(protocol.id)
    return [
        f"{benchmark}: its protocols name several references, and a benchmark has one: "
        + "; ".join(f"{reference!r} ({', '.join(ids)})" for reference, ids in references.items())
        for benchmark, references in named.items()
        if len(references) > 1
    ]
