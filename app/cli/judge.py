"""`reasonboard judge`: a language model's verdicts on explanations or transcripts, by a rubric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
from app.cli.judged_sessions import session_fields, session_sheet
from app.cli.options import ChosenBoard, TableOrJson, Written, board_command, notes
from app.cli.stopping import stopped_by_sigterm
from app.cli.tabulating import Sheet, number, print_json, print_sheet, reasons, with_interval
from app.cli.watching import watched
from scoring.errors import ReasonBoardError
from submissions.wording import counted

if TYPE_CHECKING:
    from scoring.tasks import Task
    from submissions.asking.texts import TextSource
    from submissions.judging.cost import JudgingCost, Prices
    from submissions.judging.plan import JudgeOrder, JudgePlan, VerdictPlan
    from submissions.judging.results import AspectResult, JudgedPart, WithoutOwn
    from submissions.judging.run import JudgeOutcome
    from submissions.judging.transcripts import TranscriptPlan

commands = typer.Typer()


@board_command(commands)
def judge(
    board: ChosenBoard,
    benchmark: Annotated[
        str, typer.Option(help="Whose explanations are judged; or a task of transcripts.")
    ],
    rubric: Annotated[
        str, typer.Option(help="What is judged, on which scale: mentallama, ctrs, ...")
    ],
    model: ModelName,
    endpoint: EndpointAddress = None,
    judge: Annotated[
        str | None,
        typer.Option(
            help="How the model is asked: scale, checklist, pairwise, ...; transcripts: transcript."
            " Else scale, or transcript."
        ),
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this system, latest version; may be repeated. Else all, and what people rated."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Of a pairwise judge: the system that others are compared with."),
    ] = None,
    task: Annotated[list[str] | None, typer.Option(help="Only this task; may be repeated.")] = None,
    repeats: Annotated[
        int, typer.Option(help="Verdicts of each explanation, with a temperature.")
    ] = 1,
    temperature: Temperature = 0.0,
    max_new_tokens: MaxNewTokens = 512,
    batch_tokens: BatchTokens = TOKENS,
    revision: Revision = None,
    device: Device = None,
    dtype: Dtype = None,
    timeout: Timeout = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would take: calls, tokens, cost.")
    ] = False,
    prompt_price: Annotated[
        float | None, typer.Option(help="What a million tokens of prompts cost.")
    ] = None,
    output_price: Annotated[
        float | None, typer.Option(help="What a million tokens of answers cost.")
    ] = None,
    written: Written = TableOrJson.table,
) -> None:
    """Have a language model judge explanations or transcripts by a rubric, and keep its verdicts.

    What has a verdict is not asked about again; killed, it goes on where it was.
    """
    from submissions.asking.texts import Decoding
    from submissions.judging.plan import JudgeOrder
    from submissions.judging.run import judge_missing
    from submissions.judging.transcripts import TranscriptPlan

    asked = judge or _usual_judge(board, benchmark)
    chosen = ChosenModel(model, endpoint, revision, device, dtype, timeout, batch_tokens)
    prices = _prices(prompt_price, output_price)
    decoding = Decoding(max_new_tokens, temperature)
    order = JudgeOrder(
        benchmark,
        rubric,
        asked,
        decoding,
        repeats,
        tuple(system or ()),
        tuple(task or ()),
        against,
    )
    chosen.require_usable(board, benchmark)
    plan = _planned(board, order)
    chosen.require_public(_tasks_of(plan))
    source = chosen.source(decoding)
    notes.print(
        f"{counted(len(plan.judged), 'prompt')} about {_what_of(plan)} {benchmark}"
        f" {chosen.where(source)}.",
        markup=False,
    )
    estimate = _estimate(board, plan, source)
    for line in _said_of(estimate, prices):
        typer.echo(line, err=not dry_run)
    if dry_run:
        return
    with stopped_by_sigterm(), watched(notes) as report:
        outcome = judge_missing(
            board.folder, plan, source, lambda line: notes.print(line, markup=False), report
        )
    if isinstance(plan, TranscriptPlan):
        _show_transcripts(board, plan, model, outcome, written)
        return
    _show(board, plan, model, outcome, written)
    if written is TableOrJson.table:
        for line in _how_to_score(board, plan, source):
            typer.echo(line)


def _usual_judge(board: ChosenBoard, benchmark: str) -> str:
    """Return how a model is asked where nobody says: by the kind of what is judged."""
    return "transcript" if _are_transcripts(board, benchmark) else "scale"


def _are_transcripts(board: ChosenBoard, benchmark: str) -> bool:
    from submissions.rating.transcript_tasks import usable_transcript_tasks

    benchmarks = {task.benchmark for task in board.tasks.values()}
    return benchmark not in benchmarks and benchmark in usable_transcript_tasks(board.folder.path)


def _planned(board: ChosenBoard, order: JudgeOrder) -> JudgePlan | TranscriptPlan:
    from submissions.judging.plan import planned_judging
    from submissions.judging.transcripts import planned_transcripts

    if _are_transcripts(board, order.benchmark):
        return planned_transcripts(board.folder, order)
    return planned_judging(board.folder, board.tasks, order)


def _tasks_of(plan: JudgePlan | TranscriptPlan) -> list[Task]:
    """Return the tasks whose posts are sent with what is judged."""
    from submissions.judging.plan import JudgePlan

    return [part.task for part in plan.parts] if isinstance(plan, JudgePlan) else []


def _what_of(plan: JudgePlan | TranscriptPlan) -> str:
    from submissions.judging.plan import JudgePlan

    return "explanations for" if isinstance(plan, JudgePlan) else "transcripts of"


def _prices(prompt: float | None, output: float | None) -> Prices | None:
    """Return the prices, where they are said.

    Raises:
        ReasonBoardError: Only one is, or one is below 0.
    """
    from submissions.judging.cost import Prices

    if prompt is None and output is None:
        return None
    if prompt is None or output is None or min(prompt, output) < 0:
        raise ReasonBoardError(
            "--prompt-price and --output-price: both or neither, 0 or more, of a million tokens"
        )
    return Prices(prompt, output)


def _estimate(board: ChosenBoard, plan: VerdictPlan, source: TextSource) -> JudgingCost:
    from scoring.judging.verdicts import read_verdicts
    from submissions.judging.cost import estimated
    from submissions.judging.run import judge_identity, verdicts_file

    kept = read_verdicts(verdicts_file(board.folder, judge_identity(plan, source)))
    return estimated(plan, {verdict.key for verdict in kept})


def _said_of(estimate: JudgingCost, prices: Prices | None) -> Iterator[str]:
    yield (
        f"{counted(estimate.calls, 'call')}: about {estimate.prompt_tokens:,} tokens of prompts and"
        f" {estimate.output_tokens:,} of answers, at most {estimate.most_output_tokens:,}"
    )
    if prices is not None:
        about, most = estimate.cost(prices)
        yield f"cost: about {about:,.2f}, at most {most:,.2f}"


def _how_to_score(board: ChosenBoard, plan: JudgePlan, source: TextSource) -> Iterator[str]:
    """Say how a benchmark is scored with these verdicts."""
    from scoring.judging.values import judge_kind
    from submissions.declarations.settings import SCORING
    from submissions.judging.run import judge_identity, verdicts_file

    if plan.rival:
        return
    kind = judge_kind(plan.prompter.rubric.id)
    kept = verdicts_file(board.folder, judge_identity(plan, source))
    yield (
        f"On the board: [{kind}.{plan.order.benchmark}] with checkpoint ="
        f' "./{kept.relative_to(board.folder.path)}" in {board.folder.path / SCORING.name}, then'
        f" `reasonboard score --benchmark {plan.order.benchmark}`; beside another judge by this"
        f" rubric, [[{kind}.{plan.order.benchmark}]] for each, with a `name`"
    )


def _show(
    board: ChosenBoard, plan: JudgePlan, model: str, outcome: JudgeOutcome, written: TableOrJson
) -> None:
    from submissions.judging.results import Judgement, judged_parts, with_and_without_own

    verdicts = list(outcome.verdicts.values())
    parts = judged_parts(plan, Judgement(model, plan.prompter, verdicts))
    without = with_and_without_own(board.folder, plan)
    if written is TableOrJson.json:
        print_json(_fields(plan, model, parts, without))
        return
    print_sheet(_sheet(plan, model, parts))
    if without:
        print_sheet(_sheet_without(without))
    flagged = [(part.name, part.flagged) for part in parts]
    for line in _caveats(outcome, "explanations", flagged):
        typer.echo(line)


def _show_transcripts(
    board: ChosenBoard,
    plan: TranscriptPlan,
    model: str,
    outcome: JudgeOutcome,
    written: TableOrJson,
) -> None:
    from submissions.judging.results import Judgement
    from submissions.judging.transcripts import judged_systems

    judgement = Judgement(model, plan.prompter, list(outcome.verdicts.values()))
    systems = judged_systems(board.folder, plan, judgement)
    if written is TableOrJson.json:
        print_json(session_fields(plan, model, systems))
        return
    print_sheet(session_sheet(plan, model, systems))
    flagged = [(system.system, system.flagged) for system in systems]
    for line in _caveats(outcome, "transcripts", flagged):
        typer.echo(line)
    typer.echo(
        f"`reasonboard publish` shows them on the board of {plan.task.id}, beside the ratings of people"
        " and of other judges, and how far they go along with people's. To keep them off it, move"
        f" their file out of {board.folder.judged}."
    )


def _sheet(plan: JudgePlan, model: str, parts: Sequence[JudgedPart]) -> Sheet:
    """Return a row a system and task, a column an aspect."""
    repeated = plan.order.repeats > 1
    heads = ["System", "Task", "Explained", "Without verdict", "Flagged", "Judge is of"]
    for aspect in plan.prompter.aspects:
        heads += [aspect.title, *([f"SD of {aspect.title}"] if repeated else [])]
    rows = [
        [
            part.name,
            part.task,
            f"{part.explained:,}",
            f"{part.without_verdict:,}",
            f"{part.flagged:,}",
            part.family,
            *(cell for each in part.aspects for cell in _cells(each, repeated)),
        ]
        for part in parts
    ]
    blanks = reasons(
        (f"{part.name} on {part.task}", each.scored.interval.removeprefix("none: "))
        for part in parts
        for each in part.aspects
        if each.scored.low is None
    )
    prompter = plan.prompter
    scale = "share of comparisons won" if plan.rival else f"on the scale of {prompter.rubric.id}"
    caption = (
        f"Means over explanations with a verdict, {scale}; 95% intervals. What has none is absent,"
        f" never 0. {' '.join(f'No interval: {line}.' for line in blanks)} For research, not for"
        " diagnosis."
    )
    title = f"{prompter.rubric.title}: judged by {model} ({prompter.judge.id})"
    return Sheet(title, heads, rows, caption, keys=2)


def _cells(result: AspectResult, repeated: bool) -> Iterator[str]:
    scored = result.scored
    yield with_interval(scored.value, scored.low, scored.high)
    if repeated:
        yield number(result.spread)


def _sheet_without(rows: Sequence[WithoutOwn]) -> Sheet:
    return Sheet(
        "With and without judges of a system's own family",
        ["System", "Task", "Aspect", "Judges", "Own family", "All judges", "Without own family"],
        [
            [
                row.name,
                row.task,
                row.aspect,
                f"{row.judges:,}",
                f"{row.of_family:,}",
                number(row.mean),
                number(row.without),
            ]
            for row in rows
        ],
        "Means over judges of their means, of every judge whose verdicts by this rubric are kept;"
        " judges favour their own family. Without an interval: judges are few, and not drawn.",
        keys=3,
    )


def _caveats(
    outcome: JudgeOutcome, what: str, by_system: Sequence[tuple[str, int]]
) -> Iterator[str]:
    """Say what of the verdicts is not as a person would expect.

    Args:
        outcome: The verdicts.
        what: What they are on.
        by_system: System -> how many of its texts are flagged.
    """
    verdicts = outcome.verdicts.values()
    faults = Counter(verdict.fault for verdict in verdicts if verdict.fault)
    for fault, count in sorted(faults.items()):
        yield f"    {count:6} {fault}"
    kinds = Counter(kind for verdict in verdicts for kind in verdict.injections)
    if flagged := sum(bool(verdict.injections) for verdict in verdicts):
        listed = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        yield (
            f"    {flagged:6} of {what} that speak to their judge ({listed}); kept, and marked:"
            f" {', '.join(f'{name} ({count})' for name, count in by_system if count)}"
        )
    if cut := sum(verdict.cut > 0 for verdict in verdicts):
        yield f"    {cut:6} with a post cut to fit the model"
    served = Counter(verdict.served for verdict in verdicts if verdict.served)
    if len(served) > 1:
        for name, count in sorted(served.items()):
            yield f"    {count:6} served by {name}"
    if outcome.unanswered:
        yield (
            f"    {outcome.unanswered:6} not answered, by the server's fault; the same command asks"
            " again"
        )


def _fields(
    plan: JudgePlan, model: str, parts: Sequence[JudgedPart], without: Sequence[WithoutOwn]
) -> Iterator[dict[str, object]]:
    """Yield each mean for programs."""
    rest = {(row.name, row.task, row.aspect): row for row in without}
    for part in parts:
        shared = {name: value for name, value in asdict(part).items() if name != "aspects"}
        for each in part.aspects:
            row = rest.get((part.name, part.task, each.aspect))
            yield {
                "benchmark": plan.order.benchmark,
                "rubric": plan.prompter.rubric.id,
                "judge": plan.prompter.judge.id,
                "model": model,
                **shared,
                "aspect": each.aspect,
                "value": each.scored.value,
                "low": each.scored.low,
                "high": each.scored.high,
                "interval": each.scored.interval,
                "n": each.scored.n,
                "n_absent": each.scored.n_absent,
                "sd_of_repeats": each.spread,
                "all_judges": None if row is None else row.mean,
                "without_own_family": None if row is None else row.without,
            }
