"""`reasonboard read` and `reasonboard reader train`: labels by models, beside the rules."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import ChosenBoard, board_command, notes, require_new_folder
from app.cli.tabulating import Sheet, print_sheet
from scoring.errors import ReasonBoardError
from submissions.receiving.reader_kinds import Reader
from submissions.wording import counted, noun_for

if TYPE_CHECKING:
    from scoring.readers import LabelReader, ReaderIdentity
    from scoring.tasks import Task
    from submissions.receiving.second_reading import Agreement, TwiceRead

commands = typer.Typer()
training = typer.Typer(help="Fit models that read labels.", no_args_is_help=True)

COUNTS = ("outputs", "agree", "same", "different", "rules alone", "model alone")
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")]


@board_command(commands)
def read(
    board: ChosenBoard,
    file: Annotated[Path, typer.Argument(help="The outputs: see `check`.")],
    benchmark: Annotated[str, typer.Option(help="Whose tasks the outputs answer.")],
    checkpoint: Annotated[
        list[str],
        typer.Option(
            help="A classifier, or what `reader train` wrote: a folder or a hub name; TASK=NAME "
            "for one task. Repeatable."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new file: JSON Lines with labels.")],
    reader: Annotated[
        Reader,
        typer.Option(help="neural, or both: the rules first, the model where they read none."),
    ] = Reader.neural,
    labels: Annotated[
        str,
        typer.Option(help="The labels in the order of the model's outputs, where it names none."),
    ] = "",
    differences: Annotated[
        bool,
        typer.Option("--differences", help="Write where rules and model differ, as JSON Lines."),
    ] = False,
    device: Device = "auto",
) -> None:
    """Read the labels of outputs by a model, and say how far it agrees with the rules."""
    from submissions.benchmarks.importing import examples_of
    from submissions.receiving.intake import check_file
    from submissions.receiving.second_reading import (
        agreement,
        as_submission,
        described,
        read_twice,
    )
    from submissions.store.folder import replace_file

    beside = out.with_name(f"{out.name}.reader.json")
    _require_new(out, beside)
    by_task = _by_task(checkpoint, board.tasks)
    runs = check_file(board.folder, board.tasks, file, benchmark).require().runs
    readers = _Readers(by_task, tuple(filter(None, labels.split(","))), device)
    gold = {run.task: examples_of(board.folder, board.tasks[run.task]) for run in runs}
    read_runs = list(read_twice(runs, gold, board.tasks, readers.of))
    counts = [count for rows in read_runs if (count := agreement(rows))]
    if not counts:
        raise ReasonBoardError(f"{file} holds labels and no outputs: there is nothing to read")
    rows = [row for run in read_runs for row in run]
    replace_file(beside, described(reader, readers.identities).encode())
    replace_file(out, as_submission(rows, reader).encode())
    _print_agreement(counts)
    if differences:
        _print_differences(rows)
    if alone := sum(row.output is None for row in rows):
        kept = noun_for(
            alone,
            "label was sent without an output and stays",
            "labels were sent without an output and stay",
        )
        notes.print(f"{alone:,} {kept} as sent", markup=False)
    notes.print(f"{out}: labels by {reader.value}; {beside}: which model that is", markup=False)


def _require_new(*files: Path) -> None:
    """Refuse, before any model runs, what could not be written at the end.

    Raises:
        ReasonBoardError: A file is there already, or its folder is not.
    """
    for file in files:
        if file.exists() or file.is_symlink():
            raise ReasonBoardError(f"{file} is there already; name a new file: --out")
        if not file.parent.is_dir():
            raise ReasonBoardError(f"there is no folder {file.parent}; make it first: --out {file}")
        if not os.access(file.parent, os.W_OK | os.X_OK):
            raise ReasonBoardError(f"{file.parent} may not be written to; name another file: --out")


def _print_agreement(counts: list[Agreement]) -> None:
    """Print how far rules and model agree, a run a row; which repetition it is where there are
    several.
    """
    from submissions.receiving.named_runs import run_title

    several = len({count.repetition for count in counts}) > 1
    rows = [
        [
            count.task,
            *([run_title(*count.named) if count.named else str(count.repetition)] * several),
            f"{count.outputs:,}",
            "" if count.share is None else f"{count.share:.1%}",
            f"{count.same:,}",
            f"{count.different:,}",
            f"{count.rules_alone:,}",
            f"{count.model_alone:,}",
        ]
        for count in counts
    ]
    heads = ("task", *(["repetition"] * several), *COUNTS)
    caption = "agree: of the outputs of which both read a label, those with the same"
    print_sheet(Sheet("Rules and model", heads, rows, keys=1 + several, caption=caption))


def _print_differences(rows: Sequence[TwiceRead]) -> None:
    for row in rows:
        if row.rules != row.model:
            line = {
                "task": row.task,
                "example_id": row.example_id,
                "repetition": row.repetition,
                "rules": row.rules,
                "model": row.model,
                "probability": None if row.probability != row.probability else row.probability,
                "output": row.output,
            }
            typer.echo(json.dumps(line, ensure_ascii=False))


def _by_task(named: Sequence[str], tasks: Mapping[str, Task]) -> Mapping[str, str]:
    """Return task id -> checkpoint; "" stands for all other tasks.

    Raises:
        ReasonBoardError: A task is not declared, or two checkpoints are named for the same.
    """
    from submissions.benchmarks.importing import declared_task

    chosen: dict[str, str] = {}
    for name in named:
        task, checkpoint = _task_and_checkpoint(name)
        if task:
            task = declared_task(tasks, task).id
        if not checkpoint:
            raise ReasonBoardError(f"--checkpoint {name}: no checkpoint is named; say TASK=NAME")
        if task in chosen:
            raise ReasonBoardError(
                f"two checkpoints are named for {task or 'all tasks'}: {chosen[task]} and"
                f" {checkpoint}; name one, or say of which task each is: --checkpoint TASK=NAME"
            )
        chosen[task] = checkpoint
    return chosen


def _task_and_checkpoint(name: str) -> tuple[str, str]:
    """Return what `--checkpoint` says; a path that is there may hold an equals sign."""
    if "=" not in name or Path(name).expanduser().exists():
        return "", name
    task, _, checkpoint = name.partition("=")
    return task, checkpoint


@board_command(training)
def train(
    board: ChosenBoard,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or JSON Lines with `output` and `label` (empty or `unparsed`: states none); "
            "`kind`, where it stands there, is left out whole when it is tried."
        ),
    ],
    task: Annotated[str, typer.Option(help="Whose labels they are.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new or an empty folder.")],
    encoder: Annotated[
        str, typer.Option(help="A sentence encoder; the one that the extra `readers` brings.")
    ] = "",
    device: Device = "auto",
) -> None:
    """Fit a reader of labels on labelled outputs, and say how it does on kinds that it has not
    seen.
    """
    from scoring.readers.encoder import open_encoder
    from scoring.readers.trained import fit, held_out, save
    from submissions.benchmarks.importing import declared_task
    from submissions.receiving.labelled import labelled_outputs

    declared = declared_task(board.tasks, task)
    require_new_folder(out)
    rows = labelled_outputs(files, declared)
    opened = open_encoder(encoder, device)
    out.mkdir(parents=True, exist_ok=True)  # where it cannot be, before the model runs
    vectors = opened.vectors([row.text for row in rows])
    labels = [row.label for row in rows]
    head = fit(declared.id, vectors, labels)
    save(head, opened, out)
    said = held_out(declared.id, vectors, labels, [row.kind for row in rows])
    typer.echo(
        f"{declared.id}: fitted on {counted(len(rows), 'output')}; on kinds left out "
        f"{said.right:,} of {said.outputs:,} right, {said.wrong:,} wrong"
    )
    notes.print(f"{out}: `reasonboard read FILE --checkpoint {out}` reads by it", markup=False)


class _Readers:
    """The readers of the tasks, each opened once."""

    def __init__(self, by_task: Mapping[str, str], labels: tuple[str, ...], device: str) -> None:
        self._by_task, self._labels, self._device = by_task, labels, device
        self._opened: dict[str, LabelReader] = {}

    @property
    def identities(self) -> dict[str, ReaderIdentity]:
        """Task id -> what its labels depend on."""
        return {task: reader.identity for task, reader in self._opened.items()}

    def of(self, task: Task) -> LabelReader:
        """Return the reader of a task.

        Raises:
            ReasonBoardError: None was named for it, or it cannot be had.
        """
        if task.id not in self._opened:
            self._opened[task.id] = self._open(task)
        return self._opened[task.id]

    def _open(self, task: Task) -> LabelReader:
        from scoring.readers.classifier import open_classifier
        from scoring.readers.trained import DECLARED, open_trained

        name = self._by_task.get(task.id, self._by_task.get(""))
        if name is None:
            raise ReasonBoardError(
                f"no model reads {task.id}; name one: --checkpoint {task.id}=NAME"
            )
        if (Path(name) / DECLARED).is_file():
            return open_trained(Path(name), task.id, device=self._device)
        return open_classifier(name, task, self._labels, self._device)
