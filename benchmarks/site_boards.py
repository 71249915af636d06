"""Invented boards for measuring the site: a release with many systems, and two systems on many
examples.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from scoring.extraction import read
from scoring.segments import Example
from scoring.tasks import Task
from submissions.store.files.arrays import save_array
from submissions.store.files.gold import Imported
from submissions.store.files.outputs import TaskOutputs, write_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.release import place_release, switch_to, write_release
from submissions.store.released.release_rows import HistoryRow, ReleaseContent
from submissions.store.released.scored_rows import OverallRow, ReleaseRow
from tests import releases

BENCHMARK = "bench"
SEED = 0
METRICS = ("weighted_f1", "accuracy", "bartscore", "words")


def leaderboard_release(path: Path, systems: int = 1_000, tasks: int = 20) -> None:
    """Write a release with one board, under `path`."""
    rng = np.random.default_rng(SEED)
    rows = tuple(
        releases.task(f"{BENCHMARK}/task-{i:02}", family=f"family {i // 3}") for i in range(tasks)
    )
    names = tuple(
        releases.system(
            f"system {i:04}",
            BENCHMARK,
            trivial=i % 100 == 0,
            method=("zero-shot", "few-shot")[i % 2],
        )
        for i in range(systems)
    )
    metrics = tuple(
        releases.metric(
            name, place, benchmark=BENCHMARK, grouping="correctness" if place < 2 else "explanation"
        )
        for place, name in enumerate(METRICS)
    )
    values = rng.uniform(0.2, 0.9, size=(len(METRICS), systems, tasks))
    cells = tuple(
        releases.cell(owner, task, name, float(values[m, s, t]))
        for m, name in enumerate(METRICS)
        for s, owner in enumerate(names)
        for t, task in enumerate(rows)
    )
    overall = tuple(
        _mean(name, owner.id, values[m], s, tasks)
        for m, name in enumerate(METRICS)
        for s, owner in enumerate(names)
    )
    content = ReleaseContent(rows, metrics, names, cells, overall, (), ())
    publish(path, content)


def _mean(metric: str, system: str, values: np.ndarray, place: int, tasks: int) -> OverallRow:
    means = values.mean(axis=1)
    rank = 1 + int((means > means[place]).sum())
    value = float(means[place])
    return OverallRow(
        BENCHMARK,
        system,
        metric,
        value,
        value - 0.02,
        value + 0.02,
        tasks,
        tasks,
        rank,
        "percentile bootstrap",
        f"{metric}|v:1|mean-of:{tasks} tasks",
        max(1, rank - 5),
        rank + 5,
        1 + rank // 10,
    )


def publish(path: Path, content: ReleaseContent) -> None:
    """Serve `content` as release 1."""
    folder = DataFolder(path)
    folder.create()
    release = ReleaseRow(1, "2026-01-31T12:00:00Z", "bench", "measured", None, "0.1.0")
    write_release(
        folder, release, content, (), [HistoryRow(1, release.created_at, "bench", "measured")]
    )
    place_release(folder, 1)
    switch_to(folder, 1)


def compare_board(path: Path, tasks: dict[str, Task], examples: int = 19_353) -> None:
    """Write two systems on `examples` invented examples, spread over the ten IMHI tasks as they are
    declared.
    """
    rng = np.random.default_rng(SEED)
    folder = DataFolder(path)
    folder.create()
    declared = [task for task in tasks.values() if task.benchmark == "imhi"]
    sizes = _sizes(declared, examples)
    store = PostStore(folder.posts)
    gold = {task.id: _examples(task, size, rng) for task, size in zip(declared, sizes, strict=True)}
    for task in declared:
        store.write(
            task,
            Imported(
                task.id, "invented", "ab" * 32, n_rows=len(gold[task.id]), examples=gold[task.id]
            ),
        )
    rows = tuple(
        replace(
            releases.task(
                task.id, revision=task.revision, size=len(gold[task.id]), classes={"yes": 1}
            ),
            labels=[{"name": label.name, "title": label.title} for label in task.labels],
        )
        for task in declared
    )
    systems, cells, overall = [], [], []
    for name in ("first", "second"):
        runs = [_run(task, gold[task.id], rng) for task in declared]
        write_outputs(folder.files / f"{name}.parquet", runs)
        system = releases.system(name, "imhi", outputs=name, n_rows=examples)
        systems.append(system)
        for task, row, run in zip(declared, rows, runs, strict=True):
            right = np.array(
                [r.label == e.gold for r, e in zip(run.readings, gold[task.id], strict=True)]
            )
            size, labels = len(right), len(task.labels)
            items = np.zeros((1, size, labels * (labels + 1)))
            columns = {label: i for i, label in enumerate(task.label_names)}
            for i, (reading, example) in enumerate(zip(run.readings, gold[task.id], strict=True)):
                items[0, i, columns[example.gold] * (labels + 1) + columns[str(reading.label)]] = 1
            scores = np.stack([rng.normal(-4, 1, size), np.ones(size)], axis=-1)[None]
            for metric, array, value in (
                ("weighted_f1", save_array(folder, items), float(right.mean())),
                ("bartscore_f", save_array(folder, scores), float(scores[0, :, 0].mean())),
            ):
                cells.append(
                    releases.cell(
                        system, row, metric, value, array=array, n=size, identity={"version": "1"}
                    )
                )
        for metric in ("weighted_f1", "bartscore_f"):
            values = [
                cell.value for cell in cells if cell.system == system.id and cell.metric == metric
            ]
            overall.append(releases.mean(system, metric, values, len(systems), total=len(declared)))
    metrics = (
        releases.metric("weighted_f1", 0, benchmark="imhi", title="Weighted F1"),
        releases.metric(
            "bartscore_f", 1, benchmark="imhi", title="BARTScore F", grouping="explanation"
        ),
    )
    publish(
        path, ReleaseContent(rows, metrics, tuple(systems), tuple(cells), tuple(overall), (), ())
    )


def _sizes(tasks: list[Task], examples: int) -> list[int]:
    shares = np.array([task.expected_size or 1 for task in tasks], dtype=float)
    sizes = np.floor(shares / shares.sum() * examples).astype(int)
    sizes[0] += examples - sizes.sum()
    return sizes.tolist()


def _examples(task: Task, size: int, rng: np.random.Generator) -> tuple[Example, ...]:
    words = [f"word{i}" for i in range(500)]
    examples = []
    for i in range(size):
        post = " ".join(rng.choice(words, size=90))
        gold = task.label_names[int(rng.integers(len(task.labels)))]
        examples.append(
            Example(
                f"{i:05}",
                f"{task.id}-{i:05}",
                f"{post} ?",
                post,
                gold,
                "a reference",
                "a reference",
                {},
            )
        )
    return tuple(examples)


def _run(task: Task, examples: tuple[Example, ...], rng: np.random.Generator) -> TaskOutputs:
    labels = [task.label_names[i] for i in rng.integers(len(task.labels), size=len(examples))]
    explanations = [f"Invented explanation {i} " + "with words " * 20 for i in range(len(examples))]
    readings = tuple(
        read(task, output=None, label=label, explanation=text, post=None, attributes={})
        for label, text in zip(labels, explanations, strict=True)
    )
    ids = tuple(example.example_id for example in examples)
    nothing = (None,) * len(ids)
    return TaskOutputs(task.id, 1, ids, nothing, tuple(labels), tuple(explanations), readings)
