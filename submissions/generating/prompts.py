"""A strategy, a task and an example -> what the model is asked; and what a few-shot prompt shows
before it.

Places in braces are filled in one pass: braces in a post are a post's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path

from scoring.errors import ReasonBoardError
from scoring.segments import Example
from scoring.tasks import UNKNOWN, Task
from submissions.benchmarks.gold_files import ask, import_csv
from submissions.generating.strategies import PLACE, Strategy, asks_question
from submissions.likeness.quotation import Quotation
from submissions.store.files.gold import post_id_of
from submissions.wording import counted


class PromptError(ReasonBoardError):
    """A strategy that cannot be used on a task, or whose demonstrations cannot be had."""


@dataclass(frozen=True)
class Demonstrations:
    """What a few-shot prompt of one task shows.

    Attributes:
        ids: Of the examples, in their order.
        text: Their prompts and answers, as they stand before the question.
    """

    ids: tuple[str, ...] = ()
    text: str = ""

    @property
    def sha256(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


NO_DEMONSTRATIONS = Demonstrations()


@dataclass(frozen=True)
class Prompter:
    """Makes the prompts of one strategy on one task.

    Attributes:
        strategy: The strategy.
        task: The task.
        shown: What stands before each question.
    """

    strategy: Strategy
    task: Task
    shown: Demonstrations = NO_DEMONSTRATIONS

    def prompt(self, example: Example, characters: int | None = None) -> str:
        """Return the prompt, with so many characters of the post; None for all."""
        return self.shown.text + filled(self.strategy, self.task, example, characters)


def filled(strategy: Strategy, task: Task, example: Example, characters: int | None = None) -> str:
    """Return a strategy's template with an example in it.

    Args:
        strategy: The strategy.
        task: The task.
        example: The example.
        characters: How much of the post stands there; None for all of it.
    """
    post = example.post[:characters]
    explained = strategy.explained if task.explained else ""
    values = {
        "post": post,
        "query": example.query.replace(example.post, post, 1),
        "question": ask(task, example.attributes, strategy.asks),
        "instruction": _fill(explained or strategy.instruction, {"labels": choices(task)}),
    }
    return _fill(strategy.template, values).strip()


def _fill(template: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], template)


def choices(task: Task) -> str:
    """Return how a task's labels are named in a prompt: "Yes or No", "one of: None;
    Mild; Severe".
    """
    return task.answers.choices([label.title for label in task.labels])


def fault_of(strategy: Strategy, task: Task) -> str:
    """Return why a strategy cannot be used on a task; "" where it can."""
    if not asks_question(strategy.template):
        return ""
    if task.question == UNKNOWN:
        return (
            f"{strategy.id} asks the task's question, and {task.id} declares none; "
            "name other tasks with --task, or a strategy without a question"
        )
    if strategy.asks > len(task.questions):
        return (
            f"{strategy.id} asks the task's question in wording {strategy.asks}, and {task.id}"
            f" declares {counted(len(task.questions), 'wording')}; declare `rewordings` in its file,"
            " or name other tasks with --task"
        )
    return ""


def demonstrations(
    strategy: Strategy, task: Task, train: Path | None, tested: Collection[str]
) -> Demonstrations:
    """Return what a strategy shows on a task.

    Args:
        strategy: The strategy.
        task: The task.
        train: Folder of train splits, `<task>.csv` in the form of gold data; None where none was
            named.
        tested: Every text that is asked about, and every post of it: none of them is shown, alone
            or within a longer text.

    Raises:
        PromptError: The split is not there, or has not what is declared.
        BenchmarkError: It has faults.
    """
    if not strategy.shots:
        return NO_DEMONSTRATIONS
    if train is None:
        raise PromptError(
            f"{strategy.id} shows examples of train splits: name their folder with --train "
            "(a CSV file a task: id, post_id, text, label, reference)"
        )
    path = train / f"{task.id.split('/', 1)[1]}.csv"
    if not path.is_file():
        raise PromptError(
            f"{path} is not there; {strategy.id} shows examples of the train split of {task.id}"
        )
    asked, quoted = set(map(post_id_of, tested)), Quotation.of((), tested)
    unseen = {
        example.example_id: example
        for example in import_csv(path, task).examples
        if post_id_of(example.post) not in asked and not quoted.is_in(example.post)
    }
    chosen = _declared(strategy, task, path, unseen) or _of_each_label(
        task, list(unseen.values()), strategy.shots
    )
    if not chosen:
        raise PromptError(f"{path} has no example to show that is not asked about")
    return Demonstrations(
        tuple(example.example_id for example in chosen),
        "".join(
            f"{filled(strategy, task, example)}\n{answer(task, example)}\n\n" for example in chosen
        ),
    )


def answer(task: Task, example: Example) -> str:
    """Return the answer that a demonstration gives: the label, and the explanation where the task
    has such.
    """
    title = task.title_of(example.gold)
    return f"{title}. Reasoning: {example.reference}" if example.reference else title


def _declared(
    strategy: Strategy, task: Task, path: Path, unseen: Mapping[str, Example]
) -> list[Example]:
    declared = strategy.examples.get(task.id, ())
    if missing := [name for name in declared if name not in unseen]:
        raise PromptError(
            f"{strategy.id} declares examples of {task.id} that {path} does not have, or whose"
            f" posts are asked about: {', '.join(missing)}"
        )
    return [unseen[name] for name in declared]


def _of_each_label(task: Task, examples: Sequence[Example], shots: int) -> list[Example]:
    """Return the first of each label in turn, labels in their declared order, until there are
    enough.
    """
    by_label = [
        [e for e in examples if name in task.labels_of(e.gold)] for name in task.label_names
    ]
    rounds: Iterator[Example | None] = chain.from_iterable(zip_longest(*by_label))
    # One that has several labels comes in the turn of its first.
    each_once = {example.example_id: example for example in rounds if example is not None}
    return list(islice(each_once.values(), shots))
