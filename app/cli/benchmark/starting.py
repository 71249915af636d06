"""`reasonboard benchmark init`: the declarations of a benchmark of one's own, from a task's CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import notes
from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from submissions.operating.new_benchmark import NewBenchmark, Surveyed


def init(
    folder: Annotated[
        Path,
        typer.Argument(help="The board's data folder, in which the files are written."),
    ],
    csv: Annotated[
        Path | None,
        typer.Option(help="The task's gold: columns id, text, label and, if any, reference."),
    ] = None,
    task: Annotated[str, typer.Option(help="The task's id, BENCHMARK/TASK.")] = "",
    question: Annotated[str, typer.Option(help="What is asked of each post; or unknown.")] = "",
    platform: Annotated[
        str, typer.Option(help="Where the posts were written, any word; or unknown.")
    ] = "",
    annotation: Annotated[
        str, typer.Option(help="How the labels came about: human, weak, invented or unknown.")
    ] = "",
    references: Annotated[
        str, typer.Option(help="Who wrote the reference explanations; or none.")
    ] = "",
    concept: Annotated[
        str, typer.Option(help="What a yes affirms, as outputs say it; of yes/no tasks alone.")
    ] = "",
    licence: Annotated[str, typer.Option(help="Of the data; or unknown.")] = "",
    citation: Annotated[str, typer.Option(help="Whom to cite; or unknown.")] = "",
    title: Annotated[str, typer.Option(help="For people; the task's name unless said.")] = "",
    family: Annotated[
        str, typer.Option(help="What is asked, whatever the data; the title unless said.")
    ] = "",
    dataset: Annotated[str, typer.Option(help="Source data set; BENCHMARK-TASK unless said.")] = "",
    label: Annotated[
        list[str] | None,
        typer.Option(help="OLD=NEW: call a label of the file otherwise; repeat it for others."),
    ] = None,
    several: Annotated[
        bool,
        typer.Option(
            "--several",
            help="A row may have several labels: between semicolons, commas or bars, or a JSON list;"
            " none says that none applies.",
        ),
    ] = False,
    order: Annotated[str, typer.Option(help="LEAST,...,MOST: the labels of an ordinal task.")] = "",
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            help="A source data set that nobody who takes part in the benchmark's protocol was"
            " trained on; repeat it for others."
        ),
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Show neither posts nor gold labels.")
    ] = False,
) -> None:
    """Write a new benchmark's task, protocol and rubric into a board's data folder.

    At a terminal, what is not said is asked; else everything that is missing is named at once.
    """
    from submissions.operating.new_benchmark import TaskSaid, draft, named_labels, survey, write

    given = {
        "csv": str(csv or ""),
        "task": task,
        "question": question,
        "platform": platform,
        "annotation": annotation,
        "references": references,
        "concept": concept,
        "licence": licence,
        "citation": citation,
    }
    named = named_labels(label or [])
    look = partial(survey, several=several)
    answers = _completed(given, named, look)
    surveyed = look(Path(answers.pop("csv")))
    answered = TaskSaid(
        **{name: answer.strip() for name, answer in answers.items() if answer.strip()},
        title=title,
        family=family,
        dataset=dataset,
        order=tuple(name.strip().casefold() for name in order.split(",") if name.strip()),
        named=named,
        public=not private,
        held_out=tuple(hold_out or ()),
    )
    drafted = draft(folder, surveyed, answered)
    write(drafted)
    _say(folder, surveyed, drafted)


def _completed(
    given: Mapping[str, str], named: Mapping[str, str], look: Callable[[Path], Surveyed]
) -> dict[str, str]:
    """Return every answer that the task needs, asking for those that are missing.

    Raises:
        ReasonBoardError: Nobody is there to be asked; it names them all.
    """
    from submissions.operating.new_benchmark import QUESTIONS, missing

    answers = dict(given)
    asking = sys.stdin.isatty()
    if asking and not answers["csv"]:
        answers["csv"] = _ask("csv", QUESTIONS["csv"])
    surveyed = look(Path(answers["csv"])) if answers["csv"] else None
    wanted = missing(answers, surveyed, named)
    if wanted and not asking:
        listed = "\n".join(f"  --{name}: {QUESTIONS[name]}" for name in wanted)
        raise ReasonBoardError(f"not said, and nobody is at a terminal to be asked:\n{listed}")
    for name in wanted:
        answers[name] = _ask(name, QUESTIONS[name])
    return answers


def _ask(name: str, question: str) -> str:
    return str(typer.prompt(f"{name} ({question})", err=True))


def _say(folder: Path, surveyed: Surveyed, drafted: NewBenchmark) -> None:
    """Say what was read and written, and what comes next."""
    for line in surveyed.lines:
        typer.echo(line)
    for note in drafted.notes:
        typer.echo(f"note: {note}")
    for path in drafted.files:
        typer.echo(f"written: {path}")
    task = drafted.task
    notes.print(
        f"Look through them, then: reasonboard benchmark import {task.id} {quote(str(surveyed.path))}"
        f" --data {quote(str(folder))}; reasonboard benchmark doctor {task.benchmark} --data"
        f" {quote(str(folder))}",
        markup=False,
    )
