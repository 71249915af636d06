"""`reasonboard generate`: a model's outputs for a benchmark, from this machine or from a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.check import check as check_outputs
from app.cli.options import ChosenBoard, board_command, notes
from app.cli.stopping import stopped_by_sigterm
from app.cli.watching import watched
from scoring.errors import ReasonBoardError
from scoring.libraries import require_generating
from submissions.wording import counted

if TYPE_CHECKING:
    from submissions.asking.texts import Decoding, TextSource
    from submissions.generating.run import GenerationOutcome, GenerationPlan

commands = typer.Typer()

TOKENS = 16_384


@board_command(commands)
def generate(
    board: ChosenBoard,
    benchmark: Annotated[str, typer.Option(help="Whose questions are asked.")],
    model: Annotated[
        str, typer.Option(help="A hub name or a folder; with --endpoint, as the server calls it.")
    ],
    prompt: Annotated[
        list[str],
        typer.Option(help="A prompt strategy: zero-shot, context, few-shot, ...; may be repeated."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="File to write; what is beside it is named after it."),
    ],
    endpoint: Annotated[
        str | None,
        typer.Option(
            help=(
                "Address of an OpenAI-compatible server that a maintainer allowed for the"
                " benchmark; its key: "
                "REASONBOARD_ENDPOINT_KEY."
            )
        ),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Only this task; may be repeated. Else all whose gold is imported."),
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="May be repeated, with a temperature; 1 unless said.")
    ] = None,
    temperature: Annotated[float, typer.Option(help="0 for the most probable token.")] = 0.0,
    top_p: Annotated[
        float, typer.Option(help="Draw from the most probable tokens with this probability.")
    ] = 1.0,
    max_new_tokens: Annotated[int, typer.Option(help="At most so many tokens a text.")] = 512,
    batch_tokens: Annotated[
        int, typer.Option(help="Tokens of a batch, or of the requests under way at once.")
    ] = TOKENS,
    train: Annotated[
        Path | None, typer.Option(help="Folder of <task>.csv with examples for few-shot prompts.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="Of a model from the hub; its newest unless said.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1, ...")] = None,
    dtype: Annotated[str | None, typer.Option(help="auto, float32 or bfloat16.")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(help="With --endpoint: seconds an answer may take; 600 unless said."),
    ] = None,
    checking: Annotated[
        bool, typer.Option("--check", help="Check the outputs at the end.")
    ] = False,
) -> None:
    """Ask a model a benchmark's questions, and write the file that `check` and `submit` take.

    Killed, it goes on where it was when the same is said again.
    """
    from submissions.asking.allowed import require_allowed, require_public
    from submissions.asking.texts import Decoding
    from submissions.generating.run import GenerationOrder, planned
    from submissions.generating.run import generate as generate_texts

    _refuse_misplaced(
        endpoint is not None,
        {"--revision": revision, "--device": device, "--dtype": dtype},
        {"--timeout": timeout},
    )
    decoding = Decoding(max_new_tokens, temperature, top_p)
    order = GenerationOrder(
        benchmark, out, tuple(prompt), tuple(seed or (1,)), decoding, tuple(task or ()), train
    )
    if endpoint is not None:
        require_allowed(board.folder, board.tasks, benchmark, endpoint)
    require_generating(server=endpoint is not None)
    plan = planned(board.folder, board.tasks, order)
    if endpoint is not None:
        require_public([board.tasks[name] for name in plan.gold])
    source: TextSource
    if endpoint is not None:
        source = _server(endpoint, model, decoding, batch_tokens, timeout)
        where = f"go to {source.identity['endpoint']} (model {model}), and nowhere else"
    else:
        source = _local(model, revision, device, dtype, decoding, batch_tokens)
        where = f"stay on this machine (model {model})"
    notes.print(
        f"{counted(len(plan.requests), 'prompt')} about {counted(plan.posts, 'post')} of"
        f" {benchmark} {where}.",
        markup=False,
    )
    with stopped_by_sigterm(), watched(notes) as report:
        outcome = generate_texts(plan, source, lambda line: notes.print(line, markup=False), report)
    _say_written(plan, outcome)
    if checking:
        check_outputs(board, out, benchmark)
    else:
        typer.echo(f"Check them: `reasonboard check {out} --benchmark {benchmark}`")


def _local(
    model: str,
    revision: str | None,
    device: str | None,
    dtype: str | None,
    decoding: Decoding,
    batch_tokens: int,
) -> TextSource:
    from submissions.asking.local import LocalModel

    return LocalModel(model, revision, device or "auto", dtype or "auto", decoding, batch_tokens)


def _server(
    endpoint: str, model: str, decoding: Decoding, batch_tokens: int, timeout: float | None
) -> TextSource:
    from submissions.asking.endpoint import Endpoint
    from submissions.asking.patience import Patience

    patience = Patience() if timeout is None else Patience(seconds=timeout)
    return Endpoint(endpoint, model, decoding, batch_tokens, patience)


def _refuse_misplaced(
    server: bool, local: Mapping[str, object], remote: Mapping[str, object]
) -> None:
    """Refuse options of the other kind of model.

    Raises:
        ReasonBoardError: With their names.
    """
    given = [name for name, value in (local if server else remote).items() if value is not None]
    if given:
        rule = "not with --endpoint" if server else "with --endpoint alone"
        raise ReasonBoardError(f"{', '.join(given)}: {rule}")


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
