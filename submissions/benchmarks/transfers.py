"""TF-IDF baselines on other data than they were trained on: what a board needs to show seen against
unseen data.

A task whose own train split is held out is answered by a model of all the splits at hand with the
same labels (yes and no), if there are any; else it is left out. One of the systems declares nothing
about its training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from scoring.baselines import SYSTEMS, Answer, System, TfidfModel
from scoring.segments import Example
from scoring.tasks import Task, TasksById
from submissions.benchmarks.baselines import submit_answers
from submissions.benchmarks.protocols import Protocol
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission

Splits = Mapping[str, Sequence[Example]]
"""Task id -> its train split."""


def submit_transfers(
    folder: DataFolder, tasks: TasksById, protocol: Protocol, train: Splits
) -> list[Submission]:
    """Submit a version that keeps to a protocol, one for each held-out set alone, and one that
    declares nothing.

    Args:
        folder: Where to store.
        tasks: The declared tasks.
        protocol: Whose held-out data some are trained without, and some on alone.
        train: The train splits of its benchmark.
    """
    kept = {name: split for name, split in train.items() if not protocol.holds_out(tasks[name])}
    alone = {name: split for name, split in train.items() if name not in kept}
    variants: list[tuple[str, Splits, bool]] = [("held out", kept, True)]
    variants += [
        (f"{tasks[name].title.lower()} only", {name: split}, True) for name, split in alone.items()
    ]
    # So that a board shows what "undeclared" looks like.
    variants.append(("undeclared", train, False))
    return [_submit(folder, tasks, protocol.benchmark, *variant) for variant in variants]


def _submit(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    variant: str,
    train: Splits,
    declares: bool,
) -> Submission:
    names = sorted({tasks[name].dataset for name in train})
    said = (
        f"trained on {', '.join(names)}" if declares else "with nothing declared about its training"
    )
    base = next(system for system in SYSTEMS if system.base_model != "none")
    system = replace(base, name=f"TF-IDF ({variant})", description=f"{base.name}, {said}.")
    declared = tuple(names) if declares else None
    answers = partial(_answers, tasks, base, train)
    return submit_answers(folder, tasks, benchmark, system, answers, declared)


def _answers(
    tasks: TasksById,
    system: System,
    train: Splits,
    task: Task,
    examples: Sequence[Example],
) -> Sequence[Answer]:
    """Return an answer to every example, or none where nothing was learnt about the
    task's labels.
    """
    if task.origin in train:
        return system.answer(task, examples, train[task.origin])
    alike = [
        example
        for name, split in train.items()
        if tasks[name].answers == task.answers
        and set(tasks[name].label_names) == set(task.label_names)
        for example in split
    ]
    if not alike:
        return ()
    model = TfidfModel(alike)
    return [model.answer(task, example) for example in examples]
