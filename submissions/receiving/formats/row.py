"""What a submission is read into: rows, problems and notes, one stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from submissions.problems import Problem, SubmissionRefused, shorten

REPETITIONS = 100
"""Of a task, and so texts of one example, that are taken at most."""


@dataclass(frozen=True, slots=True)
class Clues:
    """How a harness's sample tells which example it answers, from the surest to the least sure.

    Attributes:
        task: What the harness calls the task; "" where it does not say.
        names: What may be the example's id.
        texts: What may be its query, or hold it.
    """

    task: str
    names: tuple[str, ...]
    texts: tuple[str, ...]


class NamedRun(NamedTuple):
    """What names a repetition.

    Attributes:
        prompt: "" where none is named; None where the column holds a prompt, and no name.
        seed: "" where none is named.
    """

    prompt: str | None
    seed: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was sent; nothing in it has been held against a task yet.

    Attributes:
        file: The file, or the archive's member.
        line: First line (in Parquet: row) of the row, counted from 1.
        task: The task id.
        example_id: None in the benchmark's own shape, where the position says which example is
            meant.
        output: The generated text; "" where the model generated nothing, None where none was sent.
        label: The label as sent.
        explanation: The explanation alone.
        repetition: As sent; None where the column is absent or empty.
        golden: The gold text that the benchmark's own script wrote beside the output.
        position: Counted from 0, in the test set's order; only in the benchmark's own shape.
        classified: The label that the benchmark's classifier read in the output.
        confidence: As sent; None where the column is absent or empty.
        evidence: As sent, a list as JSON.
        run: What names the repetition, where no number does.
        clues: What tells task and example where neither is named; only in a harness's samples.
    """

    file: str
    line: int
    task: str
    example_id: str | None
    output: str | None
    label: str | None = None
    explanation: str | None = None
    repetition: str | None = None
    golden: str | None = None
    position: int | None = None
    clues: Clues | None = None
    classified: str | None = None
    run: NamedRun | None = None
    confidence: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is no fault but that the team should know, such as a column
    that is not read.
    """

    file: str
    text: str

    @property
    def said(self) -> str:
        """The note with its file, where it is of one."""
        return f"{shorten(self.file, 120)}: {self.text}" if self.file else self.text


Item: TypeAlias = Row | Problem | Note


class LimitExceeded(SubmissionRefused):
    """A limit of the whole submission: nothing further of it is read."""


def refused(file: str, problem: str, **details: str | int | None) -> SubmissionRefused:
    """Return the refusal to read `file` any further, for one reason."""
    return SubmissionRefused([describe(file, problem, **details)])


def describe(file: str, problem: str, **details: str | int | None) -> Problem:
    """Return a problem of a whole file unless `line`, `field` or `value` say more."""
    line = details.get("line")
    text = {name: str(details.get(name, "")) for name in ("field", "value", "allowed", "hint")}
    return Problem(file=file, line=None if line is None else int(line), problem=problem, **text)
