"""Variants of one base model, as teams declare them, held against each other on a board of labels.

Two systems are variants where what is declared of them differs in one thing and no more: their base
models are of one line (`submissions.declarations.base_models`), and

- one was made from the model tuned to chat, the other from the bare one, both of one size and by one
  method and strategy;
- one is larger, by one method and strategy of the same kind of model;
- one was fine-tuned on instructions, the other on completions;
- one was fine-tuned, the other prompted.

The first less the second, in the order of these words. It is no experiment: what a team does not
declare may differ too. Whoever declares no base model has no variants.

On a task every system answers the same posts, since an upload that lacks one is refused. So variants
are always held against each other post by post, by the board's own paired permutations
(`submissions.releasing.comparing`), on the tasks that both have a value on; there is nothing for a
test of independent posts to do. Holm's correction is over all pairs of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, permutations

from submissions.declarations.base_models import DeclaredBase, are_one_size, read_base_model
from submissions.releasing.comparing import (
    Comparison,
    Question,
    compare_pairs,
    with_metric,
)
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import SystemRow, TaskRow, common_headline

CHAT_AND_BASE = "chat and base"
SIZES = "larger and smaller"
INSTRUCTION_AND_COMPLETION = "instruction and completion"
TUNED_AND_PROMPTED = "tuned and prompted"
INSTRUCTION, COMPLETION = "instruction fine-tuning", "completion fine-tuning"
PROMPTED, TUNED = ("zero-shot", "few-shot"), (INSTRUCTION, COMPLETION)


@dataclass(frozen=True)
class VariantPair:
    """Two systems that are variants of one base model.

    Attributes:
        differ: What they differ in, the first's named first.
        first: A.
        second: B.
    """

    differ: str
    first: SystemRow
    second: SystemRow

    @property
    def base_models(self) -> str:
        """As they are declared: one name, or both."""
        return " and ".join(dict.fromkeys((self.first.base_model, self.second.base_model)))


@dataclass(frozen=True)
class VariantContrast:
    """How a pair of variants does.

    Attributes:
        pair: The variants.
        comparison: The first less the second.
    """

    pair: VariantPair
    comparison: Comparison


def variants_among(systems: Iterable[SystemRow]) -> tuple[VariantPair, ...]:
    """Return every pair of variants, by what they differ in and then as the systems stand."""
    lines: dict[str, list[tuple[SystemRow, DeclaredBase]]] = {}
    for system in systems:
        base = read_base_model(system.base_model, system.parameters)
        if base.line and not system.trivial:
            lines.setdefault(base.line, []).append((system, base))
    pairs = [
        pair
        for line in lines.values()
        for both in combinations(line, 2)
        for (first, own), (second, other) in permutations(both)
        for pair in _pairs(first, own, second, other)
    ]
    order = (CHAT_AND_BASE, SIZES, INSTRUCTION_AND_COMPLETION, TUNED_AND_PROMPTED)
    return tuple(sorted(pairs, key=lambda pair: order.index(pair.differ)))


def _pairs(
    first: SystemRow, own: DeclaredBase, second: SystemRow, other: DeclaredBase
) -> Iterator[VariantPair]:
    """Yield the pair that two systems make in this order, if they make one."""
    one_size, one_method = are_one_size(own.size, other.size), first.method == second.method
    alike = one_method and first.strategy == second.strategy
    differ = [
        CHAT_AND_BASE if own.chat and not other.chat and one_size and alike else "",
        SIZES
        if not one_size and own.size > other.size and own.chat == other.chat and alike
        else "",
        *(_of_method(first, second) if own.chat == other.chat and one_size else ()),
    ]
    yield from (VariantPair(each, first, second) for each in differ if each)


def _of_method(first: SystemRow, second: SystemRow) -> Iterator[str]:
    if (first.method, second.method) == (INSTRUCTION, COMPLETION):
        yield INSTRUCTION_AND_COMPLETION
    if first.method in TUNED and second.method in PROMPTED:
        yield TUNED_AND_PROMPTED


def variants_asked_for(
    release: ReleaseReader, benchmark: str, tasks: Iterable[TaskRow], metric: str | None
) -> tuple[Question, tuple[VariantPair, ...]]:
    """Return what is to be compared on a board, and which systems of it are variants.

    Args:
        release: Where.
        benchmark: The board.
        tasks: Some of its tasks, at least one.
        metric: The headline metric unless said.

    Raises:
        CannotCompare: The metric is computed on none of the tasks.
    """
    chosen = tuple(tasks)
    pairs = variants_among(release.systems(benchmark))
    named = dict.fromkeys(system for pair in pairs for system in (pair.first.id, pair.second.id))
    systems = tuple(row for row in release.systems(benchmark) if row.id in named)
    question = Question(benchmark, systems, chosen, metric or common_headline(chosen))
    return replace(question, tasks=with_metric(release, question)), pairs


def compare_variants(
    release: ReleaseReader, folder: DataFolder, question: Question, pairs: Iterable[VariantPair]
) -> tuple[VariantContrast, ...]:
    """Return how pairs of variants do on a question's task, or, where it has several, on the mean
    over those that both cover.

    Raises:
        ReasonBoardError: An array is missing, or the metric has changed since the release.
    """
    listed = list(pairs)
    if not listed:
        return ()
    both = [(pair.first, pair.second) for pair in listed]
    compared = compare_pairs(release, folder, question, both)
    return tuple(VariantContrast(pair, own) for pair, own in zip(listed, compared, strict=True))
