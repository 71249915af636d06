"""Variants of one base model, as teams declare them, held against each other on a board of labels.

Two systems are variants where what is declared of them differs in one thing and no more: their base
models are of one line (`submissions.declarations.base_models`), and

- one was made from the model tuned to chat, the other from the bare one, both of one size;
- one is larger, of the same kind of model;
- one was fine-tuned on instructions, the other on completions;
- one was fine-tuned, the other prompted.

The first less the second, in the order of these words. The method, the strategy and what was trained
on are the same but where the difference itself is of them: of methods in the last two, and in the
last also of what was trained on and of the strategy, since only the fine-tuned is trained and the
prompted have strategies of their own. What only one of two declares differs. It is no experiment:
what no team declares may differ too. Whoever declares no base model has no variants.

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
    one_size, one_kind = are_one_size(own.size, other.size), own.chat == other.chat
    larger = not one_size and own.size > other.size
    if _made_alike(first, second) and first.method == second.method:
        if one_size and own.chat and not other.chat:
            yield VariantPair(CHAT_AND_BASE, first, second)
        if one_kind and larger:
            yield VariantPair(SIZES, first, second)
    if one_size and one_kind:
        yield from (VariantPair(differ, first, second) for differ in _of_method(first, second))


def _of_method(first: SystemRow, second: SystemRow) -> Iterator[str]:
    if (first.method, second.method) == (INSTRUCTION, COMPLETION) and _made_alike(first, second):
        yield INSTRUCTION_AND_COMPLETION
    if first.method in TUNED and second.method in PROMPTED:
        yield TUNED_AND_PROMPTED


def _made_alike(first: SystemRow, second: SystemRow) -> bool:
    """Return whether two systems declare one strategy, and to be trained on the same."""
    return first.strategy == second.strategy and _trained_on(first) == _trained_on(second)


def _trained_on(system: SystemRow) -> frozenset[str] | None:
    """Return what a system was trained on, by the names that its declaration means; None where it
    declares nothing.
    """
    # A release from before names were read has only what was declared.
    names = system.training or system.trained_on
    if isinstance(names, dict):
        names = [name for part in names.values() for name in part]
    return None if names is None else frozenset(names)


def variants_asked_for(
    release: ReleaseReader,
    systems: Iterable[SystemRow],
    tasks: Iterable[TaskRow],
    metric: str | None,
) -> tuple[Question, tuple[VariantPair, ...]]:
    """Return what is to be compared on a board, and which systems are variants.

    Args:
        release: Where.
        systems: Some or all of a board's.
        tasks: Some of its tasks, at least one.
        metric: The headline metric unless said.

    Raises:
        CannotCompare: The metric is computed on none of the tasks.
    """
    chosen = tuple(tasks)
    among = tuple(systems)
    pairs = variants_among(among)
    named = {system.id for pair in pairs for system in (pair.first, pair.second)}
    own = tuple(row for row in among if row.id in named)
    question = Question(chosen[0].benchmark, own, chosen, metric or common_headline(chosen))
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
