"""What a task is, and how its declarations are read.

A task is one TOML file under `leaderboard_data/tasks/<benchmark>/<task>.toml`; its id is `<benchmark>/<task>`.
A file is never edited after something was scored on it, except to raise `revision` or to name the task that
supersedes it: scores are keyed by the revision. What is not known is the string "unknown", never a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scoring.declarations import (
    FLAG,
    NUMBER,
    TABLE,
    TABLES,
    TEXT,
    TEXTS,
    Fault,
    Fields,
    Form,
    Kind,
    one_of,
)
from scoring.errors import TaskError
from scoring.platforms import TITLES

UNKNOWN = "unknown"
KINDS = ("binary", "multi-class", "ordinal")
PLATFORMS = (*TITLES, UNKNOWN)
ANNOTATIONS = ("human", "weak", "invented", UNKNOWN)
UNITS = ("post", "user")
REFERENCES = ("chatgpt", "expert", "project", "none")


@dataclass(frozen=True)
class Label:
    """One answer of a task.

    Attributes:
        name: What a `label` column holds and what is stored: lower case, e.g. "work".
        title: How the site writes it.
        gold: The sentences by which the published files state it, e.g.
            "This post shows the stress cause related to work."; the first one is the form templates use.
        aliases: Other wordings by which a model may name it: "occupational", "job stress".
    """

    name: str
    title: str
    gold: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImhiRule:
    """The published IMHI script's way to a label: first substring found in order, else the fallback.

    Attributes:
        order: (substring, label name) in the order they are tried, on the lower-cased text before "Reasoning:".
        fallback: The label given when nothing is found.
    """

    order: tuple[tuple[str, str], ...]
    fallback: str


@dataclass(frozen=True)
class Task:
    """A declared task; see the module's docstring for where it comes from.

    Attributes:
        id: `<benchmark>/<task>`, lower case.
        title: For people.
        family: What is asked, whatever the data: the IMHI paper's eight tasks ("stress detection", ...).
        dataset: The source data set's name, shared by all tasks made from it; `trained_on` names these.
        platform: Where the posts were written; one of PLATFORMS.
        annotation: How the gold labels came about; one of ANNOTATIONS.
        unit: What one example is about; one of UNITS.
        kind: One of KINDS.
        labels: In the order shown; for ordinal tasks from least to most.
        question: What is asked of each example; may hold `{attribute}`.
        concept: What a "yes" affirms, in the words outputs use ("depression"); may hold `{attribute}`.
            Empty for tasks that are not yes/no.
        attributes: Attribute name -> its allowed values, e.g. {"factor": ("thwarted belongingness", ...)}.
        headline: The metric shown first.
        expected_size: Examples in the published test set; None when it is not known.
        published_file: Path inside the benchmark's checkout; None when the set is not released there.
        sha256: Of the published file; None when not known.
        references: Who wrote the reference explanations; one of REFERENCES.
        licence: Of the data, or "unknown".
        citation: Whom to cite.
        known_problems: Sentences for the task's card.
        gold_public: Whether gold labels may be shown.
        posts_public: Whether posts may be shown behind the content notice.
        demonstration: Whether the task is invented; such a task never shares a board with a real one.
        imhi_rule: How the published script reads a label; None where there is no such script.
        revision: Raised when anything that can change a score is corrected.
        superseded_by: Id of the task to use instead; None while this one is current.
        dataset_aliases: Other names and spellings of the source data set, as `trained_on` may call it; one of the
            tasks made from it need declare them (`scoring.sources` says how they are read).
        benchmark_aliases: The same of the benchmark: names that mean the data sets of all its tasks.
        class_labels: The labels in the order in which the data set numbers its classes from 0 (`ClassLabel`); empty
            where a number is no label.
    """

    id: str
    title: str
    family: str
    dataset: str
    platform: str
    annotation: str
    unit: str
    kind: str
    labels: tuple[Label, ...]
    question: str
    headline: str
    references: str
    licence: str
    citation: str
    expected_size: int | None = None
    published_file: str | None = None
    sha256: str | None = None
    concept: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_problems: tuple[str, ...] = ()
    gold_public: bool = True
    posts_public: bool = True
    demonstration: bool = False
    imhi_rule: ImhiRule | None = None
    revision: int = 1
    superseded_by: str | None = None
    dataset_aliases: tuple[str, ...] = ()
    benchmark_aliases: tuple[str, ...] = ()
    class_labels: tuple[str, ...] = ()

    @property
    def benchmark(self) -> str:
        """The part of the id before the slash."""
        return self.id.split("/", 1)[0]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names in declared order."""
        return tuple(label.name for label in self.labels)

    @property
    def explained(self) -> bool:
        """Whether the task has reference explanations."""
        return self.references != "none"

    @cached_property
    def gold_labels(self) -> Mapping[str, str]:
        """Every gold wording, case-folded and stripped of its full stop -> label name."""
        return MappingProxyType(
            {
                normalise_gold(text): label.name
                for label in self.labels
                for text in (label.name, *label.gold)
            }
        )

    def label(self, name: str) -> Label:
        """The label called `name`.

        Raises:
            TaskError: The task has no such label.
        """
        for label in self.labels:
            if label.name == name:
                return label
        raise TaskError(f"{self.id}: no label {name!r}; it has {', '.join(self.label_names)}")


class Tasks(dict[str, Task]):
    """Task id -> task, of all declarations that can be used.

    Attributes:
        faults: What is wrong with declarations, of those that can be used in spite of it too.
    """

    def __init__(self, tasks: Mapping[str, Task], faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(tasks)
        self.faults = faults


def normalise_gold(text: str) -> str:
    """The form in which gold wordings are compared: one space, no case, no closing full stop."""
    return " ".join(text.split()).casefold().rstrip(".")


_PAIRS = Form(
    "it must be a list of pairs of texts",
    lambda value: (
        isinstance(value, list) and all(TEXTS.fits(pair) and len(pair) == 2 for pair in value)
    ),
)
_LISTS_OF_TEXTS = Form(
    "it must be a table of lists of texts",
    lambda value: TABLE.fits(value) and all(map(TEXTS.fits, value.values())),
)
_LABEL = Fields("label", {"name": TEXT}, {"title": TEXT, "gold": TEXTS, "aliases": TEXTS})
_RULE = Fields("imhi_rule", {"order": _PAIRS, "fallback": TEXT})
_TASKS = Kind(
    Fields(
        "task",
        {
            "title": TEXT,
            "family": TEXT,
            "dataset": TEXT,
            "platform": one_of(PLATFORMS),
            "annotation": one_of(ANNOTATIONS),
            "unit": one_of(UNITS),
            "kind": one_of(KINDS),
            "labels": TABLES,
            "question": TEXT,
            "headline": TEXT,
            "references": one_of(REFERENCES),
            "licence": TEXT,
            "citation": TEXT,
        },
        {
            "expected_size": NUMBER,
            "published_file": TEXT,
            "sha256": TEXT,
            "concept": TEXTS,
            "attributes": _LISTS_OF_TEXTS,
            "known_problems": TEXTS,
            "gold_public": FLAG,
            "posts_public": FLAG,
            "demonstration": FLAG,
            "class_labels": TEXTS,
            "imhi_rule": TABLE,
            "revision": NUMBER,
            "superseded_by": TEXT,
            "dataset_aliases": TEXTS,
            "benchmark_aliases": TEXTS,
        },
    ),
    TaskError,
    "*/*.toml",
)


def load_tasks(folder: Path) -> dict[str, Task]:
    """Read every declaration under `folder`.

    Args:
        folder: Holds `<benchmark>/<task>.toml`.

    Returns:
        Task id -> Task, by benchmark, then by name.

    Raises:
        TaskError: Names every fault of every file, not the first.
    """
    tasks = _TASKS.read(folder, parse_task, _together)
    if not tasks:
        raise _no_tasks(folder)
    return tasks


def read_tasks(*folders: Path) -> Tasks:
    """Read every declaration that can be used; a faulty one stops none of the others.

    Args:
        folders: Each holds `<benchmark>/<task>.toml`; one in an earlier folder stands before one of the same id.

    Raises:
        TaskError: There is no declaration at all.
    """
    found, faults = _TASKS.read_each(folders, parse_task, _together)
    if not found and not faults:
        raise _no_tasks(folders[-1])
    return Tasks(found, faults)


def unreadable(tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Ids of the declarations that could not be used when `tasks` were read."""
    faults = tasks.faults if isinstance(tasks, Tasks) else ()
    return tuple(fault.id for fault in faults if fault.disables)


def _no_tasks(folder: Path) -> TaskError:
    return TaskError(f"{folder}: no task declarations (<benchmark>/<task>.toml) found there")


def parse_task(task_id: str, text: str) -> Task:
    """One declaration.

    Args:
        task_id: `<benchmark>/<task>`.
        text: The TOML.

    Raises:
        TaskError: Every fault of the declaration, one a line.
    """
    raw = _TASKS.table(task_id, text, _faults)
    fields = {**raw, "labels": tuple(_label(entry) for entry in raw["labels"])}
    for name in (
        "concept",
        "known_problems",
        "class_labels",
        "dataset_aliases",
        "benchmark_aliases",
    ):
        fields[name] = tuple(raw.get(name, ()))
    fields["attributes"] = MappingProxyType(
        {k: tuple(v) for k, v in raw.get("attributes", {}).items()}
    )
    if "imhi_rule" in raw:
        rule = raw["imhi_rule"]
        fields["imhi_rule"] = ImhiRule(tuple((a, b) for a, b in rule["order"]), rule["fallback"])
    return Task(id=task_id, **fields)


def _label(entry: Mapping[str, Any]) -> Label:
    return Label(
        name=entry["name"],
        title=entry.get("title", entry["name"].capitalize()),
        gold=tuple(entry.get("gold", ())),
        aliases=tuple(entry.get("aliases", ())),
    )


def _faults(known: Mapping[str, Any]) -> Iterator[str]:
    entries = known.get("labels", ())
    yield from _LABEL.faults_of_each(entries)
    names = [label["name"] for label in map(_LABEL.fitting, entries) if "name" in label]
    if "labels" in known and (len(entries) < 2 or len(set(names)) < len(names)):
        yield f"`labels` must be two or more with distinct names, not {names}"
    if "class_labels" in known and sorted(known["class_labels"]) != sorted(names):
        yield f"`class_labels` must be every label once, in the order of their numbers, not {known['class_labels']}"
    if "imhi_rule" in known:
        yield from (f"`imhi_rule`: {fault}" for fault in _RULE.faults(known["imhi_rule"]))
        yield from _unknown_labels(_RULE.fitting(known["imhi_rule"]), names)


def _unknown_labels(rule: Mapping[str, Any], names: Collection[str]) -> Iterator[str]:
    given = {label for _, label in rule.get("order", ())} | (
        {rule["fallback"]} if "fallback" in rule else set()
    )
    yield from (
        f"`imhi_rule` gives {name!r}, which is not a label"
        for name in sorted(given.difference(names))
    )


def _together(tasks: Mapping[str, Task]) -> Iterator[Fault]:
    from scoring.sources import clashes  # which builds on tasks

    for task in tasks.values():
        if task.superseded_by is not None and task.superseded_by not in tasks:
            named = f"superseded_by names {task.superseded_by!r}, which is not declared"
            yield Fault(task.id, f"task {task.id}: {named}")
    for task_id, fault in clashes(tasks):
        yield Fault(task_id, f"task {task_id}: {fault}", disables=False)
