"""`reasonboard export`, a release as files; `export-task`, a task as other programs run it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import (
    Benchmark,
    ChosenBoard,
    board_command,
    echo_lines,
    notes,
    require_new_folder,
)
from submissions.benchmarks.harness_tasks import TaskFormat
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.releasing.results_elsewhere import Elsewhere, Gatherer
    from submissions.store.released.release import ReleaseReader

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)

commands = typer.Typer()


class ExportFormat(StrEnum):
    """What a release is written as."""

    files = "files"
    every_eval_ever = "every-eval-ever"
    hf_eval_results = "hf-eval-results"


@board_command(commands)
def export(
    board: ChosenBoard,
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.")],
    release: Annotated[
        int | None, typer.Option(help="An earlier release; the current one unless said.")
    ] = None,
    written_as: Annotated[
        ExportFormat,
        typer.Option(
            "--as",
            help="files: all tables; every-eval-ever, hf-eval-results: values and intervals of one"
            " benchmark, as others gather them.",
        ),
    ] = ExportFormat.files,
    benchmark: Benchmark = None,
    metric: Annotated[
        str | None, typer.Option(help="Only this metric, where others gather results.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="The board's own address: results link the release there.")
    ] = "",
    dataset: Annotated[
        str, typer.Option(help="The benchmark's data set on the Hugging Face hub: OWNER/NAME.")
    ] = "",
) -> None:
    """Write a release as Parquet and JSON, two files a table, or as others gather results."""
    from submissions.releasing.release_files import export_release
    from submissions.store.released.release import ReleaseReader, release_path

    reader = (
        board.release if release is None else ReleaseReader(release_path(board.untouched, release))
    )
    if written_as is ExportFormat.files:
        echo_lines(map(str, export_release(reader, folder)))
    else:
        from submissions.releasing.results_elsewhere import Elsewhere, Gatherer

        elsewhere = Elsewhere(address, dataset, metric)
        echo_lines(map(str, _gathered(reader, folder, benchmark, Gatherer(written_as), elsewhere)))


def _gathered(
    release: ReleaseReader,
    folder: Path,
    benchmark: str | None,
    gatherer: Gatherer,
    elsewhere: Elsewhere,
) -> list[Path]:
    """Write one benchmark's results, once all that is asked for is there.

    Raises:
        ReasonBoardError: With everything that is wrong.
    """
    from app.chosen import chosen_boards, refuse_unknown
    from scoring.errors import ReasonBoardError
    from submissions.releasing.results_elsewhere import Gatherer, write_results

    boards = chosen_boards(release, benchmark)
    metrics = [row.name for name in boards for row in release.metrics(name)]
    refuse_unknown(release, "metric", elsewhere.metric, dict.fromkeys(metrics))
    faults = []
    if len(boards) > 1:
        faults.append(f"say which benchmark with --benchmark: {', '.join(boards)}")
    if elsewhere.address and not elsewhere.address.startswith(("https://", "http://")):
        faults.append(f"--address {elsewhere.address!r} is no address, e.g. https://board.example")
    if gatherer is Gatherer.hf_eval_results:
        if not HUB_NAME.fullmatch(elsewhere.dataset):
            faults.append(
                "say with --dataset OWNER/NAME which data set of the hub the benchmark is"
                + (f", not {elsewhere.dataset!r}" if elsewhere.dataset else "")
            )
        if not elsewhere.address:
            faults.append("say with --address where this board is: each value links its release")
    if faults:
        raise ReasonBoardError("\n".join(faults))
    require_new_folder(folder)
    written = write_results(release, boards[0], folder, gatherer, elsewhere)
    if not written:
        raise ReasonBoardError(
            f"nothing is written: no system of {boards[0]} has a value by"
            f" {elsewhere.metric or 'any metric'} that has a better end"
        )
    return written


@board_command(commands, "export-task")
def export_task(
    board: ChosenBoard,
    task: Annotated[str, typer.Argument(help="A task's id, e.g. imhi/dreaddit.")],
    harness: Annotated[TaskFormat, typer.Option("--as", help="For which program.")],
    out: Annotated[Path | None, typer.Option(help="A new or an empty folder.")] = None,
) -> None:
    """Write a task so that lm-evaluation-harness or Inspect runs it as it is: queries, no gold."""
    from submissions.benchmarks.harness_tasks import command_for, write_task
    from submissions.benchmarks.importing import declared_task, examples_of

    declared = declared_task(board.tasks, task)
    examples = examples_of(board.folder, declared)
    folder = out or Path(f"{task.replace('/', '-')}-{harness}")
    require_new_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    asked = [example for example in examples if not example.redacted]
    made = write_task(declared, asked, harness, folder)
    typer.echo(made)
    said = (
        f"{counted(len(asked), 'query', 'queries')} of {declared.id}, without labels or references"
    )
    notes.print(said, markup=False)
    if command := command_for(harness, made):
        notes.print(f"Run it:    {command}", markup=False)
        notes.print("Then:      reasonboard check OUTPUTS --benchmark " + declared.benchmark)
