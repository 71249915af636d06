"""Stores gold data, and puts the trivial baselines on every board that gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from scoring.errors import ReasonBoardError, nearest
from scoring.segments import Example
from scoring.tasks import Task, TasksById
from submissions.benchmarks.baselines import submit_baselines
from submissions.benchmarks.gold_files import (
    checkout_folders,
    import_csv,
    import_histories,
    import_imhi,
    import_tables,
    published_apart,
)
from submissions.benchmarks.json_sets import import_json
from submissions.benchmarks.timelines import holds_timelines, import_timelines
from submissions.store.files.gold import Imported
from submissions.store.files.posts import PostStore, PostStoreError
from submissions.store.folder import DataFolder
from submissions.store.submitted.takedowns import redacted_posts
from submissions.wording import counted


class UnknownTask(ReasonBoardError):
    """No such task is declared."""


class NotImported(ReasonBoardError):
    """The task's gold data are not here yet."""


def import_gold(
    folder: DataFolder, tasks: TasksById, what: str, source: Path, posts: Path | None = None
) -> list[str]:
    """Import a benchmark's published files, or one task's CSV.

    Args:
        folder: Where to store.
        tasks: The declared tasks.
        what: A benchmark with published files, whose whole checkout is then read, or whose sources
            publish files of their own; or a task's id.
        source: The checkout, the folder of the sources' files or of timelines, or the task's CSV or
            JSON.
        posts: The posts of examples that are of several; None where they stand in `source`.

    Returns:
        What was found and done, a line each.

    Raises:
        ReasonBoardError: Nothing could be imported, with every reason; sets that could be are
            stored.
    """
    if posts is not None:
        task = declared_task(tasks, what)
        if task.counterfactual_of is not None:
            raise ReasonBoardError(
                f"{task.id} is of counterfactuals, each made of the one post that its row names:"
                " import its file without --posts."
            )
        imported = [import_histories(source, posts, task)]
    elif what in checkout_folders(tasks):
        imported = import_imhi(source, tasks)
    elif what in published_apart(tasks):
        imported = import_tables(source, tasks, what)
    elif declared_task(tasks, what).counterfactual_of is not None:
        # JSON names no origins, without which no takedown would reach what was made of a post.
        imported = [import_csv(source, tasks[what])]
    elif source.suffix.casefold() == ".json" or source.is_dir():
        read = import_timelines if holds_timelines(source) else import_json
        imported = [read(source, declared_task(tasks, what))]
    else:
        imported = [import_csv(source, declared_task(tasks, what))]
    return store_gold(folder, tasks, imported)


def store_gold(folder: DataFolder, tasks: TasksById, contents: Sequence[Imported]) -> list[str]:
    """Store what was read, and submit the trivial baselines of every benchmark that it belongs to.

    Args:
        folder: Where to store.
        tasks: The declared tasks.
        contents: As read; sets that are missing or faulty are passed over and reported.

    Returns:
        What was found and done, a line each.

    Raises:
        ReasonBoardError: There was nothing to store, with every reason.
    """
    store, stored = PostStore(folder.posts), list[Imported]()
    gone = redacted_posts(folder)
    lines: list[str] = []
    for imported in contents:
        lines += _described(imported)
        if imported.examples:
            try:
                store.write(tasks[imported.task_id], imported, gone)
            # The other sets go on: one refusal is no reason to leave a board without them.
            except PostStoreError as error:
                lines.append(f"{imported.task_id}: NOT imported: {error}")
            else:
                stored.append(imported)
    if not stored:
        raise ReasonBoardError("\n".join(["Nothing was imported:", *lines]))
    # At once, so that no board is ever without its yardsticks.
    for benchmark in dict.fromkeys(tasks[imported.task_id].benchmark for imported in stored):
        for baseline in submit_baselines(folder, tasks, benchmark):
            lines.append(
                f"{benchmark}: trivial baseline {baseline.system!r} on"
                f" {counted(len(baseline.tasks), 'task')}"
            )
    return lines


def declared_task(tasks: TasksById, task_id: str) -> Task:
    """Return the task called `task_id`.

    Raises:
        UnknownTask: With the nearest match, or where a benchmark is named, its tasks.
    """
    if task_id in tasks:
        return tasks[task_id]
    benchmarks = dict.fromkeys(task.benchmark for task in tasks.values())
    if task_id in benchmarks:
        own = ", ".join(task.id for task in tasks.values() if task.benchmark == task_id)
        raise UnknownTask(f"{task_id!r} is a benchmark, not a task; say one of its tasks: {own}")
    # Loosely: ids are long, and half of one is often the benchmark.
    published = (*checkout_folders(tasks), *published_apart(tasks))
    near = nearest(task_id, [*tasks, *published], cutoff=0.4)
    meant = f"; {near}" if near else "."
    raise UnknownTask(
        f"{task_id!r} is not a declared task{meant} Tasks are named benchmark/task, of the"
        f" benchmarks {', '.join(benchmarks)}; `reasonboard benchmark list` lists them all"
    )


def examples_of(folder: DataFolder, task: Task) -> tuple[Example, ...]:
    """Return the task's gold.

    Raises:
        NotImported: With the command that imports it.
    """
    store = PostStore(folder.posts)
    if not store.has(task):
        source = import_arguments(task)
        raise NotImported(
            f"{task.id}: its gold data are not imported; `reasonboard benchmark import {source}`"
            " does it."
        )
    return store.examples(task)


def import_arguments(task: Task) -> str:
    """Return what `benchmark import` is told to import a task."""
    apart = task.published_file or task.published_table
    return f"{task.benchmark} DIR" if apart else f"{task.id} FILE"


def _described(imported: Imported) -> Iterator[str]:
    name = imported.task_id
    if not imported.found:
        yield f"{name}: missing ({imported.source})"
        return
    verdict = {
        True: "hash as published",
        False: "HASH DIFFERS from the published file",
        None: "no published hash",
    }
    labels = ", ".join(f"{label} {count}" for label, count in imported.label_counts.items())
    state = "found, with faults" if imported.faults else "found"
    yield (
        f"{name}: {state}, {counted(imported.n_rows, 'row')} ({labels});"
        f" {verdict[imported.hash_matches]}"
    )
    for note in imported.notes:
        yield f"{name}: note: {note}"
    for fault in imported.faults:
        yield f"{name}: fault: {fault}"
