"""Invented systems, with which the demonstration shows what no baseline does: several wordings and
seeds, quotations, much said and little.

None of them is a model. Each knows the gold label and gives it with a chance that is its own, drawn
from a hash of its name and the example, so that outputs are the same on every machine; else it gives
another label. What it says of a post is taken from the post, or fits any.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from scoring.baselines import Answer, answers_in, write
from scoring.segments import Example
from scoring.tasks import Task, TasksById
from submissions.benchmarks.baselines import answered_rows, submit_rows
from submissions.declarations.meta import Meta
from submissions.receiving.formats.row import NamedRun
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission

ONE_RUN: tuple[NamedRun | None, ...] = (None,)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Invented:
    """An invented system.

    Attributes:
        name: As the board writes it.
        description: What it does, for its card.
        strategy: How it says that it was asked.
        right: The chance of the gold label.
        explain: What it says of an example.
        wavers: The chance that a run gives another label than its others.
        runs: What names its repetitions.
    """

    name: str
    description: str
    strategy: str
    right: float
    explain: Callable[[Example], str]
    wavers: float = 0.0
    runs: tuple[NamedRun | None, ...] = ONE_RUN

    def answers(
        self, run: NamedRun | None, task: Task, examples: Sequence[Example]
    ) -> list[Answer]:
        """Return one answer an example."""
        labels = answers_in(task, examples)
        return [
            write(task, each, self._label(run, each, labels), self.explain(each))
            for each in examples
        ]

    def _label(self, run: NamedRun | None, example: Example, labels: Sequence[str]) -> str:
        gold, name = labels.index(example.gold), example.example_id
        wrong = _chance(self.name, name) >= self.right
        if run is not None and _chance(self.name, name, *map(str, run)) < self.wavers:
            wrong = not wrong
        return labels[(gold + wrong) % len(labels)]


def submit_invented(folder: DataFolder, tasks: TasksById, benchmark: str) -> list[Submission]:
    """Submit every invented system, on every task of a benchmark whose gold is imported."""
    return [_submit(folder, tasks, benchmark, system) for system in INVENTED]


def _submit(folder: DataFolder, tasks: TasksById, benchmark: str, system: Invented) -> Submission:
    rows = [
        row
        for run in system.runs
        for row in answered_rows(folder, tasks, benchmark, partial(system.answers, run), run)
    ]
    meta = Meta(
        system=system.name,
        version="",
        description=f"Invented. {system.description}",
        base_model="none",
        parameters=0,
        method="zero-shot",
        prompt_strategy="none",
        strategy=system.strategy,
        trained_on=(),
        links=(),
        licence="MIT",
        consent=True,
    )
    return submit_rows(folder, tasks, benchmark, meta, rows)


def _chance(*parts: str) -> float:
    """Return a number from 0 to 1 that follows from the parts."""
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _sentences(text: str) -> list[str]:
    return _SENTENCE.split(text.strip())


def _longest_word(example: Example) -> str:
    words = re.findall(r"[A-Za-z]{3,}", example.post)
    return f"It says {max(words, key=len).lower()}." if words else "It says little."


def _quoted(example: Example) -> str:
    return f'The poster writes: "{max(_sentences(example.post), key=len)}"'


def _at_length(_example: Example) -> str:
    """Return much that fits any post."""
    return (
        "There is a lot to take in here, and many people feel like this at some time or other. All"
        " things considered, and weighing what is said against what is not, the answer above seems"
        " to be the one that fits best overall."
    )


INVENTED: tuple[Invented, ...] = (
    Invented(
        "Wavering reader",
        "Asked in three wordings with two seeds each, and not always of one mind.",
        "zero-shot",
        right=0.8,
        explain=_quoted,
        wavers=0.12,
        runs=tuple(
            NamedRun(*each)
            for each in product(("zero-shot", "zero-shot-q2", "zero-shot-q3"), ("1", "2"))
        ),
    ),
    Invented(
        "Quoting reader",
        "Says which sentence of the post it goes by, and nothing else.",
        "mental-health",
        right=0.86,
        explain=_quoted,
    ),
    Invented(
        "Terse reader",
        "Names one word of the post.",
        "context",
        right=0.78,
        explain=_longest_word,
    ),
    Invented(
        "Verbose reader",
        "Says much that fits any post.",
        "both",
        right=0.74,
        explain=_at_length,
    ),
)
"""In the order in which they are submitted."""
