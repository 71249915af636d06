"""Problems of a submission as they are found: of which only so many are kept, and all counted."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from scoring.errors import nearest
from submissions.problems import Problem

LISTED = 1_000
SUGGESTIONS = 10


class Placed(Protocol):
    """What stands somewhere in what was sent."""

    @property
    def file(self) -> str:
        """The file, or the archive's member."""

    @property
    def line(self) -> int:
        """Counted from 1."""


@dataclass
class Complaints:
    """Problems as they are found, of which only so many are kept.

    Attributes:
        listed: At most LISTED of single rows, and those of whole files.
        count: All of them.
    """

    listed: list[Problem] = field(default_factory=list)
    count: int = 0
    _suggestions: int = SUGGESTIONS

    def add(self, problem: Problem) -> None:
        """Keep the problem, or only count it; the few of a whole file are always kept."""
        if not self.full or problem.line is None:
            self.listed.append(problem)
        self.count += 1

    @property
    def full(self) -> bool:
        """Whether further problems are only counted: then nobody need word them."""
        return self.count >= LISTED

    def suggest(self, value: str, candidates: Sequence[str]) -> str:
        """Return the nearest of a few candidates, as long as problems are still listed."""
        return "" if self.full else nearest(value, candidates)

    def suggest_id(self, value: str, candidates: Collection[str]) -> str:
        """Return the nearest of many ids.

        The same but for case and leading zeros, else the most similar.
        """
        self._suggestions -= 1
        if self._suggestions < 0:
            return ""
        plain = {_plain_id(candidate): candidate for candidate in candidates}
        same = plain.get(_plain_id(value))
        return f"did you mean {same!r}?" if same else nearest(value, list(candidates), cutoff=0.8)

    def complain(
        self,
        row: Placed,
        name: str,
        value: str,
        problem: str,
        allowed: str = "",
        hint: str = "",
    ) -> None:
        """Add a problem of one field of a row."""
        if self.full:
            self.count += 1
        else:
            self.add(Problem(row.file, row.line, name, value, problem, allowed, hint))


def _plain_id(text: str) -> str:
    return re.sub(r"0*([0-9]+)", r"\1", text.strip().casefold()[:200])
