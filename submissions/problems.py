"""What is wrong with something a team sent: a list of problems, never only the first.

A problem quotes values and file names that came from outside, so both are shortened and their
control characters are spelled out: a message may be printed to a terminal, written to a log or put
on a page.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scoring.errors import ReasonBoardError
from submissions.wording import counted, noun_for

VALUE_LENGTH = 60
SHOWN = 20
LINES = 8
FEW = 3
"""Values of one kind of problem that get a line each; of more, so many are quoted."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right.

    Attributes:
        file: The file as the team named it; inside an archive, the member.
        line: First line (in Parquet: row) concerned, counted from 1; None where the whole file is
            meant.
        field: The column or key; "" where no single one is meant.
        value: What stands there, shortened.
        problem: What is wrong with it.
        allowed: What may stand there instead; "" where that is obvious.
        hint: What to do next, such as the nearest match; "" where there is nothing to add.
    """

    file: str
    line: int | None
    field: str
    value: str
    problem: str
    allowed: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        # Once, where it is made: whoever prints, logs or shows it need not think of it.
        object.__setattr__(self, "file", shorten(self.file, 120))
        object.__setattr__(self, "value", shorten(self.value))

    def __str__(self) -> str:
        """Write one line: `DR.csv, line 3, label 'yse': not a label; allowed: yes, no; did you mean
        'yes'?`.
        """
        place = [self.file] if self.file else []
        place += [f"line {self.line}"] if self.line is not None else []
        place += [f"{self.field} {self.value!r}".strip() if self.value else self.field]
        text = ": ".join(filter(None, (", ".join(filter(None, place)), self.problem)))
        text += f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{text}; {self.hint}" if self.hint else text


class TooOften(ReasonBoardError):
    """Something was done as often as it may be for now.

    Attributes:
        seconds: After which it may be done again.
    """

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


def new_fault() -> str:
    """Return an id for a fault of the program's: who met it is told it, and the log has it beside
    what happened.
    """
    return os.urandom(4).hex()


def listed(problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return a line a problem; equal ones are one line with how many there are, and where the first
    few stand.
    """
    return tuple(line for kind in _kinds(problems) for line in _lines_of(kind))


def _kinds(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return problems that differ in line, value and hint alone, in the order of their first."""
    kinds: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(
            (problem.file, problem.field, problem.problem, problem.allowed), []
        ).append(problem)
    return list(kinds.values())


def _lines_of(kind: Sequence[Problem]) -> tuple[str, ...]:
    alike: dict[Problem, list[int | None]] = {}
    for problem in kind:
        alike.setdefault(replace(problem, line=None), []).append(problem.line)
    if len(alike) <= FEW:
        return tuple(_together(problem, lines) for problem, lines in alike.items())
    return (_summed_up(kind),)


def _together(problem: Problem, lines: Sequence[int | None]) -> str:
    first, *others = lines
    text = str(replace(problem, line=first))
    if not others:
        return text
    shown = ", ".join(str(line) for line in others[:LINES])
    more = f" and {len(others) - LINES:,} more" if len(others) > LINES else ""
    return f"{text} (the same on {noun_for(len(others), 'line')} {shown}{more})"


def _summed_up(kind: Sequence[Problem]) -> str:
    """Return `DR.csv, label: not a label; allowed: yes, no; 40 times, first line 2 'yse', line 3
    'nah', line 5 'y', ...`.
    """
    of = kind[0]
    same = len({problem.hint for problem in kind}) == 1
    head = str(replace(of, line=None, value="", hint=of.hint if same else ""))
    places = ", ".join(_place(problem, with_hint=not same) for problem in kind[:FEW])
    return f"{head}; {counted(len(kind), 'time')}, first {places}, ..."


def _place(problem: Problem, *, with_hint: bool) -> str:
    parts = [
        f"line {problem.line}" if problem.line is not None else "",
        repr(problem.value) if problem.value else "",
    ]
    hint = f" ({problem.hint})" if with_hint and problem.hint else ""
    return " ".join(filter(None, parts)) + hint


class SubmissionRefused(ReasonBoardError):
    """A submission that cannot be taken, with everything that is wrong with it.

    Attributes:
        problems: At least one.
        unlisted: How many more there are than are listed.
    """

    def __init__(self, problems: Iterable[Problem], unlisted: int = 0) -> None:
        self.problems = tuple(problems)
        self.unlisted = unlisted
        super().__init__(self._text())

    def _text(self) -> str:
        kinds = _kinds(self.problems)
        rest = sum(map(len, kinds[SHOWN:])) + self.unlisted
        lines = [line for kind in kinds[:SHOWN] for line in _lines_of(kind)]
        return "\n".join([*lines, *([f"... and {rest:,} more"] if rest else [])])


def shorten(text: str, length: int = VALUE_LENGTH) -> str:
    """Return `text` in at most `length` characters, control characters spelled out as in a Python
    string.
    """
    if len(text) <= length and text.isprintable():
        return text
    cut = text if len(text) <= length else f"{text[: length - 3]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
