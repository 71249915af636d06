"""Runs the simple systems of `scoring.baselines` and submits them through the same door as
everyone's.

A baseline's outputs follow from the gold, so its version is the hash of them: importing another set
makes a new version, importing the same one again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from scoring.baselines import SYSTEMS, TRIVIAL, Answer, System
from scoring.counterfactuals import as_asked
from scoring.segments import Example
from scoring.tasks import Task, TasksById
from submissions.declarations.meta import Meta
from submissions.receiving.formats.row import NamedRun, Row
from submissions.receiving.intake import check_items, store_checked
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission

Answering: TypeAlias = Callable[[Task, Sequence[Example]], Sequence[Answer]]
"""(task, its examples) -> an answer to each; none where a task is left out."""


def submit_baselines(folder: DataFolder, tasks: TasksById, benchmark: str) -> list[Submission]:
    """Submit the trivial baselines of `benchmark`, on every task of it whose gold is imported.

    Where no task has references, the one of them that stands for all: they differ in explanations.
    """
    explained = any(task.explained for task in tasks.values() if task.benchmark == benchmark)
    systems = TRIVIAL if explained else TRIVIAL[:1]
    return [_submit(folder, tasks, benchmark, system, {}) for system in systems]


def submit_trained(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    train: Mapping[str, Sequence[Example]],
) -> list[Submission]:
    """Train the simple trained systems and submit their outputs.

    Args:
        folder: Where to store.
        tasks: The declared tasks.
        benchmark: Which board.
        train: Task id -> its train split; a task without one is left out.
    """
    return [
        _submit(folder, tasks, benchmark, system, train) for system in SYSTEMS if system.trained
    ]


def _submit(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    system: System,
    train: Mapping[str, Sequence[Example]],
) -> Submission:
    def answers(task: Task, examples: Sequence[Example]) -> Sequence[Answer]:
        # Of counterfactual posts nothing is learnt: who has answered their origins answers them.
        learnt = not system.trained or task.origin in train
        return system.run(task, examples, train.get(task.origin, ())) if learnt else ()

    trained_on = tuple(sorted({tasks[name].dataset for name in train}))
    return submit_answers(folder, tasks, benchmark, system, answers, trained_on)


def submit_answers(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    system: System,
    answers: Answering,
    trained_on: tuple[str, ...] | None,
) -> Submission:
    """Submit what a baseline answered.

    Args:
        folder: Where to store.
        tasks: The declared tasks.
        benchmark: Which board.
        system: Which baseline; its name and description are the submission's.
        answers: (task, its examples) -> an answer to each; none where nothing was learnt about the
            task.
        trained_on: What it declares: source data sets, or None for undeclared.
    """
    rows = list(answered_rows(folder, tasks, benchmark, answers))
    meta = Meta(
        system=system.name,
        version="",
        description=system.description,
        base_model=system.base_model,
        parameters=0,
        method="discriminative",
        prompt_strategy="none",
        trained_on=trained_on,
        links=(),
        licence="MIT",
        consent=True,
    )
    return submit_rows(folder, tasks, benchmark, meta, rows, trivial=system.trivial)


def submit_rows(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    meta: Meta,
    rows: Sequence[Row],
    *,
    trivial: bool = False,
) -> Submission:
    """Submit rows; their hash is the version, so that the same gold makes the same submission."""
    digest = hashlib.sha256(repr(list(map(_hashed, rows))).encode()).hexdigest()
    checked = check_items(folder, tasks, rows, benchmark).require()
    named = replace(meta, version=digest[:8])
    return store_checked(folder, checked, named, benchmark, digest, trivial=trivial).submission


def _hashed(row: Row) -> tuple[object, ...]:
    answer = (row.task, row.example_id, row.label, row.output)
    return answer if row.run is None else (*answer, row.run)


def answered_rows(
    folder: DataFolder,
    tasks: TasksById,
    benchmark: str,
    answers: Answering,
    run: NamedRun | None = None,
) -> Iterator[Row]:
    """Yield what a system answers to every task of a benchmark whose gold is imported.

    Args:
        folder: Where the gold is.
        tasks: The declared tasks.
        benchmark: Which board.
        answers: As in `submit_answers`.
        run: What names the repetition; None for the only one.
    """
    store = PostStore(folder.posts)
    # The version is of the outputs, whatever the order in which tasks were declared.
    for task in sorted(tasks.values(), key=lambda task: task.id):
        if task.benchmark == benchmark and store.has(task):
            examples = store.examples(task)
            given = answers(task, [as_asked(example) for example in examples])
            # None at all where a task is left out; else one an example.
            pairs = zip(examples, given, strict=bool(given))
            for line, (example, answer) in enumerate(pairs, start=1):
                yield Row(
                    "",
                    line,
                    task.id,
                    example.example_id,
                    answer.output,
                    label=answer.label,
                    run=run,
                )
