"""What a verdict says of an aspect, on the rubric's scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCALE, CHECKLIST, PAIRWISE = "scale", "checklist", "pairwise"
YES, NO = "yes", "no"
FIRST, SECOND, TIE = "first", "second", "tie"


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
