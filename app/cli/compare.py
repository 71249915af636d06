"""`reasonboard compare`: systems held against each other, as a table for people or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from app.cli.serving import current_release
from app.cli.tabulating import (
    Sheet,
    number,
    print_json,
    print_sheet,
    with_interval,
)
from app.text import p_value
from submissions.releasing.comparing import Comparison, Question, ask, compare_systems
from submissions.store.folder import DataFolder
from submissions.wording import counted

HEADS = ("A", "B", "on", "A's value", "B's value", "A - B (95% interval)", "p", "p, Holm", "posts")


def print_comparison(
    folder: DataFolder,
    names: Sequence[str],
    benchmark: str | None,
    task: str | None,
    metric: str | None,
    format_name: str,
) -> None:
    """Compare systems of the current release and write the result to standard output.

    Raises:
        ReasonBoardError: Nothing is published, or no such system, benchmark, task or metric is in the release.
    """
    release = current_release(folder)
    question = ask(release, names, benchmark=benchmark, task=task, metric=metric)
    found = compare_systems(release, folder, question)
    called = {system.id: system.system for system in question.systems}
    if format_name == "json":
        print_json(_fields(release.release.number, question, called, found))
        return
    title = f"{question.benchmark}: {question.metric}, release {release.release.number}"
    rows = [_row(called, one) for one in found]
    print_sheet(Sheet(title, HEADS, rows, " ".join(_notes(question, found)), keys=3))


def _row(called: Mapping[str, str], one: Comparison) -> tuple[str, ...]:
    difference = (
        with_interval(one.difference, one.low, one.high)
        if one.difference is not None
        else one.interval
    )
    return (
        called[one.first], called[one.second], one.task or f"mean of {counted(len(one.tasks), 'task')}",
        number(one.first_value), number(one.second_value), difference, p_value(one.p), p_value(one.p_holm),
        str(one.posts),
    )  # fmt: skip


def _notes(question: Question, found: Sequence[Comparison]) -> Iterator[str]:
    for one in found:
        if not one.task and one.left_out and one.tasks:
            over = counted(len(one.tasks), "task")
            yield f"The mean of {over} is over {', '.join(one.tasks)}: the others lack a value."
    permutations = max((one.permutations for one in found), default=0)
    if permutations:
        yield f"p: {permutations:,} permutations over posts, two-sided; Holm: over the tests of one kind shown here."
    if any(task.demonstration for task in question.tasks):
        yield "Invented data."
    yield "For research, not for diagnosis."


def _fields(
    release: int, question: Question, called: Mapping[str, str], found: Iterable[Comparison]
) -> Iterator[dict[str, object]]:
    for one in found:
        names = {"first": called[one.first], "second": called[one.second]}
        ids = {"first_id": one.first, "second_id": one.second}
        invented = {"demonstration": any(task.demonstration for task in question.tasks)}
        yield {
            "release": release,
            "benchmark": question.benchmark,
            **asdict(one),
            **names,
            **ids,
            **invented,
        }
