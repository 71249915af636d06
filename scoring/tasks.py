"""What a task is, and how its declarations are read.

A task is one TOML file under `leaderboard_data/tasks/<benchmark>/<task>.toml`; its id is
`<benchmark>/<task>`. A file is never edited after something was scored on it, except to raise
`revision` or to name the task that supersedes it: scores are keyed by the revision. What is not
known is the string "unknown", never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, Strict, ValidationInfo, field_validator

from scoring.answers import KINDS, AnswerKind, faults_of_names
from scoring.declarations import Fault, Flag, Kind, Must, Number, Text, Texts, one_of
from scoring.errors import TaskError

UNKNOWN = "unknown"
ANNOTATIONS = ("human", "weak", "invented", UNKNOWN)
UNITS = ("post", "user")
NO_REFERENCES = "none"
_PLACE = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Label:
    """One answer of a task.

    Attributes:
        name: What a `label` column holds and what is stored: lower case, e.g. "work".
        title: How the site writes it; its name with a capital letter where that is not said.
        gold: The sentences by which the published files state it, e.g.
            "This post shows the stress cause related to work."; the first one is the form templates
            use.
        aliases: Other wordings by which a model may name it: "occupational", "job stress".
    """

    name: Text
    title: Text = ""
    gold: Texts = ()
    aliases: Texts = ()

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name.capitalize())


@dataclass(frozen=True)
class ImhiRule:
    """The published IMHI script's way to a label: first substring found in order, else the
    fallback.

    Attributes:
        order: (substring, label name) in the order they are tried, on the lower-cased text before
            "Reasoning:".
        fallback: The label given when nothing is found.
    """

    order: Annotated[tuple[tuple[Text, Text], ...], Must("it must be a list of pairs of texts")]
    fallback: Text


@dataclass(frozen=True)
class PublishedTable:
    """How its source publishes what a task is made from: a CSV with columns of its own.

    Attributes:
        file: Its name, somewhere in the folder that was downloaded.
        text: The column of the text; names that it goes by, the first that is there.
        label: The same of the label.
        basis: Whence the shape is known, and what is not certain of it.
        labels: What stands there -> label; what names a label already need not be listed.
        separator: What stands between cells.
        posts: Whether the text is a list of a user's posts, as Python writes one.
    """

    file: Text
    text: Texts
    label: Texts
    basis: Text
    labels: Annotated[Mapping[str, Text], Must("it must be a table of texts")] = field(
        default_factory=dict
    )
    separator: Annotated[str, one_of((",", ";", "\t"))] = ","
    posts: Flag = False


@dataclass(frozen=True)
class Task:
    """A declared task; see the module's docstring for where it comes from.

    Attributes:
        id: `<benchmark>/<task>`, lower case.
        title: For people.
        family: What is asked, whatever the data: the IMHI paper's eight tasks ("stress detection",
            ...).
        dataset: The source data set's name, shared by all tasks made from it; `trained_on` names
            these.
        platform: Where the posts were written, in lower case: "reddit", "support forum"; UNKNOWN
            where that is not known.
        annotation: How the gold labels came about; one of ANNOTATIONS.
        unit: What one example is about; one of UNITS.
        kind: What an answer is; one of KINDS (`scoring.answers`).
        labels: In the order shown; for ordinal tasks from least to most.
        question: What is asked of each example; may hold `{attribute}`.
        rewordings: The same question in other words, with the same places: what the wordings of a
            prompt strategy ask by turns. Gold and templates know the first alone.
        concept: What a "yes" affirms, in the words outputs use ("depression"); may hold
            `{attribute}`. Empty for tasks that are not yes/no.
        attributes: Attribute name -> its allowed values, e.g. {"factor": ("thwarted belongingness",
            ...)}.
        headline: The metric shown first.
        expected_size: Examples in the published test set; None when it is not known.
        published_file: Path inside the benchmark's checkout; None when the set is not released
            there.
        sha256: Of the published file; None when not known.
        references: Who wrote the reference explanations, e.g. "chatgpt", "expert"; NO_REFERENCES
            where there are none.
        licence: Of the data, or "unknown".
        citation: Whom to cite.
        known_problems: Sentences for the task's card.
        evidence: Whether the gold marks passages of the posts as evidence.
        gold_public: Whether gold labels may be shown.
        posts_public: Whether posts may be shown behind the content notice.
        demonstration: Whether the task is invented; such a task never shares a board with a real
            one.
        imhi_rule: How the published script reads a label; None where there is no such script.
        revision: Raised when anything that can change a score is corrected.
        superseded_by: Id of the task to use instead; None while this one is current.
        dataset_aliases: Other names and spellings of the source data set, as `trained_on` may call
            it; one of the tasks made from it need declare them (`scoring.sources` says how they are
            read).
        benchmark_aliases: The same of the benchmark: names that mean the data sets of all its
            tasks.
        class_labels: The labels in the order in which the data set numbers its classes from 0
            (`ClassLabel`); empty where a number is no label.
        separator: What stands between two posts of an example that is of several, in the text that
            models are asked about.
        published_table: The source's own file and how to read it; None where the task's is a file of
            the benchmark, or nothing is known for certain.
        counterfactual_of: Id of the task of the same benchmark whose posts its own were made from
            (`scoring.counterfactuals`); None for any other. Such a task has no column of its
            benchmark's board and is part of no mean.
    """

    id: str
    title: Text
    family: Text
    dataset: Text
    platform: Text
    annotation: Annotated[str, one_of(ANNOTATIONS)]
    unit: Annotated[str, one_of(UNITS)]
    kind: Annotated[str, one_of(KINDS)]
    labels: tuple[Label, ...]
    question: Text
    headline: Text
    references: Text
    licence: Text
    citation: Text
    expected_size: Number | None = None
    published_file: Text | None = None
    sha256: Text | None = None
    concept: Texts = ()
    attributes: Annotated[Mapping[str, Texts], Must("it must be a table of lists of texts")] = (
        field(default_factory=dict)
    )
    known_problems: Texts = ()
    evidence: Flag = False
    gold_public: Flag = True
    posts_public: Flag = True
    demonstration: Flag = False
    imhi_rule: ImhiRule | None = None
    revision: Number = 1
    superseded_by: Text | None = None
    dataset_aliases: Texts = ()
    benchmark_aliases: Texts = ()
    class_labels: Texts = ()
    separator: Annotated[
        str,
        Strict(),
        Field(pattern=r"\W"),
        Must("it must be text that parts words, such as a blank line"),
    ] = "\n\n"
    published_table: PublishedTable | None = None
    rewordings: Texts = ()
    counterfactual_of: Text | None = None

    @field_validator("platform")
    @classmethod
    def _is_a_name(cls, platform: str) -> str:
        # Two spellings would be two platforms; parts of a board are platforms, ways of annotation,
        # and contrasts of two: "twitter - reddit".
        if platform != " ".join(platform.split()).lower() or " - " in platform:
            raise ValueError(f'is {platform!r}; it must be a name in lower case, without " - "')
        if platform in ANNOTATIONS and platform != UNKNOWN:
            raise ValueError(f"is {platform!r}, which is a way of annotation")
        return platform

    @field_validator("labels")
    @classmethod
    def _are_distinct(cls, labels: tuple[Label, ...], known: ValidationInfo) -> tuple[Label, ...]:
        names = [label.name for label in labels]
        # Where the kind has a fault of its own, which is told already, names are one label's.
        kind = KINDS.get(known.data.get("kind", ""), KINDS["multi-class"])
        if faults := faults_of_names(kind, names):
            raise ValueError("\n".join(faults))
        return labels

    @field_validator("class_labels")
    @classmethod
    def _number_every_label(
        cls, numbered: tuple[str, ...], known: ValidationInfo
    ) -> tuple[str, ...]:
        names = [label.name for label in known.data.get("labels", ())]
        # No names where the labels have faults of their own, which are told already.
        if names and sorted(numbered) != sorted(names):
            raise ValueError(
                f"must be every label once, in the order of their numbers, not {list(numbered)}"
            )
        return numbered

    @field_validator("imhi_rule")
    @classmethod
    def _gives_labels(cls, rule: ImhiRule, known: ValidationInfo) -> ImhiRule:
        names = {label.name for label in known.data.get("labels", ())}
        given = {rule.fallback, *(label for _, label in rule.order)}
        unknown = given - names if names else ()
        if unknown:
            raise ValueError(
                "\n".join(f"gives {name!r}, which is not a label" for name in sorted(unknown))
            )
        return rule

    @field_validator("rewordings")
    @classmethod
    def _ask_the_same(cls, rewordings: tuple[str, ...], known: ValidationInfo) -> tuple[str, ...]:
        question = known.data.get("question", "")
        if question == UNKNOWN and rewordings:
            raise ValueError("say a question otherwise that is unknown")
        if len({question, *rewordings}) <= len(rewordings):
            raise ValueError("say the question twice in the same words")
        places = set(_PLACE.findall(question))
        for text in rewordings:
            # No places where the question has a fault of its own.
            if question and set(_PLACE.findall(text)) != places:
                raise ValueError(f"hold {text!r}, which must have the places of {question!r}")
        return rewordings

    @field_validator("published_table")
    @classmethod
    def _names_labels(cls, table: PublishedTable, known: ValidationInfo) -> PublishedTable:
        names = {label.name for label in known.data.get("labels", ())}
        unknown = set(table.labels.values()) - names if names else ()
        if unknown:
            raise ValueError(
                "\n".join(f"names {name!r}, which is not a label" for name in sorted(unknown))
            )
        return table

    @property
    def benchmark(self) -> str:
        """The part of the id before the slash."""
        return self.id.split("/", 1)[0]

    @property
    def origin(self) -> str:
        """Id of the task that its posts were made from; its own where they were not."""
        return self.counterfactual_of or self.id

    @property
    def questions(self) -> tuple[str, ...]:
        """The question in all its wordings, the one of gold and templates first."""
        return (self.question, *self.rewordings)

    @property
    def answers(self) -> AnswerKind:
        """What an answer to it is."""
        return KINDS[self.kind]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels' names in declared order."""
        return tuple(label.name for label in self.labels)

    @property
    def explained(self) -> bool:
        """Whether the task has reference explanations."""
        return self.references != NO_REFERENCES

    @cached_property
    def gold_labels(self) -> Mapping[str, str]:
        """Every gold wording, case-folded and stripped of its full stop -> label name."""
        # Shared by all who read labels, so nobody may change it.
        return MappingProxyType(
            {
                normalise_gold(text): label.name
                for label in self.labels
                for text in (label.name, *label.gold)
            }
        )

    def answer(self, labels: Collection[str]) -> str:
        """Return the answer that labels of these names are."""
        return self.answers.answer(labels, self.label_names)

    def labels_of(self, answer: str) -> tuple[str, ...]:
        """Return the names of an answer's labels."""
        return self.answers.labels(answer)

    def stated(self, text: str) -> str | None:
        """Return the answer that a cell of a table states in names or gold wordings.

        None where it states none.
        """
        whole = self.gold_labels.get(normalise_gold(text))
        if whole is not None:
            return self.answer((whole,))
        names = [self.gold_labels.get(normalise_gold(part)) for part in self.answers.parts(text)]
        known = [name for name in names if name is not None]
        return self.answer(known) if known == names else None

    def sentence(self, answer: str) -> str:
        """Return how the benchmark's form states an answer: the first gold sentence of each of its
        labels, or their titles.
        """
        labels = [self.label(name) for name in self.labels_of(answer)]
        if len(labels) == 1:
            return labels[0].gold[0] if labels[0].gold else labels[0].title
        if labels and all(label.gold for label in labels):
            return " ".join(f"{label.gold[0].rstrip('.')}." for label in labels)
        return "; ".join(label.title for label in labels) or answer.capitalize()

    def title_of(self, answer: str) -> str:
        """Return how the site writes an answer: the titles of its labels."""
        titles = [self.label(name).title for name in self.labels_of(answer)]
        return "; ".join(titles) or answer.capitalize()

    def label(self, name: str) -> Label:
        """Return the label called `name`.

        Raises:
            TaskError: The task has no such label.
        """
        for label in self.labels:
            if label.name == name:
                return label
        raise TaskError(f"{self.id}: no label {name!r}; it has {', '.join(self.label_names)}")


TasksById = Mapping[str, Task]
"""Declared tasks by their ids."""


class Tasks(dict[str, Task]):
    """Task id -> task, of all declarations that can be used.

    Attributes:
        faults: What is wrong with declarations, of those that can be used in spite of it too.
    """

    def __init__(self, tasks: TasksById, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(tasks)
        self.faults = faults


def normalise_gold(text: str) -> str:
    """Return the form in which gold wordings are compared.

    One space, no case, no closing full stop.
    """
    return " ".join(text.split()).casefold().rstrip(".")


def read_tasks(*folders: Path) -> Tasks:
    """Read every declaration that can be used; a faulty one stops none of the others.

    Args:
        folders: Each holds `<benchmark>/<task>.toml`; one in an earlier folder stands before one of
            the same id.

    Raises:
        TaskError: There is no declaration at all.
    """
    declared, faults = TASKS.read_each(folders)
    if not declared and not faults:
        raise TaskError(
            f"{folders[-1]}: no task declarations (<benchmark>/<task>.toml) found there"
        )
    return Tasks(declared, faults)


def unreadable(tasks: TasksById) -> tuple[str, ...]:
    """Return ids of the declarations that could not be used when `tasks` were read."""
    faults = tasks.faults if isinstance(tasks, Tasks) else ()
    return tuple(fault.id for fault in faults if fault.disables)


def _together(tasks: TasksById) -> Iterator[Fault]:
    from scoring.sources import clashes  # which builds on tasks

    for task in tasks.values():
        if task.superseded_by is not None and task.superseded_by not in tasks:
            named = f"superseded_by names {task.superseded_by!r}, which is not declared"
            yield Fault(task.id, f"task {task.id}: {named}")
        if task.counterfactual_of is not None and not _is_origin(task, tasks):
            named = (
                f"counterfactual_of names {task.counterfactual_of!r}; it must be another task of"
                f" {task.benchmark}, itself no counterfactual"
            )
            yield Fault(task.id, f"task {task.id}: {named}")
    for task_id, fault in clashes(tasks):
        yield Fault(task_id, f"task {task_id}: {fault}", disables=False)


def _is_origin(task: Task, tasks: TasksById) -> bool:
    """Return whether a task can be what a counterfactual one says that it was made from."""
    origin = tasks.get(task.counterfactual_of or "")
    return (
        origin is not None
        and origin.benchmark == task.benchmark
        and origin.counterfactual_of is None
    )


TASKS = Kind(Task, TaskError, "*/*.toml", _together)
