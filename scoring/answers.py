"""What an answer to a task is: the kinds of task, a line of `KINDS` each.

Wherever an answer goes (gold, what is read of an output, stored columns, exports, one system beside
another) it is **one text in one form**. Of a task that takes one label it is the label's name; of
one that takes several, their names in declared order between semicolons, or "none"; of one that asks
for a text alone, a summary, it is empty. So what stores,
compares or counts answers compares texts, whatever the kind, and an answer is right where it is the
gold's. Only what needs an answer's labels apart asks the kind for them (`AnswerKind.labels`), and
what is read or measured otherwise asks what the kind `takes`: the rules of reading
(`scoring.extraction`) and the tallies of correctness (`scoring.metrics.tallies`) are tables by it.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

ONE = "one label"
SEVERAL = "several labels"
NOTHING = "a text alone"
"""What a task takes for an answer."""

NO_LABELS = "none"
"""The answer that none of the labels applies, where a task takes several."""

_BETWEEN = "; "
_PARTS = re.compile(r"[;,|\n]")


@dataclass(frozen=True)
class AnswerKind(ABC):
    """What an answer is.

    Attributes:
        takes: ONE, SEVERAL or NOTHING.
        ordered: Whether the labels go from least to most.
    """

    takes: str
    ordered: bool = False

    @abstractmethod
    def labels(self, answer: str) -> tuple[str, ...]:
        """Return the names of an answer's labels."""

    @abstractmethod
    def answer(self, labels: Collection[str], declared: Sequence[str]) -> str:
        """Return the answer that these labels are.

        Args:
            labels: Names.
            declared: All of the task's, in their order.
        """

    @abstractmethod
    def parts(self, text: str) -> Sequence[str]:
        """Return the wordings, one a label, of which a cell of a table is a list."""

    @abstractmethod
    def choices(self, titles: Sequence[str]) -> str:
        """Return how a prompt names what can be answered: "Yes or No"."""


class OneLabel(AnswerKind):
    """An answer is one of the task's labels."""

    def labels(self, answer: str) -> tuple[str, ...]:
        """Return the answer itself."""
        return (answer,)

    def answer(self, labels: Collection[str], declared: Sequence[str]) -> str:  # noqa: ARG002
        """Return the one label."""
        (label,) = labels
        return label

    def parts(self, text: str) -> Sequence[str]:
        """Return the cell as it is."""
        return (text,)

    def choices(self, titles: Sequence[str]) -> str:
        """Return two titles with an "or", or the list of which one is asked for."""
        return " or ".join(titles) if len(titles) == 2 else f"one of: {'; '.join(titles)}"


class SeveralLabels(AnswerKind):
    """An answer is any of the task's labels, several, or none."""

    def labels(self, answer: str) -> tuple[str, ...]:
        """Return the names in declared order; none of `NO_LABELS`."""
        return () if answer == NO_LABELS else tuple(answer.split(_BETWEEN))

    def answer(self, labels: Collection[str], declared: Sequence[str]) -> str:
        """Return the names between semicolons, each once."""
        return _BETWEEN.join(name for name in declared if name in labels) or NO_LABELS

    def parts(self, text: str) -> Sequence[str]:
        """Return what stands between semicolons, commas, bars or ends of lines, or in a JSON list;
        nothing of `NO_LABELS`, alone or alone in such a list.
        """
        stated = text.strip()
        if stated.startswith("["):
            try:
                wordings = [_wording(part) for part in json.loads(stated)]
            except (ValueError, RecursionError):
                return (text,)
            return () if [part.casefold() for part in wordings] == [NO_LABELS] else wordings
        if stated.casefold().rstrip(".") == NO_LABELS:
            return ()
        return [part.strip() for part in _PARTS.split(stated) if part.strip()] or (text,)

    def choices(self, titles: Sequence[str]) -> str:
        """Return the list of which any are asked for."""
        return f"any of these that apply, or {NO_LABELS}: {'; '.join(titles)}"


class NoLabel(AnswerKind):
    """An answer is a text that states no label: a summary."""

    def labels(self, answer: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return none."""
        return ()

    def answer(self, labels: Collection[str], declared: Sequence[str]) -> str:  # noqa: ARG002
        """Return the empty answer."""
        return ""

    def parts(self, text: str) -> Sequence[str]:
        """Return none of an empty cell, and any other cell as it is."""
        return (text,) if text.strip() else ()

    def choices(self, titles: Sequence[str]) -> str:  # noqa: ARG002
        """Return what a prompt may say."""
        return "a text of your own"


KINDS: Mapping[str, AnswerKind] = {
    "binary": OneLabel(ONE),
    "multi-class": OneLabel(ONE),
    "ordinal": OneLabel(ONE, ordered=True),
    "multi-label": SeveralLabels(SEVERAL),
    "summary": NoLabel(NOTHING),
}
"""Kind of task, as declarations name it -> what an answer is."""


def _wording(part: object) -> str:
    """Return an entry of a JSON list as its author wrote it: null is not "None"."""
    return part.strip() if isinstance(part, str) else json.dumps(part)


def faults_of_names(kind: AnswerKind, names: Sequence[str]) -> list[str]:
    """Return what is wrong with the names of a task's labels."""
    if kind.takes == NOTHING:
        return ["must be none (`labels = []`): a summary states no label"] if names else []
    if len(set(names)) < max(2, len(names)):
        return [f"must be two or more with distinct names, not {list(names)}"]
    if kind.takes == SEVERAL:
        return [fault for name in names if (fault := _fault_of_name(name))]
    return []


def _fault_of_name(name: str) -> str:
    """Return why a label of a task that takes several cannot be called so; "" where it can."""
    if name == NO_LABELS:
        return f"{NO_LABELS!r} is no label's name: it says that none applies"
    if _PARTS.search(name):
        return f"{name!r} holds a mark that stands between labels (; , |)"
    return ""
