"""The maintainer's commands: score, rescore, worker, status, publish, releases, rollback."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import (
    Benchmark,
    Checkpoint,
    Data,
    EngineName,
    Reason,
    RemoteBoard,
    Weights,
    author,
    data_folder,
    declared_tasks,
    notes,
)
from submissions.wording import counted

maintaining = typer.Typer()

Metric = Annotated[str | None, typer.Option(help="Only this metric, e.g. bartscore_src_to_hyp.")]
System = Annotated[str | None, typer.Option(help="Only this system, all its versions.")]
ChosenEngine = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        help="Where the model runs: here, a process a GPU of this machine, or on a Ray cluster.",
    ),
]
Address = Annotated[
    str | None, typer.Option(help="With --engine ray: the cluster; else one of this machine alone.")
]
Devices = Annotated[
    str | None,
    typer.Option(
        help="With --engine processes: cuda:0,cuda:1,... instead of all GPUs; cpu,cpu too."
    ),
]


@maintaining.command()
def score(
    context: typer.Context,
    benchmark: Benchmark = None,
    checkpoint: Checkpoint = None,
    weights: Weights = None,
    reason: Reason = "score what is pending",
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
    data: Data = None,
) -> None:
    """Score whatever is pending. Can be stopped, or killed, at any point and started again."""
    from app.cli.engine import chosen_engine
    from app.cli.score import Order, score_pending
    from submissions.rescoring.selection import Selection

    folder = data_folder(context, data)
    order = Order(author(), reason, Selection(benchmark), checkpoint, weights)
    with chosen_engine(engine, devices, address) as runs:
        score_pending(folder, declared_tasks(), notes, order, runs)


@maintaining.command()
def rescore(
    context: typer.Context,
    reason: Reason,
    metric: Metric = None,
    benchmark: Benchmark = None,
    system: System = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and do nothing.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed every try.")
    ] = False,
    checkpoint: Checkpoint = None,
    weights: Weights = None,
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
    data: Data = None,
) -> None:
    """Score again what a changed metric, model or task made pending: the plan first, then the run.

    Nothing that is scored under the current identity is computed again, and nothing on the board changes before
    `publish`.
    """
    from rich.console import Console

    from app.cli.engine import chosen_engine
    from app.cli.score import Order, print_dry_run, retry, score_pending
    from submissions.rescoring.selection import Selection

    folder, tasks = data_folder(context, data), declared_tasks()
    order = Order(author(), reason, Selection(benchmark, metric, system), checkpoint, weights)
    if dry_run:
        print_dry_run(folder, tasks, Console(highlight=False, soft_wrap=True), order, engine.value)
        return
    if retry_failed:
        notes.print(f"Tried again: {counted(retry(folder, tasks, order), 'failed score')}.")
    with chosen_engine(engine, devices, address) as runs:
        score_pending(folder, tasks, notes, order, runs)


@maintaining.command()
def worker(
    context: typer.Context,
    publishing: Annotated[
        bool, typer.Option("--publish", help="Publish releases that only add to what is served.")
    ] = False,
    poll: Annotated[float, typer.Option(help="Seconds to wait when there is nothing to do.")] = 5.0,
    lease: Annotated[
        float, typer.Option(help="Seconds after which a silent worker is held for dead.")
    ] = 60.0,
    benchmark: Benchmark = None,
    reason: Reason = "scored as it came in",
    engine: ChosenEngine = EngineName.local,
    address: Address = None,
    devices: Devices = None,
    data: Data = None,
) -> None:
    """Score what comes in, for ever. Several workers may run at once; SIGTERM or Ctrl-C stops one cleanly."""
    from app.cli.engine import chosen_engine
    from app.cli.worker import work_for_ever
    from submissions.rescoring.selection import Selection
    from submissions.shift import Shift

    folder, tasks, chosen = data_folder(context, data), declared_tasks(), Selection(benchmark)
    chosen.check(folder, tasks)
    with chosen_engine(engine, devices, address) as runs:
        work_for_ever(
            Shift(folder, tasks, runs, author(), reason, lease, chosen), notes, poll, publishing
        )


@maintaining.command()
def status(
    context: typer.Context,
    submission: Annotated[
        str | None, typer.Argument(help="Of this submission alone, by its id.")
    ] = None,
    server: RemoteBoard = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="With --server: until it is scored or has failed.")
    ] = False,
    traces: Annotated[
        bool, typer.Option("--traces", help="Write out where each failed unit failed.")
    ] = False,
    data: Data = None,
) -> None:
    """Say what is served, pending, leased by a worker, failed, and what each waits for; or how one submission is."""
    from app.cli.status import status_lines, submission_lines
    from submissions.status import status as look

    if server is not None:
        from app.cli.client import server_at
        from app.cli.remote import describe, follow

        board, wanted = server_at(server), _needed(submission)
        found = follow(board, wanted, notes) if wait else board.show(wanted)
        for line in describe(found):
            typer.echo(line)
        return
    if submission is not None:
        for line in submission_lines(data_folder(context, data), declared_tasks(), submission):
            typer.echo(line)
        return
    for line in status_lines(look(data_folder(context, data), declared_tasks()), traces):
        typer.echo(line)


@maintaining.command()
def publish(
    context: typer.Context,
    reason: Annotated[
        str | None,
        typer.Option(help="Why: stands in the release. Needed unless the release only adds."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be published, moved and is pending; publish nothing.",
        ),
    ] = False,
    allow_pending: Annotated[
        bool, typer.Option("--allow-pending", help="Leave blank for good what is not scored yet.")
    ] = False,
    data: Data = None,
) -> None:
    """Make a release, print what moved, and switch the site to it. Refused while scores are pending."""
    from app.cli.publish import print_proposal, print_published
    from app.cli.watching import watched
    from submissions.releasing.publish import propose
    from submissions.releasing.publish import publish as make_release

    folder, tasks = data_folder(context, data), declared_tasks()
    with watched(notes) as report:
        if dry_run:
            found = propose(folder, tasks, report)
        else:
            done = make_release(
                folder, tasks, author(), reason, allow_pending=allow_pending, report=report
            )
    print_proposal(found) if dry_run else print_published(done)


@maintaining.command("check-declarations")
def check_declarations(context: typer.Context, data: Data = None) -> None:
    """Look for explanations that repeat references of the test sets. For you alone: nothing of it is published."""
    from app.cli.declarations import declaration_lines

    for line in declaration_lines(data_folder(context, data), declared_tasks()):
        typer.echo(line)


@maintaining.command()
def releases(context: typer.Context, data: Data = None) -> None:
    """List the releases, and which of them is served."""
    from app.cli.releases import release_lines

    for line in release_lines(data_folder(context, data)):
        typer.echo(line)


@maintaining.command()
def rollback(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Of the release to serve again: see `releases`.")],
    reason: Reason,
    data: Data = None,
) -> None:
    """Serve an earlier release again, or a later one. All stay; the next is compared with the one that is served."""
    from submissions.releasing.publish import rollback as go_back

    moved = go_back(data_folder(context, data), number, author(), reason)
    typer.echo(
        f"Release {number} is served."
        if moved
        else f"Release {number} is the one that is served already."
    )


@maintaining.command()
def adopt(context: typer.Context, reason: Reason, data: Data = None) -> None:
    """Take files of releases that the database does not know into its ledger, as they are."""
    from submissions.releasing.adopting import adopt as take_in
    from submissions.releasing.adopting import told_adopted

    typer.echo(told_adopted(take_in(data_folder(context, data), author(), reason)))


def _needed(submission: str | None) -> str:
    if submission is None:
        raise typer.BadParameter(
            "--server needs the id of a submission: `reasonboard status ID --server URL`"
        )
    return submission
