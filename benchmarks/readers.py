"""How labels are read: by the rules, by a reader that is fitted here, and by both.

    python -m benchmarks.readers [--imhi DIR]

The outputs are invented, of several hundred kinds (`tests/scoring/extraction`), each with the
labels that may be read. The reader is logistic regression on all-MiniLM-L6-v2's vectors, fitted
anew for each tenth of the kinds on the other nine: it has never seen the kinds that it is tried on.
The rules were written with some of these outputs in view, so their figures on them say that nothing
got lost, and not how they do on others; the published generations, which a person read before the
rules were tuned, are tried by readers that are fitted on invented outputs alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.extraction import EXTRACTION, answer_in, read
from scoring.readers.encoder import open_encoder
from scoring.readers.trained import Head, fit, in_folds
from scoring.tasks import Task, read_tasks
from tests.scoring.extraction.kinds import attributes, lines
from tests.scoring.extraction.test_extraction_real import STATED, TASKS, generated

ROOT = Path(__file__).parents[1]
FILES = ("kinds_of_outputs", "further_outputs", "openings_and_lists")
FEWEST = 30
"""Outputs of a task, below which no reader of it is fitted."""


@dataclass(frozen=True)
class Output:
    """One output.

    Attributes:
        task: The task.
        kind: What it is an example of.
        text: What the rules read of it.
        rules: What they read; None for nothing.
        accept: What may be read.
    """

    task: Task
    kind: str
    text: str
    rules: str | None
    accept: tuple[str | None, ...]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imhi", type=Path, default=ROOT.parent / "shared" / "imhi")
    tasks = read_tasks(ROOT / "leaderboard_data" / "tasks")
    outputs = list(_invented(tasks))
    encoder = open_encoder()
    start = time.perf_counter()
    vectors = encoder.vectors([output.text or "-" for output in outputs])
    each = (time.perf_counter() - start) / len(outputs)
    print(
        f"{EXTRACTION}; {encoder.checkpoint.folder.parent.name}: {1000 * each:.1f} ms an output\n"
    )
    print("| outputs | of | n | rules: read, wrong | reader | both |")
    print("| --- | --- | --- | --- | --- | --- |")
    for task in dict.fromkeys(output.task.id for output in outputs):
        places = [place for place, output in enumerate(outputs) if output.task.id == task]
        if len(places) >= FEWEST:
            _print_held_out(task, [outputs[place] for place in places], vectors[places])
    imhi = parser.parse_args().imhi
    if (imhi / "examples").is_dir():
        for name, task in TASKS.items():
            family = task.replace("imhi-expert", "imhi")
            places = [place for place, output in enumerate(outputs) if output.task.id == family]
            head = _fitted(family, [outputs[place] for place in places], vectors[places])
            published = list(_published(imhi, name, tasks[task]))
            rows = head.probabilities(encoder.vectors([output.text or "-" for output in published]))
            _print_row(f"published, {name}", task, published, _said(head, rows))


def _invented(tasks: dict[str, Task]) -> Iterable[Output]:
    for name in FILES:
        for line in lines(name):
            task = tasks[line.task]
            asked = attributes(task, line.asked_about)
            yield _output(task, line.kind, line.output, line.accept, asked)


def _output(
    task: Task,
    kind: str,
    output: str,
    accept: tuple[str | None, ...],
    asked: dict[str, str],
    post: str | None = None,
) -> Output:
    answer = answer_in(task, output, post=post, attributes=asked)
    reading = read(task, output=output, post=post, attributes=asked)
    return Output(task, kind, answer, reading.label, accept)


def _published(imhi: Path, name: str, task: Task) -> Iterable[Output]:
    stated = STATED[name].split()
    for place, (output, post) in enumerate(generated(imhi, name)):
        right = None if stated[place] == "-" else stated[place]
        yield _output(task, "published", output, (right,), {}, post)


def _fitted(task: str, outputs: Sequence[Output], vectors: np.ndarray) -> Head:
    return fit(task, vectors, [output.accept[0] for output in outputs])


def _print_held_out(task: str, outputs: Sequence[Output], vectors: np.ndarray) -> None:
    labels = [output.accept[0] for output in outputs]
    said = in_folds(task, vectors, labels, [output.kind for output in outputs])
    _print_row("invented, kinds left out", task, outputs, said)


def _said(head: Head, rows: np.ndarray) -> list[str | None]:
    return [head.classes[int(row.argmax())] or None for row in rows]


def _print_row(what: str, task: str, outputs: Sequence[Output], said: Sequence[str | None]) -> None:
    ways: tuple[Callable[[int], str | None], ...] = (
        lambda place: outputs[place].rules,
        lambda place: said[place],
        lambda place: outputs[place].rules or said[place],
    )
    cells = " | ".join(_counted(outputs, way) for way in ways)
    print(f"| {what} | {task} | {len(outputs)} | {cells} |")


def _counted(outputs: Sequence[Output], way: Callable[[int], str | None]) -> str:
    """Return the share read of those that state an answer, and how many are read wrongly of all."""
    stating = [place for place, output in enumerate(outputs) if None not in output.accept]
    read_rightly = sum(way(place) in outputs[place].accept for place in stating)
    wrong = sum(
        way(place) is not None and way(place) not in output.accept
        for place, output in enumerate(outputs)
    )
    share = f"{read_rightly / len(stating):.0%}" if stating else ""
    return f"{share}, {wrong}"


if __name__ == "__main__":
    main()
