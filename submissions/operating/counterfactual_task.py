"""A task of counterfactual posts, made from an imported one: its declaration and its gold.

Gold labels stay: a rule changes nothing that a label should rest on. A reference explanation is
changed by the same rule as its post, or it would speak of somebody else. The task declares what the
origin does, whose counterfactual it is, and by which versions of which rules; it stands in no mean.
Posts that a rule does not change make no row.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import numpy as np

from scoring.counterfactuals import (
    AXIS,
    RULE,
    CounterfactualRule,
    RulesError,
    changed,
    example_id,
    read_rules,
)
from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.segments import Example
from scoring.tasks import TASKS, Task, TasksById
from submissions.benchmarks.gold_files import import_csv
from submissions.csv_export import LINE_END
from submissions.declarations.settings import declared_in
from submissions.operating.new_benchmark import TASK_NAME, toml_pairs
from submissions.store.files.gold import Imported
from submissions.store.folder import DataFolder

RULES = "counterfactuals.toml"
COLUMNS = ("id", "post_id", "text", "label", "reference", "attributes", "evidence")
_NOT_ITS_OWN = {
    "id",
    "published_file",
    "sha256",
    "superseded_by",
    "dataset_aliases",
    "benchmark_aliases",
}


@dataclass(frozen=True)
class CounterfactualTask:
    """What was made of a task.

    Attributes:
        task: The task, as it will be read.
        declaration: Its TOML.
        examples: Its gold.
        counts: CounterfactualRule's name -> how many posts it changed; 0 where it changed none.
    """

    task: Task
    declaration: str
    examples: tuple[Example, ...]
    counts: Mapping[str, int]


def board_rules(folder: DataFolder, names: Sequence[str]) -> tuple[CounterfactualRule, ...]:
    """Return the rules that are named, all for none: the board's own stand before the shipped ones.

    Raises:
        RulesError: Every fault of a file, or names that no rule has.
    """
    own, shipped = declared_in(folder.path, RULES)
    rules = read_rules(*([own] if own.is_file() else []), shipped)
    if unknown := [name for name in names if name not in rules]:
        raise RulesError(
            "\n".join(
                f"--rules {name}: no such rule; {nearest_or_all(name, rules)}" for name in unknown
            )
        )
    return tuple(rules[name] for name in names or rules)


def make_task(
    task: Task,
    name: str,
    examples: Sequence[Example],
    rules: Sequence[CounterfactualRule],
    most: int | None,
    declared: TasksById,
) -> CounterfactualTask:
    """Make a counterfactual task; nothing is written.

    Args:
        task: The origin.
        name: What the new task is called within its benchmark.
        examples: The origin's gold.
        rules: What is changed, each by itself.
        most: Rows of each rule at most, drawn with a fixed seed; None for all.
        declared: The board's tasks.

    Raises:
        ReasonBoardError: No rule changes a post, there is such a task, or the name is none.
    """
    # It names files too.
    if not TASK_NAME.fullmatch(name):
        raise ReasonBoardError(f"--name {name!r}: it must be of a-z, 0-9 and hyphens")
    new_id = f"{task.benchmark}/{name}"
    if new_id in declared:
        raise ReasonBoardError(f"task {new_id} is declared already: say another --name")
    if task.counterfactual_of is not None:
        raise ReasonBoardError(f"{task.id} is itself a counterfactual of {task.counterfactual_of}")
    if any(example.posts for example in examples):
        raise ReasonBoardError(
            f"{task.id}: its examples are of several posts of a user, and what is made of them could"
            " not be taken down with one of these; name a task of single posts"
        )
    by_rule = {rule.name: _drawn(list(_made(examples, rule)), most) for rule in rules}
    made = tuple(example for own in by_rule.values() for example in own)
    if not made:
        raise ReasonBoardError(
            f"no post of {task.id} is changed by {', '.join(by_rule)}; name other --rules"
        )
    used = [rule for rule in rules if by_rule[rule.name]]
    text = _declaration(_declared(task, new_id, used, len(made)))
    counts = {name: len(own) for name, own in by_rule.items()}
    return CounterfactualTask(TASKS.parse(new_id, text), text, made, counts)


def declared_anew(
    folder: DataFolder,
    tasks: TasksById,
    origin: Imported,
    names: Sequence[str],
    most: int,
) -> Imported | None:
    """Declare a counterfactual task, and return its gold; None where there is such a task.

    Args:
        folder: The board's.
        tasks: The declared tasks.
        origin: The task whose posts are changed, as it was read.
        names: Of the rules.
        most: Rows of each rule at most.
    """
    task = tasks[origin.task_id]
    if any(other.counterfactual_of == task.id for other in tasks.values()):
        return None
    name = f"{task.id.partition('/')[2]}-counterfactual"
    made = make_task(task, name, origin.examples, board_rules(folder, names), most, tasks)
    declaration = folder.path / "tasks" / f"{made.task.id}.toml"
    declaration.parent.mkdir(parents=True, exist_ok=True)
    declaration.write_text(made.declaration, encoding="utf-8")
    with TemporaryDirectory() as kept:
        path = Path(kept) / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_gold(made, stream)
        return import_csv(path, made.task)


def write_gold(made: CounterfactualTask, stream: TextIO) -> None:
    """Write the gold as `benchmark import` reads it, into a stream opened with `newline=""`."""
    writer = csv.writer(stream, lineterminator=LINE_END)
    writer.writerow(COLUMNS)
    for example in made.examples:
        attributes = ";".join(f"{key}={value}" for key, value in example.attributes.items())
        row = (example.example_id, example.post_id, example.post, example.gold)
        evidence = "" if example.evidence is None else json.dumps(example.evidence)
        writer.writerow([*row, example.reference or "", attributes, evidence])


def _made(examples: Sequence[Example], rule: CounterfactualRule) -> Iterator[Example]:
    """Yield the counterfactuals of the posts that a rule changes."""
    for example in examples:
        post = None if example.redacted else changed(rule, example.post)
        if post is not None:
            yield replace(
                example,
                example_id=example_id(example.example_id, rule),
                post=post,
                reference=_reference(example, rule),
                evidence=_evidence(example, rule, post),
                attributes={**example.attributes, AXIS: rule.axis, RULE: rule.name},
            )


def _reference(example: Example, rule: CounterfactualRule) -> str | None:
    # A form of the post says nothing of how its explanation is to be written.
    if example.reference is None or rule.operation != "swap":
        return example.reference
    return rule.swapped(example.reference)


def _evidence(example: Example, rule: CounterfactualRule, post: str) -> tuple[str, ...] | None:
    """Return the marked passages as the rule changes them; what it cut off is no passage any more."""
    if example.evidence is None:
        return None
    passages = (changed(rule, passage) or passage for passage in example.evidence)
    return tuple(passage for passage in passages if passage in post)


def _drawn(made: list[Example], most: int | None) -> list[Example]:
    if most is None or len(made) <= most:
        return made
    chosen = np.random.default_rng(0).choice(len(made), most, replace=False)
    return [made[place] for place in sorted(chosen)]


def _declared(task: Task, new_id: str, rules: Sequence[CounterfactualRule], size: int) -> Task:
    signed = ", ".join(rule.signature for rule in rules)
    attributes = {
        **task.attributes,
        AXIS: tuple(dict.fromkeys(rule.axis for rule in rules)),
        RULE: tuple(rule.name for rule in rules),
    }
    return replace(
        task,
        id=new_id,
        title=f"{task.title} (counterfactual posts)",
        expected_size=size,
        attributes=attributes,
        known_problems=(f"Made from {task.id} by the rules {signed}.",),
        counterfactual_of=task.id,
        revision=1,
    )


def _declaration(task: Task) -> str:
    """Return a task as TOML: what differs from the defaults."""
    values = {
        name: value
        for name, value in asdict(task).items()
        if name not in _NOT_ITS_OWN and value not in (None, (), {}, _DEFAULTS.get(name))
    }
    tables: dict[str, Any] = {
        name: values.pop(name) for name in ("attributes", "imhi_rule") if name in values
    }
    labels = values.pop("labels")
    lines = toml_pairs(**values)
    for name, table in tables.items():
        lines += ["", f"[{name}]", *toml_pairs(**table)]
    for label in labels:
        lines += ["", "[[labels]]", *toml_pairs(**{k: v for k, v in label.items() if v})]
    return "\n".join([*lines, ""])


_DEFAULTS = {field.name: field.default for field in fields(Task)}
