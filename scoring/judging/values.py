"""What a verdict says of an aspect, on the rubric's scale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

SCALE, CHECKLIST, PAIRWISE = "scale", "checklist", "pairwise"
YES, NO = "yes", "no"
FIRST, SECOND, TIE = "first", "second", "tie"
JUDGE = "judge_"
"""What the kind of every judge begins with."""
_BY = "_by_"


@dataclass(frozen=True)
class AskedAspect:
    """An aspect as a judge is asked about it.

    Attributes:
        name: The aspect's.
        kind: SCALE, CHECKLIST or PAIRWISE.
        low: The lowest level of its scale.
        high: The highest.
        questions: How many questions a checklist asks about it; 1 of any other judge.
    """

    name: str
    kind: str
    low: int
    high: int
    questions: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """What answers about it are called in a verdict."""
        if self.kind != CHECKLIST:
            return (self.name,)
        return tuple(f"{self.name}-{place}" for place in range(1, self.questions + 1))

    @property
    def levels(self) -> tuple[int | str, ...]:
        """What each may be."""
        if self.kind == SCALE:
            return tuple(range(self.low, self.high + 1))
        return (YES, NO) if self.kind == CHECKLIST else (FIRST, SECOND, TIE)

    def value(self, levels: Mapping[str, int | str]) -> float | None:
        """Return what a verdict says of it; None where it says nothing.

        Of a checklist the share of yes, put on the scale; absent where one of its questions has no
        answer, since the others ask something else. Of a pairwise verdict 1 where the first text is
        better, 1/2 for a tie.
        """
        answers = [levels.get(name) for name in self.names]
        if any(answer not in self.levels for answer in answers):
            return None
        if self.kind == CHECKLIST:
            share = answers.count(YES) / len(answers)
            return self.low + share * (self.high - self.low)
        if self.kind == PAIRWISE:
            return {FIRST: 1.0, SECOND: 0.0, TIE: 0.5}[str(answers[0])]
        return float(answers[0] or 0)


@dataclass(frozen=True)
class Judging:
    """A judge by one rubric, as far as its metrics go: who it is, and what it was asked about.

    Attributes:
        rubric: The rubric's id.
        aspects: Those that it was asked about.
        model: The judge's model, by name; "" where no judge is meant but the rubric alone.
        name: What the board calls it where a benchmark has several by one rubric; "" of the first.
    """

    rubric: str
    aspects: tuple[AskedAspect, ...]
    model: str = ""
    name: str = ""

    @property
    def kind(self) -> str:
        """Of instrument: "judge_mentallama", or "judge_mentallama_by_qwen"."""
        return f"{judge_kind(self.rubric)}{_BY if self.name else ''}{self.name}"

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of a judge's numbers: each aspect's level, then whether it has one."""
        names = tuple(aspect.name for aspect in self.aspects)
        return (*names, *(f"{name} judged" for name in names))

    def metric(self, aspect: AskedAspect) -> str:
        """Return what the metric of an aspect is called."""
        return f"{self.kind}_{_folded(aspect.name)}"

    def written(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """Return what was written.

        Raises:
            KeyError, TypeError: It was something else.
        """
        aspects = tuple(AskedAspect(**each) for each in written["aspects"])
        return cls(**{**written, "aspects": aspects})


def judge_kind(rubric: str) -> str:
    """Return the kind of the judges by a rubric: "judge_dr_annotation"."""
    return f"{JUDGE}{_folded(rubric)}"


def named_kind(kind: str, name: str) -> str:
    """Return the kind of a further judge by a rubric, called so by the board."""
    return f"{kind}{_BY}{name}" if name else kind


def name_in(kind: str, rubric: str) -> str | None:
    """Return what the board calls the judge of a kind, "" for the first; None where it is of
    another rubric.
    """
    first = judge_kind(rubric)
    if kind == first:
        return ""
    return kind.removeprefix(first + _BY) if kind.startswith(first + _BY) else None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
