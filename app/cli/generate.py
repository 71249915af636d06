"""`reasonboard generate`: a model's outputs for a benchmark, from this machine or from a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.asking import (
    TOKENS,
    BatchTokens,
    ChosenModel,
    Device,
    Dtype,
    EndpointAddress,
    MaxNewTokens,
    ModelName,
    Revision,
    Temperature,
    Timeout,
)
from app.cli.check import check as check_outputs
from app.cli.options import ChosenBoard, board_command, notes
from app.cli.stopping import stopped_by_sigterm
from app.cli.watching import watched
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.generating.run import GenerationOutcome, GenerationPlan

commands = typer.Typer()


@board_command(commands)
def generate(
    board: ChosenBoard,
    benchmark: Annotated[str, typer.Option(help="Whose questions are asked.")],
    model: ModelName,
    prompt: Annotated[
        list[str],
        typer.Option(help="A prompt strategy: zero-shot, context, few-shot, ...; may be repeated."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write; what is beside it is named after it."),
    ],
    endpoint: EndpointAddress = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Only this task; may be repeated. Else all whose gold is imported."),
    ] = None,
    every_wording: Annotated[
        bool,
        typer.Option(
            "--every-wording",
            help="Ask by every wording of each prompt strategy and of each question, not the first"
            " alone; each is a prompt of its own.",
        ),
    ] = False,
    seed: Annotated[
        list[int] | None, typer.Option(help="May be repeated, with a temperature; 1 unless said.")
    ] = None,
    temperature: Temperature = 0.0,
    top_p: Annotated[
        float, typer.Option(help="Draw from the most probable tokens with this probability.")
    ] = 1.0,
    max_new_tokens: MaxNewTokens = 512,
    batch_tokens: BatchTokens = TOKENS,
    train: Annotated[
        Path | None, typer.Option(help="Folder of <task>.csv with examples for few-shot prompts.")
    ] = None,
    revision: Revision = None,
    device: Device = None,
    dtype: Dtype = None,
    timeout: Timeout = None,
    checking: Annotated[
        bool, typer.Option("--check", help="Check the outputs at the end.")
    ] = False,
) -> None:
    """Ask a model a benchmark's questions, and write the file that `check` and `submit` take.

    Killed, it goes on where it was when the same is said again.
    """
    from submissions.asking.texts import Decoding
    from submissions.generating.run import GenerationOrder, planned
    from submissions.generating.run import generate as generate_texts

    chosen = ChosenModel(model, endpoint, revision, device, dtype, timeout, batch_tokens)
    decoding = Decoding(max_new_tokens, temperature, top_p)
    order = GenerationOrder(
        benchmark,
        out,
        tuple(prompt),
        tuple(seed or (1,)),
        decoding,
        tuple(task or ()),
        train,
        every_wording,
    )
    chosen.require_usable(board, benchmark)
    plan = planned(board.folder, board.tasks, order)
    chosen.require_public(board.tasks[name] for name in plan.gold)
    source = chosen.source(decoding)
    notes.print(
        f"{counted(len(plan.requests), 'prompt')} about {counted(plan.posts, 'post')} of"
        f" {benchmark} {chosen.where(source)}.",
        markup=False,
    )
    for note in plan.notes:
        notes.print(f"note: {note}", markup=False)
    with stopped_by_sigterm(), watched(notes) as report:
        outcome = generate_texts(plan, source, lambda line: notes.print(line, markup=False), report)
    _say_written(plan, outcome)
    if checking:
        check_outputs(board, out, benchmark)
    else:
        typer.echo(f"Check them: `reasonboard check {out} --benchmark {benchmark}`")


def _say_written(plan: GenerationPlan, outcome: GenerationOutcome) -> None:
    """Say what is in the file, and how it is not as a person would expect."""
    order = plan.order
    typer.echo(f"{order.out}: {counted(outcome.rows, 'row')}; how they came about: {order.record}")
    if len(plan.repetitions) > 1:
        for repetition in plan.repetitions:
            typer.echo(
                f"    repetition {repetition.repetition}: prompt {repetition.prompt}, seed"
                f" {repetition.seed}"
            )
    said = {
        "length": "cut off at --max-new-tokens",
        "refused": "refused by the server, and empty",
        "timeout": "not answered in time, and empty",
        "failed": "failed on the server's side, and empty",
    }
    for end, count in outcome.ends.items():
        if end != "stop":
            typer.echo(f"    {count:6} {said.get(end, f'ended with {end!r}')}")
    if outcome.altered:
        typer.echo(
            f"    {outcome.altered:6} altered, since they hold NUL or are longer than an output"
            " may be"
        )
    if outcome.cut:
        typer.echo(f"    {outcome.cut:6} with a post cut to fit the model")
