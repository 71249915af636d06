"""`reasonboard benchmark perturb`: a task of counterfactual posts, made from an imported one."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from app.cli.options import ChosenBoard, notes
from app.cli.writing import new_file
from submissions.wording import counted


def perturb(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="An imported task's id, e.g. imhi/dreaddit.")],
    rules: Annotated[
        str, typer.Option(help="Names of rules, with commas between; all unless said.")
    ] = "",
    name: Annotated[
        str, typer.Option(help="What the new task is called; TASK-counterfactual unless said.")
    ] = "",
    most: Annotated[
        int | None, typer.Option(min=1, help="Rows of each rule at most, drawn with a fixed seed.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The CSV of its gold; NAME.csv unless said.")
    ] = None,
) -> None:
    """Write a task of counterfactual posts: gender, age, ethnicity or relationship swapped by
    declared rules, or another form of the same words.

    The declaration is written into the board's data folder. Rules are those of
    counterfactuals.toml, the board's own before the shipped ones.
    """
    from submissions.benchmarks.importing import declared_task, examples_of
    from submissions.operating.counterfactual_task import board_rules, make_task, write_gold

    origin = declared_task(board.tasks, task)
    chosen = board_rules(board.folder, [word.strip() for word in rules.split(",") if word.strip()])
    called = name or f"{task.partition('/')[2]}-counterfactual"
    made = make_task(origin, called, examples_of(board.folder, origin), chosen, most, board.tasks)
    gold = out or Path(f"{called}.csv")
    declaration = board.folder.path / "tasks" / f"{made.task.id}.toml"
    declaration.parent.mkdir(parents=True, exist_ok=True)
    with new_file(gold) as stream:
        write_gold(made, stream)
    with new_file(declaration) as stream:
        stream.write(made.declaration)
    for rule, count in made.counts.items():
        typer.echo(f"{rule}: {counted(count, 'post')} changed")
    typer.echo(f"written: {declaration}\nwritten: {gold}")
    notes.print(
        f"Look through them, then: reasonboard benchmark import {made.task.id} {quote(str(gold))}"
        f" --data {quote(str(board.folder.path))}",
        markup=False,
    )
