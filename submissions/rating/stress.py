"""Stress tests of metrics on a system's stored explanations: see `scoring.stress`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.extraction import with_references_cut
from scoring.instruments import Instruments
from scoring.metrics import metrics_with
from scoring.stress import Wins, stress
from scoring.stress.wins import pooled
from scoring.tasks import Task
from submissions.rescoring.instruments import find_models
from submissions.store.files.outputs import segments
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission, submissions


class NothingToStress(ReasonBoardError):
    """There is no such system, or nothing of it to be perturbed."""


@dataclass(frozen=True)
class StressRequest:
    """What is asked for.

    Attributes:
        system: Whose explanations, by the name on the board; the latest version's.
        benchmark: Only this one's.
        task: Only this one's, by its id or name.
        model: Whether metrics that need a model are tried too.
        seed: Of the perturbations.
    """

    system: str
    benchmark: str | None = None
    task: str | None = None
    model: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Stressed:
    """What came of a system on one benchmark.

    Attributes:
        benchmark: Which.
        submission: The submission whose explanations were used.
        tasks: Ids of the tasks that they are of.
        wins: Every metric against every perturbation, tasks together.
        by_task: The same a task.
        missing: Why metrics that need a model are left out; "" where none is.
    """

    benchmark: str
    submission: Submission
    tasks: tuple[str, ...]
    wins: tuple[Wins, ...]
    by_task: Mapping[str, tuple[Wins, ...]]
    missing: str = ""


def stress_system(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    request: StressRequest,
    advance: Callable[[str], None] = lambda _: None,
) -> tuple[Stressed, ...]:
    """Return how metrics fare on a system's explanations, a benchmark each.

    Raises:
        NothingToStress: No such system, or it explains nothing that has a reference.
    """
    outcomes = [
        stressed
        for submission in _latest(folder, request)
        if (stressed := _stressed(folder, tasks, request, submission, advance)) is not None
    ]
    if not outcomes:
        raise NothingToStress(
            f"{request.system} has no explanation with the right label on a task that is imported"
            " and asked for; nothing can be perturbed"
        )
    return tuple(outcomes)


def _latest(folder: DataFolder, request: StressRequest) -> list[Submission]:
    """Return the latest version of the system on each benchmark."""
    standing = [
        each for each in submissions(folder, request.benchmark) if each.withdrawn_at is None
    ]
    named = [each for each in standing if each.system == request.system]
    if not named:
        known = {each.system for each in standing}
        raise NothingToStress(
            f"no system {request.system!r} was submitted;"
            f" {nearest_or_all(request.system, sorted(known))}"
        )
    by_benchmark = {each.benchmark: each for each in sorted(named, key=lambda s: s.received_at)}
    return [by_benchmark[name] for name in sorted(by_benchmark)]


def _stressed(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    request: StressRequest,
    submission: Submission,
    advance: Callable[[str], None],
) -> Stressed | None:
    instruments, missing = _instruments(folder, tasks, submission.benchmark, wanted=request.model)
    by_task = {
        task.id: tuple(wins)
        for task in _wanted(folder, tasks, request, submission)
        if (wins := _of_task(folder, task, submission, instruments, request.seed, advance))
    }
    if not by_task:
        return None
    together = tuple(pooled(by_task.values()))
    return Stressed(submission.benchmark, submission, tuple(by_task), together, by_task, missing)


def _instruments(
    folder: DataFolder, tasks: Mapping[str, Task], benchmark: str, *, wanted: bool
) -> tuple[Instruments, str]:
    if not wanted:
        return Instruments(), ""
    models = find_models(folder, [benchmark], tasks)
    return models.instruments.get(benchmark, Instruments()), "; ".join(models.troubles)


def _wanted(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    request: StressRequest,
    submission: Submission,
) -> Iterable[Task]:
    store = PostStore(folder.posts)
    for name in submission.tasks:
        task = tasks.get(name)
        if task is None or not task.explained or not store.has(task):
            continue
        if request.task in (None, task.id, task.id.rpartition("/")[2]):
            yield task


def _of_task(
    folder: DataFolder,
    task: Task,
    submission: Submission,
    instruments: Instruments,
    seed: int,
    advance: Callable[[str], None],
) -> list[Wins]:
    """Return the wins of one task; empty where no pair can be made.

    Of several repetitions the first is taken: each would say the same of a metric.
    """
    examples = with_references_cut(task, PostStore(folder.posts).examples(task))
    runs = segments(folder.outputs(submission.outputs), task, examples)
    if not runs:
        return []

    def advance_task(perturbation: str) -> None:
        advance(f"{task.id}: {perturbation}")

    metrics = metrics_with(instruments)
    wins = list(stress(runs[0], metrics, instruments, seed=seed, advance=advance_task))
    return wins if any(each.pairs for each in wins) else []
